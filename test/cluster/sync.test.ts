import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { buildModel } from '../../src/api/index.ts';
import type { JsonObject, JsonValue } from '../../src/core/index.ts';
import { isJsonObject } from '../../src/core/index.ts';
import { openRepository, readCommit, resolveCommit } from '../../src/git/index.ts';
import { type RenderedObject, render } from '../../src/render/index.ts';
import type { Cluster } from '../controlplane/fixtures.ts';
import { describe, test } from '../controlplane/fixtures.ts';
import {
  changes,
  configMaps,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  filesBelow,
  fleetRepository,
  get,
  namespaceYaml,
  problems,
  requestsOf,
  syncOnce,
  TestRepository,
  temporaryFolder,
  writeCredential,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const EXAMPLE = path.join(import.meta.dirname, '..', '..', 'examples', 'repo');
const NAMES = ['eu-1', 'us-1', 'ap-1'] as const;

/** The example, whose clusters are these three instead of its five. */
function exampleRepository(clusters: readonly Cluster[]): { repository: TestRepository; credentials: string } {
  const files = { ...filesBelow(EXAMPLE) };
  delete files['clusters/eu-2.yaml'];
  delete files['clusters/us-2.yaml'];
  const credentials = temporaryFolder();
  for (const [index, name] of NAMES.entries()) {
    const cluster = clusters[index] as Cluster;
    const text = readFileSync(path.join(EXAMPLE, 'clusters', `${name}.yaml`), 'utf8');
    const spec = `  apiEndpoint: ${cluster.url}\n  caBundle: ${cluster.caBundle}`;
    files[`clusters/${name}.yaml`] = text.replace(/^ {2}apiEndpoint: .*$/m, spec);
    writeCredential(credentials, cluster, name);
  }
  return { repository: new TestRepository(files), credentials };
}

async function rendered(repository: TestRepository): Promise<ReadonlyMap<string, readonly RenderedObject[]>> {
  const opened = await openRepository(repository.folder);
  const model = buildModel(await readCommit(opened, await resolveCommit(opened, 'HEAD')));
  return new Map(render(model).clusters.map(({ cluster, objects }) => [cluster, objects]));
}

/** Whether a live object has everything that was rendered: lists in order, mappings at least. */
function expectWithin(live: JsonValue | undefined, wanted: JsonValue, where: string): void {
  if (isJsonObject(wanted)) {
    expect(isJsonObject(live), where).toBe(true);
    for (const [key, item] of Object.entries(wanted)) {
      if (key === 'stringData' || item === null) continue;
      expectWithin((live as JsonObject)[key], item, `${where}.${key}`);
    }
  } else if (Array.isArray(wanted)) {
    expect(live, where).toHaveLength(wanted.length);
    for (const [index, item] of (wanted as JsonValue[]).entries()) {
      expectWithin((live as JsonValue[])[index], item, `${where}[${index}]`);
    }
  } else if (wanted !== false || live !== undefined) {
    // Servers leave out what is false.
    expect(live, where).toBe(wanted);
  }
}

function targetOf({ id, manifest, federated }: RenderedObject): string {
  const version = String(manifest.apiVersion);
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  const within = id.namespace === '' ? '' : `/namespaces/${id.namespace}`;
  return `${root}${within}/${federated.type.target.plural}/${id.name}`;
}

describe('examples/repo', () => {
  test('puts every object where it belongs, its custom resource too, and writes nothing the second time', async ({
    freshClusters,
  }) => {
    const clusters = await freshClusters(3);
    const { repository, credentials } = exampleRepository(clusters);
    const first = await syncOnce(repository, credentials);
    expect(problems(first)).toEqual([]);
    expect(first.ok).toBe(true);

    for (const [name, objects] of await rendered(repository)) {
      const cluster = clusters[NAMES.indexOf(name as 'eu-1')] as Cluster;
      expect(objects.length).toBeGreaterThan(5);
      for (const object of objects) {
        const target = targetOf(object);
        expectWithin(await get<JsonValue>(cluster, target), object.manifest, `${name} ${target}`);
      }
    }
    expect(repository.statusCommits()).toHaveLength(1);
    expect(repository.git('log', '-1', '--format=%B', 'gitfed/status')).toContain(`Source-Commit: ${first.commit}`);

    const before = await Promise.all(clusters.map(async (one) => (await requestsOf(one)).length));
    const second = await syncOnce(repository, credentials);
    expect(changes(second)).toEqual([]);
    expect(second.ok).toBe(true);
    expect(second.status.commit).toBeUndefined();
    expect(repository.statusCommits()).toHaveLength(1);
    for (const [index, cluster] of clusters.entries()) {
      expect(await writesOf(cluster, before[index])).toEqual([]);
      const requests = (await requestsOf(cluster)).slice(before[index]);
      const single = requests.filter(({ verb, objectRef }) => verb === 'get' && objectRef?.resource !== undefined);
      expect(single.map(({ objectRef }) => objectRef?.name)).toEqual(['gitfed-shop']);
    }
  });
});

describe('a commit', () => {
  test('that edits an override and narrows a placement is one change and one deletion', async ({ clusters }) => {
    const edited = (value: string) =>
      configMapYaml(
        'edit',
        'edited',
        { a: '1' },
        {
          overrides: [{ clusterName: 'cluster2', clusterOverrides: [{ path: '/data/a', value }] }],
        },
      );
    const repository = fleetRepository(clusters, 'edit', {
      'edited.yaml': edited('two'),
      'narrowed.yaml': configMapYaml('edit', 'narrowed'),
      'rest.yaml': configMaps('edit', 3),
    });
    const credentials = writeCredentials(clusters);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({
      'edited.yaml': edited('zwei'),
      'narrowed.yaml': configMapYaml(
        'edit',
        'narrowed',
        { a: '1' },
        {
          placement: { clusters: [{ name: 'cluster1' }, { name: 'cluster2' }] },
        },
      ),
    });
    const before = await Promise.all(clusters.map(async (one) => (await requestsOf(one)).length));
    const result = await syncOnce(repository, credentials);
    expect(changes(result)).toEqual([
      'cluster2: ConfigMap/edit/edited configured',
      'cluster3: ConfigMap/edit/narrowed deleted',
    ]);
    expect(result.ok).toBe(true);
    expect((await get(clusters[1], '/api/v1/namespaces/edit/configmaps/edited')).data).toEqual({ a: 'zwei' });
    expect(await get(clusters[2], '/api/v1/namespaces/edit/configmaps/narrowed')).toBeUndefined();
    expect(await get(clusters[1], '/api/v1/namespaces/edit/configmaps/narrowed')).toBeDefined();
    expect(await writesOf(clusters[0], before[0])).toEqual([]);
    const writes = await writesOf(clusters[1], before[1]);
    const written = writes.filter(({ objectRef }) => objectRef?.resource !== 'leases');
    expect(written.map(({ objectRef }) => objectRef?.name)).toEqual(['edited', 'gitfed-edit']);
    expect(repository.statusCommits()).toHaveLength(2);
  });

  test('that renames and breaks a file deletes nothing, says which file, and goes on creating', async ({
    clusters,
  }) => {
    const repository = fleetRepository(clusters, 'broken', {
      'maps.yaml': configMaps('broken', 3),
      'other.yaml': configMapYaml('broken', 'other'),
    });
    const credentials = writeCredentials(clusters);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({
      'maps.yaml': undefined,
      'moved/maps.yaml': `${configMaps('broken', 3)}\n"`,
      'moved/again.yaml': 'a: [1\nb: }',
      'new.yaml': configMapYaml('broken', 'new'),
      'other.yaml': undefined,
    });
    const result = await syncOnce(repository, credentials);
    expect(result.ok).toBe(false);
    for (const { prune, objects } of result.clusters) {
      expect(prune).toMatchObject({ status: 'PruneHeld', message: expect.stringMatching(/moved\/(again|maps)\.yaml/) });
      expect(objects.filter(({ action }) => action === 'deleted')).toEqual([]);
      expect(objects.find(({ id }) => id.name === 'new')).toMatchObject({ action: 'created' });
    }
    for (const name of ['map-0', 'map-1', 'map-2', 'other', 'new']) {
      expect(await get(clusters[0], `/api/v1/namespaces/broken/configmaps/${name}`)).toBeDefined();
    }

    repository.commit({ 'moved/again.yaml': undefined, 'moved/maps.yaml': configMaps('broken', 3) });
    const mended = await syncOnce(repository, credentials);
    expect(mended.ok).toBe(true);
    expect(changes(mended).map((line) => line.replace(/^\S+ /, ''))).toEqual(
      clusters.map(() => 'ConfigMap/broken/other deleted'),
    );
  });

  test('that breaks a cluster file moves no replica, and creates no workload anew elsewhere', async ({ clusters }) => {
    const deployment = (image: string) =>
      federatedYaml('FederatedDeployment', 'web', {
        namespace: 'frozen',
        spec: {
          template: {
            spec: {
              selector: { matchLabels: { app: 'web' } },
              template: {
                metadata: { labels: { app: 'web' } },
                spec: { containers: [{ name: 'web', image }] },
              },
            },
          },
          placement: EVERYWHERE,
        },
      });
    const preference = (clustersByName: object) =>
      `${JSON.stringify({
        apiVersion: 'scheduling.kubefed.io/v1alpha1',
        kind: 'ReplicaSchedulingPreference',
        metadata: { name: 'web', namespace: 'frozen' },
        spec: { targetKind: 'FederatedDeployment', totalReplicas: 9, clusters: clustersByName },
      })}\n`;
    const repository = fleetRepository(clusters, 'frozen', {
      'web.yaml': deployment('web:1'),
      'web-replicas.yaml': preference({ '*': { weight: 1 } }),
    });
    const credentials = writeCredentials(clusters);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const replicas = async (index: number) =>
      (await get(clusters[index] as Cluster, '/apis/apps/v1/namespaces/frozen/deployments/web')).spec.replicas;
    expect([await replicas(0), await replicas(1), await replicas(2)]).toEqual([3, 3, 3]);

    const good = repository.read('clusters/cluster3.yaml');
    repository.commit({ 'clusters/cluster3.yaml': good.replace('spec:', 'spec: }'), 'web.yaml': deployment('web:2') });
    const result = await syncOnce(repository, credentials);
    expect(result.ok).toBe(false);
    expect(changes(result)).toEqual([
      'cluster1: Deployment/frozen/web configured',
      'cluster2: Deployment/frozen/web configured',
    ]);
    expect([await replicas(0), await replicas(1), await replicas(2)]).toEqual([3, 3, 3]);
    expect((await syncOnce(repository, credentials)).status.commit).toBeUndefined();
    expect(repository.status('objects/cluster3.yaml')).toContain('FederatedDeployment/frozen/web');

    // Someone removes it by hand: while a cluster is hidden, its replicas are not planned anew.
    await clusters[0].request('DELETE', '/apis/apps/v1/namespaces/frozen/deployments/web');
    const again = await syncOnce(repository, credentials);
    expect(changes(again)).toEqual(['cluster1: Deployment/frozen/web skipped PruneHeld']);

    repository.commit({ 'clusters/cluster3.yaml': good });
    expect(changes(await syncOnce(repository, credentials))).toContain('cluster1: Deployment/frozen/web created');
    expect(await replicas(0)).toBe(3);
  });

  test('that deletes most objects is blocked, then allowed by a trailer', async ({ clusters }) => {
    const repository = fleetRepository(clusters, 'guard', { 'maps.yaml': configMaps('guard', 30) });
    const credentials = writeCredentials(clusters);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({ 'maps.yaml': configMaps('guard', 5), 'new.yaml': configMapYaml('guard', 'new') });
    const blocked = await syncOnce(repository, credentials);
    expect(blocked.ok).toBe(false);
    for (const { prune, state } of blocked.clusters) {
      expect(state).toBe('Failed');
      expect(prune).toMatchObject({
        status: 'PruneBlocked',
        count: 25,
        message: expect.stringContaining('--allow-deletions 25'),
      });
    }
    expect(await get(clusters[0], '/api/v1/namespaces/guard/configmaps/new')).toBeDefined();
    expect(await get(clusters[0], '/api/v1/namespaces/guard/configmaps/map-29')).toBeDefined();
    expect((await syncOnce(repository, credentials, { allowDeletions: 24 })).clusters[0]?.prune?.status).toBe(
      'PruneBlocked',
    );
    expect((await syncOnce(repository, credentials)).status.commit).toBeUndefined();

    repository.commit({}, 'Retire them\n\nGitfed-Allow: maxDeletions');
    const allowed = await syncOnce(repository, credentials);
    expect(allowed.ok).toBe(true);
    expect(changes(allowed)).toHaveLength(75);
    expect(await get(clusters[0], '/api/v1/namespaces/guard/configmaps/map-29')).toBeUndefined();

    // The trailer was for that pass: the next large deletion asks again, and an option answers.
    repository.commit({ 'maps.yaml': configMaps('guard', 30) });
    await syncOnce(repository, credentials);
    repository.commit({ 'maps.yaml': undefined });
    expect((await syncOnce(repository, credentials)).clusters[0]?.prune?.status).toBe('PruneBlocked');
    expect((await syncOnce(repository, credentials, { allowDeletions: 30 })).ok).toBe(true);
  });

  test('that empties the repository deletes nothing and says how it could', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'emptied', { 'map.yaml': configMapYaml('emptied', 'one') });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    repository.commit({ 'map.yaml': undefined, 'namespace.yaml': undefined });
    const result = await syncOnce(repository, credentials);
    expect(result.clusters[0]?.prune).toMatchObject({ status: 'PruneBlocked', count: 2 });
    expect(await get(cluster, '/api/v1/namespaces/emptied/configmaps/one')).toBeDefined();
  });

  test('is one commit on the status branch, and only if it changed something', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'once', { 'map.yaml': configMapYaml('once', 'one') });
    const credentials = writeCredentials([cluster]);
    await syncOnce(repository, credentials, { now: () => new Date('2026-01-01T00:00:00Z') });
    const document = repository.status('clusters/cluster1.yaml');
    expect(document).toContain('lastTransitionTime: "2026-01-01T00:00:00Z"');
    expect((await syncOnce(repository, credentials)).status.commit).toBeUndefined();

    repository.commit({ 'map.yaml': configMapYaml('once', 'one', { a: '2' }) });
    const { commit, status } = await syncOnce(repository, credentials);
    expect(repository.statusCommits()).toHaveLength(2);
    expect(repository.statusCommits()[0]).toBe(status.commit);
    expect(repository.status('clusters/cluster1.yaml')).toBe(document);
    expect(JSON.parse(repository.status('status.json') ?? '')).toMatchObject({
      commit,
      inventory: 'once',
      clusters: { cluster1: { state: 'Synced', objects: 2, problems: 0 } },
    });
    expect(repository.status('resources/once/ConfigMap/one.yaml')).toMatch(
      /kind: FederatedConfigMap[\s\S]*name: cluster1/,
    );
    const message = repository.git('log', '-1', '--format=%B', 'gitfed/status');
    expect(message).toMatch(
      /^.*\[skip ci\]\n\nSource-Commit: [0-9a-f]{40}\nObservations-Tree: 4b825dc642cb6eb9a060e54bf8d69288fbee4904/,
    );
    expect(repository.git('rev-list', '--max-parents=0', 'gitfed/status').split('\n')).toHaveLength(1);
  });

  test('only counts when it is committed', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'uncommitted', {});
    writeFileSync(path.join(repository.folder, 'map.yaml'), configMapYaml('uncommitted', 'one'));
    await syncOnce(repository, writeCredentials([cluster]));
    expect(await get(cluster, '/api/v1/namespaces/uncommitted/configmaps/one')).toBeUndefined();
  });
});

