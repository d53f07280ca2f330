import { expect } from 'vitest';
import { formatFieldPath } from '../../src/core/index.ts';
import type { SyncResult } from '../../src/reconcile/index.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import {
  changes,
  clusterYaml,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  namespaceYaml,
  problems,
  requestsOf,
  syncOnce,
  TestRepository,
  writeCredentials,
  writesOf,
} from './fleet.ts';

interface DeploymentParts {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly template?: Readonly<Record<string, unknown>>;
}

function deploymentYaml(namespace: string, { spec = {}, template = {} }: DeploymentParts = {}): string {
  return federatedYaml('FederatedDeployment', 'web', {
    namespace,
    spec: {
      template: {
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'web' } },
          template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
          ...template,
        },
      },
      placement: EVERYWHERE,
      ...spec,
    },
  });
}

const deployment = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const configMap = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps/map`;

/** Changes an object as a tool of that name would. */
async function change(
  cluster: Cluster,
  target: string,
  manager: string,
  patch: unknown,
  contentType = 'application/strategic-merge-patch+json',
): Promise<void> {
  const { status, body } = await cluster.request('PATCH', `${target}?fieldManager=${manager}`, patch, contentType);
  expect(status, JSON.stringify(body)).toBe(200);
}

function container(name: string): unknown {
  return { spec: { template: { spec: { containers: [{ name, image: `${name}:1` }] } } } };
}

/** `cluster Kind/name: type path manager` of every difference that a pass tells. */
function drift({ clusters }: SyncResult): readonly string[] {
  return clusters.flatMap(({ cluster, objects }) =>
    objects.flatMap(({ id, drift: fields = [] }) =>
      fields.map(
        ({ type, path, manager }) =>
          `${cluster} ${id.kind}/${id.name}: ${type} ${formatFieldPath(path)} ${manager ?? ''}`,
      ),
    ),
  );
}

async function containers(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const { spec } = await get(cluster, deployment(namespace));
  return spec.template.spec.containers.map(({ name }: { readonly name: string }) => name);
}

describe('what people change by hand', () => {
  test('is put back and told: a value, a key, a sidecar, a label, a field that was taken out', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'people', {
      'web.yaml': deploymentYaml('people'),
      'map.yaml': configMapYaml('people', 'map', { a: '1', b: '2' }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    await change(cluster, deployment('people'), 'kubectl-edit', container('debug'));
    await change(cluster, deployment('people'), 'kubectl-set', {
      spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } },
    });
    await change(cluster, configMap('people'), 'kubectl-edit', { data: { c: '3', b: null } });
    await change(cluster, configMap('people'), 'kubectl-label', { metadata: { labels: { mine: 'x' } } });
    await change(cluster, configMap('people'), 'kubectl-annotate', { metadata: { annotations: { note: 'kept' } } });
    const before = await get(cluster, deployment('people'));

    const result = await syncOnce(repository, credentials);
    expect(problems(result)).toEqual([]);
    expect(drift(result).toSorted()).toEqual([
      'cluster1 ConfigMap/map: added .data.c kubectl-edit',
      'cluster1 ConfigMap/map: added .metadata.labels.mine kubectl-label',
      'cluster1 ConfigMap/map: missing .data.b ',
      'cluster1 Deployment/web: added .spec.template.spec.containers[name="debug"] kubectl-edit',
      'cluster1 Deployment/web: changed .spec.template.spec.containers[name="web"].image kubectl-set',
    ]);
    expect(await containers(cluster, 'people')).toEqual(['web']);
    const web = await get(cluster, deployment('people'));
    expect(web.spec.template.spec.containers[0].image).toBe('web:1');
    expect(web.metadata.uid).toBe(before.metadata.uid);
    const map = await get(cluster, configMap('people'));
    expect(map.data).toEqual({ a: '1', b: '2' });
    expect(map.metadata.labels).not.toHaveProperty('mine');
    expect(map.metadata.annotations.note).toBe('kept');
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    await cluster.request('DELETE', configMap('people'));
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/people/map created']);
  });

  test('on a Namespace is theirs, but for what is ours', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'spaces', {
      'namespace.yaml': federatedYaml('FederatedNamespace', 'spaces', {
        namespace: 'spaces',
        spec: { template: { metadata: { labels: { team: 'shop' } } }, placement: EVERYWHERE },
      }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline', team: 'other' };
    await change(cluster, '/api/v1/namespaces/spaces', 'kubectl-label', { metadata: { labels } });
    const result = await syncOnce(repository, credentials);
    expect(drift(result)).toEqual(['cluster1 Namespace/spaces: changed .metadata.labels.team kubectl-label']);
    const { metadata } = await get(cluster, '/api/v1/namespaces/spaces');
    expect(metadata.labels).toMatchObject({ team: 'shop', 'pod-security.kubernetes.io/enforce': 'baseline' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('is only told where drift.policy is Report, again in each pass', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'report', {
      'gitfed.yaml': 'inventory: report\ndrift: {policy: Report}\n',
      'map.yaml': configMapYaml('report', 'map'),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    await change(cluster, configMap('report'), 'kubectl-edit', { data: { a: '9' } });
    for (const _pass of [1, 2]) {
      const result = await syncOnce(repository, credentials);
      expect(result.ok).toBe(true);
      expect(changes(result)).toEqual(['cluster1: ConfigMap/report/map skipped Drifted']);
      expect(drift(result)).toEqual(['cluster1 ConfigMap/map: changed .data.a kubectl-edit']);
    }
    expect((await get(cluster, configMap('report'))).data).toEqual({ a: '9' });
    // What the repository changes is applied all the same.
    repository.commit({ 'map.yaml': configMapYaml('report', 'map', { a: '2' }) });
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/report/map configured']);
    expect((await get(cluster, configMap('report'))).data).toEqual({ a: '2' });
  });

  test('again and again is a fight: after six times in ten minutes it is left alone for a while', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'fight', { 'map.yaml': configMapYaml('fight', 'map') });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const start = Date.parse('2026-01-01T00:00:00Z');
    const pass = async (second: number): Promise<SyncResult> => {
      await change(cluster, configMap('fight'), 'operator', { data: { a: `${second}` } });
      return await syncOnce(repository, credentials, { now: () => new Date(start + second * 1000) });
    };
    for (const second of [0, 60, 120, 180, 240, 300]) {
      expect(changes(await pass(second))).toEqual(['cluster1: ConfigMap/fight/map configured FieldTaken']);
    }
    const fight = await pass(360);
    expect(fight.ok).toBe(false);
    expect(changes(fight)).toEqual(['cluster1: ConfigMap/fight/map skipped DriftFight']);
    expect((await get(cluster, configMap('fight'))).data).toEqual({ a: '360' });
    expect(changes(await pass(1000))).toEqual(['cluster1: ConfigMap/fight/map configured FieldTaken']);
  });
});

describe('what controllers change', () => {
  test('stays: an injected sidecar, an autoscaler’s number, status', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'controllers', {
      'web.yaml': deploymentYaml('controllers', { spec: { retainReplicas: true } }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    await change(cluster, deployment('controllers'), 'sidecar-injector', container('proxy'));
    const scale = `${deployment('controllers')}/scale`;
    await change(cluster, scale, 'kube-controller-manager', { spec: { replicas: 7 } }, 'application/merge-patch+json');
    const result = await syncOnce(repository, credentials);
    expect(problems(result)).toEqual([]);
    expect(drift(result)).toEqual([]);
    expect((await containers(cluster, 'controllers')).toSorted()).toEqual(['proxy', 'web']);
    expect((await get(cluster, deployment('controllers'))).spec.replicas).toBe(7);

    // Nor does a change of something else touch them.
    repository.commit({
      'web.yaml': deploymentYaml('controllers', { spec: { retainReplicas: true }, template: { minReadySeconds: 3 } }),
    });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const web = await get(cluster, deployment('controllers'));
    expect(web.spec).toMatchObject({ replicas: 7, minReadySeconds: 3 });
    expect((await containers(cluster, 'controllers')).toSorted()).toEqual(['proxy', 'web']);
  });

  test('in a field of ours is taken back, and told with who had taken it', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'taken', { 'web.yaml': deploymentYaml('taken') });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    await change(cluster, deployment('taken'), 'scaler', { spec: { replicas: 5 } });
    const result = await syncOnce(repository, credentials);
    expect(result.ok).toBe(true);
    expect(changes(result)).toEqual(['cluster1: Deployment/taken/web configured FieldTaken']);
    const [told] = result.clusters[0]?.objects.filter(({ status }) => status === 'FieldTaken') ?? [];
    expect(told?.message).toContain('.spec.replicas was written by scaler, and is taken back.');
    expect(drift(result)).toEqual(['cluster1 Deployment/web: changed .spec.replicas scaler']);
    expect(repository.status('objects/cluster1.yaml')).not.toContain('FieldTaken');
    expect((await get(cluster, deployment('taken'))).spec.replicas).toBe(2);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });
});

describe('ignoreDifferences', () => {
  test('leaves a field to whoever changes it, by pointer or by manager, and counts what it hides', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'ignored', {
      'gitfed.yaml': `inventory: ignored
