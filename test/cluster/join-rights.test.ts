import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { ACCEPTANCE_KINDS, PREINSTALLED, typeConfigYaml } from './acceptance-kinds.ts';
import { clientOf } from './client-of.ts';
import { configMapYaml, EVERYWHERE, federatedYaml, get, namespaceYaml } from './fleet.ts';
import { Joinable, kubeconfigOf } from './joined.ts';
import { create } from './refused-passes.ts';

test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true });

const EXAMPLE = path.join(import.meta.dirname, '../../examples/repo');
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

interface Action {
  readonly namespace?: string;
  readonly name?: string;
}

/** Whether the holder of a token may do something. `resource` is `plural[.group]`. */
async function may(cluster: Cluster, token: string, [verb, resource, where = {}]: Asked): Promise<boolean> {
  const [plural = '', ...group] = resource.split('.');
  const resourceAttributes = { verb, resource: plural, group: group.join('.'), ...where };
  const body = JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  });
  const answer = await clientOf(cluster, token).json({ method: 'POST', path: REVIEWS, body });
  return (answer as { readonly status: { readonly allowed: boolean } }).status.allowed;
}

type Asked = readonly [verb: string, resource: string, where?: Action];

async function allowed(fleet: Joinable, asked: readonly Asked[]): Promise<readonly string[]> {
  const token = readFileSync(fleet.tokenFile, 'utf8');
  const answers = await Promise.all(asked.map(async (one) => [one, await may(fleet.cluster, token, one)] as const));
  return answers.flatMap(([[verb, resource, where = {}], is]) =>
    is ? [[verb, resource, where.namespace, where.name].filter((part) => part !== undefined).join(' ')] : [],
  );
}

/** What no member gives away for a repository without roles. */
const NEVER: readonly Asked[] = [
  ['escalate', 'clusterroles.rbac.authorization.k8s.io'],
  ['bind', 'clusterroles.rbac.authorization.k8s.io'],
  ['create', 'clusterrolebindings.rbac.authorization.k8s.io'],
  ['impersonate', 'users'],
  ['impersonate', 'serviceaccounts'],
  ['patch', 'nodes'],
  ['delete', 'nodes'],
  ['list', 'secrets'],
  ['get', 'secrets', { namespace: 'kube-system' }],
  ['create', 'pods'],
  ['create', 'pods/exec'],
  ['create', 'serviceaccounts/token'],
  ['*', '*'],
];

/** A federated object of each kind, in one namespace. */
function everyKind(system: string): Record<string, string> {
  const kinds = ACCEPTANCE_KINDS.filter((one) => !PREINSTALLED.includes(one) && one.kind !== 'Namespace');
  const files = kinds.flatMap((one): [string, string][] => {
    const namespace = one.scope === 'Namespaced' ? 'kinds' : '';
    const name = one.kind === 'CustomResourceDefinition' ? 'parcels.acceptance.example' : 'kinds-specimen';
    const spec = { template: one.template, placement: EVERYWHERE };
    return [
      ...Object.entries(one.files ?? {}),
      [`${one.kind}-type.yaml`, typeConfigYaml(one).replace('kube-federation-system', system)],
      [`${one.kind}.yaml`, federatedYaml(`Federated${one.kind}`, name, { namespace, spec })],
    ];
  });
  return { 'namespace.yaml': namespaceYaml('kinds'), ...Object.fromEntries(files) };
}

