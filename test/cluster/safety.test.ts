import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { startFaultProxy } from './fault-proxy.ts';
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
  syncOnce,
  TestRepository,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const configMaps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

async function change(cluster: Cluster, target: string, manager: string, patch: unknown): Promise<void> {
  const type = 'application/strategic-merge-patch+json';
  const { status, body } = await cluster.request('PATCH', `${target}?fieldManager=${manager}`, patch, type);
  expect(status, JSON.stringify(body)).toBe(200);
}

function deploymentYaml(namespace: string, name: string, spec: object, annotations = {}, rest = {}): string {
  const pod = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  return federatedYaml('FederatedDeployment', name, {
    namespace,
    annotations,
    spec: {
      template: { spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: pod, ...spec } },
      placement: EVERYWHERE,
      ...rest,
    },
  });
}

describe('what carries our labels because it was copied from ours', () => {
  test('is not ours: copies, and what controllers make of a Service, are never deleted', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1, { controllerManager: true });
    const repository = fleetRepository([cluster], 'copied', {
      'map.yaml': configMapYaml('copied', 'map'),
      'service.yaml': federatedYaml('FederatedService', 'web', {
        namespace: 'copied',
        spec: { template: { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }, placement: EVERYWHERE },
      }),
      // Its kind is then among those that are looked at.
      'endpoints.yaml': federatedYaml('FederatedEndpoints', 'own', {
        namespace: 'copied',
        spec: { template: { subsets: [] }, placement: EVERYWHERE },
      }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const endpoints = '/api/v1/namespaces/copied/endpoints/web';
    await poll(async () => (await get(cluster, endpoints)) !== undefined, { what: 'Endpoints of the Service' });
    const made = await get(cluster, endpoints);
    expect(made.metadata.labels).toHaveProperty(['applyset.kubernetes.io/part-of']);
    const { metadata, ...rest } = await get(cluster, `${configMaps('copied')}/map`);
    const copy = { ...rest, metadata: { name: 'copy', labels: metadata.labels, annotations: metadata.annotations } };
    expect((await cluster.request('POST', configMaps('copied'), copy)).status).toBe(201);
    for (const _pass of [1, 2]) expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    // A lost inventory is made anew from what is ours.
    await cluster.request('DELETE', '/api/v1/namespaces/kube-federation-system/secrets/gitfed-copied');
    await syncOnce(repository, credentials);
    repository.commit({ 'map.yaml': undefined, 'endpoints.yaml': undefined });
    await syncOnce(repository, credentials);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect(await get(cluster, `${configMaps('copied')}/copy`)).toBeDefined();
    expect((await get(cluster, endpoints)).metadata.uid).toBe(made.metadata.uid);
    expect(await get(cluster, `${configMaps('copied')}/map`)).toBeUndefined();
  });
});

describe('a pass that ends between taking fields over and applying', () => {
  test('hides nothing: the next one puts it right', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: between\n',
      'cluster.yaml': proxy.clusterYaml,
      'namespace.yaml': namespaceYaml('between'),
      'map.yaml': configMapYaml('between', 'map'),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const target = `${configMaps('between')}/map`;
    await change(cluster, target, 'kubectl-edit', { data: { a: 'theirs', extra: 'x' } });
    const isApply = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
      method === 'PATCH' && path.includes('/configmaps/map') && path.includes('force=true');
    await proxy.fault({ kind: 'answer', status: 403 }, { match: isApply });
    expect((await syncOnce(repository, credentials)).ok).toBe(false);
    await proxy.clear();
    expect((await get(cluster, target)).data).toEqual({ a: 'theirs', extra: 'x' });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(cluster, target)).data).toEqual({ a: '1' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });
});

