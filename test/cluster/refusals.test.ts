import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { definitionSpec, typeConfigYaml } from './acceptance-kinds.ts';
import { type RequestMatch, startFaultProxy } from './fault-proxy.ts';
import { configMapYaml, fleetRepository, get, grantFor, namespaceYaml, writeCredentials } from './fleet.ts';
import { mayGitfed } from './member-role.ts';
import { claim, deployment, federated, REFUSALS, type Refusal, scalerType } from './refusal-rows.ts';
import { CANARY, create, expectAnswer, runSync } from './refused-passes.ts';

const MERGE = 'application/merge-patch+json';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

/** A policy that refuses whatever has this label, with words that nobody else is to see. */
async function refuseLabelled(cluster: Cluster, namespace: string): Promise<void> {
  const name = `${namespace}.gitfed.example`;
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  await create(cluster, `${ADMISSION}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [rule], namespaceSelector },
      validations: [{ expression: "!('refused' in object.data)", message: `${CANARY} does not want it` }],
    },
  });
  await create(cluster, `${ADMISSION}/validatingadmissionpolicybindings`, {
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
  const body = { metadata: { name: 'probe' }, data: { refused: 'yes' } };
  await expectAnswer(cluster, `/api/v1/namespaces/${namespace}/configmaps`, body, 422);
}

async function namespaceOf(cluster: Cluster, name: string): Promise<string> {
  await create(cluster, '/api/v1/namespaces', { metadata: { name } });
  return `/api/v1/namespaces/${name}`;
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/namespaces/making/configmaps',
  Deployment: '/apis/apps/v1/namespaces/making/deployments',
  Gadget: '/apis/refused.example/v1/namespaces/making/gadgets',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2/namespaces/making/horizontalpodautoscalers',
  PersistentVolumeClaim: '/api/v1/namespaces/making/persistentvolumeclaims',
  Service: '/api/v1/namespaces/making/services',
  ServiceAccount: '/api/v1/namespaces/making/serviceaccounts',
};

describe('objects that an API server does not make', () => {
  test('are told each with its reason, the rest is applied, and they come when that is put right', async ({
    clusters: [cluster],
  }) => {
    const namespace = await namespaceOf(cluster, 'making');
    await refuseLabelled(cluster, 'making');
    const limits = [{ type: 'PersistentVolumeClaim', max: { storage: '2Gi' } }];
    await create(cluster, `${namespace}/limitranges`, { metadata: { name: CANARY }, spec: { limits } });
    await expectAnswer(
      cluster,
      `${namespace}/persistentvolumeclaims`,
      { metadata: { name: 'p' }, ...claim('3Gi') },
      403,
    );
    await create(cluster, `${ADMISSION}/validatingwebhookconfigurations`, brokenWebhook('making'));
    await expectAnswer(cluster, `${namespace}/serviceaccounts`, { metadata: { name: 'p' } }, 500);

    const gadgets = { kind: 'Gadget', group: 'refused.example', version: 'v1', plural: 'gadgets' } as const;
    const file = ({ kind, name }: Refusal) => `${kind}-${name}.yaml`;
    const repository = fleetRepository([cluster], 'making', {
      'types.yaml': [typeConfigYaml({ ...gadgets, scope: 'Namespaced' }), scalerType('v2beta2')].join('---\n'),
      'fine.yaml': configMapYaml('making', 'fine'),
      ...Object.fromEntries(REFUSALS.map((one) => [file(one), federated('making', one.kind, one.name, one.template)])),
    });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const refused = Object.fromEntries(
      REFUSALS.map(({ kind, name, told }) => [`${kind}/${name}`, expect.stringMatching(told)]),
    );
    const first = await runSync(repository, credentials);
    expect([first.code, first.clusters.cluster1?.state, first.objects]).toEqual([1, 'Failed', refused]);
    expect(await get(cluster, `${COLLECTIONS.ConfigMap}/fine`)).toBeDefined();
    const again = await runSync(repository, credentials);
    expect([again.code, again.objects, again.statusCommit]).toEqual([1, refused, undefined]);

    repository.commit({
      'types.yaml': [typeConfigYaml({ ...gadgets, scope: 'Namespaced' }), scalerType('v2')].join('---\n'),
      ...Object.fromEntries(
        REFUSALS.map((one) => {
          const { name = one.name, template } = { template: one.template, ...one.right };
          return [file(one), federated('making', one.kind, name, template)];
        }),
      ),
    });
    await create(cluster, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'gadgets.refused.example' },
      spec: definitionSpec('Gadget', 'Namespaced', { group: 'refused.example' }),
    });
    await poll(async () => (await cluster.request('GET', COLLECTIONS.Gadget ?? '')).status === 200, {
      what: 'the new kind is served',
    });
    await cluster.request('DELETE', `${ADMISSION}/validatingwebhookconfigurations/making.gitfed.example`);
    await expectAnswer(cluster, `${namespace}/serviceaccounts`, { metadata: { name: 'p' } }, 201);
    await grantFor(credentials, repository.folder);
    const cured = await runSync(repository, credentials);
    expect([cured.code, cured.objects]).toEqual([0, {}]);
    for (const { kind, name, right } of REFUSALS) {
      expect(await get(cluster, `${COLLECTIONS[kind]}/${right?.name ?? name}`), name).toBeDefined();
    }
  });
});

/** Nobody listens there. */
function brokenWebhook(namespace: string): object {
  const name = `${namespace}.gitfed.example`;
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['serviceaccounts'] };
  const webhook = {
    name,
    rules: [rule],
    clientConfig: { url: `https://127.0.0.1:1/${CANARY}` },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 2,
  };
  return { metadata: { name }, webhooks: [webhook] };
}

