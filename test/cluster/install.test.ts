import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { roleForMembers } from '../../src/reconcile/member-role.ts';
import type { Cluster } from '../controlplane/fixtures.ts';
import { describe, test } from '../controlplane/fixtures.ts';
import { ensureHelm } from '../deploy/helm.ts';
import { ensureKubectl } from '../deploy/kubectl.ts';
import { LEAST, type Manifest, only, renderChart, type Values } from '../deploy/render-chart.ts';
import { runBlocks } from '../docs/run-page.ts';
import { temporaryFolder } from './credentials.ts';
import { clusterYaml, configMapYaml, fleetRepository, get } from './fleet.ts';
import { InClusterDaemon } from './in-cluster-daemon.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const [helm = '', kubectl = ''] = await Promise.all([ensureHelm(), ensureKubectl()]);

/** Everything that the chart can make. */
const EVERYTHING: Values = {
  ...LEAST,
  secrets: {
    members: ['eu-1-credentials', 'us-1-credentials'],
    git: 'git',
    age: 'age',
    kubeconfig: 'k',
    webhook: 'hook',
  },
  data: { size: '1Gi' },
  files: { allowed_signers: 'ann@shop.example ssh-ed25519 AAAA\n' },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  rbac: {
    clusterRules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }],
    roles: [{ rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] }],
  },
  podLabels: { team: 'platform' },
  priorityClassName: 'system-cluster-critical',
};

/** The definition of ServiceMonitors as far as the chart goes; more would be refused. */
const SERVICE_MONITORS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'servicemonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: {
      kind: 'ServiceMonitor',
      listKind: 'ServiceMonitorList',
      plural: 'servicemonitors',
      singular: 'servicemonitor',
    },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: serviceMonitorSchema() } }],
  },
};

function serviceMonitorSchema(): object {
  const text = { type: 'string' };
  const endpoint = { type: 'object', properties: { port: text, path: text, interval: text } };
  const matchLabels = { type: 'object', additionalProperties: text };
  const spec = {
    type: 'object',
    properties: {
      selector: { type: 'object', properties: { matchLabels } },
      endpoints: { type: 'array', items: endpoint },
    },
  };
  return { type: 'object', properties: { spec } };
}

/** kubectl as the administrator of a cluster. */
function kubectlFor(cluster: Cluster): (args: readonly string[], input?: object) => string {
  const kubeconfig = path.join(temporaryFolder(), 'config');
  writeFileSync(kubeconfig, cluster.kubeconfig('admin'));
  return (args, input) =>
    execFileSync(kubectl, args, {
      encoding: 'utf8',
      env: { ...process.env, KUBECONFIG: kubeconfig, HOME: path.dirname(kubeconfig) },
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });
}

function listOf(items: readonly unknown[]): object {
  return { apiVersion: 'v1', kind: 'List', items };
}

const DRY_RUN = ['apply', '--server-side', '--dry-run=server', '--validate=strict'];

