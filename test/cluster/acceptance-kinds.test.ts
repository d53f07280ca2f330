import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { credentialsFor } from './acceptance-credentials.ts';
import {
  ACCEPTANCE_KINDS,
  type AcceptanceKind,
  acceptanceName,
  definitionSpec,
  PREINSTALLED,
  typeConfigYaml,
} from './acceptance-kinds.ts';
import { changes, federatedYaml, fleetRepository, get, problems, statusDocument, syncOnce } from './fleet.ts';

test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true });

const PART_OF = 'applyset.kubernetes.io/part-of';
const NAME = 'specimen';

type Override = { readonly path: string; readonly op?: string; readonly value?: unknown };

/** The federated object of a kind, placed in these clusters. */
function specimen(
  one: AcceptanceKind,
  clusters: readonly string[],
  overrides: Readonly<Record<string, readonly Override[]>>,
): string {
  const { metadata = {} } = one.template as { readonly metadata?: { readonly labels?: object } };
  const template = {
    ...one.template,
    metadata: { ...metadata, labels: { ...metadata.labels, acceptance: 'first' } },
  };
  return federatedYaml(`Federated${one.kind}`, targetName(one), {
    namespace: namespaceOf(one),
    spec: {
      template,
      placement: { clusters: clusters.map((name) => ({ name })) },
      overrides: Object.entries(overrides).map(([clusterName, clusterOverrides]) => ({
        clusterName,
        clusterOverrides,
      })),
    },
  });
}

function namespaceOf(one: AcceptanceKind): string {
  if (one.kind === 'Namespace') return targetName(one);
  return one.scope === 'Namespaced' ? acceptanceName(one) : '';
}

/** Cluster-scoped objects share their names with every other test. */
function targetName(one: AcceptanceKind): string {
  if (one.kind === 'CustomResourceDefinition') return 'parcels.acceptance.example';
  return one.scope === 'Namespaced' ? NAME : `${acceptanceName(one)}-${NAME}`;
}

function pathOf(one: AcceptanceKind): string {
  const root = one.group === '' ? `/api/${one.version}` : `/apis/${one.group}/${one.version}`;
  const within = one.scope === 'Namespaced' ? `/namespaces/${acceptanceName(one)}` : '';
  return `${root}${within}/${one.plural}/${targetName(one)}`;
}

function statusPath(one: AcceptanceKind): string {
  const place = one.scope === 'Namespaced' ? acceptanceName(one) : '_cluster';
  return `resources/${place}/${one.kind}${one.group === '' ? '' : `.${one.group}`}/${targetName(one)}.yaml`;
}

function labelOf(one: AcceptanceKind): string {
  return `${one.kind}/${one.scope === 'Namespaced' ? `${acceptanceName(one)}/` : ''}${targetName(one)}`;
}

/** What stands at a JSON pointer. */
function at(object: unknown, pointer: string): unknown {
  const step = (value: unknown, key: string): unknown => (value as Record<string, unknown> | undefined)?.[key];
  return pointer.slice(1).split('/').reduce(step, object);
}

async function preinstall(clusters: readonly Cluster[], { kind, scope, plural, group }: AcceptanceKind): Promise<void> {
  const definition = { metadata: { name: `${plural}.${group}` }, spec: definitionSpec(kind, scope) };
  for (const cluster of clusters) {
    await cluster.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    const served = async () => (await cluster.request('GET', `/apis/${group}/v1/${plural}`)).status === 200;
    await poll(served, { what: `${cluster.name} serves ${plural}` });
  }
}

describe('every enabled type', () => {
  test.for(ACCEPTANCE_KINDS)(
    '$kind is created with overrides, updated through one, taken from one cluster and deleted everywhere',
    async (one, { clusters }) => {
      const [first, second, third] = clusters;
      const names = clusters.map(({ name }) => name);
      if (PREINSTALLED.includes(one)) await preinstall(clusters, one);
      const { path, value, overridden } = one.field;
      const inSecond = { cluster2: [{ path, value: overridden }] };
      const repository = fleetRepository(clusters, acceptanceName(one), {
        ...one.files,
        'type.yaml': typeConfigYaml(one),
        'specimen.yaml': specimen(one, names, inSecond),
      });
      const credentials = await credentialsFor(clusters, repository, { listEverything: one.kind === 'Namespace' });
      const live = (cluster: Cluster) => get(cluster, pathOf(one));
      const target = labelOf(one);

      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      for (const cluster of clusters) {
        const object = await live(cluster);
        expect(at(object, path)).toEqual(cluster === second ? overridden : value);
        expect(object.metadata.labels).toMatchObject({
          acceptance: 'first',
          'kubefed.io/managed': 'true',
          [PART_OF]: expect.stringMatching(/^applyset-/),
        });
        expect(statusDocument(repository, `objects/${cluster.name}.yaml`).objects).toContainEqual(
          expect.objectContaining({ kind: one.kind, name: targetName(one) }),
        );
      }
      expect(statusDocument(repository, statusPath(one))).toMatchObject({
        kind: `Federated${one.kind}`,
        status: { conditions: [{ type: 'Propagation', status: 'True' }], clusters: names.map((name) => ({ name })) },
      });
      // Controllers write to some kinds; that is nothing to do.
      expect(changes(await syncOnce(repository, credentials))).toEqual([]);

      const newLabels = { cluster1: [{ path: '/metadata/labels', value: { acceptance: 'second' } }] };
      repository.commit({ 'specimen.yaml': specimen(one, names, { ...inSecond, ...newLabels }) });
      expect(changes(await syncOnce(repository, credentials))).toEqual([`cluster1: ${target} configured`]);
      const { labels } = (await live(first)).metadata;
      expect(labels).toMatchObject({ acceptance: 'second', 'kubefed.io/managed': 'true' });
      expect(labels).not.toHaveProperty('team');
      expect((await live(third)).metadata.labels).toMatchObject({ acceptance: 'first', 'kubefed.io/managed': 'true' });

      repository.commit({ 'specimen.yaml': specimen(one, ['cluster1', 'cluster2'], { ...inSecond, ...newLabels }) });
      const narrowed = await syncOnce(repository, credentials);
      expect(narrowed.ok).toBe(true);
      expect(changes(narrowed).map((line) => line.replace(/ WaitingForRemoval$/, ''))).toEqual([
        `cluster3: ${target} deleted`,
      ]);
      await poll(async () => (await live(third)) === undefined, { what: `${target} has left cluster3` });
      expect(at(await live(first), path)).toEqual(one.kind === 'Namespace' ? undefined : value);
      expect(at(await live(second), path)).toEqual(overridden);
      expect(changes(await syncOnce(repository, credentials))).toEqual([]);

      repository.commit({ 'specimen.yaml': undefined });
      expect((await syncOnce(repository, credentials)).ok).toBe(true);
      for (const cluster of clusters) {
        await poll(async () => (await live(cluster)) === undefined, { what: `${target} has left ${cluster.name}` });
      }
      expect(changes(await syncOnce(repository, credentials))).toEqual([]);
      expect(repository.status(statusPath(one))).toBeUndefined();
    },
  );
});
