import { expect } from 'vitest';
import { describe, poll, test } from '../controlplane/fixtures.ts';
import {
  changes,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  namespaceYaml,
  problems,
  requestsOf,
  syncOnce,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const APPLY = 'application/merge-patch+json';

describe('objects that are there already', () => {
  test('are adopted, but for those labelled as not managed', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'adopt', {
      'one.yaml': configMapYaml('adopt', 'one', { a: 'ours' }),
      'two.yaml': configMapYaml('adopt', 'two', { a: 'ours' }),
    });
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'adopt', labels: { team: 'shop' } } });
    const maps = '/api/v1/namespaces/adopt/configmaps';
    await cluster.request('POST', maps, { metadata: { name: 'one' }, data: { a: 'theirs', b: 'theirs' } });
    const unmanaged = { metadata: { name: 'two', labels: { 'kubefed.io/managed': 'false' } }, data: { a: 'theirs' } };
    await cluster.request('POST', maps, unmanaged);

    const result = await syncOnce(repository, writeCredentials([cluster]));
    expect(changes(result)).toEqual([
      'cluster1: Namespace/adopt configured',
      'cluster1: ConfigMap/adopt/one configured',
      'cluster1: ConfigMap/adopt/two skipped ManagedLabelFalse',
    ]);
    expect(result.ok).toBe(false);
    expect((await get(cluster, `${maps}/one`)).data).toEqual({ a: 'ours', b: 'theirs' });
    expect((await get(cluster, `${maps}/two`)).data).toEqual({ a: 'theirs' });
    expect((await get(cluster, '/api/v1/namespaces/adopt')).metadata.labels.team).toBe('shop');
    expect(repository.status('resources/adopt/ConfigMap/two.yaml')).toMatch(
      /status: ManagedLabelFalse[\s\S]*reason: CheckClusters/,
    );
  });

  test('are left alone where adoptResources is Disabled', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'leave', {
      'one.yaml': configMapYaml('leave', 'one', { a: 'ours' }),
      'two.yaml': configMapYaml('leave', 'two', { a: 'ours' }),
      'config.yaml': `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: Cluster, syncController: {adoptResources: Disabled}}
`,
    });
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'leave' } });
    const maps = '/api/v1/namespaces/leave/configmaps';
    await cluster.request('POST', maps, { metadata: { name: 'one' }, data: { a: 'theirs' } });
    expect(changes(await syncOnce(repository, writeCredentials([cluster])))).toEqual([
      'cluster1: Namespace/leave skipped AlreadyExists',
      'cluster1: ConfigMap/leave/one skipped AlreadyExists',
      'cluster1: ConfigMap/leave/two created',
    ]);
    expect((await get(cluster, `${maps}/one`)).data).toEqual({ a: 'theirs' });
  });
});