describe('a namespace', () => {
  test('with other people in it is not deleted, an empty one is, and nothing is tried in a terminating one', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'spaces', {
      'shared.yaml': namespaceYaml('spaces-shared'),
      'own.yaml': [namespaceYaml('spaces-own'), configMapYaml('spaces-own', 'one')].join('---\n'),
      'forced.yaml': federatedYaml('FederatedNamespace', 'spaces-forced', {
        namespace: 'spaces-forced',
        spec: { placement: EVERYWHERE },
        annotations: { 'gitfed.io/delete-namespace': 'true' },
      }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    for (const namespace of ['spaces-shared', 'spaces-forced']) {
      const body = { metadata: { name: 'theirs' } };
      await cluster.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, body);
    }
    const ignored = { metadata: { name: 'kube-root-ca.crt' } };
    await cluster.request('POST', '/api/v1/namespaces/spaces-own/configmaps', ignored);

    repository.commit({
      'shared.yaml': undefined,
      'own.yaml': undefined,
      'forced.yaml': undefined,
    });
    const result = await syncOnce(repository, credentials);
    expect(changes(result)).toEqual([
      'cluster1: ConfigMap/spaces-own/one deleted',
      'cluster1: Namespace/spaces-shared skipped NamespaceNotEmpty',
      'cluster1: Namespace/spaces-own deleted WaitingForRemoval',
      'cluster1: Namespace/spaces-forced deleted WaitingForRemoval',
    ]);
    expect((await get(cluster, '/api/v1/namespaces/spaces-shared')).metadata.deletionTimestamp).toBeUndefined();
    expect((await get(cluster, '/api/v1/namespaces/spaces-own')).metadata.deletionTimestamp).toBeDefined();

    // Terminating: nothing is tried inside it.
    repository.commit({ 'own.yaml': [namespaceYaml('spaces-own'), configMapYaml('spaces-own', 'one')].join('---\n') });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Namespace/spaces-own skipped WaitingForRemoval',
      'cluster1: ConfigMap/spaces-own/one skipped WaitingForRemoval',
      'cluster1: Namespace/spaces-forced skipped WaitingForRemoval',
      'cluster1: Namespace/spaces-shared skipped NamespaceNotEmpty',
    ]);
  });

  test('counts everything of ours in it for the guard', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'counted', {
      'big.yaml': [namespaceYaml('counted-big'), configMaps('counted-big', 11)].join('---\n'),
    });
    const credentials = writeCredentials([cluster]);
    await syncOnce(repository, credentials);
    repository.commit({ 'big.yaml': undefined });
    expect((await syncOnce(repository, credentials)).clusters[0]?.prune).toMatchObject({
      status: 'PruneBlocked',
      count: 12,
    });
  });
});
