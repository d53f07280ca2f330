import path from 'node:path';
import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { startGitServer } from '../git-server/git-server.ts';
import { configMapYaml, EVERYWHERE, fleetRepository, get, grantFor, writeCredentials } from './fleet.ts';
import { runDaemon } from './running-daemon.ts';

const MERGE = 'application/merge-patch+json';

/** A member is asked how it is each second, and one answer counts. */
const FAST_HEALTH_CHECK = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec:
  scope: Cluster
  clusterHealthCheck: {period: 1s, failureThreshold: 1, successThreshold: 1, timeout: 1s}
`;

const map = (name: string): string => `/api/v1/namespaces/${name}/configmaps/map`;

describe('a daemon', () => {
  test('applies each commit: a change, an override, another placement', async ({ clusters }) => {
    const name = 'loop';
    const repository = fleetRepository(clusters, name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    const { applied, stop } = await runDaemon(repository.publish(), { credentialsDir });
    const values = async (): Promise<readonly unknown[]> => {
      const objects = await Promise.all(clusters.map((cluster) => get(cluster, map(name))));
      return objects.map((object) => object?.data.a);
    };
    await applied(repository.git('rev-parse', 'HEAD'));
    expect(await values()).toEqual(['1', '1', '1']);

    const commitAndPush = async (text: string): Promise<void> => {
      const commit = repository.commit({ 'map.yaml': text });
      repository.push();
      await applied(commit);
    };
    await commitAndPush(configMapYaml(name, 'map', { a: '2' }));
    expect(await values()).toEqual(['2', '2', '2']);
    const overrides = [{ clusterName: 'cluster2', clusterOverrides: [{ path: '/data/a', value: '3' }] }];
    await commitAndPush(configMapYaml(name, 'map', { a: '2' }, { placement: EVERYWHERE, overrides }));
    expect(await values()).toEqual(['2', '3', '2']);
    const placement = { clusters: [{ name: 'cluster2' }, { name: 'cluster3' }] };
    await commitAndPush(configMapYaml(name, 'map', { a: '2' }, { placement, overrides }));
    expect(await values()).toEqual([undefined, '3', '2']);
    await stop();
    const source = repository.git('rev-parse', 'HEAD');
    repository.git('fetch', '--quiet', 'origin', '+refs/heads/gitfed/status:refs/heads/gitfed/status');
    expect(repository.git('log', '-1', '--format=%(trailers:key=Source-Commit,valueonly)', 'gitfed/status')).toBe(
      source,
    );
    expect(JSON.parse(repository.status('status.json') ?? '')).toMatchObject({
      commit: source,
      clusters: { cluster1: { state: 'Synced' }, cluster2: { state: 'Synced' }, cluster3: { state: 'Synced' } },
    });
  });

  test('settles on the last of many pushes', async ({ clusters }) => {
    const name = 'pushes';
    const repository = fleetRepository(clusters, name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    const { daemon, applied, of } = await runDaemon(repository.publish(), { credentialsDir, pollIntervalMs: 200 });
    let last = '';
    for (let count = 1; count <= 50; count += 1) {
      last = repository.commit({ 'map.yaml': configMapYaml(name, 'map', { a: `${count}` }) });
      repository.push();
      daemon.hint();
    }
    await applied(last);
    for (const cluster of clusters) expect((await get(cluster, map(name)))?.data.a).toBe('50');
    // Not each of them was worth a pass.
    expect(of('revisionAccepted').length).toBeLessThan(50);
    expect(of('passFinished').at(-1)?.commit).toBe(last);
  });

  test('deletes nothing when a commit empties the repository', async ({ clusters: [cluster] }) => {
    const name = 'emptied';
    const repository = fleetRepository([cluster], name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials([cluster]);
    await grantFor(credentialsDir, repository.folder);
    const { applied, of } = await runDaemon(repository.publish(), { credentialsDir });
    await applied(repository.git('rev-parse', 'HEAD'));
    const commit = repository.commit({ 'map.yaml': undefined, 'namespace.yaml': undefined });
    repository.push();
    await applied(commit);
    expect(of('passFinished').at(-1)?.result).toMatchObject({ state: 'Failed', prune: { status: 'PruneBlocked' } });
    expect((await get(cluster, map(name)))?.data).toEqual({ a: '1' });
  });

  test('goes on while git does not answer, says so, and takes over what came meanwhile', async ({ clusters }) => {
    const name = 'outage';
    const repository = fleetRepository(clusters, name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    repository.publish();
    await using server = await startGitServer({ folder: path.dirname(repository.bare) });
    const { applied, of } = await runDaemon(`${server.url}/${path.basename(repository.bare)}`, { credentialsDir });
    await applied(repository.git('rev-parse', 'HEAD'));
    await server.stop();
    await expect.poll(() => of('sourceFailed').at(-1)?.message, { timeout: 20_000 }).toMatch(/git/);
    const commit = repository.commit({ 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
    repository.push();
    await server.start();
    await applied(commit);
    for (const cluster of clusters) expect((await get(cluster, map(name)))?.data).toEqual({ a: '2' });
  });

  test('brings a cluster that was away to where the others are, and lets none wait for it', async ({
    freshClusters,
  }) => {
    const clusters = await freshClusters(2);
    const [here, away] = clusters;
    const name = 'away';
    const repository = fleetRepository(clusters, name, {
      'map.yaml': configMapYaml(name, 'map'),
      'config.yaml': FAST_HEALTH_CHECK,
    });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    const { applied, of } = await runDaemon(repository.publish(), { credentialsDir });
    await applied(repository.git('rev-parse', 'HEAD'));
    await away.kill();
    await expect
      .poll(() => of('passFinished').at(-1)?.result, { timeout: 60_000 })
      .toMatchObject({ cluster: away.name, state: 'NotReady', health: 'Offline' });
    const commit = repository.commit({ 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
    repository.push();
    await expect.poll(async () => (await get(here, map(name)))?.data.a, { timeout: 30_000 }).toBe('2');
    await away.restart();
    await expect
      .poll(() => of('passFinished').findLast(({ cluster }) => cluster === away.name)?.result.state, {
        timeout: 90_000,
      })
      .toBe('Synced');
    await applied(commit);
    expect((await get(away, map(name)))?.data.a).toBe('2');
  });

  test('puts back within seconds what somebody changed or deleted', async ({ clusters }) => {
    const name = 'watched';
    const repository = fleetRepository(clusters, name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    const [cluster] = clusters;
    const { applied, of } = await runDaemon(repository.publish(), { credentialsDir });
    await applied(repository.git('rev-parse', 'HEAD'));
    const passes = of('passFinished').length;
    await cluster.request('PATCH', `${map(name)}?fieldManager=kubectl-edit`, { data: { a: 'hand', b: 'made' } }, MERGE);
    await expect.poll(async () => (await get(cluster, map(name)))?.data, { timeout: 10_000 }).toEqual({ a: '1' });
    await expect.poll(() => of('passFinished').length).toBeGreaterThan(passes);
    const { trigger, result } = of('passFinished')[passes] ?? {};
    expect(trigger).toBe('drift');
    expect(result?.objects.find(({ id }) => id.kind === 'ConfigMap')?.drift).toMatchObject([
      { path: ['data', 'a'] },
      { path: ['data', 'b'] },
    ]);
    await cluster.request('DELETE', map(name));
    await expect.poll(async () => (await get(cluster, map(name)))?.data, { timeout: 10_000 }).toEqual({ a: '1' });
  });
});