describe('changes that an API server does not make', () => {
  test('leave the object as it was, and one that cannot be made is made anew only where that is allowed', async ({
    clusters: [, cluster],
  }) => {
    const namespace = await namespaceOf(cluster, 'changing');
    await refuseLabelled(cluster, 'changing');
    const sent =
      (kind: string, template: object, annotations = {}) =>
      (name: string) =>
        federated('changing', kind, name, template, annotations);
    const selector = (app: string) => ({
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    });
    const map = (data: object, rest = {}) => sent('ConfigMap', { data, ...rest });
    const allowed = { 'gitfed.io/recreate': 'true' };
    const before = {
      field: sent('Deployment', deployment()),
      selector: sent('Deployment', deployment(selector('one'))),
      wrong: sent('Deployment', deployment(selector('one')), allowed),
      frozen: map({ a: '1' }, { immutable: true }),
      large: map({ a: '1' }),
      policy: sent('ConfigMap', { data: { a: '1' } }, allowed),
    };
    const refused = {
      field: sent('Deployment', deployment({ replica: 3 })),
      selector: sent('Deployment', deployment(selector('two'))),
      // It may be made anew, and what would be made is refused too: the old one stays.
      wrong: sent('Deployment', deployment({ ...selector('two'), replicas: -1 }), allowed),
      frozen: map({ a: '2' }, { immutable: true }),
      large: map({ a: 'x'.repeat(1_100_000) }),
      policy: sent('ConfigMap', { data: { a: '1', refused: 'yes' } }, allowed),
    };
    const files = (objects: Readonly<Record<string, (name: string) => string>>) =>
      Object.fromEntries(Object.entries(objects).map(([name, yaml]) => [`${name}.yaml`, yaml(name)]));
    const repository = fleetRepository([cluster], 'changing', files(before));
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
    const live = async () => {
      const lists = ['/api/v1/namespaces/changing/configmaps', '/apis/apps/v1/namespaces/changing/deployments'];
      const objects = await Promise.all(lists.map(async (list) => (await get(cluster, list)).items));
      return Object.fromEntries(objects.flat().map(({ metadata }) => [metadata.name, metadata]));
    };
    const original = await live();

    repository.commit({ ...files(refused), 'fine.yaml': configMapYaml('changing', 'fine') });
    const told = {
      'Deployment/field': expect.stringMatching(
        /^UpdateFailed: The API server answered 500 \(\.spec\.replica\): the kind has no such field/,
      ),
      'Deployment/selector': expect.stringMatching(
        /^UpdateFailed: The API server answered 422 Invalid \(\.spec\.selector\): .* gitfed\.io\/recreate: "true"/,
      ),
      'Deployment/wrong': expect.stringMatching(
        /^UpdateFailed: The API server answered 422 Invalid \(.*\.spec\.replicas/,
      ),
      'ConfigMap/frozen': expect.stringMatching(
        /^UpdateFailed: The API server answered 422 Invalid \(\.data\): .* gitfed\.io\/recreate: "true"/,
      ),
      'ConfigMap/large': expect.stringMatching(/^UpdateFailed: .* is too large: a ConfigMap or a Secret holds 1 MiB/),
      'ConfigMap/policy': expect.stringMatching(/^UpdateFailed: .* or an admission policy of the cluster refuses it/),
    };
    for (const pass of ['first', 'second']) {
      expect(await runSync(repository, credentials), pass).toMatchObject({ code: 1, objects: told });
      const { fine, ...others } = await live();
      expect(fine).toBeDefined();
      expect(others).toEqual(original);
    }

    const anew = sent('Deployment', deployment(selector('two')), allowed);
    repository.commit(files({ ...before, field: sent('Deployment', deployment({ replicas: 3 })), selector: anew }));
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
    const uids = (objects: Record<string, { readonly uid: string }>) =>
      Object.fromEntries(Object.entries(objects).map(([name, { uid }]) => [name, uid]));
    const { fine: _, ...cured } = uids(await live());
    expect(cured).toEqual({ ...uids(original), selector: expect.not.stringMatching(original.selector.uid) });
    const { spec } = await get(cluster, '/apis/apps/v1/namespaces/changing/deployments/selector');
    expect(spec.selector.matchLabels).toEqual({ app: 'two' });
    expect(await get(cluster, `${namespace}/configmaps/frozen`)).toMatchObject({ data: { a: '1' } });
  });

  test('because somebody else changes the object at the same time are made by the next pass', async ({
    clusters: [cluster],
  }) => {
    const proxy = await startFaultProxy(cluster);
    const repository = fleetRepository([cluster], 'conflict', {
      [`clusters/${cluster.name}.yaml`]: proxy.clusterYaml,
      'one.yaml': configMapYaml('conflict', 'one'),
      'two.yaml': configMapYaml('conflict', 'two'),
    });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', code: 409, reason: 'Conflict', message: CANARY });
    const match: RequestMatch = ({ method, path }) => method === 'PATCH' && path.includes('/configmaps/one?');
    proxy.fault({ kind: 'answer', status: 409, body }, { match });
    expect(await runSync(repository, credentials)).toMatchObject({
      code: 1,
      objects: { 'ConfigMap/one': expect.stringMatching(/^CreationFailed: .* 409 Conflict: somebody else changes it/) },
    });
    expect(await get(cluster, '/api/v1/namespaces/conflict/configmaps/two')).toBeDefined();
    await proxy.clear();
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
    expect(await get(cluster, '/api/v1/namespaces/conflict/configmaps/one')).toBeDefined();
  });
});

describe('a namespace', () => {
  test('that is being deleted holds back what is in it, also when that begins in the middle of a pass', async ({
    clusters: [cluster],
  }) => {
    const proxy = await startFaultProxy(cluster);
    const maps = '/api/v1/namespaces/leaving/configmaps';
    const repository = fleetRepository([cluster], 'leaving', {
      [`clusters/${cluster.name}.yaml`]: proxy.clusterYaml,
      'one.yaml': configMapYaml('leaving', 'one'),
      'other.yaml': [namespaceYaml('staying'), configMapYaml('staying', 'other')].join('---\n'),
    });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const until = async (): Promise<void> => {
      await cluster.request('DELETE', '/api/v1/namespaces/leaving');
      await expectAnswer(cluster, maps, { metadata: { name: 'probe' } }, 403);
    };
    proxy.fault({ kind: 'delay', until }, { match: ({ method, path }) => method === 'PATCH' && path.startsWith(maps) });
    const waiting = 'WaitingForRemoval: Its namespace is being deleted; it is applied again when that is gone.';
    expect(await runSync(repository, credentials)).toMatchObject({ code: 1, objects: { 'ConfigMap/one': waiting } });
    expect(await get(cluster, '/api/v1/namespaces/staying/configmaps/other')).toBeDefined();
    await proxy.clear();
    const seen = await runSync(repository, credentials);
    expect([seen.code, seen.objects]).toEqual([
      1,
      { 'Namespace/leaving': expect.stringMatching(/^WaitingForRemoval: /), 'ConfigMap/one': waiting },
    ]);

    const namespace = await get(cluster, '/api/v1/namespaces/leaving');
    const gone = { ...namespace, spec: { finalizers: [] } };
    expect((await cluster.request('PUT', '/api/v1/namespaces/leaving/finalize', gone)).status).toBe(200);
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
    expect(await get(cluster, `${maps}/one`)).toBeDefined();
  });

  test('with a quota, and pods without their service account, are told so', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1, { controllerManager: true });
    const namespace = await namespaceOf(cluster, 'full');
    const quota = (count: string) => ({ metadata: { name: CANARY }, spec: { hard: { 'count/secrets': count } } });
    await create(cluster, `${namespace}/resourcequotas`, quota('0'));
    await expectAnswer(cluster, `${namespace}/secrets`, { metadata: { name: 'probe' } }, 403);
    const pod = { spec: { serviceAccountName: 'porter', containers: [{ name: 'web', image: 'web:1' }] } };
    const repository = fleetRepository([cluster], 'full', {
      'secret.yaml': federated('full', 'Secret', 'one', { stringData: { key: CANARY } }),
      'pod.yaml': federated('full', 'Pod', 'web', pod),
      'map.yaml': configMapYaml('full', 'fine'),
    });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const forbidden = expect.stringMatching(/^CreationFailed: The API server answered 403 Forbidden: /);
    const told = await runSync(repository, credentials);
    expect([told.code, told.objects]).toEqual([1, { 'Secret/one': forbidden, 'Pod/web': forbidden }]);
    expect(await get(cluster, `${namespace}/configmaps/fine`)).toBeDefined();

    await cluster.request('PATCH', `${namespace}/resourcequotas/${CANARY}`, quota('5'), MERGE);
    await expectAnswer(cluster, `${namespace}/secrets`, { metadata: { name: 'probe' } }, 201);
    repository.commit({ 'account.yaml': federated('full', 'ServiceAccount', 'porter', {}) });
    await grantFor(credentials, repository.folder);
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
    expect(await get(cluster, `${namespace}/pods/web`)).toBeDefined();
    expect(await get(cluster, `${namespace}/secrets/one`)).toBeDefined();
  });
});