describe('gitfed.io/recreate', () => {
  const allowed = { 'gitfed.io/recreate': 'true' };
  const other = {
    selector: { matchLabels: { app: 'other' } },
    template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  };
  const target = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;

  test('keeps the replicas that the cluster has, and is held back with every other deletion', async ({
    clusters: [cluster],
  }) => {
    const retained = { retainReplicas: true };
    const repository = fleetRepository([cluster], 'anew', {
      'web.yaml': deploymentYaml('anew', 'web', {}, allowed, retained),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const scale = `${target('anew')}/scale`;
    const merge = 'application/merge-patch+json';
    await cluster.request('PATCH', `${scale}?fieldManager=autoscaler`, { spec: { replicas: 20 } }, merge);
    const { uid } = (await get(cluster, target('anew'))).metadata;

    repository.commit({ 'web.yaml': deploymentYaml('anew', 'web', other, allowed, retained), 'broken.yaml': 'a: [' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Deployment/anew/web skipped PruneHeld',
    ]);
    repository.commit({ 'broken.yaml': undefined });
    expect(changes(await syncOnce(repository, credentials, { prune: false }))).toEqual([
      'cluster1: Deployment/anew/web skipped PruneHeld',
    ]);
    expect((await get(cluster, target('anew'))).metadata.uid).toBe(uid);

    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const made = await get(cluster, target('anew'));
    expect(made.metadata.uid).not.toBe(uid);
    expect(made.spec.replicas).toBe(20);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('never deletes what somebody else made', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'foreign');
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const pod = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'x', image: 'x:1' }] } };
    const spec = { selector: { matchLabels: { app: 'x' } }, template: pod };
    const theirs = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
    await cluster.request('POST', target('foreign').replace('/web', ''), theirs);
    const { uid } = (await get(cluster, target('foreign'))).metadata;
    repository.commit({ 'web.yaml': deploymentYaml('foreign', 'web', {}, allowed) });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Deployment/foreign/web skipped UpdateFailed',
    ]);
    expect((await get(cluster, target('foreign'))).metadata.uid).toBe(uid);
  });
});

describe('one API server under two names', () => {
  test('is refused under the second, so that they do not prune each other’s objects', async ({
    clusters: [cluster],
  }) => {
    const only = (name: string) => ({ placement: { clusters: [{ name }] } });
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: alias\n',
      'clusters.yaml': `${clusterYaml(cluster, 'first')}---\n${clusterYaml(cluster, 'second').replace('second-credentials', 'first-credentials')}`,
      'namespace.yaml': namespaceYaml('alias'),
      'one.yaml': configMapYaml('alias', 'one', { a: '1' }, only('first')),
      'two.yaml': configMapYaml('alias', 'two', { a: '1' }, only('second')),
    });
    const credentials = writeCredentials([]);
    const { writeCredential, grantFor } = await import('./credentials.ts');
    writeCredential(credentials, cluster, 'first');
    await grantFor(credentials, repository.folder);
    const seen = new Set<string>();
    for (const _pass of [1, 2, 3]) {
      const result = await syncOnce(repository, credentials);
      expect(result.ok).toBe(false);
      expect(result.clusters.map(({ state }) => state).toSorted()).toEqual(['Failed', 'Synced']);
      seen.add(result.clusters.find(({ state }) => state === 'Failed')?.cluster ?? '');
    }
    expect(seen.size).toBe(1);
    expect(
      (await writesOf(cluster)).filter(({ verb, objectRef }) => verb === 'delete' && objectRef?.namespace === 'alias'),
    ).toEqual([]);
    // Renamed: the old name is not registered any more.
    const [refused] = seen;
    const kept = refused === 'first' ? 'second' : 'first';
    repository.commit({
      'clusters.yaml': clusterYaml(cluster, refused).replace(`${refused}-credentials`, 'first-credentials'),
      'one.yaml': configMapYaml('alias', 'one'),
      'two.yaml': configMapYaml('alias', 'two'),
    });
    expect(problems(await syncOnce(repository, credentials)), `${kept} became ${refused}`).toEqual([]);
  });
});