describe('what someone changed by hand', () => {
  test('is put back, and what others added is kept', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'byhand', {
      'one.yaml': configMapYaml('byhand', 'one', { a: 'ours' }),
    });
    const credentials = writeCredentials([cluster]);
    await syncOnce(repository, credentials);
    const target = '/api/v1/namespaces/byhand/configmaps/one';
    await cluster.request('PATCH', target, { data: { b: 'theirs' }, metadata: { labels: { x: 'y' } } }, APPLY);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    await cluster.request('PATCH', target, { data: { a: 'theirs' } }, APPLY);
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: ConfigMap/byhand/one configured FieldTaken',
    ]);
    expect((await get(cluster, target)).data).toEqual({ a: 'ours', b: 'theirs' });

    await cluster.request('DELETE', target);
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/byhand/one created']);

    // Without our labels it is not seen in the lists: it is found, and taken over again.
    const labels = { 'applyset.kubernetes.io/part-of': null, 'kubefed.io/managed': null };
    await cluster.request('PATCH', target, { metadata: { labels } }, APPLY);
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/byhand/one configured']);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('in replicas stays where retainReplicas is set, also when it is switched on later', async ({
    clusters: [cluster],
  }) => {
    const deployment = (retainReplicas: boolean, image: string, overrides: readonly object[] = []) =>
      federatedYaml('FederatedDeployment', 'web', {
        namespace: 'retain',
        spec: {
          template: {
            spec: {
              replicas: 2,
              selector: { matchLabels: { app: 'web' } },
              template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
            },
          },
          placement: EVERYWHERE,
          retainReplicas,
          overrides,
        },
      });
    const repository = fleetRepository([cluster], 'retain', { 'web.yaml': deployment(true, 'web:1') });
    const credentials = writeCredentials([cluster]);
    const target = '/apis/apps/v1/namespaces/retain/deployments/web';
    const replicas = async () => (await get(cluster, target)).spec.replicas;
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect(await replicas()).toBe(2);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    // An update that leaves the number out must not send it through the default.
    repository.commit({ 'web.yaml': deployment(true, 'web:2') });
    const before = (await get(cluster, target)).metadata.generation;
    await syncOnce(repository, credentials);
    expect(await replicas()).toBe(2);
    expect((await get(cluster, target)).metadata.generation).toBe(before + 1);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    const scale = { spec: { replicas: 7 } };
    await cluster.request('PATCH', `${target}/scale`, scale, APPLY);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    expect(await replicas()).toBe(7);

    repository.commit({ 'web.yaml': deployment(false, 'web:2') });
    await syncOnce(repository, credentials);
    expect(await replicas()).toBe(2);
    await cluster.request('PATCH', `${target}/scale`, scale, APPLY);
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Deployment/retain/web configured FieldTaken',
    ]);
    expect(await replicas()).toBe(2);

    repository.commit({ 'web.yaml': deployment(true, 'web:3') });
    await syncOnce(repository, credentials);
    expect(await replicas()).toBe(2);

    const override = [{ clusterName: 'cluster1', clusterOverrides: [{ path: '/spec/replicas', value: 5 }] }];
    repository.commit({ 'web.yaml': deployment(true, 'web:3', override) });
    await syncOnce(repository, credentials);
    expect(await replicas()).toBe(5);
  });
});

describe('two repositories', () => {
  test('share a cluster, and never take from each other', async ({ clusters: [cluster] }) => {
    const first = fleetRepository([cluster], 'shared', { 'one.yaml': configMapYaml('shared', 'one', { a: 'first' }) });
    const second = fleetRepository([cluster], 'shared', {
      'gitfed.yaml': 'inventory: shared-second\n',
      'one.yaml': configMapYaml('shared', 'one', { a: 'second' }),
      'two.yaml': configMapYaml('shared', 'two'),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(first, credentials))).toEqual([]);
    const result = await syncOnce(second, credentials);
    expect(changes(result)).toEqual([
      'cluster1: Namespace/shared skipped NamespaceShared',
      'cluster1: ConfigMap/shared/one skipped InventoryConflict',
      'cluster1: ConfigMap/shared/two created',
    ]);
    expect((await get(cluster, '/api/v1/namespaces/shared/configmaps/one')).data).toEqual({ a: 'first' });

    // The first one does not delete the namespace under the second one.
    first.commit({ 'namespace.yaml': undefined, 'other.yaml': namespaceYaml('shared-other') });
    expect(changes(await syncOnce(first, credentials))).toContain(
      'cluster1: Namespace/shared skipped NamespaceNotEmpty',
    );
  });

  test('under one name are refused, and nothing is written', async ({ clusters: [cluster] }) => {
    const credentials = writeCredentials([cluster]);
    const first = fleetRepository([cluster], 'same', { 'one.yaml': configMapYaml('same', 'one') });
    expect(problems(await syncOnce(first, credentials))).toEqual([]);
    const second = fleetRepository([cluster], 'same', { 'two.yaml': configMapYaml('same', 'two') });
    const before = (await requestsOf(cluster)).length;
    const result = await syncOnce(second, credentials);
    expect(result.clusters[0]).toMatchObject({
      state: 'Failed',
      message: expect.stringContaining('another repository'),
    });
    expect(result.clusters[0]?.objects.every(({ status }) => status === 'InventoryConflict')).toBe(true);
    expect(await writesOf(cluster, before)).toEqual([]);
  });

  test('a Secret of that name that another tool made is refused', async ({ clusters: [cluster] }) => {
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'kube-federation-system' } });
    await cluster.request('POST', '/api/v1/namespaces/kube-federation-system/secrets', {
      metadata: { name: 'gitfed-tool' },
    });
    const repository = fleetRepository([cluster], 'tool');
    const result = await syncOnce(repository, writeCredentials([cluster]));
    expect(result.clusters[0]).toMatchObject({
      state: 'Failed',
      message: expect.stringContaining('no inventory of gitfed'),
    });
    expect(await get(cluster, '/api/v1/namespaces/tool')).toBeUndefined();
  });
});

