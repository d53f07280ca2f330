import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type SyncResult, sync } from '../../src/reconcile/index.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import {
  changes,
  clusterYaml,
  configMaps,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  grant,
  grantFor,
  problems,
  requestsOf,
  syncOnce,
  type TestRepository,
  temporaryFolder,
  writeCredential,
  writeCredentials,
  writesOf,
} from './fleet.ts';

describe('a cluster', () => {
  test('that is down, frozen or unknown leaves the others complete, and is caught up with', async ({
    freshClusters,
  }) => {
    const [good, frozen, down] = await freshClusters(3);
    const clusters = [good, frozen, down];
    const repository = fleetRepository(clusters, 'lanes', {
      'map.yaml': configMapYaml('lanes', 'one'),
      'clusters/nobody.yaml': clusterYaml(good, 'nobody'),
    });
    const credentials = writeCredentials(clusters);
    await syncOnce(repository, credentials);
    const before = repository.status('objects/cluster2.yaml');

    repository.commit({
      'map.yaml': configMapYaml('lanes', 'one', { a: '2' }),
      'new.yaml': configMapYaml('lanes', 'new'),
    });
    frozen.freeze();
    await down.kill();
    const begin = performance.now();
    const result = await syncOnce(repository, credentials, { requestTimeoutMs: 1_500 });
    expect(performance.now() - begin).toBeLessThan(10_000);
    frozen.thaw();
    expect(result.ok).toBe(false);
    expect(result.clusters.map(({ cluster, state, health }) => [cluster, state, health])).toEqual([
      ['cluster1', 'Synced', undefined],
      ['cluster2', 'NotReady', 'Offline'],
      ['cluster3', 'NotReady', 'Offline'],
      ['nobody', 'NotReady', 'ConfigMalformed'],
    ]);
    expect((await get(good, '/api/v1/namespaces/lanes/configmaps/one')).data).toEqual({ a: '2' });
    expect(repository.status('objects/cluster2.yaml')).toBe(before);
    expect(repository.status('clusters/cluster2.yaml')).toMatch(/type: Offline/);
    expect(repository.status('clusters/nobody.yaml')).toMatch(/type: ConfigMalformed/);
    expect(repository.status('resources/lanes/ConfigMap/new.yaml')).toMatch(
      /name: cluster2\n {4}status: ClusterNotReady/,
    );

    await down.restart();
    await frozen.waitReady();
    const caught = await syncOnce(repository, credentials, { clusters: ['cluster1', 'cluster2', 'cluster3'] });
    expect(caught.ok).toBe(true);
    expect(changes(caught).map((line) => line.split(':')[0])).toEqual(['cluster2', 'cluster2', 'cluster3', 'cluster3']);
    expect(repository.status('clusters/cluster2.yaml')).toMatch(/type: Ready/);
  });

  test('where a kind may not be listed keeps it as it is, and the rest goes on', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const secret = federatedYaml('FederatedSecret', 'kept', {
      namespace: 'limited',
      spec: { template: { data: { k: 'djE=' } }, placement: EVERYWHERE },
    });
    const repository = fleetRepository([cluster], 'limited', {
      'secret.yaml': secret,
      'map.yaml': configMapYaml('limited', 'one'),
      'old.yaml': configMapYaml('limited', 'old'),
    });
    const credentials = writeCredentials([cluster]);
    await allow(cluster, EVERYTHING);
    expect(problems(await syncDirectly(repository, credentials))).toEqual([]);
    await allow(cluster, [
      { apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: ['*'] },
      // The inventory alone.
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['gitfed-limited'], verbs: ['get', 'patch'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['*'] },
    ]);

    repository.commit({
      'secret.yaml': undefined,
      'other.yaml': secret.replaceAll('kept', 'other'),
      'old.yaml': undefined,
      'map.yaml': configMapYaml('limited', 'one', { a: '2' }),
    });
    const result = await syncDirectly(repository, credentials);
    expect(result.ok).toBe(false);
    expect(changes(result)).toEqual([
      'cluster1: ConfigMap/limited/one configured',
      'cluster1: Secret/limited/other skipped RetrievalFailed',
      'cluster1: ConfigMap/limited/old deleted',
    ]);
    expect(await get(cluster, '/api/v1/namespaces/limited/secrets/kept')).toBeDefined();
    const parent = await get(cluster, '/api/v1/namespaces/kube-federation-system/secrets/gitfed-limited');
    expect(parent.metadata.annotations['applyset.kubernetes.io/contains-group-kinds']).toContain('Secret');

    // With the right to see them again, nothing was forgotten.
    await allow(cluster, EVERYTHING);
    expect(changes(await syncDirectly(repository, credentials))).toEqual([
      'cluster1: Secret/limited/other created',
      'cluster1: Secret/limited/kept deleted',
    ]);
  });

  test('that gitfed may do nothing in is told so', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const repository = fleetRepository([cluster], 'nothing');
    const credentialsDir = writeCredentials([cluster]);
    const result = await sync({ source: repository.folder, credentialsDir });
    expect(result.clusters[0]).toMatchObject({ state: 'Failed', message: expect.stringContaining('403 Forbidden') });
    expect(await get(cluster, '/api/v1/namespaces/nothing')).toBeUndefined();
  });
});

