import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { formatFieldPath, isJsonObject, type JsonObject, readYaml } from '../../src/core/index.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import {
  changes,
  clusterYaml,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  problems,
  requestsOf,
  syncOnce,
  TestRepository,
  temporaryFolder,
  writeCredential,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const TESTDATA = path.join(import.meta.dirname, 'testdata', 'kubefed-live');
const LIMITS = { documentNodes: 1_000_000, depth: 100 };

function documents(file: string): readonly JsonObject[] {
  return readYaml(file, readFileSync(path.join(TESTDATA, file), 'utf8'), LIMITS).flatMap((result) =>
    result.ok && isJsonObject(result.document.value) ? [result.document.value] : [],
  );
}

/** The objects of a member's dump. */
function dumped(name: string): readonly JsonObject[] {
  const items = documents(`member-${name}.yaml`)[0]?.items;
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: JsonObject;
}

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly generation?: number;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly managedFields: readonly Entry[];
}

const metadataOf = (object: JsonObject): Metadata => object.metadata as unknown as Metadata;

const PLURALS: Readonly<Record<string, string>> = { Ingress: 'ingresses' };

function collectionOf(object: JsonObject): string {
  const apiVersion = String(object.apiVersion);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { namespace } = metadataOf(object);
  const plural = PLURALS[String(object.kind)] ?? `${String(object.kind).toLowerCase()}s`;
  return `${root}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`;
}

const targetOf = (object: JsonObject): string => `${collectionOf(object)}/${metadataOf(object).name}`;

/** What server and cluster decide anew each time. */
const ASSIGNED = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'generation'];
const ASSIGNED_SPEC = ['clusterIP', 'clusterIPs', 'finalizers', 'ipFamilies', 'ipFamilyPolicy'];

function without(object: JsonObject | undefined, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object ?? {}).filter(([key]) => !keys.includes(key)));
}

/** Makes an object as KubeFed's controller had made it. */
async function restore(cluster: Cluster, object: JsonObject): Promise<void> {
  const { status: _status, ...rest } = object;
  const isGenerated = object.kind === 'Job';
  const spec = isJsonObject(object.spec)
    ? without(object.spec, [...ASSIGNED_SPEC, ...(isGenerated ? ['selector'] : [])])
    : undefined;
  const body = {
    ...rest,
    metadata: without(object.metadata as JsonObject, ASSIGNED),
    ...(spec === undefined ? {} : { spec: withoutChosen(spec) }),
  };
  const answer = await cluster.request('POST', `${collectionOf(object)}?fieldManager=controller-manager`, body);
  expect(answer.status, `${targetOf(object)}: ${JSON.stringify(answer.body)}`).toBe(201);
}

/** Labels of a Job's pods and ports of nodes are what every server chooses for itself. */
function withoutChosen(spec: JsonObject): JsonObject {
  const { template, ports } = spec;
  const labelled = isJsonObject(template) && isJsonObject(template.spec) && template.spec.restartPolicy === 'Never';
  return {
    ...spec,
    ...(labelled ? { template: { ...template, metadata: {} } } : {}),
    ...(Array.isArray(ports) ? { ports: ports.filter(isJsonObject).map((port) => without(port, ['nodePort'])) } : {}),
  };
}

