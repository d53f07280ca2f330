import { expect } from 'vitest';
import type { LiveObject, ObjectCache, ServedResource } from '../../src/cluster/index.ts';
import { watchObjects } from '../../src/cluster/index.ts';
import { auditEvents, type Cluster, describe, freshNamespace, poll, test } from '../controlplane/fixtures.ts';
import { clientOf } from './client-of.ts';
import { type FaultProxy, isLaterPage, startFaultProxy } from './fault-proxy.ts';
import { configMaps, configMapYaml, EVERYWHERE, federatedYaml, fleetRepository, get, requestsOf } from './fleet.ts';
import { grantRole } from './member-role.ts';
import { cacheOf, changesOf, clientFor, WarmLane } from './warm-lane.ts';

const MAPS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
  verbs: new Set(['list', 'watch']),
};

const SELECTED = { labelSelector: 'part=a' };
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

const isWatch = ({ path }: { readonly path: string }): boolean => path.includes('watch=true');
const isList = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method === 'GET' && path.includes('limit=');

async function put(cluster: Cluster, namespace: string, name: string, rest: object = {}): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { part: 'a' } }, ...rest };
  const target = `/api/v1/namespaces/${namespace}/configmaps/${name}?fieldManager=somebody&force=true`;
  const { status } = await cluster.request('PATCH', target, object, APPLY);
  expect([200, 201]).toContain(status);
}