describe('the rights that gitfed join gives', () => {
  test('are enough for examples/repo, and for every kind of the acceptance tests', async ({ clusters: [one, two] }) => {
    const shop = new Joinable(one, 'joined-shop');
    const { folder } = shop.repository;
    cpSync(EXAMPLE, folder, { recursive: true });
    for (const name of ['eu-2', 'us-1', 'us-2', 'ap-1'])
      shop.repository.commit({ [`clusters/${name}.yaml`]: undefined });
    shop.repository.commit({ 'kubefed.yaml': undefined });
    const join = ['join', 'eu-1', '--cluster-context', one.name, '--kubeconfig', shop.kubeconfig];
    const access = ['--credentials-dir', shop.credentials];
    const refused = await gitfed([...join, ...access], folder);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/another cluster is registered as eu-1/) });
    const run = await gitfed([...join, ...access, '--no-error-on-existing', '--list-everything'], folder);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(run.stderr).toContain('equals cluster-admin');
    shop.repository.commit({});
    const sync = await gitfed(['sync', ...access], folder);
    expect(sync, sync.stderr + sync.stdout).toMatchObject({ code: 0 });

    const all = new Joinable(two, 'joined-kinds', { files: everyKind('joined-kinds') });
    expect((await all.joined()).stderr).toMatch(/for 1\d kinds/);
    const first = await all.sync();
    expect(first, first.stderr + first.stdout).toMatchObject({ code: 0 });
  });

  test('are those of the repository, and no others', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'least', {
      files: { 'ns.yaml': namespaceYaml('least-app'), 'one.yaml': configMapYaml('least-app', 'one') },
    });
    await fleet.joined();
    const own = { namespace: 'least', name: 'gitfed-least' };
    const needed: readonly Asked[] = [
      ['create', 'configmaps'],
      ['delete', 'configmaps', { namespace: 'kube-system' }],
      ['list', 'nodes'],
      ['get', 'secrets', own],
      ['update', 'leases.coordination.k8s.io', own],
    ];
    expect(await allowed(fleet, needed)).toHaveLength(needed.length);
    const account = { namespace: 'least', name: 'cluster1-least' };
    const others: readonly Asked[] = [
      ['get', 'secrets', account],
      ['delete', 'secrets', own],
      ['update', 'configmaps'],
    ];
    expect(await allowed(fleet, [...NEVER, ...others])).toEqual([]);
  });

  test('stay in one namespace where the scope is Namespaced', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'within', {
      scope: 'Namespaced',
      files: { 'one.yaml': configMapYaml('within', 'one') },
    });
    const run = await fleet.joined();
    expect(run.stdout).not.toContain('ClusterRole');
    expect(await fleet.sync()).toMatchObject({ code: 0 });
    expect(await get(cluster, '/api/v1/namespaces/within/configmaps/one')).toBeDefined();
    const outside: readonly Asked[] = [
      ['get', 'configmaps'],
      ['create', 'configmaps', { namespace: 'default' }],
      ['get', 'secrets', { namespace: 'default' }],
      ['list', 'secrets', { namespace: 'within' }],
      ['list', 'nodes'],
      ['create', 'namespaces'],
    ];
    expect(await allowed(fleet, [...NEVER, ...outside])).toEqual([]);
    expect(await fleet.unjoin()).toMatchObject({ code: 0 });
    expect(await get(cluster, '/api/v1/namespaces/within/configmaps/one')).toBeDefined();
  });

  test('are all of them with --admin, in the cluster or in one namespace', async ({ clusters: [cluster] }) => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const everywhere = new Joinable(cluster, 'mighty');
    expect((await everywhere.joined('--admin')).stderr).toContain('every right in the cluster');
    expect(
      await allowed(everywhere, [
        ['*', '*'],
        ['impersonate', 'users'],
      ]),
    ).toHaveLength(2);
    const within = new Joinable(cluster, 'mighty-within', { scope: 'Namespaced' });
    await within.joined('--admin');
    const health = 'gitfed:mighty-within:healthcheck-cluster1-mighty-within';
    expect((await get(cluster, `${rbac}/clusterroles/${health}`)).rules).toEqual([
      { nonResourceURLs: ['/healthz'], verbs: ['get'] },
      { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
    ]);
    const asked: readonly Asked[] = [
      ['*', '*', { namespace: 'mighty-within' }],
      ['list', 'nodes'],
      ['get', 'secrets', { namespace: 'default' }],
      ['*', '*'],
    ];
    expect(await allowed(within, asked)).toEqual(['* * mighty-within', 'list nodes']);
    expect(await within.unjoin()).toMatchObject({ code: 0 });
    expect(await get(cluster, `${rbac}/clusterroles/${health}`)).toBeUndefined();
    // Back to the least: what was too much goes.
    await everywhere.joined();
    expect(await allowed(everywhere, NEVER)).toEqual([]);
  });

  test('are made by an administrator where one may not: says what is missing, and takes what is there', async ({
    clusters: [, , cluster],
  }) => {
    const fleet = new Joinable(cluster, 'asking', {
      files: { 'ns.yaml': namespaceYaml('asking-app'), 'one.yaml': configMapYaml('asking-app', 'one') },
    });
    const kubeconfig = kubeconfigOf(cluster, cluster.kubeconfig('gitfed'));
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const bind = async (name: string, rules: object[]): Promise<void> => {
      await create(cluster, `${rbac}/clusterroles`, { metadata: { name }, rules });
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
      const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'gitfed' }];
      await create(cluster, `${rbac}/clusterrolebindings`, { metadata: { name }, roleRef, subjects });
    };
    const asUser = async (...args: readonly string[]) => {
      fleet.kubeconfig = kubeconfig;
      return await fleet.join(...args);
    };
    const nobody = await asUser();
    expect(nobody.code).toBe(2);
    for (const right of ['get namespaces', 'get clusterroles.rbac.authorization.k8s.io', 'get roles.rbac']) {
      expect(nobody.stderr).toContain(right);
    }
    expect(nobody.stderr).toContain('-o yaml');

    const rights = 'rbac.authorization.k8s.io';
    await bind('may-read', [
      { apiGroups: ['', rights], resources: ['*'], verbs: ['get'] },
      { apiGroups: [''], resources: ['namespaces', 'serviceaccounts', 'secrets'], verbs: ['create'] },
      { apiGroups: [rights], resources: ['clusterroles'], verbs: ['create'] },
    ]);
    const half = await asUser();
    expect(half.code).toBe(2);
    expect(half.stderr).toContain('create clusterrolebindings.rbac.authorization.k8s.io');
    expect(half.stderr).toMatch(/create clusterroles\S* with rights that one has not oneself \(the verb escalate/);
    expect(half.stderr).not.toContain('create serviceaccounts');
    expect(await get(cluster, '/api/v1/namespaces/asking')).toBeUndefined();
    expect(await asUser('--use-existing')).toMatchObject({ code: 2, stderr: expect.stringContaining('-o yaml') });

    const yaml = await gitfed(['join', cluster.name, '-o', 'yaml'], fleet.repository.folder);
    expect(yaml).toMatchObject({ code: 0, stderr: '' });
    await applyAll(cluster, yaml.stdout);
    const run = await asUser('--use-existing');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(await fleet.sync()).toMatchObject({ code: 0 });
    expect(await get(cluster, '/api/v1/namespaces/asking-app/configmaps/one')).toBeDefined();
    // Who may look at it all needs not say so.
    expect((await asUser()).stdout).toMatch(/^(?:keep .*\n)+$/);
  });
});

async function applyAll(cluster: Cluster, yaml: string): Promise<void> {
  const { readYaml } = await import('../../src/core/index.ts');
  const { collectionPath } = await import('../../src/cluster/index.ts');
  const { placeOf, resourceOf } = await import('../../src/reconcile/join-objects.ts');
  for (const read of readYaml('', yaml, { documentNodes: 10_000, depth: 20 })) {
    if (!read.ok) throw new Error('this is no YAML');
    const manifest = read.document.value as Parameters<typeof placeOf>[0];
    await create(cluster, collectionPath(resourceOf(manifest), placeOf(manifest).namespace), manifest);
  }
}
