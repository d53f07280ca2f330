import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import type { SyncEvent } from '../../src/apply/types.ts';
import { FleetMemory } from '../../src/cluster/index.ts';
import { gitfed, ROOT } from '../cli/run-gitfed.ts';
import { describe, poll, test } from '../controlplane/fixtures.ts';
import { onNthWrite, startFaultProxy } from './fault-proxy.ts';
import {
  changes,
  clusterYaml,
  configMaps,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  grantFor,
  namespaceYaml,
  problems,
  requestsOf,
  syncOnce,
  TestRepository,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const lease = (name: string): string =>
  `/apis/coordination.k8s.io/v1/namespaces/kube-federation-system/leases/gitfed-${name}`;

describe('a dry run', () => {
  test('says what the servers would do, what they would refuse, and changes nothing', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'dry', {
      'map.yaml': configMapYaml('dry', 'map'),
      'gone.yaml': configMapYaml('dry', 'gone'),
    });
    const credentials = writeCredentials([cluster]);
    const dry = () => syncOnce(repository, credentials, { mode: 'dryRun' });
    // Nothing is there yet, not even the namespace.
    expect(changes(await dry())).toEqual([
      'cluster1: Namespace/dry created',
      'cluster1: ConfigMap/dry/gone created',
      'cluster1: ConfigMap/dry/map created',
    ]);
    expect(await get(cluster, '/api/v1/namespaces/dry')).toBeUndefined();
    expect(repository.statusCommits()).toEqual([]);

    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const commits = repository.statusCommits();
    repository.commit({
      'map.yaml': configMapYaml('dry', 'map', { a: '2' }),
      'gone.yaml': undefined,
      'wrong.yaml': federatedYaml('FederatedDeployment', 'wrong', {
        namespace: 'dry',
        spec: { template: { spec: { replicas: 1, nonsense: true } }, placement: EVERYWHERE },
      }),
    });
    const result = await dry();
    expect(changes(result)).toEqual([
      'cluster1: ConfigMap/dry/map configured',
      'cluster1: Deployment/dry/wrong skipped CreationFailed',
      'cluster1: ConfigMap/dry/gone deleted',
    ]);
    expect(problems(result).join()).toContain('nonsense');
    expect((await get(cluster, '/api/v1/namespaces/dry/configmaps/map')).data).toEqual({ a: '1' });
    expect(await get(cluster, '/api/v1/namespaces/dry/configmaps/gone')).toBeDefined();
    expect(repository.statusCommits()).toEqual(commits);
    const { code, stdout } = await gitfed(['sync', '--dry-run', '--credentials-dir', credentials], repository.folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Dry run: the API servers were asked, and nothing was changed\.$/m);
    const dries = (await writesOf(cluster)).filter(({ requestURI }) => requestURI.includes('dryRun=All'));
    expect(dries.length).toBeGreaterThan(0);
  });
});

const DEFINITION = {
  group: 'gitfed.example',
  names: { kind: 'Task', plural: 'tasks' },
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  ],
};

const TASK_TYPE = `apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: tasks.gitfed.example, namespace: kube-federation-system}
spec:
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedTask, pluralName: federatedtasks, scope: Namespaced}
  targetType: {group: gitfed.example, version: v1, kind: Task, pluralName: tasks, scope: Namespaced}
  propagation: Enabled
`;