describe('an inventory', () => {
  test('of another repository cannot be taken over by a Secret of the same name', async ({ clusters: [cluster] }) => {
    const victim = fleetRepository([cluster], 'victim', { 'map.yaml': configMapYaml('victim', 'map') });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(victim, credentials))).toEqual([]);
    const attacker = fleetRepository([cluster], 'attacker', {
      'system.yaml': namespaceYaml('kube-federation-system'),
      'secret.yaml': federatedYaml('FederatedSecret', 'gitfed-victim', {
        namespace: 'kube-federation-system',
        spec: { template: { data: { key: 'AAAA' } }, placement: EVERYWHERE },
      }),
    });
    const own = writeCredentials([cluster]);
    expect(changes(await syncOnce(attacker, own))).toContain(
      'cluster1: Secret/kube-federation-system/gitfed-victim skipped InventoryConflict',
    );
    attacker.commit({ 'secret.yaml': undefined });
    await syncOnce(attacker, own);
    expect(changes(await syncOnce(victim, credentials))).toEqual([]);
  });
});

describe('a rename whose new object is refused', () => {
  test('keeps the old one until it is not', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'renamed', { 'web.yaml': deploymentYaml('renamed', 'web', {}) });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    repository.commit({ 'web.yaml': deploymentYaml('renamed', 'web2', { replicas: -1 }) });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Deployment/renamed/web2 skipped CreationFailed',
      'cluster1: Deployment/renamed/web skipped PruneHeld',
    ]);
    repository.commit({ 'web.yaml': deploymentYaml('renamed', 'web2', {}) });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Deployment/renamed/web2 created',
      'cluster1: Deployment/renamed/web deleted',
    ]);
  });
});