describe('the inventory', () => {
  test('says what is ours, and where', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'says', { 'one.yaml': configMapYaml('says', 'one') });
    const credentials = writeCredentials([cluster]);
    const { commit } = await syncOnce(repository, credentials);
    const target = '/api/v1/namespaces/kube-federation-system/secrets/gitfed-says';
    const { metadata } = await get(cluster, target);
    expect(metadata.annotations).toMatchObject({
      'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Namespace',
      'applyset.kubernetes.io/additional-namespaces': 'says',
      'applyset.kubernetes.io/tooling': expect.stringMatching(/^gitfed\/\d/),
      'gitfed.io/commit': commit,
    });
    const id = metadata.labels['applyset.kubernetes.io/id'];
    expect(id).toMatch(/^applyset-[\w-]{43}-v1$/);
    const { metadata: applied } = await get(cluster, '/api/v1/namespaces/says/configmaps/one');
    expect(applied.labels).toEqual({ 'applyset.kubernetes.io/part-of': id, 'kubefed.io/managed': 'true' });
    expect(applied.annotations).toMatchObject({ 'gitfed.io/path': 'one.yaml' });

    repository.commit({
      'one.yaml': undefined,
      'role.yaml': federatedYaml('FederatedClusterRole', 'says', {
        namespace: '',
        spec: { template: { rules: [] }, placement: EVERYWHERE },
      }),
    });
    await syncOnce(repository, credentials);
    expect((await get(cluster, target)).metadata.annotations).toMatchObject({
      'applyset.kubernetes.io/contains-group-kinds': 'ClusterRole.rbac.authorization.k8s.io,Namespace',
      'applyset.kubernetes.io/additional-namespaces': '',
    });
  });

  test('that is lost deletes nothing in that pass, and is made anew', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'lost', {
      'one.yaml': configMapYaml('lost', 'one'),
      'two.yaml': configMapYaml('lost', 'two'),
    });
    const credentials = writeCredentials([cluster]);
    await syncOnce(repository, credentials);
    await cluster.request('DELETE', '/api/v1/namespaces/kube-federation-system/secrets/gitfed-lost');
    repository.commit({ 'two.yaml': undefined });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Namespace/lost configured',
      'cluster1: ConfigMap/lost/one configured',
      'cluster1: ConfigMap/lost/two skipped PruneHeld',
    ]);
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/lost/two deleted']);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });
});