describe('a role', () => {
  test('that lacks one kind, or the right to write it, holds back that kind alone', async ({ clusters: [cluster] }) => {
    const budget = { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } };
    const repository = fleetRepository([cluster], 'unallowed', { 'map.yaml': configMapYaml('unallowed', 'one') });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    repository.commit({
      'map.yaml': configMapYaml('unallowed', 'two'),
      'budget.yaml': federated('unallowed', 'PodDisruptionBudget', 'web', budget),
    });
    const unread = await runSync(repository, credentials);
    expect([unread.code, unread.objects]).toEqual([
      1,
      { 'PodDisruptionBudget/web': expect.stringMatching(/^RetrievalFailed: Objects of its kind cannot be read here/) },
    ]);
    expect(await get(cluster, '/api/v1/namespaces/unallowed/configmaps/two')).toBeDefined();
    expect(await get(cluster, '/api/v1/namespaces/unallowed/configmaps/one')).toBeUndefined();

    await letRead(cluster, 'poddisruptionbudgets', 'policy');
    const unwritten = await runSync(repository, credentials);
    expect([unwritten.code, unwritten.objects]).toEqual([
      1,
      {
        'PodDisruptionBudget/web': expect.stringMatching(/^CreationFailed: .* 403 Forbidden: .* `gitfed rbac` prints/),
      },
    ]);
    await grantFor(credentials, repository.folder);
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
    const budgets = '/apis/policy/v1/namespaces/unallowed/poddisruptionbudgets';
    expect(await get(cluster, `${budgets}/web`)).toBeDefined();
  });
});