ignoreDifferences:
- {kind: ConfigMap, name: map, jsonPointers: [/data/b]}
- {group: apps, kind: Deployment, managedFieldsManagers: [scaler*]}
`,
      'map.yaml': configMapYaml('ignored', 'map', { a: '1', b: '2' }),
      'web.yaml': deploymentYaml('ignored'),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(cluster, configMap('ignored'))).data).toEqual({ a: '1', b: '2' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    await change(cluster, configMap('ignored'), 'kubectl-edit', { data: { b: 'theirs' } });
    await change(cluster, deployment('ignored'), 'scaler-1', { spec: { replicas: 5 } });
    const quiet = await syncOnce(repository, credentials);
    expect(changes(quiet)).toEqual([]);
    const hidden = quiet.clusters[0]?.objects.flatMap(({ id, ignored = [] }) => ignored.map((one) => [id.kind, one]));
    expect(hidden).toEqual([
      ['ConfigMap', { rule: 0, count: 1 }],
      ['Deployment', { rule: 1, count: 1 }],
    ]);

    // A change of something else leaves the fields where they are, and gives up what was still ours.
    repository.commit({
      'map.yaml': configMapYaml('ignored', 'map', { a: '9', b: '2' }),
      'web.yaml': deploymentYaml('ignored', { template: { minReadySeconds: 3 } }),
    });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(cluster, configMap('ignored'))).data).toEqual({ a: '9', b: 'theirs' });
    expect((await get(cluster, deployment('ignored'))).spec).toMatchObject({ replicas: 5, minReadySeconds: 3 });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('is not forgotten by a gitfed.yaml that cannot be read: nothing is put back then', async ({
    clusters: [cluster],
  }) => {
    const rule = 'ignoreDifferences:\n- {kind: ConfigMap, jsonPointers: [/data/a]}\n';
    const repository = fleetRepository([cluster], 'broken-rule', {
      'gitfed.yaml': `inventory: broken-rule\n${rule}`,
      'map.yaml': configMapYaml('broken-rule', 'map'),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    await change(cluster, configMap('broken-rule'), 'kubectl-edit', { data: { a: 'theirs' } });
    repository.commit({ 'gitfed.yaml': `inventory: broken-rule\n${rule.replace('kind', 'knid')}` });
    await syncOnce(repository, credentials);
    expect((await get(cluster, configMap('broken-rule'))).data).toEqual({ a: 'theirs' });
  });
});

describe('gitfed drift and gitfed diff --live', () => {
  test('tell what differs, by whom, and change nothing', async ({ clusters }) => {
    const [one, two] = clusters;
    const repository = fleetRepository([one, two], 'told', {
      'map.yaml': configMapYaml('told', 'map'),
      'gone.yaml': configMapYaml('told', 'gone'),
      'web.yaml': deploymentYaml('told'),
      'secret.yaml': federatedYaml('FederatedSecret', 'password', {
        namespace: 'told',
        spec: { template: { stringData: { password: 'hunter2' } }, placement: EVERYWHERE },
      }),
    });
    const credentials = writeCredentials([one, two]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const flags = ['--credentials-dir', credentials];
    const clean = await gitfed(['drift', ...flags], repository.folder);
    expect(clean.code, clean.stdout + clean.stderr).toBe(0);
    expect((await gitfed(['diff', '--live', ...flags], repository.folder)).code).toBe(0);

    await change(one, configMap('told'), 'kubectl-edit', { data: { a: '9' } });
    await change(two, configMap('told'), 'kubectl-edit', { data: { a: '9' } });
    await one.request('DELETE', '/api/v1/namespaces/told/configmaps/gone');
    const canary = Buffer.from('correct horse').toString('base64');
    await change(two, '/api/v1/namespaces/told/secrets/password', 'kubectl-edit', { data: { password: canary } });
    const labels = { 'kubefed.io/managed': 'true' };
    const leftover = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'left', labels } };
    await one.request('POST', '/api/v1/namespaces/told/configmaps?fieldManager=controller-manager', leftover);
    const before = (await requestsOf(one)).length;

    const told = await gitfed(['drift', ...flags], repository.folder);
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(
      /^cluster1: ConfigMap\/told\/map differs\n {4}\.data\.a: "9", should be "1" {2}\(kubectl-edit, 20/m,
    );
    expect(told.stdout).toMatch(/^cluster1: ConfigMap\/told\/gone is not there$/m);
    expect(told.stdout).toMatch(/^cluster1: ConfigMap\/told\/left: Leftover/m);
    expect(told.stdout).toMatch(
      /^cluster2: Secret\/told\/password differs\n {4}\.data\.password: "\*\*\*", should be "\*\*\*"/m,
    );
    const json = JSON.parse((await gitfed(['drift', '-o', 'json', ...flags], repository.folder)).stdout);
    expect(json.drift).toBe(true);
    const byName = new Map(json.clusters.cluster1.objects.map((one: { readonly name: string }) => [one.name, one]));
    expect([...byName.keys()].toSorted()).toEqual(['gone', 'left', 'map']);
    expect(byName.get('left')).toMatchObject({ type: 'leftover', kind: 'ConfigMap' });
    expect(byName.get('gone')).toMatchObject({ type: 'missing', kind: 'ConfigMap' });
    expect(byName.get('map')).toMatchObject({
      type: 'differs',
      fields: [
        { type: 'changed', path: '.data.a', desired: '1', live: '9', manager: 'kubectl-edit', operation: 'Update' },
      ],
    });

    const live = await gitfed(['diff', '--live', ...flags], repository.folder);
    expect(live.code).toBe(1);
    expect(live.stdout).toContain('"9" → "1"  same in 2 clusters');
    expect(live.stdout).toMatch(/^\+ ConfigMap\/told\/gone created in cluster1$/m);
    const { stdout } = await gitfed(['diff', '--live', '-o', 'json', ...flags], repository.folder);
    const { from, changes: folded } = JSON.parse(stdout);
    expect(from).toBe('live');
    expect(folded.find((one: { readonly name: string }) => one.name === 'map').patches).toEqual([
      { clusters: ['cluster1', 'cluster2'], operations: [{ op: 'replace', path: '/data/a', value: '1' }] },
    ]);
    expect(folded.find((one: { readonly name: string }) => one.name === 'password').patches).toEqual([
      { clusters: ['cluster2'], operations: [{ op: 'replace', path: '/data/password', value: '*** (after)' }] },
    ]);
    const report = await gitfed(['diff', '--live', '-o', 'markdown', ...flags], repository.folder);
    expect(report.code).toBe(1);
    expect(report.stdout).toContain('From `the members` to `the working tree`.');
    expect(report.stdout).toContain('@@ .data.a @@ same in 2 clusters\n- "9"\n+ "1"\n');
    for (const run of [stdout, report.stdout]) expect(run).not.toMatch(/hunter2|correct horse/);
    // Uncommitted files count for diff --live, and for nothing else.
    repository.write('map.yaml', configMapYaml('told', 'map', { a: '9' }));
    const edited = await gitfed(['diff', '--live', ...flags], repository.folder);
    expect(edited.stdout).not.toContain('"9"');
    expect((await gitfed(['drift', ...flags], repository.folder)).stdout).toContain('should be "1"');
    for (const run of [told, live, edited]) expect(run.stdout + run.stderr).not.toMatch(/hunter2|correct horse/);
    expect(await writesOf(one, before)).toEqual([]);
  });

  test('gitfed clusters lists the members, and why one is not ready', async ({ clusters }) => {
    const [one, two] = clusters;
    const node = (name: string, zone: string) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'topology.kubernetes.io/region': 'eu', 'topology.kubernetes.io/zone': zone } },
    });
    await one.request('POST', '/api/v1/nodes', node('a', 'eu-b'));
    await one.request('POST', '/api/v1/nodes', node('b', 'eu-a'));
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: listed\n',
      'clusters.yaml': [clusterYaml(one), clusterYaml(two), clusterYaml(two, 'nobody')].join('---\n'),
      'namespace.yaml': namespaceYaml('listed', { clusters: [{ name: 'cluster1' }] }),
      'map.yaml': configMapYaml('listed', 'map'),
    });
    const credentials = writeCredentials([one, two]);
    await syncOnce(repository, credentials);
    const head = repository.git('rev-parse', 'HEAD');
    const { code, stdout } = await gitfed(
      ['clusters', '-o', 'json', '--credentials-dir', credentials],
      repository.folder,
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout).clusters).toMatchObject({
      cluster1: {
        ready: true,
        region: 'eu',
        zones: ['eu-a', 'eu-b'],
        objects: 2,
        commit: head,
        kubernetesVersion: expect.stringMatching(/^v1\./),
      },
      cluster2: { ready: true },
      nobody: { ready: false, health: 'ConfigMalformed', message: expect.stringContaining('nobody-credentials') },
    });
    const text = await gitfed(['clusters', '--credentials-dir', credentials], repository.folder);
    expect(text.stdout).toMatch(/^cluster1 +yes +v1\.\S+ +eu +[0-9a-f]{12} +gitfed +2$/m);
    expect(text.stdout).toMatch(/^nobody +no: ConfigMalformed/m);
  });
});