describe('annotations of a federated object', () => {
  test('prune, orphan and deleteoption are remembered in the member', async ({ clusters: [cluster, other] }) => {
    const both = { placement: { clusters: [{ name: 'cluster1' }, { name: 'cluster2' }] } };
    const orphan = (rest: object) =>
      configMapYaml('remember', 'orphan', { a: '1' }, { ...rest }, { 'kubefed.io/orphan': 'true' });
    const repository = fleetRepository([cluster, other], 'remember', {
      'kept.yaml': configMapYaml('remember', 'kept', { a: '1' }, {}, { 'gitfed.io/prune': 'false' }),
      'orphan.yaml': orphan(both),
      'bad.yaml': configMapYaml('remember', 'bad', { a: '1' }, {}, { 'kubefed.io/deleteoption': '{' }),
      'good.yaml': configMapYaml(
        'remember',
        'good',
        { a: '1' },
        {},
        { 'kubefed.io/deleteoption': '{"gracePeriodSeconds":5}' },
      ),
    });
    const credentials = writeCredentials([cluster, other]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    // Leaving one cluster is a deletion, as in KubeFed.
    repository.commit({ 'orphan.yaml': orphan({ placement: { clusters: [{ name: 'cluster1' }] } }) });
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster2: ConfigMap/remember/orphan deleted']);

    repository.commit({
      'kept.yaml': undefined,
      'orphan.yaml': undefined,
      'bad.yaml': undefined,
      'good.yaml': undefined,
    });
    const result = await syncOnce(repository, credentials, { clusters: ['cluster1'] });
    expect(changes(result)).toEqual([
      'cluster1: ConfigMap/remember/kept skipped KeptByAnnotation',
      'cluster1: ConfigMap/remember/orphan configured',
      'cluster1: ConfigMap/remember/good deleted',
      'cluster1: ConfigMap/remember/bad skipped DeletionFailed',
    ]);
    const { metadata } = await get(cluster, '/api/v1/namespaces/remember/configmaps/orphan');
    expect(metadata.labels).toBeUndefined();
    expect(metadata.annotations).toBeUndefined();
    expect(repository.status('objects/cluster1.yaml')).not.toContain('orphan');
  });
});

describe('gitfed.yaml', () => {
  test('suspends a namespace or a cluster', async ({ clusters: [cluster, other] }) => {
    const repository = fleetRepository([cluster, other], 'pause', {
      'gitfed.yaml': 'inventory: pause\nsuspend: {clusters: [cluster2], namespaces: [pause-more]}\n',
      'one.yaml': configMapYaml('pause', 'one'),
      'more.yaml': namespaceYaml('pause-more'),
    });
    const credentials = writeCredentials([cluster, other]);
    const before = (await requestsOf(other)).length;
    const result = await syncOnce(repository, credentials);
    expect(result.ok).toBe(true);
    expect(changes(result)).toEqual([
      'cluster1: Namespace/pause created',
      'cluster1: Namespace/pause-more skipped Suspended',
      'cluster1: ConfigMap/pause/one created',
      'cluster2: Namespace/pause skipped Suspended',
      'cluster2: Namespace/pause-more skipped Suspended',
      'cluster2: ConfigMap/pause/one skipped Suspended',
    ]);
    expect(await requestsOf(other)).toHaveLength(before);
  });

  test('that is broken forgets neither the inventory nor what is suspended', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'forget', { 'gitfed.yaml': 'inventory: [' });
    const credentials = writeCredentials([cluster]);
    await expect(syncOnce(repository, credentials)).rejects.toMatchObject({ code: 'CONFIG' });
    repository.commit({ 'gitfed.yaml': 'inventory: forget\nsuspend: {kinds: [Secret]}\n' });
    await syncOnce(repository, credentials);
    repository.commit({ 'gitfed.yaml': 'inventory: [', 'one.yaml': configMapYaml('forget', 'one') });
    const result = await syncOnce(repository, credentials);
    expect(result).toMatchObject({ ok: false, inventory: 'forget' });
    expect(changes(result)).toEqual(['cluster1: ConfigMap/forget/one created']);
    expect(JSON.parse(repository.status('status.json') ?? '').suspend.kinds).toEqual(['Secret']);
  });
});

describe('a custom resource and its definition', () => {
  test('come in one pass, and go in one', async ({ clusters: [cluster] }) => {
    const definition = {
      group: 'gitfed.example',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
            },
          },
        },
      ],
    };
    const repository = fleetRepository([cluster], 'custom', {
      'crd.yaml': federatedYaml('FederatedCustomResourceDefinition', 'widgets.gitfed.example', {
        namespace: '',
        spec: { template: { spec: definition }, placement: EVERYWHERE },
      }),
      'type.yaml': `apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: widgets.gitfed.example, namespace: kube-federation-system}
spec:
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedWidget, pluralName: federatedwidgets, scope: Namespaced}
  targetType: {group: gitfed.example, version: v1, kind: Widget, pluralName: widgets, scope: Namespaced}
  propagation: Enabled
`,
      'widget.yaml': federatedYaml('FederatedWidget', 'one', {
        namespace: 'custom',
        spec: { template: { spec: { size: 3 } }, placement: EVERYWHERE },
      }),
    });
    const credentials = writeCredentials([cluster]);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(cluster, '/apis/gitfed.example/v1/namespaces/custom/widgets/one')).spec).toEqual({ size: 3 });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({ 'widget.yaml': undefined, 'crd.yaml': undefined });
    const result = await syncOnce(repository, credentials);
    expect(changes(result)[0]).toBe('cluster1: Widget/custom/one deleted');
    expect(changes(result)[1]).toMatch(/^cluster1: CustomResourceDefinition\/widgets.gitfed.example deleted/);
    const gone = async () => (await get(cluster, '/apis/gitfed.example/v1')) === undefined;
    await poll(gone, { what: 'the kind is gone' });
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
  });
});