describe('what an API server refuses', () => {
  test('is told by reason and field, and a value of a Secret is in no output', async ({ clusters: [cluster] }) => {
    const canary = 'c4n4ry-v4lu3';
    const encoded = Buffer.from(canary).toString('base64');
    const secret = (name: string, template: object) =>
      federatedYaml('FederatedSecret', name, { namespace: 'refused', spec: { template, placement: EVERYWHERE } });
    const repository = fleetRepository([cluster], 'refused', {
      'a.yaml': secret('list', { data: [encoded] }),
      'b.yaml': secret('nested', { data: { k: { inner: canary } } }),
      'c.yaml': secret('field', { data: { k: encoded }, [canary]: { x: canary } }),
      'd.yaml': secret('base64', { data: { k: `${canary}!` } }),
      'e.yaml': secret('fine', { stringData: { k: canary } }),
      'f.yaml': federatedYaml('FederatedDeployment', 'typo', {
        namespace: 'refused',
        spec: {
          template: {
            spec: {
              replica: 3,
              selector: { matchLabels: { a: 'b' } },
              template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
            },
          },
          placement: EVERYWHERE,
        },
      }),
      'z.yaml': configMapYaml('refused', 'after'),
    });
    const result = await syncOnce(repository, writeCredentials([cluster]));
    const states = Object.fromEntries(result.clusters[0]?.objects.map(({ id, status }) => [id.name, status]) ?? []);
    expect(states).toEqual({
      refused: '',
      after: '',
      fine: '',
      list: 'CreationFailed',
      nested: 'CreationFailed',
      field: 'CreationFailed',
      base64: 'CreationFailed',
      typo: 'CreationFailed',
    });
    const typo = result.clusters[0]?.objects.find(({ id }) => id.name === 'typo');
    expect(typo?.message).toContain('.spec.replica');
    expect((await get(cluster, '/api/v1/namespaces/refused/secrets/fine')).data).toEqual({ k: encoded });
    const field = result.clusters[0]?.objects.find(({ id }) => id.name === 'field');
    // The key is a path in the author's own file; the values are not.
    const outputs = [
      JSON.stringify(
        {
          ...result,
          clusters: result.clusters.map(({ objects, ...rest }) => ({
            ...rest,
            objects: objects.filter((one) => one !== field),
          })),
        },
        (_key, value) => (typeof value === 'bigint' ? `${value}` : value),
      ),
    ];
    for (const name of repository.git('ls-tree', '-r', '--name-only', 'gitfed/status').split('\n')) {
      if (!name.startsWith('objects/') && name !== 'README.md') outputs.push(repository.status(name) ?? '');
    }
    for (const text of outputs) {
      expect(text).not.toContain(canary);
      expect(text).not.toContain(encoded);
    }
    const changedOnce = await syncOnce(repository, writeCredentials([cluster]));
    expect(changedOnce.status.commit).toBeUndefined();
  });
});

describe('a hostile server', () => {
  test('gets neither a token by a redirect nor the other lanes down', async ({ clusters: [cluster] }) => {
    const seen: (string | undefined)[] = [];
    const thief = await listen(
      createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.end('ok');
      }),
    );
    const redirecting = await listen(
      createServer((_request, response) => {
        response.writeHead(307, { Location: `${thief}/healthz` }).end();
      }),
    );
    const nonsense = await listen(
      createServer((request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(request.url === '/healthz' ? 'ok' : '{"metadata": null, "items": [null], "kind": "List"}');
      }),
    );
    const fake = (name: string, url: string) =>
      clusterYaml(cluster, name)
        .replace(cluster.url, url)
        .replace(/ {2}caBundle.*\n/, '');
    const repository = fleetRepository([cluster], 'hostile', {
      'clusters/redirecting.yaml': fake('redirecting', redirecting),
      'clusters/nonsense.yaml': fake('nonsense', nonsense),
    });
    const credentials = writeCredentials([cluster]);
    writeCredential(credentials, cluster, 'redirecting');
    writeCredential(credentials, cluster, 'nonsense');
    const result = await syncOnce(repository, credentials);
    expect(seen).toEqual([]);
    expect(result.clusters.map(({ cluster: name, state }) => [name, state])).toEqual([
      ['cluster1', 'Synced'],
      ['nonsense', 'Failed'],
      ['redirecting', 'NotReady'],
    ]);
  });
});