describe('--wait', () => {
  test('begins a wave when everything of the wave before is ready, and stops where it does not become so', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'waves', {
      'crd.yaml': federatedYaml('FederatedCustomResourceDefinition', 'tasks.gitfed.example', {
        namespace: '',
        spec: { template: { spec: DEFINITION }, placement: EVERYWHERE },
      }),
      'type.yaml': TASK_TYPE,
      'task.yaml': federatedYaml('FederatedTask', 'first', {
        namespace: 'waves',
        // A reconciling resource is not ready until its controller says so.
        spec: { template: { spec: { n: 1 } }, placement: EVERYWHERE },
      }),
      'later.yaml': configMapYaml('waves', 'later', { a: '1' }, {}, { 'gitfed.io/wave': '1' }),
      'deployment.yaml': federatedYaml('FederatedDeployment', 'web', {
        namespace: 'waves',
        spec: {
          template: {
            spec: {
              replicas: 1,
              selector: { matchLabels: { app: 'web' } },
              template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'web:1' }] } },
            },
          },
          placement: EVERYWHERE,
        },
      }),
    });
    const credentials = writeCredentials([cluster]);
    const first = configMapYaml('waves', 'old');
    repository.commit({ 'old.yaml': first });
    // Nobody runs pods here: the Deployment never becomes ready.
    await syncOnce(repository, credentials, { waitMs: 100 });
    repository.commit({ 'old.yaml': undefined });
    const stuck = await syncOnce(repository, credentials, { waitMs: 2500 });
    expect(stuck.ok).toBe(false);
    expect(changes(stuck)).toContain('cluster1: Deployment/waves/web unchanged NotHealthy');
    expect(changes(stuck)).toContain('cluster1: ConfigMap/waves/old skipped NotHealthy');
    expect(changes(stuck)).toContain('cluster1: ConfigMap/waves/later skipped NotHealthy');
    expect(await get(cluster, '/apis/gitfed.example/v1/namespaces/waves/tasks/first')).toBeDefined();
    expect(await get(cluster, '/api/v1/namespaces/waves/configmaps/old')).toBeDefined();
    expect(await get(cluster, '/api/v1/namespaces/waves/configmaps/later')).toBeUndefined();

    const target = '/apis/apps/v1/namespaces/waves/deployments/web';
    const becomeReady = async (): Promise<void> => {
      const { metadata } = await get(cluster, target);
      const status = {
        observedGeneration: metadata.generation,
        replicas: 1,
        readyReplicas: 1,
        availableReplicas: 1,
        updatedReplicas: 1,
        conditions: [
          { type: 'Available', status: 'True' },
          { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
        ],
      };
      const type = 'application/merge-patch+json';
      const answer = await cluster.request('PATCH', `${target}/status?fieldManager=controller`, { status }, type);
      expect(answer.status).toBe(200);
    };
    const before = (await requestsOf(cluster)).length;
    const waiting = syncOnce(repository, credentials, { waitMs: 60_000 });
    const isReading = async (): Promise<boolean> =>
      (await requestsOf(cluster))
        .slice(before)
        .some(({ requestURI }) => requestURI.includes('/waves/deployments?') && requestURI.includes('labelSelector'));
    await poll(isReading, { what: 'gitfed looks at the Deployment' });
    await becomeReady();
    expect(problems(await waiting)).toEqual([]);
    expect(await get(cluster, '/api/v1/namespaces/waves/configmaps/later')).toBeDefined();
    expect(await get(cluster, '/api/v1/namespaces/waves/configmaps/old')).toBeUndefined();
  });
});

describe('two passes of one inventory', () => {
  test('exclude each other in each cluster, and the one that gives up names the other', async ({ clusters }) => {
    const [one, two] = clusters;
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: locked\n',
      'clusters.yaml': `${clusterYaml(one)}---\n${clusterYaml(two)}`,
      'namespace.yaml': namespaceYaml('locked'),
      'map.yaml': configMapYaml('locked', 'map'),
    });
    const credentials = writeCredentials([one, two]);
    await one.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kube-federation-system' },
    });
    const held = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'gitfed-locked' },
      spec: { holderIdentity: 'laptop_1_abc', leaseDurationSeconds: 3600, renewTime: '2026-01-01T00:00:00.000000Z' },
    };
    await one.request('POST', lease('locked').replace('/gitfed-locked', ''), held);
    const events: SyncEvent[] = [];
    const result = await syncOnce(repository, credentials, {
      onEvent: (event) => events.push(event),
      leaseWaitMs: 300,
    });
    expect(result.ok).toBe(false);
    expect(changes(result)).toEqual([
      'cluster1: Namespace/locked skipped ClusterLocked',
      'cluster1: ConfigMap/locked/map skipped ClusterLocked',
      'cluster2: Namespace/locked created',
      'cluster2: ConfigMap/locked/map created',
    ]);
    expect(problems(result)[0]).toContain('laptop_1_abc');
    expect(events).toContainEqual({ type: 'waiting', cluster: 'cluster1', holder: 'laptop_1_abc' });
    expect(await get(one, '/api/v1/namespaces/locked')).toBeUndefined();

    // Freed while a pass waits for it.
    const next = syncOnce(repository, credentials);
    const merge = 'application/merge-patch+json';
    await one.request('PATCH', lease('locked'), { spec: { holderIdentity: '' } }, merge);
    expect(problems(await next)).toEqual([]);
    expect((await get(one, lease('locked'))).spec.holderIdentity).toBe('');
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('at once do everything once, and both end in order', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'at-once', { 'maps.yaml': configMaps('at-once', 40) });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const results = await Promise.all([syncOnce(repository, credentials), syncOnce(repository, credentials)]);
    for (const result of results) expect(problems(result)).toEqual([]);
    const created = results.map((result) => changes(result).filter((change) => change.endsWith('created')).length);
    expect(created.toSorted((a, b) => a - b)).toEqual([0, 41]);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  test('stops between objects, frees the Lease, and the next pass goes on', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: stopped\n',
      'cluster.yaml': proxy.clusterYaml,
      'namespace.yaml': namespaceYaml('stopped'),
      'maps.yaml': configMaps('stopped', 60),
    });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const main = path.join(ROOT, 'src', 'cli', 'main.ts');
    const args = [main, 'sync', repository.folder, '--credentials-dir', credentials];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    onNthWrite([proxy], { k: 20, when: 'after' }, async () => {
      child.kill('SIGINT');
    });
    expect(await ended).toBe(2);
    const made = (await get(cluster, '/api/v1/namespaces/stopped/configmaps')).items.length;
    expect(made).toBeGreaterThan(1);
    expect(made).toBeLessThan(60);
    expect((await get(cluster, lease('stopped'))).spec.holderIdentity).toBe('');
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });
});