describe('fields that cannot be changed one by one', () => {
  test('a default that does not go together with a change gives way', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'defaults', { 'web.yaml': deploymentYaml('defaults', 'web', {}) });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    repository.commit({ 'web.yaml': deploymentYaml('defaults', 'web', { strategy: { type: 'Recreate' } }) });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const { spec } = await get(cluster, '/apis/apps/v1/namespaces/defaults/deployments/web');
    expect(spec.strategy).toEqual({ type: 'Recreate' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('what another tool put there for good stays, and is tried once', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'forgood');
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const theirs = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'map' },
      immutable: true,
      data: { a: '1', b: '2' },
    };
    await cluster.request('POST', `${configMaps('forgood')}?fieldManager=kubectl-create`, theirs);
    repository.commit({
      'map.yaml': federatedYaml('FederatedConfigMap', 'map', {
        namespace: 'forgood',
        spec: { template: { immutable: true, data: { a: '1' } }, placement: EVERYWHERE },
      }),
    });
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/forgood/map configured']);
    expect((await get(cluster, `${configMaps('forgood')}/map`)).data).toEqual({ a: '1', b: '2' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('the rules of an aggregated role are its controller’s', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1, { controllerManager: true });
    const selector = { clusterRoleSelectors: [{ matchLabels: { 'gitfed.example/part': 'true' } }] };
    const repository = fleetRepository([cluster], 'aggregated', {
      'role.yaml': federatedYaml('FederatedClusterRole', 'gathered', {
        namespace: '',
        spec: { template: { aggregationRule: selector, rules: [] }, placement: EVERYWHERE },
      }),
      'part.yaml': federatedYaml('FederatedClusterRole', 'part', {
        namespace: '',
        spec: {
          template: {
            metadata: { labels: { 'gitfed.example/part': 'true' } },
            rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
          },
          placement: EVERYWHERE,
        },
      }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const target = '/apis/rbac.authorization.k8s.io/v1/clusterroles/gathered';
    const isGathered = async (): Promise<boolean> => ((await get(cluster, target)).rules ?? []).length > 0;
    await poll(isGathered, { what: 'the controller gathers the rules' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    expect(await isGathered()).toBe(true);
  });

  test('a field that is taken out of a free-form mapping is seen', async ({ clusters: [cluster] }) => {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const definition = {
      group: 'free.example',
      names: { kind: 'Release', plural: 'releases' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    };
    const repository = fleetRepository([cluster], 'free', {
      'crd.yaml': federatedYaml('FederatedCustomResourceDefinition', 'releases.free.example', {
        namespace: '',
        spec: { template: { spec: definition }, placement: EVERYWHERE },
      }),
      'type.yaml': `apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: releases.free.example, namespace: kube-federation-system}
spec:
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedRelease, pluralName: federatedreleases, scope: Namespaced}
  targetType: {group: free.example, version: v1, kind: Release, pluralName: releases, scope: Namespaced}
  propagation: Enabled
`,
      'release.yaml': federatedYaml('FederatedRelease', 'one', {
        namespace: 'free',
        spec: { template: { spec: { values: { image: { tag: 'v1' } } } }, placement: EVERYWHERE },
      }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    const target = '/apis/free.example/v1/namespaces/free/releases/one';
    const patch = [{ op: 'remove', path: '/spec/values/image/tag' }];
    await cluster.request('PATCH', `${target}?fieldManager=kubectl-edit`, patch, 'application/json-patch+json');
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: Release/free/one configured']);
    expect((await get(cluster, target)).spec.values.image.tag).toBe('v1');
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });
});

describe('drift.policy Report', () => {
  test('makes nothing anew that was deleted there, and tells what a change of ours writes over', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'told-only', {
      'gitfed.yaml': 'inventory: told-only\ndrift: {policy: Report}\n',
      'map.yaml': configMapYaml('told-only', 'map', { a: '1', b: '1' }),
      'gone.yaml': configMapYaml('told-only', 'gone'),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    await cluster.request('DELETE', `${configMaps('told-only')}/gone`);
    await change(cluster, `${configMaps('told-only')}/map`, 'kubectl-edit', { data: { a: 'theirs' } });
    repository.commit({ 'map.yaml': configMapYaml('told-only', 'map', { a: '1', b: '2' }) });
    const result = await syncOnce(repository, credentials);
    expect(changes(result)).toEqual([
      'cluster1: ConfigMap/told-only/gone skipped Drifted',
      'cluster1: ConfigMap/told-only/map configured',
    ]);
    const told = result.clusters[0]?.objects.find(({ id }) => id.name === 'map')?.drift;
    expect(told).toMatchObject([{ type: 'changed', live: 'theirs', desired: '1', manager: 'kubectl-edit' }]);
    expect(await get(cluster, `${configMaps('told-only')}/gone`)).toBeUndefined();
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
  });
});

describe('ignoreDifferences of a field that the manifest does not have', () => {
  test('leaves it to whoever adds it', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'extra', {
      'gitfed.yaml': 'inventory: extra\nignoreDifferences:\n- {kind: ConfigMap, jsonPointers: [/data/extra]}\n',
      'map.yaml': configMapYaml('extra', 'map'),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    await change(cluster, `${configMaps('extra')}/map`, 'kubectl-edit', { data: { extra: 'x', other: 'y' } });
    const result = await syncOnce(repository, credentials);
    expect(problems(result)).toEqual([]);
    expect((await get(cluster, `${configMaps('extra')}/map`)).data).toEqual({ a: '1', extra: 'x' });
    const quiet = await syncOnce(repository, credentials);
    expect(changes(quiet)).toEqual([]);
    expect(quiet.clusters[0]?.objects.flatMap(({ ignored = [] }) => ignored)).toEqual([{ rule: 0, count: 1 }]);
  });
});

describe('a namespace that goes together with an object that does not', () => {
  test('stays until that is gone', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'together', {
      'map.yaml': configMapYaml('together', 'map', { a: '1' }, {}, { 'kubefed.io/deleteoption': '{' }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    repository.commit({ 'map.yaml': undefined, 'namespace.yaml': undefined, 'other.yaml': namespaceYaml('elsewhere') });
    expect(changes(await syncOnce(repository, credentials, { allowDeletions: 10 }))).toEqual([
      'cluster1: Namespace/elsewhere created',
      'cluster1: ConfigMap/together/map skipped DeletionFailed',
      'cluster1: Namespace/together skipped NamespaceNotEmpty',
    ]);
    expect(await get(cluster, `${configMaps('together')}/map`)).toBeDefined();
  });
});