describe('a repository by URL', () => {
  test('gets the status branch pushed, and whoever was faster is built upon', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'remote', { 'map.yaml': configMapYaml('remote', 'one') });
    const source = repository.publish();
    const credentialsDir = writeCredentials([cluster]);
    await grantFor(credentialsDir, repository.folder);
    const bare = (...args: readonly string[]) =>
      execFileSync('git', ['-C', repository.bare, ...args], { encoding: 'utf8' }).trim();
    const first = await sync({ source, credentialsDir });
    expect(first).toMatchObject({ ok: true, status: { pushed: true, branch: 'gitfed/status' } });
    expect(bare('rev-parse', 'gitfed/status')).toBe(first.status.commit);
    expect((await sync({ source, credentialsDir })).status.commit).toBeUndefined();

    // The same repository by path is the same writer.
    const before = (await requestsOf(cluster)).length;
    repository.git('fetch', '--quiet', 'origin', 'gitfed/status:gitfed/status');
    const local = await syncOnce(repository, credentialsDir);
    expect(local.status.commit).toBeUndefined();
    expect(await writesOf(cluster, before)).toEqual([]);

    // By path the branch is local until it is asked to be pushed; meanwhile somebody else pushes.
    repository.commit({ 'map.yaml': configMapYaml('remote', 'one', { a: '2' }) });
    const ahead = await syncOnce(repository, credentialsDir);
    expect(bare('rev-parse', 'gitfed/status')).toBe(first.status.commit);
    const clone = path.join(temporaryFolder(), 'clone');
    execFileSync('git', ['clone', '--quiet', '--branch', 'gitfed/status', repository.bare, clone]);
    writeFileSync(path.join(clone, 'NOTES.md'), 'theirs\n');
    for (const args of [
      ['add', '.'],
      ['commit', '--quiet', '-m', 'Theirs'],
      ['push', '--quiet'],
    ]) {
      execFileSync('git', ['-C', clone, ...args]);
    }
    repository.commit({ 'map.yaml': configMapYaml('remote', 'one', { a: '3' }) });
    const pushed = await syncOnce(repository, credentialsDir, { push: true });
    expect(pushed).toMatchObject({ ok: true, status: { pushed: true } });
    expect(ahead.status.commit).not.toBe(pushed.status.commit);
    expect(bare('show', 'gitfed/status:NOTES.md')).toBe('theirs');
    expect(JSON.parse(bare('show', 'gitfed/status:status.json')).commit).toBe(pushed.commit);
    expect(repository.git('rev-parse', 'gitfed/status')).toBe(bare('rev-parse', 'gitfed/status'));
  });

  test('whose push is refused is in order in the clusters, and says so', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'refusing', { 'maps.yaml': configMaps('refusing', 2) });
    const source = repository.publish();
    const hook = path.join(repository.bare, 'hooks', 'pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "protected branch" >&2\nexit 1\n', { mode: 0o755 });
    const credentialsDir = writeCredentials([cluster]);
    await grantFor(credentialsDir, repository.folder);
    const result = await sync({ source, credentialsDir });
    expect(result.ok).toBe(false);
    expect(result.status.problem).toMatch(/^StatusPushRefused/);
    expect(result.clusters[0]?.state).toBe('Synced');
    expect(await get(cluster, '/api/v1/namespaces/refusing/configmaps/map-1')).toBeDefined();
  });
});

describe('a kubeconfig', () => {
  test('is used by the context that is named like the cluster, or by annotation', async ({ clusters: [cluster] }) => {
    const kubeconfig = path.join(temporaryFolder(), 'config');
    writeFileSync(kubeconfig, cluster.kubeconfig('gitfed'));
    const repository = fleetRepository([cluster], 'contexts', {
      'clusters/named.yaml': clusterYaml(cluster, 'missing').replace(
        '  namespace: kube',
        '  annotations: {gitfed.io/kubeconfig-context: nobody}\n  namespace: kube',
      ),
    });
    await grant([cluster], repository.folder);
    const result = await sync({ source: repository.folder, kubeconfig });
    expect(result.clusters.map(({ cluster: name, state }) => [name, state])).toEqual([
      ['cluster1', 'Synced'],
      ['missing', 'NotReady'],
    ]);
    expect(result.clusters[1]?.message).toContain('nobody');
    await expect(sync({ source: repository.folder, kubeconfig: `${kubeconfig}-not` })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

/** Not by syncOnce, which grants the role that the commit needs. */
async function syncDirectly({ folder }: TestRepository, credentialsDir: string): Promise<SyncResult> {
  return await sync({ source: folder, credentialsDir });
}

const EVERYTHING = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['get'] },
];

/** These rights and no others. */
async function allow(cluster: Cluster, rules: readonly object[]): Promise<void> {
  const root = '/apis/rbac.authorization.k8s.io/v1';
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'limited' },
    rules,
  };
  const target = `${root}/clusterroles/limited?fieldManager=administrator&force=true`;
  await cluster.request('PATCH', target, role, 'application/apply-patch+yaml');
  await cluster.request('POST', `${root}/clusterrolebindings`, {
    metadata: { name: 'limited' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'limited' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'gitfed' }],
  });
  const mayList = async (plural: string) =>
    (await cluster.request('GET', `/api/v1/${plural}`, undefined, undefined, { as: 'gitfed' })).status === 200;
  const maySeeSecrets = rules === EVERYTHING;
  const isKnown = async () => (await mayList('configmaps')) && (await mayList('secrets')) === maySeeSecrets;
  await poll(isKnown, { what: 'the API server knows the rights of gitfed' });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