describe('what is installed', () => {
  test('is taken by an API server, plain and with everything that the chart can make', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const run = kubectlFor(cluster);
    run(['apply', '--server-side', '--filename', path.join(ROOT, 'deploy/manifests/namespace.yaml')]);
    const plain = run([...DRY_RUN, '--kustomize', path.join(ROOT, 'deploy/manifests')]);
    expect(plain.match(/ serverside-applied \(server dry run\)$/gm)).toHaveLength(7);

    run(['apply', '--filename', '-'], SERVICE_MONITORS);
    run(['wait', '--for=condition=Established', 'customresourcedefinition/servicemonitors.monitoring.coreos.com']);
    const manifests = renderChart(helm, EVERYTHING);
    const all = run([...DRY_RUN, '--filename', '-'], listOf(manifests));
    expect(all.match(/ serverside-applied \(server dry run\)$/gm)).toHaveLength(manifests.length);
    expect(manifests.length).toBe(12);
  });

  test('makes a pod that the strictest level of pod security lets in', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'gitfed', labels } });
    const { priorityClassName: _class, ...values } = EVERYTHING;
    const { spec } = only(renderChart(helm, values), 'Deployment')['spec'].template;
    const create = async (podSpec: object): Promise<number> => {
      const target = '/api/v1/namespaces/gitfed/pods?dryRun=All&fieldValidation=Strict';
      return (await cluster.request('POST', target, { metadata: { name: 'pod' }, spec: podSpec })).status;
    };
    expect(await create(spec)).toBe(201);
    expect(await create({ ...spec, securityContext: {} })).toBe(403);
  });

  test('lets the daemon do its work in the cluster that it runs in, and nothing else', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const name = 'home';
    const repository = fleetRepository([cluster], name, { 'map.yaml': configMapYaml(name, 'map') });
    const annotated = clusterYaml(cluster).replace(
      'metadata:\n',
      'metadata:\n  annotations: {gitfed.io/in-cluster: "true"}\n',
    );
    repository.commit({ 'clusters/cluster1.yaml': annotated });
    const source = repository.publish();
    const subject = { kind: 'ServiceAccount', name: 'gitfed' } as const;
    const { objects } = await roleForMembers({ path: repository.folder, ref: 'HEAD', subject });
    const rules = (kind: string): readonly Manifest[] =>
      (objects as readonly unknown[] as readonly Manifest[]).filter((object) => object.kind === kind);
    const configuration = { source, dataDir: temporaryFolder(), pollInterval: '1s' };
    const values = {
      configuration,
      rbac: {
        clusterRules: rules('ClusterRole').flatMap((role) => role['rules']),
        roles: rules('Role').map((role) => ({ namespace: role.metadata.namespace, rules: role['rules'] })),
      },
    };
    const run = kubectlFor(cluster);
    run(['apply', '--server-side', '--filename', path.join(ROOT, 'deploy/manifests/namespace.yaml')]);
    run(['apply', '--filename', '-'], listOf(rules('Namespace')));
    const manifests = renderChart(helm, values);
    run(['apply', '--server-side', '--filename', '-'], listOf(manifests));

    const token = run(['--namespace', 'gitfed', 'create', 'token', 'gitfed']).trim();
    const daemon = new InClusterDaemon(cluster, token, only(manifests, 'ConfigMap')['data']['daemon.yaml']);
    await daemon.ready();
    expect((await get(cluster, `/api/v1/namespaces/${name}/configmaps/map`))?.data).toEqual({ a: '1' });

    const as = '--as=system:serviceaccount:gitfed:gitfed';
    const may = (...what: readonly string[]): string =>
      spawnSync(kubectl, ['--kubeconfig', daemon.adminKubeconfig, 'auth', 'can-i', ...what, as], {
        encoding: 'utf8',
      }).stdout.trim();
    expect(may('patch', 'configmaps', '--all-namespaces')).toBe('yes');
    for (const verb of ['get', 'list', 'delete']) expect(may(verb, 'secrets', '--namespace=gitfed'), verb).toBe('no');
    expect(may('create', 'deployments.apps', '--namespace=gitfed')).toBe('no');
    expect(may('create', 'pods', '--namespace=gitfed')).toBe('no');
  });
});

describe('docs/install.md', () => {
  test('can be followed, block by block', { timeout: 600_000 }, async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const [clone, tools, prefix] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    chmodSync(clone, 0o755);
    const tracked = execFileSync(
      'git',
      ['-C', ROOT, 'ls-files', '--cached', '--others', '--exclude-standard', '-z', ':!node_modules'],
      {
        encoding: 'utf8',
      },
    );
    execFileSync('tar', ['--create', '--null', '--files-from=-', '--file', path.join(tools, 'clone.tar')], {
      cwd: ROOT,
      input: tracked,
    });
    execFileSync('tar', ['--extract', '--file', path.join(tools, 'clone.tar')], { cwd: clone });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'));
    symlinkSync(helm, path.join(tools, 'helm'));
    symlinkSync(kubectl, path.join(tools, 'kubectl'));
    const kubeconfig = path.join(tools, 'config');
    writeFileSync(kubeconfig, cluster.kubeconfig('admin'));
    // What the reader has from elsewhere.
    writeFileSync(path.join(clone, 'git-token'), 'token-of-git');
    mkdirSync(path.join(clone, 'members/eu-1-credentials'), { recursive: true });
    writeFileSync(path.join(clone, 'members/eu-1-credentials/token'), 'token-of-eu-1');
    const PATH = [tools, path.join(prefix, 'bin'), path.dirname(process.execPath), process.env.PATH].join(
      path.delimiter,
    );
    const own = {
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: tools,
      HELM_CACHE_HOME: tools,
      HELM_CONFIG_HOME: tools,
      HELM_DATA_HOME: tools,
    };
    // `npm test` passes the prefix of this machine on, in small letters, which npm takes rather than one in capitals.
    const inherited = Object.entries(process.env).filter(([name]) => !/^npm_config_.*prefix$/i.test(name));
    const environment = { ...Object.fromEntries(inherited), ...own, PATH, npm_config_prefix: prefix, NO_COLOR: '1' };
    await runBlocks('docs/install.md', { repository: clone, environment });
  });
});
