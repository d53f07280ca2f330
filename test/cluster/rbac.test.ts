import { expect } from 'vitest';
import { type SyncResult, sync } from '../../src/reconcile/index.ts';
import { describe, test } from '../controlplane/fixtures.ts';
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
  TestRepository,
  writeCredentials,
} from './fleet.ts';
import { grantRole, mayGitfed } from './member-role.ts';

/** Without the role that `syncOnce` grants. */
function syncAs({ folder: source }: TestRepository, credentialsDir: string): Promise<SyncResult> {
  return sync({ source, credentialsDir });
}

const SYSTEM = 'kube-federation-system';

function deploymentYaml(namespace: string): string {
  const template = {
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
  };
  return federatedYaml('FederatedDeployment', 'web', { namespace, spec: { template, placement: EVERYWHERE } });
}

function inventoryOf(name: string): string {
  return `/api/v1/namespaces/${SYSTEM}/secrets/gitfed-${name}`;
}

describe('the generated role', () => {
  test('is enough for a pass that creates, changes, prunes and keeps the inventory', async ({ clusters }) => {
    const repository = fleetRepository(clusters, 'enough', {
      'one.yaml': configMapYaml('enough', 'one'),
      'two.yaml': configMapYaml('enough', 'two'),
      'web.yaml': deploymentYaml('enough'),
    });
    const credentials = writeCredentials(clusters);
    expect((await grantRole(clusters, repository.folder)).problems).toEqual([]);
    expect(problems(await syncAs(repository, credentials))).toEqual([]);
    expect(changes(await syncAs(repository, credentials))).toEqual([]);

    const commit = repository.commit({
      'one.yaml': configMapYaml('enough', 'one', { a: '2' }),
      'two.yaml': undefined,
    });
    const result = await syncAs(repository, credentials);
    expect(problems(result)).toEqual([]);
    expect(changes(result)).toEqual(
      clusters.flatMap(({ name }) => [
        `${name}: ConfigMap/enough/one configured`,
        `${name}: ConfigMap/enough/two deleted`,
      ]),
    );
    for (const cluster of clusters) {
      expect((await get(cluster, inventoryOf('enough'))).metadata.annotations['gitfed.io/commit']).toBe(commit);
    }
  });

  test('is needed: without it the cluster says no', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'needed', { 'one.yaml': configMapYaml('needed', 'one') });
    const result = await syncAs(repository, writeCredentials([cluster]));
    expect(result.clusters[0]).toMatchObject({ state: 'Failed', message: expect.stringContaining('403') });
    expect(await get(cluster, '/api/v1/namespaces/needed')).toBeUndefined();
  });

  test('allows what a pass does, and nothing else', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const repository = fleetRepository([cluster], 'least', { 'one.yaml': configMapYaml('least', 'one') });
    await grantRole([cluster], repository.folder);
    const may = (verb: string, resource: string, where = {}) => mayGitfed(cluster, verb, resource, where);
    const named = { namespace: SYSTEM, name: 'gitfed-least' };
    const allowed = [
      ...(await Promise.all(
        ['get', 'list', 'watch', 'create', 'patch', 'delete'].map((verb) => may(verb, 'configmaps')),
      )),
      await may('list', 'nodes'),
      await may('create', 'secrets', { namespace: SYSTEM }),
      await may('get', 'secrets', named),
      await may('patch', 'secrets', named),
      await may('update', 'leases.coordination.k8s.io', named),
    ];
    expect(allowed).toEqual(allowed.map(() => true));
    const refused = [
      await may('update', 'configmaps'),
      await may('deletecollection', 'configmaps'),
      await may('list', 'pods'),
      await may('list', 'secrets'),
      await may('list', 'secrets', { namespace: SYSTEM }),
      await may('get', 'secrets', { namespace: SYSTEM, name: 'another' }),
      await may('create', 'secrets', { namespace: 'default' }),
      await may('delete', 'secrets', named),
      await may('patch', 'nodes'),
      await may('escalate', 'clusterroles.rbac.authorization.k8s.io'),
      await may('bind', 'clusterroles.rbac.authorization.k8s.io'),
      await may('impersonate', 'users'),
    ];
    expect(refused).toEqual(refused.map(() => false));
  });

  test('lets what only an inventory holds be removed, and not made', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const repository = fleetRepository([cluster], 'gone', {
      'one.yaml': configMapYaml('gone', 'one'),
      'web.yaml': deploymentYaml('gone'),
    });
    const credentials = writeCredentials([cluster]);
    await grantRole([cluster], repository.folder);
    expect(problems(await syncAs(repository, credentials))).toEqual([]);

    repository.commit({ 'one.yaml': undefined });
    const role = await grantRole([cluster], repository.folder);
    expect(role).toMatchObject({ problems: [], members: ['cluster1'] });
    expect([...role.remaining]).toEqual([['ConfigMap', ['cluster1']]]);
    expect(changes(await syncAs(repository, credentials))).toEqual(['cluster1: ConfigMap/gone/one deleted']);
    expect(await mayGitfed(cluster, 'create', 'configmaps')).toBe(false);
    expect(await mayGitfed(cluster, 'create', 'deployments.apps')).toBe(true);
  });

  test('lets gitfed hand out rights that it has not, where roles are federated', async ({ clusters: [cluster] }) => {
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const subjects = [{ kind: 'User', name: 'someone', apiGroup: 'rbac.authorization.k8s.io' }];
    const roleRef = { kind: 'ClusterRole', name: 'cluster-admin', apiGroup: 'rbac.authorization.k8s.io' };
    const at = (namespace: string, template: object) => ({ namespace, spec: { template, placement: EVERYWHERE } });
    const repository = fleetRepository([cluster], 'rights', {
      'a.yaml': federatedYaml('FederatedClusterRole', 'rights', at('', { rules })),
      'b.yaml': federatedYaml('FederatedRole', 'rights', at('rights', { rules })),
      'c.yaml': federatedYaml('FederatedClusterRoleBinding', 'rights', at('', { roleRef, subjects })),
      'd.yaml': federatedYaml('FederatedRoleBinding', 'rights', at('rights', { roleRef, subjects })),
    });
    expect((await grantRole([cluster], repository.folder)).unlimited).toBe('Cluster');
    expect(problems(await syncAs(repository, writeCredentials([cluster])))).toEqual([]);
  });

  test('leaves a namespace that it may not look through, unless it may list everything', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'leave', { 'other.yaml': namespaceYaml('leave-other') });
    const credentials = writeCredentials([cluster]);
    expect((await grantRole([cluster], repository.folder)).keepsNamespaces).toBe(true);
    expect(problems(await syncAs(repository, credentials))).toEqual([]);

    repository.commit({ 'other.yaml': undefined });
    const kept = 'cluster1: Namespace/leave-other skipped NamespaceNotEmpty';
    expect(changes(await syncAs(repository, credentials))).toEqual([kept]);
    const role = await grantRole([cluster], repository.folder, { listEverything: true });
    expect(role.keepsNamespaces).toBe(false);
    expect(changes(await syncAs(repository, credentials))[0]).toMatch(/^cluster1: Namespace\/leave-other deleted/);
  });

  test('stays in one namespace where the scope is Namespaced', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } });
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: within\n',
      'config.yaml': `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: ${SYSTEM}}
spec: {scope: Namespaced}
`,
      'cluster.yaml': clusterYaml(cluster),
      'one.yaml': configMapYaml(SYSTEM, 'one'),
    });
    const credentials = writeCredentials([cluster]);
    const { objects } = await grantRole([cluster], repository.folder);
    expect(objects.map(({ kind }) => kind)).toEqual(['Role', 'RoleBinding']);
    expect(problems(await syncAs(repository, credentials))).toEqual([]);
    repository.commit({ 'one.yaml': configMapYaml(SYSTEM, 'two') });
    await grantRole([cluster], repository.folder);
    expect(changes(await syncAs(repository, credentials))).toEqual([
      `cluster1: ConfigMap/${SYSTEM}/two created`,
      `cluster1: ConfigMap/${SYSTEM}/one deleted`,
    ]);
    expect(await mayGitfed(cluster, 'list', 'configmaps')).toBe(false);
  });

  test('lists by namespace where the whole cluster is refused', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    for (const name of ['apart', 'apart-more']) {
      await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } });
    }
    const repository = fleetRepository([cluster], 'apart', {
      'more.yaml': namespaceYaml('apart-more'),
      'one.yaml': configMapYaml('apart', 'one'),
      'two.yaml': configMapYaml('apart-more', 'two'),
    });
    const credentials = writeCredentials([cluster]);
    const { objects } = await grantRole([cluster], repository.folder, { namespaced: true });
    expect(objects.filter(({ kind }) => kind === 'Role')).toHaveLength(3);
    expect(await mayGitfed(cluster, 'list', 'configmaps')).toBe(false);
    expect(await mayGitfed(cluster, 'delete', 'namespaces', { name: 'default' })).toBe(false);
    expect(problems(await syncAs(repository, credentials))).toEqual([]);
    expect(changes(await syncAs(repository, credentials))).toEqual([]);

    repository.commit({ 'two.yaml': undefined, 'one.yaml': configMapYaml('apart', 'one', { a: '2' }) });
    expect(changes(await syncAs(repository, credentials))).toEqual([
      'cluster1: ConfigMap/apart/one configured',
      'cluster1: ConfigMap/apart-more/two deleted',
    ]);
  });
});
