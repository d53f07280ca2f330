import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { discover } from '../../src/cluster/index.ts';
import { type JsonObject, parseJson, readYaml } from '../../src/core/index.ts';
import { templateOf } from '../../src/reconcile/strip-object.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { clientOf } from './client-of.ts';
import {
  clusterYaml,
  filesBelow,
  get,
  problems,
  syncOnce,
  TestRepository,
  temporaryFolder,
  writeCredentials,
} from './fleet.ts';
import { create } from './refused-passes.ts';

test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true });

const PASSWORD = Buffer.from('swordfish').toString('base64');
const POD = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'registry.example/web:1', ports: [{ containerPort: 80 }] }] },
};
const WIDGETS = '/apis/federate.example/v1';

/** Where objects live in a cluster, by the kind of the file that stands for them. */
const PATHS: Readonly<Record<string, (namespace: string, name: string) => string>> = {
  Namespace: (namespace) => `/api/v1/namespaces/${namespace}`,
  ConfigMap: (namespace, name) => `/api/v1/namespaces/${namespace}/configmaps/${name}`,
  Secret: (namespace, name) => `/api/v1/namespaces/${namespace}/secrets/${name}`,
  Service: (namespace, name) => `/api/v1/namespaces/${namespace}/services/${name}`,
  ServiceAccount: (namespace, name) => `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`,
  PersistentVolumeClaim: (namespace, name) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`,
  'Deployment.apps': (namespace, name) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  'StatefulSet.apps': (namespace, name) => `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`,
  'Job.batch': (namespace, name) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`,
  'CronJob.batch': (namespace, name) => `/apis/batch/v1/namespaces/${namespace}/cronjobs/${name}`,
  'Role.rbac.authorization.k8s.io': (namespace, name) =>
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/${name}`,
  'Widget.federate.example': (namespace, name) => `${WIDGETS}/namespaces/${namespace}/widgets/${name}`,
};

/** One object of each kind that a cluster adds something to. */
const CONTENTS: readonly (readonly [type: string, object: JsonObject])[] = [
  ['ConfigMap', { metadata: { name: 'settings', annotations: { note: 'x' } }, data: { colour: 'green' } }],
  ['Secret', { metadata: { name: 'password' }, data: { password: PASSWORD } }],
  [
    'Service',
    { metadata: { name: 'web' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] } },
  ],
  ['Service', { metadata: { name: 'db' }, spec: { clusterIP: 'None', ports: [{ port: 5432 }] } }],
  ['ServiceAccount', { metadata: { name: 'robot' } }],
  [
    'PersistentVolumeClaim',
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
  [
    'Deployment.apps',
    { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: POD } },
  ],
  [
    'StatefulSet.apps',
    {
      metadata: { name: 'db' },
      spec: {
        replicas: 0,
        serviceName: 'db',
        selector: { matchLabels: { app: 'web' } },
        template: POD,
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
  ],
  ['Job.batch', { metadata: { name: 'once' }, spec: { template: { spec: { ...POD.spec, restartPolicy: 'Never' } } } }],
  [
    'CronJob.batch',
    {
      metadata: { name: 'daily' },
      spec: {
        schedule: '@daily',
        suspend: true,
        jobTemplate: { spec: { template: { spec: { ...POD.spec, restartPolicy: 'Never' } } } },
      },
    },
  ],
  [
    'Role.rbac.authorization.k8s.io',
    { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  ],
  [
    'Widget.federate.example',
    { apiVersion: 'federate.example/v1', kind: 'Widget', metadata: { name: 'a' }, spec: { size: 7 } },
  ],
];

function definition(): JsonObject {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    metadata: { name: 'widgets.federate.example' },
    spec: {
      group: 'federate.example',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

/** The kind, and what it is called: `ConfigMap` and `/api/v1/namespaces/shop/configmaps/settings`. */
function placeOf(type: string, namespace: string, { metadata }: JsonObject): string {
  return PATHS[type]?.(namespace, String((metadata as JsonObject)['name'])) ?? '';
}

async function furnish(cluster: Cluster, namespace: string): Promise<void> {
  await create(cluster, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition());
  await poll(async () => (await discover(clientOf(cluster))).find('federate.example', 'Widget') !== undefined, {
    what: 'Widgets are served',
  });
  await create(cluster, '/api/v1/namespaces', { metadata: { name: namespace, labels: { team: 'shop' } } });
  for (const [type, object] of CONTENTS) {
    await create(cluster, path.posix.dirname(placeOf(type, namespace, object)), object as never);
  }
  const token = { metadata: { name: 'robot-token', annotations: { 'kubernetes.io/service-account.name': 'robot' } } };
  await create(cluster, `/api/v1/namespaces/${namespace}/secrets`, {
    ...token,
    type: 'kubernetes.io/service-account-token',
  });
  const isThere = async (target: string): Promise<boolean> => (await get(cluster, target)) !== undefined;
  await poll(() => isThere(`/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`), { what: 'its authority' });
  await poll(() => isThere(`/api/v1/namespaces/${namespace}/serviceaccounts/default`), { what: 'its account' });
  const sets = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
  const hasSet = async (): Promise<boolean> => (await get<{ items: unknown[] }>(cluster, sets))?.items.length === 1;
  await poll(hasSet, { what: 'a ReplicaSet' });
}

function kubeconfigOf(cluster: Cluster): string {
  const file = path.join(temporaryFolder(), 'config');
  writeFileSync(file, cluster.kubeconfig('admin'));
  return file;
}

async function templateIn(cluster: Cluster, type: string, namespace: string, object: JsonObject): Promise<JsonObject> {
  const live = await get(cluster, placeOf(type, namespace, object));
  const [kind = '', ...group] = type.split('.');
  return templateOf(parseJson(JSON.stringify(live ?? null)) as JsonObject, { group: group.join('.'), kind });
}

describe('gitfed federate on API servers', () => {
  test('moves a namespace with its contents into other clusters, and changes nothing where it came from', async ({
    clusters: [host, one, two],
  }) => {
    await furnish(host, 'moved');
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: moved\n',
      ...Object.fromEntries([host, one, two].map((cluster) => [`clusters/${cluster.name}.yaml`, clusterYaml(cluster)])),
    });
    const { folder } = repository;
    const admin = ['--kubeconfig', kubeconfigOf(host)];
    const definitions = ['crd', 'widgets.federate.example', ...admin];
    expect(await gitfed(['federate', ...definitions], folder)).toMatchObject({ code: 0 });
    const before = filesBelow(folder);
    const contents = ['federate', 'namespace', 'moved', '--contents', ...admin];
    expect(await gitfed(contents, folder)).toMatchObject({ code: 2, stderr: expect.stringContaining('Secret/moved') });
    const noType = await gitfed([...contents, '--secrets', 'plain'], folder);
    expect(noType).toMatchObject({ code: 2, stderr: expect.stringContaining('widgets.federate.example') });
    expect(filesBelow(folder)).toEqual(before);

    const run = await gitfed([...contents, '--secrets', 'plain', '--enable-type'], folder);
    expect(run).toMatchObject({ code: 0 });
    expect(
      run.stdout
        .split('\n')
        .filter((line) => line !== '')
        .every((line) => line.startsWith('created ')),
    ).toBe(true);
    expect(run.stdout + run.stderr).not.toContain(PASSWORD);
    const leftOut = run.stderr.split('\n').flatMap((line) => /^left out (\S+):/.exec(line)?.[1] ?? []);
    expect(leftOut.map((name) => name.replace(/\/web-.*/, '/web-x'))).toEqual(
      expect.arrayContaining([
        'ConfigMap/moved/kube-root-ca.crt',
        'ReplicaSet.apps/moved/web-x',
        'Secret/moved/robot-token',
        'ServiceAccount/moved/default',
      ]),
    );
    repository.commit({}, 'Federate');

    const specs = await specsOf(host);
    const result = await syncOnce(repository, writeCredentials([host, one, two]));
    expect(problems(result)).toEqual([]);
    expect(await specsOf(host)).toEqual(specs);
    for (const member of [one, two]) {
      for (const [type, object] of CONTENTS) {
        const wanted = await templateIn(host, type, 'moved', object);
        expect(await templateIn(member, type, 'moved', object), `${member.name} ${type}`).toEqual(wanted);
      }
    }
    const again = await gitfed([...contents, '--secrets', 'plain'], folder);
    expect(again.code).toBe(0);
    expect([...new Set(again.stdout.split('\n').map((line) => line.split(' ')[0]))]).toEqual(['unchanged', '']);
  });

  /** Everything but metadata and status, and the pods that run. A Deployment counts new annotations among its generations. */
  async function specsOf(cluster: Cluster): Promise<readonly unknown[]> {
    const objects = await Promise.all(CONTENTS.map(([type, object]) => get(cluster, placeOf(type, 'moved', object))));
    const pods = await get<{ items: { metadata: { uid: string } }[] }>(cluster, '/api/v1/namespaces/moved/pods');
    return [
      ...objects.map(({ metadata, status, ...rest }) => rest),
      pods?.items.map(({ metadata }) => metadata.uid).toSorted(),
    ];
  }

  test('takes one object in every way that it can be said', async ({ clusters: [, , cluster] }) => {
    await create(cluster, '/api/v1/namespaces', { metadata: { name: 'said' } });
    await create(cluster, '/api/v1/namespaces/said/configmaps', { metadata: { name: 'web' }, data: { a: '1' } });
    const repository = new TestRepository({ 'cluster.yaml': clusterYaml(cluster, 'member', { region: 'eu' }) });
    const { folder } = repository;
    const admin = ['--kubeconfig', kubeconfigOf(cluster)];
    const run = async (...args: string[]) => await gitfed(['federate', ...args], folder);
    expect((await run('cm', 'web', '-n', 'said', ...admin)).stderr).toContain('gitfed federate namespace said');
    expect(await run('ns/said', ...admin, '--cluster-selector', 'region in (eu)')).toMatchObject({ code: 0 });
    const printed = await run('cm/web', '-n', 'said', '-o', 'yaml', '--clusters', 'member', ...admin);
    const [document] = readYaml('', printed.stdout, { documentNodes: 1000, depth: 20 });
    expect(document?.ok === true && document.document.value).toEqual({
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedConfigMap',
      metadata: { name: 'web', namespace: 'said' },
      spec: { placement: { clusters: [{ name: 'member' }] }, template: { data: { a: '1' } } },
    });
    const shown = await run('configmaps', 'web', '-n', 'said', '--dry-run', '--host-context', cluster.name, ...admin);
    expect(shown.stdout).toContain('would create said/ConfigMap-web.yaml');
    const read = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] };
    await create(cluster, '/apis/rbac.authorization.k8s.io/v1/namespaces/said/roles', {
      metadata: { name: 'reader' },
      rules: [read],
    });
    await create(cluster, '/apis/rbac.authorization.k8s.io/v1/namespaces/said/rolebindings', {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'gitfed' }],
    });
    const credentials = temporaryFolder();
    mkdirSync(path.join(credentials, 'member-credentials'));
    writeFileSync(path.join(credentials, 'member-credentials', 'token'), cluster.gitfedToken);
    const member = ['--from-cluster', 'member', '--credentials-dir', credentials];
    expect(await run('cm', 'web', '-n', 'said', '--output-dir', 'apps', ...member)).toMatchObject({ code: 0 });
    expect(filesBelow(folder)['apps/said/ConfigMap-web.yaml']).toContain('a: "1"');

    await cluster.request('PUT', '/api/v1/namespaces/said/configmaps/web', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web' },
      data: { a: '2' },
    });
    const edited = await run('cm', 'web', '-n', 'said', ...member);
    expect(edited.stdout).toContain('edited apps/said/ConfigMap-web.yaml:1 FederatedConfigMap web\n');
    expect(edited.stdout).toContain('+      a: "2"');
  });

  test('refuses what cannot be read as a whole, and leaves out what it is told to', async ({
    clusters: [, cluster],
  }) => {
    await create(cluster, '/api/v1/namespaces', { metadata: { name: 'hidden' } });
    await create(cluster, '/api/v1/namespaces/hidden/configmaps', { metadata: { name: 'web' }, data: { a: '1' } });
    const repository = new TestRepository({ 'cluster.yaml': clusterYaml(cluster) });
    const { folder } = repository;
    const before = filesBelow(folder);
    const contents = ['federate', 'ns', 'hidden', '-c', '--secrets', 'omit', '--kubeconfig'];

    const unknown = kubeconfigOf(cluster);
    writeFileSync(unknown, cluster.kubeconfig('admin').replace(/token: .*/, 'token: nobody'));
    expect(await gitfed([...contents, unknown], folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('what it serves cannot be read'),
    });
    const rules = [{ apiGroups: [''], resources: ['namespaces', 'configmaps'], verbs: ['get', 'list'] }];
    await create(cluster, '/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name: 'half' }, rules });
    await create(cluster, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'half' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'half' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'hidden', name: 'half' }],
    });
    await create(cluster, '/api/v1/namespaces/hidden/serviceaccounts', { metadata: { name: 'half' } });
    const request = await cluster.request<{ status: { token: string } }>(
      'POST',
      '/api/v1/namespaces/hidden/serviceaccounts/half/token',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    );
    const limited = kubeconfigOf(cluster);
    writeFileSync(limited, cluster.kubeconfig('admin').replace(/token: .*/, `token: ${request.body.status.token}`));
    const half = await gitfed([...contents, limited], folder);
    expect(half.code).toBe(2);
    expect(half.stderr).toMatch(/not everything in the namespace hidden can be read: .*deployments\.apps \(/);
    expect(half.stderr).toContain('--skip-api-resources');

    const service = { namespace: 'default', name: 'nowhere' };
    const spec = { group: 'dead.example', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 };
    await create(cluster, '/apis/apiregistration.k8s.io/v1/apiservices', {
      metadata: { name: 'v1.dead.example' },
      spec: { ...spec, insecureSkipTLSVerify: true, service },
    });
    const isStale = async (): Promise<boolean> => (await discover(clientOf(cluster))).staleGroups.has('dead.example');
    await poll(isStale, { what: 'the group is stale' });
    const stale = await gitfed([...contents, kubeconfigOf(cluster)], folder);
    expect(stale).toMatchObject({ code: 2, stderr: expect.stringContaining('dead.example') });
    expect(filesBelow(folder)).toEqual(before);

    const skip = ['--skip-api-resources', 'dead.example,serviceaccounts'];
    const run = await gitfed([...contents, kubeconfigOf(cluster), ...skip], folder);
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toBe(
      'created hidden/Namespace-hidden.yaml:1 FederatedNamespace hidden\ncreated hidden/ConfigMap-web.yaml:1 FederatedConfigMap web\n',
    );
  });
});