async function letRead(cluster: Cluster, resource: string, group: string): Promise<void> {
  const metadata = { name: `read-${resource}` };
  const root = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: [group], resources: [resource], verbs: ['get', 'list'] }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'gitfed' }];
  await create(cluster, `${root}/clusterroles`, { metadata, rules });
  await create(cluster, `${root}/clusterrolebindings`, { metadata, roleRef, subjects });
  await poll(() => mayGitfed(cluster, 'list', `${resource}.${group}`), { what: `gitfed may list ${resource}` });
}

describe('what others have in a cluster', () => {
  test('is left to them and told why, until they give it up', async ({ clusters: [cluster] }) => {
    const maps = '/api/v1/namespaces/others/configmaps';
    const settings = (adoptResources: string) => `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: Cluster, syncController: {adoptResources: ${adoptResources}}}
`;
    const names = ['theirs', 'unmanaged', 'inventoried'];
    const repository = fleetRepository([cluster], 'others', { 'config.yaml': settings('Disabled') });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0 });
    const labels = [{}, { 'kubefed.io/managed': 'false' }, { 'applyset.kubernetes.io/part-of': 'applyset-theirs-v1' }];
    for (const [index, name] of names.entries()) {
      await create(cluster, maps, { metadata: { name, labels: labels[index] }, data: { a: 'theirs' } });
    }

    repository.commit(Object.fromEntries(names.map((name) => [`${name}.yaml`, configMapYaml('others', name)])));
    await grantFor(credentials, repository.folder);
    const told = await runSync(repository, credentials);
    expect([told.code, told.objects]).toEqual([
      1,
      {
        'ConfigMap/theirs': expect.stringMatching(/^AlreadyExists: .* adoptResources: Disabled/),
        'ConfigMap/unmanaged': expect.stringMatching(/^ManagedLabelFalse: .* kubefed\.io\/managed: "false"/),
        'ConfigMap/inventoried': expect.stringMatching(/^InventoryConflict: It belongs to another inventory/),
      },
    ]);
    const data = () => Promise.all(names.map(async (name) => (await get(cluster, `${maps}/${name}`)).data.a));
    expect(await data()).toEqual(['theirs', 'theirs', 'theirs']);

    const none = { metadata: { labels: { 'kubefed.io/managed': null, 'applyset.kubernetes.io/part-of': null } } };
    for (const name of names) await cluster.request('PATCH', `${maps}/${name}`, none, MERGE);
    repository.commit({ 'config.yaml': settings('Enabled') });
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
    expect(await data()).toEqual(['1', '1', '1']);
  });
});