/** What must not change by a takeover. */
function substance(object: JsonObject): JsonObject {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

async function read(cluster: Cluster, object: JsonObject): Promise<JsonObject> {
  return (await get(cluster, targetOf(object))) as JsonObject;
}

/** Managers that own fields by writing objects, as `manager/operation`. */
function owners(object: JsonObject): readonly string[] {
  return metadataOf(object)
    .managedFields.filter(({ subresource }) => subresource === undefined)
    .map(({ manager, operation }) => `${manager}/${operation}`)
    .toSorted();
}

describe('objects that KubeFed left behind', () => {
  test('are taken over with nothing changed but who owns them, and what git drops then disappears', async ({
    clusters,
  }) => {
    const names = ['m1', 'm2', 'm3'] as const;
    const regions = { m1: 'eu', m2: 'us', m3: 'us' };
    const credentials = temporaryFolder();
    const members = names.map((name, index) => {
      const cluster = clusters[index] as Cluster;
      writeCredential(credentials, cluster, name);
      return { name, cluster, objects: dumped(name) };
    });
    const before = new Map<string, JsonObject>();
    for (const { name, cluster, objects } of members) {
      const ordered = objects.toSorted((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
      for (const object of ordered) {
        await restore(cluster, object);
        const live = await read(cluster, object);
        // It is what the dump says, its owner included.
        expect(owners(live)).toEqual(['controller-manager/Update']);
        if (object.kind !== 'Job') {
          expect(metadataOf(live).managedFields[0]?.fieldsV1, targetOf(object)).toEqual(
            metadataOf(object).managedFields[0]?.fieldsV1,
          );
        }
        before.set(`${name} ${targetOf(object)}`, live);
      }
    }
    const applied = readFileSync(path.join(TESTDATA, 'applied.yaml'), 'utf8');
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: kubefed-live\n',
      ...Object.fromEntries(
        members.map(({ name, cluster }) => [
          `clusters/${name}.yaml`,
          clusterYaml(cluster, name, { region: regions[name] }),
        ]),
      ),
      'applied.yaml': applied,
    });

    // The preview of it tells labels alone: what the server would bring back by itself is no change.
    const preview = await syncOnce(repository, credentials, { mode: 'inspect' });
    const told = preview.clusters.flatMap(({ objects }) =>
      objects.flatMap(({ id, drift = [] }) => drift.map(({ path }) => `${id.kind} ${formatFieldPath(path)}`)),
    );
    expect([...new Set(told)].filter((field) => !field.includes('.metadata.'))).toEqual([]);
    expect(told).toContain('Deployment .metadata.labels["applyset.kubernetes.io/part-of"]');

    const result = await syncOnce(repository, credentials);
    expect(problems(result)).toEqual([]);
    expect(changes(result).filter((change) => !change.endsWith('configured'))).toEqual([]);
    for (const { name, cluster, objects } of members) {
      const kept = (await writesOf(cluster)).filter(({ requestURI }) => !requestURI.includes('dryRun=All'));
      const writes = kept.map(({ objectRef }) => `${objectRef?.resource}/${objectRef?.name}`);
      for (const object of objects) {
        const old = before.get(`${name} ${targetOf(object)}`) ?? {};
        const live = await read(cluster, object);
        expect(substance(live), targetOf(object)).toEqual(substance(old));
        const { name: own, managedFields } = metadataOf(object);
        // With retainReplicas the number is nobody's but the cluster's: it stays with whoever had it.
        const isRetained = own === 'api';
        expect(owners(live), targetOf(object)).toEqual([
          ...(isRetained ? ['controller-manager/Update'] : []),
          'gitfed/Apply',
        ]);
        if (isRetained) {
          const former = metadataOf(live).managedFields.find(({ manager }) => manager === 'controller-manager');
          expect(former?.fieldsV1).toEqual({ 'f:spec': { 'f:replicas': {} } });
        }
        expect(managedFields).toHaveLength(1);
        const resource = collectionOf(object).split('/').at(-1);
        expect(writes.filter((one) => one === `${resource}/${own}`).length, targetOf(object)).toBeLessThanOrEqual(2);
        // Annotations count for a Deployment, and gitfed adds some: one step, of which its pods notice nothing.
        const steps = (metadataOf(live).generation ?? 0) - (metadataOf(old).generation ?? 0);
        expect(steps, targetOf(object)).toBeLessThanOrEqual(object.kind === 'Deployment' ? 1 : 0);
      }
    }
    const seen = await Promise.all(members.map(async ({ cluster }) => (await requestsOf(cluster)).length));
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    for (const [index, { cluster }] of members.entries()) expect(await writesOf(cluster, seen[index])).toEqual([]);

    repository.commit({
      'applied.yaml': applied
        .replace(
          'metadata: {labels: {app: web}, annotations: {note: dropped}}',
          'metadata: {annotations: {note: dropped}}',
        )
        .replace(', ports: [{containerPort: 80}]', '')
        .replace('{mode: "0644", yes: "on"}', '{mode: "0644"}'),
    });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const [m1] = members;
    const web = await get(m1?.cluster as Cluster, '/apis/apps/v1/namespaces/shop/deployments/web');
    expect(web.metadata.labels).not.toHaveProperty('app');
    expect(web.spec.template.spec.containers[0]).not.toHaveProperty('ports');
    expect(web.spec.replicas).toBe(4);
    const settings = await get(m1?.cluster as Cluster, '/api/v1/namespaces/shop/configmaps/settings');
    expect(settings.data).toEqual({ mode: '0644' });
  });
});

describe('objects that kubectl applied', () => {
  const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

  test.for([
    ['on the client side', 'application/strategic-merge-patch+json', 'kubectl-client-side-apply'],
    ['on the server side', 'application/apply-patch+yaml', 'kubectl'],
  ] as const)(
    '%s are taken over, and what git drops then disappears',
    async ([, contentType, manager], { clusters }) => {
      const [cluster] = clusters;
      const namespace = `kubectl-${manager.length}`;
      await cluster.request('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
      });
      const target = `/api/v1/namespaces/${namespace}/configmaps/settings`;
      const metadata = {
        name: 'settings',
        labels: { team: 'shop', old: 'x' },
        annotations: { note: 'kept', [LAST_APPLIED]: '{}' },
      };
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1', b: '2', c: '3' } };
      if (contentType.startsWith('application/strategic')) {
        const empty = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } };
        await cluster.request('POST', `/api/v1/namespaces/${namespace}/configmaps?fieldManager=${manager}`, empty);
      }
      const { status } = await cluster.request('PATCH', `${target}?fieldManager=${manager}`, object, contentType);
      expect([200, 201]).toContain(status);
      const repository = fleetRepository([cluster], namespace, {
        'settings.yaml': federatedYaml('FederatedConfigMap', 'settings', {
          namespace,
          spec: {
            template: { metadata: { labels: { team: 'shop', old: 'x' } }, data: { a: '1', b: '2', c: '3' } },
            placement: EVERYWHERE,
          },
        }),
      });
      const credentials = writeCredentials([cluster]);
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      const taken = (await get(cluster, target)) as JsonObject;
      expect(taken.data).toEqual(object.data);
      // Annotations that are not ours stay with whoever wrote them.
      expect(metadataOf(taken).annotations).toMatchObject({ note: 'kept', [LAST_APPLIED]: expect.any(String) });
      expect(changes(await syncOnce(repository, credentials))).toEqual([]);

      repository.commit({
        'settings.yaml': federatedYaml('FederatedConfigMap', 'settings', {
          namespace,
          spec: { template: { metadata: { labels: { team: 'shop' } }, data: { a: '1' } }, placement: EVERYWHERE },
        }),
      });
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      const left = (await get(cluster, target)) as JsonObject;
      expect(left.data).toEqual({ a: '1' });
      expect(metadataOf(left).labels).not.toHaveProperty('old');
      expect(metadataOf(left).annotations).toMatchObject({ note: 'kept' });
      const { labels } = (await get(cluster, `/api/v1/namespaces/${namespace}`)).metadata;
      expect(labels['pod-security.kubernetes.io/enforce']).toBe('baseline');
    },
  );

  test('keep what another controller added, and a manager that only has the name of KubeFed’s is none', async ({
    clusters: [cluster],
  }) => {
    await cluster.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'named' },
    });
    const collection = '/api/v1/namespaces/named/configmaps';
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data: { theirs: 'x' } };
    await cluster.request('POST', `${collection}?fieldManager=controller-manager`, object);
    const repository = fleetRepository([cluster], 'named', { 'map.yaml': configMapYaml('named', 'map', { a: '1' }) });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(cluster, `${collection}/map`)).data).toEqual({ a: '1', theirs: 'x' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });
});