async function remove(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const { status } = await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}`);
  expect(status).toBe(200);
}

/** Reads the cache without a list. */
async function namesIn(cache: ObjectCache, namespace: string): Promise<readonly string[]> {
  const objects = await cache.list(MAPS, { ...SELECTED, namespace });
  return objects.map(({ metadata }) => metadata.name ?? '').sort();
}

async function untilLive(cache: ObjectCache, watches = 1): Promise<void> {
  await poll(async () => cache.counts.watches === watches, { what: `${watches} watches are open`, intervalMs: 5 });
}

async function until(check: () => Promise<boolean> | boolean, what: string): Promise<void> {
  await poll(async () => await check(), { what, intervalMs: 5 });
}

/** A cache behind a proxy, warm with the objects `a` and `b` of a namespace of the test's own. */
async function warmBehindProxy(cluster: Cluster): Promise<{
  readonly proxy: FaultProxy;
  readonly namespace: string;
  readonly watched: ReturnType<typeof cacheOf>;
}> {
  const proxy = await startFaultProxy(cluster);
  const namespace = await freshNamespace(cluster);
  await put(cluster, namespace, 'a');
  await put(cluster, namespace, 'b');
  const watched = cacheOf(clientFor(proxy, cluster.adminToken));
  expect(await namesIn(watched.cache, namespace)).toEqual(['a', 'b']);
  await untilLive(watched.cache);
  proxy.forget();
  return { proxy, namespace, watched };
}

describe('a watch of a real API server', () => {
  test('tells changes by metadata alone, whatever else an object holds', async ({ clusters: [cluster] }) => {
    const namespace = await freshNamespace(cluster);
    const events: LiveObject[] = [];
    const control = new AbortController();
    const end = watchObjects(clientOf(cluster), MAPS, {
      ...SELECTED,
      namespace,
      resourceVersion: '0',
      signal: control.signal,
      onEvent: (event) => {
        if (event.type !== 'bookmark') events.push(event.object);
      },
    }).catch((error: unknown) => error);
    await put(cluster, namespace, 'a', { data: { text: 'x'.repeat(100_000) } });
    await until(() => events.length > 0, 'the event has come');
    expect(events[0]?.metadata).toMatchObject({ name: 'a', labels: { part: 'a' } });
    expect(JSON.stringify(events)).not.toContain('xxx');
    control.abort();
    expect(await end).toMatchObject({ failure: 'Aborted' });
  });

  test('from a version that is not known any more is expired', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    await put(cluster, await freshNamespace(cluster), 'a');
    // What it knows of the past begins now.
    await cluster.restart();
    const options = { signal: new AbortController().signal, onEvent: () => undefined };
    expect(await watchObjects(clientOf(cluster), MAPS, { ...options, resourceVersion: '1' })).toBe('expired');
  });
});

describe('objects that are held in memory', () => {
  test('are listed once, and follow what others do', async ({ clusters: [cluster] }) => {
    const { watched, namespace, proxy } = await warmBehindProxy(cluster);
    const { cache, changes } = watched;
    const first = await cache.list(MAPS, { ...SELECTED, namespace });
    expect(await cache.list(MAPS, { ...SELECTED, namespace })).toBe(first);

    await put(cluster, namespace, 'c');
    await until(async () => (await namesIn(cache, namespace)).includes('c'), 'c is there');
    await put(cluster, namespace, 'a', { data: { one: '1' } });
    await remove(cluster, namespace, 'b');
    await until(async () => !(await namesIn(cache, namespace)).includes('b'), 'b is gone');
    expect(changes.map(({ id, type, part }) => `${id.name} ${type} ${part}`)).toEqual([
      'c added object',
      'a changed object',
      'b gone object',
    ]);
    expect(proxy.requests.filter(isList)).toEqual([]);
    // What did not change is the same value.
    const now = await cache.list(MAPS, { ...SELECTED, namespace });
    expect(first.length).toBe(2);
    expect(now).not.toBe(first);
  });

  test('leave the list when they lose their label, and are not deleted', async ({ clusters: [cluster] }) => {
    const { watched, namespace } = await warmBehindProxy(cluster);
    const { cache, changes } = watched;
    const target = `/api/v1/namespaces/${namespace}/configmaps/a`;
    await cluster.request('PATCH', target, { metadata: { labels: { part: null } } }, MERGE);
    await until(async () => (await namesIn(cache, namespace)).join() === 'b', 'a has left');
    expect(changes).toMatchObject([{ id: { name: 'a' }, type: 'gone' }]);
    expect(await get(cluster, target)).toBeDefined();
    await put(cluster, namespace, 'a');
    await until(async () => (await namesIn(cache, namespace)).join() === 'a,b', 'a is back');
  });

  test.for([
    ['ends in good order', (proxy: FaultProxy) => proxy.endWatches()],
    ['is cut', (proxy: FaultProxy) => proxy.cutConnections()],
  ] as const)('go on from where they were when the connection %s', async ([, end], { clusters: [cluster] }) => {
    const { watched, namespace, proxy } = await warmBehindProxy(cluster);
    const { cache, changes } = watched;
    const first = await cache.list(MAPS, { ...SELECTED, namespace });
    // Nobody is told what happens while no watch can be opened.
    const gate = Promise.withResolvers<void>();
    proxy.fault({ kind: 'delay', until: () => gate.promise }, { match: isWatch });
    end(proxy);
    await until(() => cache.counts.watches === 0, 'the watch is closed');
    await put(cluster, namespace, 'c');
    await remove(cluster, namespace, 'b');
    // Asked now, it is listed.
    expect(await namesIn(cache, namespace)).toEqual(['a', 'c']);
    await put(cluster, namespace, 'd');
    gate.resolve();
    await untilLive(cache);
    await until(async () => (await namesIn(cache, namespace)).join() === 'a,c,d', 'd is there');
    expect(proxy.requests.filter(isList).length).toBe(1);
    expect(changes.map(({ id }) => id.name)).toEqual(['d']);
    const object = (name: string, all: readonly LiveObject[]) => all.find(({ metadata }) => metadata.name === name);
    expect(object('a', await cache.list(MAPS, { ...SELECTED, namespace }))?.metadata).toEqual(
      object('a', first)?.metadata,
    );
  });

  test('are listed again when a watch is too old, and what differs is told', async ({ clusters: [cluster] }) => {
    const { watched, namespace, proxy } = await warmBehindProxy(cluster);
    const { cache, changes } = watched;
    const gate = Promise.withResolvers<void>();
    const expired = JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    proxy.fault(
      { kind: 'answer', status: 200, body: `${expired}\n` },
      { match: isWatch, times: 1, after: gate.promise },
    );
    proxy.endWatches();
    await until(() => cache.counts.watches === 0, 'the watch is closed');
    await put(cluster, namespace, 'c');
    await put(cluster, namespace, 'a', { data: { one: '1' } });
    await remove(cluster, namespace, 'b');
    gate.resolve();
    await until(() => changes.length === 3, 'the changes are told');
    expect(changes.map(({ id, type }) => `${id.name} ${type}`).sort()).toEqual(['a changed', 'b gone', 'c added']);
    await untilLive(cache);
    expect(await namesIn(cache, namespace)).toEqual(['a', 'c']);
    expect(proxy.requests.filter(isList).length).toBe(1);
  });

  test('are not known where a list breaks off at its second page', async ({ clusters: [cluster] }) => {
    const namespace = await freshNamespace(cluster);
    await Promise.all(Array.from({ length: 501 }, (_, index) => put(cluster, namespace, `map-${index}`)));
    const proxy = await startFaultProxy(cluster);
    const { cache } = cacheOf(clientFor(proxy, cluster.adminToken));
    proxy.fault({ kind: 'answer', status: 500 }, { match: isLaterPage, times: 1 });
    await expect(cache.list(MAPS, { ...SELECTED, namespace })).rejects.toMatchObject({ status: 500 });
    expect(cache.counts).toMatchObject({ objects: 0, watches: 0 });
    expect((await cache.list(MAPS, { ...SELECTED, namespace })).length).toBe(501);
  });

  test('are listed each time where they may not be watched, which is said once', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    proxy.fault({ kind: 'answer', status: 403 }, { match: isWatch });
    const namespace = await freshNamespace(cluster);
    const { cache, refused } = cacheOf(clientFor(proxy, cluster.adminToken));
    for (const name of ['a', 'b', 'c']) {
      await put(cluster, namespace, name);
      expect((await namesIn(cache, namespace)).at(-1)).toBe(name);
    }
    await until(() => refused.length > 0, 'it is said');
    expect(refused.map(({ plural }) => plural)).toEqual(['configmaps']);
    expect(cache.counts).toMatchObject({ watches: 0, lists: 3 });
    expect(proxy.requests.filter(isWatch).length).toBe(1);
  });

  test('are asked of another client from when it is attached', async ({ clusters: [cluster] }) => {
    const { watched, namespace, proxy } = await warmBehindProxy(cluster);
    const { cache, changes } = watched;
    const other = await startFaultProxy(cluster);
    await proxy.goDown();
    cache.attach(clientFor(other, cluster.adminToken));
    await put(cluster, namespace, 'c');
    expect(await namesIn(cache, namespace)).toEqual(['a', 'b', 'c']);
    await untilLive(cache);
    await put(cluster, namespace, 'd');
    await until(() => changes.some(({ id }) => id.name === 'd'), 'd is told');
  });

  test('come in full where a line was cut in the middle', async ({ clusters: [cluster] }) => {
    const { watched, namespace, proxy } = await warmBehindProxy(cluster);
    const { cache, changes } = watched;
    const line = '{"type":"ADDED","object":{"metadata":{"name":"half","labels":{"part":"a"}';
    proxy.fault({ kind: 'answer', status: 200, body: line }, { match: isWatch, times: 1 });
    proxy.endWatches();
    await until(() => proxy.requests.filter(isWatch).length >= 2, 'it is watched again');
    await untilLive(cache);
    await put(cluster, namespace, 'c');
    await until(() => changes.length > 0, 'the change is told');
    expect(changes.map(({ id }) => id.name)).toEqual(['c']);
    expect(await namesIn(cache, namespace)).toEqual(['a', 'b', 'c']);
  });

  test('are never old while the server is frozen: who asks is told that it does not answer', async ({
    freshClusters,
  }) => {
    const [cluster] = await freshClusters(1);
    const { watched, namespace, proxy } = await warmBehindProxy(cluster);
    proxy.fault({ kind: 'freeze' });
    proxy.endWatches();
    await until(() => watched.cache.counts.watches === 0, 'the watch is closed');
    await expect(namesIn(watched.cache, namespace)).rejects.toMatchObject({ failure: 'Timeout' });
  });
});

describe('a pass of a process that goes on', () => {
  test('over a member in which nothing changed asks it nothing', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'warm', { 'maps.yaml': configMaps('warm', 50) });
    const client = clientFor(cluster, cluster.adminToken);
    const { cache, changes } = cacheOf(client);
    const lane = new WarmLane(cluster, repository, client, cache);
    expect((await lane.run()).state).toBe('Synced');
    // What it wrote is known before its events have come.
    expect(changesOf(await lane.run())).toEqual([]);
    await until(() => cache.isComplete, 'everything is watched');
    const before = (await requestsOf(cluster)).length;
    expect(changesOf(await lane.run())).toEqual([]);
    expect(changesOf(await lane.run())).toEqual([]);
    const asked = (await requestsOf(cluster)).slice(before).map(({ requestURI }) => requestURI);
    expect(asked.filter((uri) => !uri.includes('watch=true'))).toEqual([]);
    // Nothing of it was done by others.
    expect(changes).toEqual([]);
  });

  test('corrects what others changed, and takes nothing that it wrote for a change', async ({
    clusters: [cluster],
  }) => {
    const name = 'corrected';
    const repository = fleetRepository([cluster], name, { 'maps.yaml': configMaps(name, 3) });
    const client = clientFor(cluster, cluster.adminToken);
    const { cache, changes } = cacheOf(client);
    const lane = new WarmLane(cluster, repository, client, cache);
    await lane.run();
    await until(() => cache.isComplete, 'everything is watched');
    const map = (index: number) => `/api/v1/namespaces/${name}/configmaps/map-${index}`;
    await cluster.request('PATCH', `${map(0)}?fieldManager=kubectl-edit`, { data: { a: 'other' } }, MERGE);
    await cluster.request('DELETE', map(1));
    await cluster.request(
      'PATCH',
      `${map(2)}?fieldManager=kubectl-label`,
      { metadata: { labels: { 'applyset.kubernetes.io/part-of': null } } },
      MERGE,
    );
    await until(() => changes.length === 3, 'the changes are told');
    const result = await lane.run();
    expect(changesOf(result)).toEqual([
      'ConfigMap/map-0 configured',
      'ConfigMap/map-1 created',
      'ConfigMap/map-2 configured',
    ]);
    expect(changesOf(await lane.run())).toEqual([]);
    // By then the events of what was written have come as well.
    await cluster.request('PATCH', `${map(2)}?fieldManager=kubectl-edit`, { data: { a: 'again' } }, MERGE);
    await until(() => changes.length === 4, 'the last change is told');
    expect(changes[3]).toMatchObject({ id: { name: 'map-2' }, type: 'changed', part: 'object' });
    expect((await get(cluster, map(0)))?.data).toEqual({ a: '1' });
  });

  test('prunes, and makes again what was pruned, before any event has come', async ({ clusters: [cluster] }) => {
    const name = 'pruned';
    const repository = fleetRepository([cluster], name, {
      'one.yaml': configMapYaml(name, 'one'),
      'two.yaml': configMapYaml(name, 'two'),
    });
    const client = clientFor(cluster, cluster.adminToken);
    const { cache, changes } = cacheOf(client);
    const lane = new WarmLane(cluster, repository, client, cache);
    await lane.run();
    for (let round = 0; round < 3; round += 1) {
      repository.commit({ 'two.yaml': undefined });
      expect(changesOf(await lane.run())).toEqual(['ConfigMap/two deleted']);
      expect(changesOf(await lane.run())).toEqual([]);
      repository.commit({ 'two.yaml': configMapYaml(name, 'two') });
      expect(changesOf(await lane.run())).toEqual(['ConfigMap/two created']);
      expect(changesOf(await lane.run())).toEqual([]);
    }
    expect(changes).toEqual([]);
  });

  test.for([
    ['everywhere', false],
    ['in its namespaces alone', true],
  ] as const)('asks nothing with the generated role, which reaches %s', async ([, namespaced], { clusters }) => {
    const [, cluster] = clusters;
    const name = namespaced ? 'narrow' : 'wide';
    const repository = fleetRepository([cluster], name, { 'one.yaml': configMapYaml(name, 'one') });
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } });
    await grantRole([cluster], repository.folder, { namespaced });
    const client = clientFor(cluster, cluster.gitfedToken);
    const { cache, changes, refused } = cacheOf(client);
    const lane = new WarmLane(cluster, repository, client, cache);
    expect(await lane.run()).toMatchObject({ state: 'Synced' });
    await lane.run();
    await until(() => cache.isComplete, 'everything is watched');
    const before = (await requestsOf(cluster)).length;
    expect(changesOf(await lane.run())).toEqual([]);
    const asked = (await requestsOf(cluster)).slice(before).map(({ requestURI }) => requestURI);
    expect(asked.filter((uri) => !uri.includes('watch=true'))).toEqual([]);
    expect([...changes, ...refused]).toEqual([]);
    await cluster.request('DELETE', `/api/v1/namespaces/${name}/configmaps/one`);
    await until(() => changes.length === 1, 'the change is told');
    expect(changesOf(await lane.run())).toEqual(['ConfigMap/one created']);
  });

  test('knows the values that it wrote, where rules need whole objects', async ({ clusters: [cluster] }) => {
    const name = 'values';
    const deployment = (replicas: number): string => {
      const labels = { app: 'web' };
      const spec = { containers: [{ name: 'web', image: 'web:1' }] };
      const template = {
        spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      };
      return federatedYaml('FederatedDeployment', 'web', {
        namespace: name,
        spec: { template, placement: EVERYWHERE },
      });
    };
    const rules = 'ignoreDifferences: [{kind: Deployment, jsonPointers: [/spec/paused]}]';
    const repository = fleetRepository([cluster], name, {
      'gitfed.yaml': `inventory: ${name}\n${rules}\n`,
      'web.yaml': deployment(1),
    });
    const client = clientFor(cluster, cluster.adminToken);
    const { cache, changes } = cacheOf(client);
    const lane = new WarmLane(cluster, repository, client, cache);
    await lane.run();
    const apps: ServedResource = { ...MAPS, group: 'apps', kind: 'Deployment', plural: 'deployments' };
    expect(cache.keepsWhole(apps)).toBe(true);
    for (const replicas of [2, 3, 4]) {
      repository.commit({ 'web.yaml': deployment(replicas) });
      expect(changesOf(await lane.run())).toEqual(['Deployment/web configured']);
      expect(changesOf(await lane.run())).toEqual([]);
    }
    expect(changes).toEqual([]);
    await until(() => cache.isComplete, 'everything is watched');
    // How it is, and not what it should be.
    const target = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    const status = { status: { replicas: 4, readyReplicas: 1, observedGeneration: 1 } };
    await cluster.request('PATCH', `${target}/status?fieldManager=controller`, status, MERGE);
    await until(() => changes.length === 1, 'the change is told');
    expect(changes[0]).toMatchObject({ id: { name: 'web' }, part: 'status' });
    await cluster.request('PATCH', `${target}?fieldManager=kubectl-edit`, { spec: { paused: true } }, MERGE);
    await until(() => changes.length === 2, 'the change is told');
    expect(changes[1]).toMatchObject({ id: { name: 'web' }, part: 'object' });
  });

  test('is none of a second gitfed: its inventory is read for real before anything is written', async ({
    clusters: [cluster],
  }) => {
    const name = 'second';
    const repository = fleetRepository([cluster], name, { 'one.yaml': configMapYaml(name, 'one') });
    const client = clientFor(cluster, cluster.adminToken);
    const { cache } = cacheOf(client);
    const warm = new WarmLane(cluster, repository, client, cache);
    await warm.run();
    repository.commit({ 'two.yaml': configMapYaml(name, 'two') });
    await new WarmLane(cluster, repository, clientOf(cluster), undefined).run();
    expect(changesOf(await warm.run())).toEqual([]);
    const events = await auditEvents(cluster);
    expect(events.some(({ requestURI }) => requestURI.includes(`gitfed-${name}`))).toBe(true);
  });
});