describe('5,000 ConfigMaps in one namespace', () => {
  test('are applied, left alone, and pruned by lists and not by requests for each', async ({ clusters: [cluster] }) => {
    const files = Object.fromEntries(
      Array.from({ length: 10 }, (_, file) => [
        `maps-${file}.yaml`,
        Array.from({ length: 500 }, (_unused, index) => configMapYaml('many', `map-${file}-${index}`)).join('---\n'),
      ]),
    );
    const repository = fleetRepository([cluster], 'many', files);
    const credentials = writeCredentials([cluster]);
    const first = await syncOnce(repository, credentials);
    expect(problems(first)).toEqual([]);
    expect(changes(first)).toHaveLength(5001);
    const before = (await requestsOf(cluster)).length;
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    const quiet = (await requestsOf(cluster)).slice(before);
    expect(quiet.length).toBeLessThan(30);
    repository.commit({ 'maps-3.yaml': undefined });
    const pruned = await syncOnce(repository, credentials);
    expect(problems(pruned)).toEqual([]);
    expect(changes(pruned)).toHaveLength(500);
  });
});

describe('several passes of one process', () => {
  test('remember what a member serves, look again when a kind is missing or gone, and give a failing probe a chance', async ({
    clusters: [cluster],
  }) => {
    const proxy = await startFaultProxy(cluster);
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: remembered\n',
      'cluster.yaml': proxy.clusterYaml,
      'namespace.yaml': namespaceYaml('remembered'),
      'map.yaml': configMapYaml('remembered', 'map'),
    });
    const credentials = writeCredentials([cluster]);
    const memory = new FleetMemory();
    const pass = () => syncOnce(repository, credentials, { memory });
    expect(problems(await pass())).toEqual([]);
    const discoveries = (): number => proxy.requests.filter(({ path: target }) => target === '/apis').length;
    const asked = discoveries();
    expect(changes(await pass())).toEqual([]);
    expect(discoveries()).toBe(asked);

    // A failing health check right after a good one is held back.
    await proxy.fault({ kind: 'answer', status: 500 }, { match: ({ path: target }) => target === '/healthz' });
    expect(problems(await pass())).toEqual([]);
    expect((await syncOnce(repository, credentials)).clusters[0]?.state).toBe('NotReady');
    await proxy.clear();

    // Somebody else defines a kind, and takes it away again.
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'jobs.remembered.example' },
      spec: { ...DEFINITION, group: 'remembered.example', names: { kind: 'Errand', plural: 'jobs' } },
    };
    await cluster.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    await poll(async () => (await get(cluster, '/apis/remembered.example/v1')) !== undefined, {
      what: 'the kind is served',
    });
    repository.commit({
      'type.yaml': TASK_TYPE.replaceAll('gitfed.example', 'remembered.example')
        .replaceAll('FederatedTask', 'FederatedErrand')
        .replace('kind: Task', 'kind: Errand')
        .replaceAll('tasks', 'jobs'),
      'errand.yaml': federatedYaml('FederatedErrand', 'one', {
        namespace: 'remembered',
        spec: { template: { spec: { n: 1 } }, placement: EVERYWHERE },
      }),
    });
    expect(problems(await pass())).toEqual([]);
    expect(discoveries()).toBeGreaterThan(asked);
    expect(await get(cluster, '/apis/remembered.example/v1/namespaces/remembered/jobs/one')).toBeDefined();

    await cluster.request('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`);
    await poll(async () => (await get(cluster, '/apis/remembered.example/v1')) === undefined, {
      what: 'the kind is gone',
    });
    repository.commit({ 'errand.yaml': undefined });
    expect(problems(await pass())).toEqual([]);
  });
});
