import { describe, expect, it } from 'vitest';
import {
  cluster,
  documents,
  FLEET,
  federated,
  federatedNamespace,
  messages,
  modelOf,
  places,
  preference,
} from '../../test/helpers/model-of.ts';
import { buildModel } from './build-model.ts';
import { federatedObjectName } from './federated-object.ts';
import type { Model } from './model.ts';

const WEB = federated('FederatedDeployment', '{template: {spec: {replicas: 2}}, placement: {clusterSelector: {}}}');

function names(model: Model): string[] {
  return model.objects.map(federatedObjectName);
}

function held(model: Model): string[] {
  return model.heldTargets.map(({ object }) => object);
}

describe('a model', () => {
  it('holds clusters, namespaces and federated objects, each in its order', () => {
    const model = modelOf({
      'a.yaml': WEB,
      'b.yaml': documents(cluster('b'), cluster('a'), federatedNamespace('shop')),
    });
    expect(messages(model)).toEqual([]);
    expect(model.clusters.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(names(model)).toEqual(['FederatedDeployment/shop/web', 'FederatedNamespace/shop/shop']);
    expect([...model.namespaces.keys()]).toEqual(['shop']);
    expect(model.holds).toEqual([]);
    expect(model.objects[0]).toMatchObject({
      id: { group: 'types.kubefed.io', kind: 'FederatedDeployment', namespace: 'shop', name: 'web' },
      target: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
      type: { name: 'deployments.apps', target: { version: 'v1', plural: 'deployments', scope: 'Namespaced' } },
      template: { ok: true, value: { spec: { replicas: 2 } } },
      placement: { ok: true, value: { clusterSelector: { matchLabels: {}, matchExpressions: [] } } },
      overrides: { ok: true, value: [] },
      retainReplicas: false,
    });
  });

  it('does not depend on which file holds what', () => {
    const texts = [cluster('a'), cluster('b'), federatedNamespace('shop'), WEB];
    const forward = modelOf(Object.fromEntries(texts.map((text, index) => [`${index}.yaml`, text])));
    const backward = modelOf(Object.fromEntries(texts.toReversed().map((text, index) => [`${index}.yaml`, text])));
    expect(names(backward)).toEqual(names(forward));
    expect(backward.clusters.map(({ name }) => name)).toEqual(forward.clusters.map(({ name }) => name));
  });

  it('keeps __proto__ and constructor as data', () => {
    const spec = '{template: {data: {__proto__: a, constructor: b}}, placement: {clusterSelector: {}}}';
    const model = modelOf({ 'a.yaml': documents(FLEET, federated('FederatedConfigMap', spec)) });
    const [object] = model.objects;
    const template = object?.template.ok ? object.template.value : {};
    expect(Object.entries(template.data ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(messages(model)).toEqual([]);
  });

  it('keeps every digit of an integer', () => {
    const spec =
      '{template: {spec: {a: 9223372036854775807, b: 18446744073709551615}}, placement: {clusterSelector: {}}}';
    const [object] = modelOf({ 'a.yaml': documents(FLEET, federated('FederatedDeployment', spec)) }).objects;
    expect(object?.template).toEqual({
      ok: true,
      value: { spec: { a: 9223372036854775807n, b: 18446744073709551615n } },
    });
  });

  it('of an empty repository says how to start', () => {
    const model = buildModel({ entries: [], complete: true });
    expect(places(model)).toEqual([':1:1 EmptyRepository']);
    expect(model.holds).toEqual([]);
    expect(model.systemNamespace).toBe('kube-federation-system');
  });
});

describe('an object whose kind or identity is not known holds deletions back:', () => {
  it.each([
    ['an unknown federated kind', 'FederatedFoo', '{name: a, namespace: shop}', 'a.yaml:3:1 UnknownFederatedType'],
    ['no name', 'FederatedConfigMap', '{namespace: shop}', 'a.yaml:4:1 InvalidName'],
    ['an empty name', 'FederatedConfigMap', '{name: "", namespace: shop}', 'a.yaml:4:12 InvalidName'],
    ['a name with a slash', 'FederatedConfigMap', '{name: a/b, namespace: shop}', 'a.yaml:4:12 InvalidName'],
    ['a name that climbs', 'FederatedConfigMap', '{name: .., namespace: shop}', 'a.yaml:4:12 InvalidName'],
    ['a role name that climbs', 'FederatedClusterRole', '{name: a/../b}', 'a.yaml:4:12 InvalidName'],
    ['no namespace', 'FederatedConfigMap', '{name: a}', 'a.yaml:4:1 InvalidName'],
    ['a namespace with a dot', 'FederatedConfigMap', '{name: a, namespace: a.b}', 'a.yaml:4:21 InvalidName'],
    ['another name than its namespace', 'FederatedNamespace', '{name: a, namespace: b}', 'a.yaml:4:12 InvalidName'],
  ])('%s', (_title, kind, metadata, place) => {
    const model = modelOf({
      'a.yaml': federated(kind, '{placement: {clusterSelector: {}}}', metadata),
      'b.yaml': FLEET,
    });
    expect(places(model)).toEqual([place.replace(/:(\d+):/, (_, line) => `:${Number(line)}:`)]);
    expect(model.holds).toHaveLength(1);
    expect(names(model)).toEqual(['FederatedNamespace/shop/shop']);
  });

  it.each([
    [
      'a number as a name',
      'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: {name: 5, namespace: shop}',
    ],
    ['metadata that is a list', 'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: []'],
    ['no kind', 'apiVersion: types.kubefed.io/v1beta1\nmetadata: {name: a, namespace: shop}'],
    ['no apiVersion', 'kind: FederatedConfigMap\nmetadata: {name: a, namespace: shop}'],
    ['a misspelt kind of KubeFed', 'apiVersion: core.kubefed.io/v1beta1\nkind: KubefedCluster\nmetadata: {name: a}'],
    [
      'a List without an apiVersion',
      'kind: List\nitems: [{apiVersion: types.kubefed.io/v1beta1, kind: FederatedConfigMap}]',
    ],
    ['an encrypted kind', 'apiVersion: ENC[AES256_GCM,data:x]\nkind: ENC[AES256_GCM,data:y]\nsops: {}'],
  ])('%s', (_title, text) => {
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET });
    expect(model.findings.every(({ severity }) => severity === 'error')).toBe(true);
    expect(model.findings.length).toBeGreaterThan(0);
    expect(model.holds.length).toBeGreaterThan(0);
  });
});

describe('an error of an object that is known holds back that object only:', () => {
  it.each([
    ['no spec', 'null', 'InvalidObject', { placement: { ok: false } }],
    [
      'a template that is null',
      '{template: null, placement: {clusterSelector: {}}}',
      'InvalidTemplate',
      { template: { ok: false } },
    ],
    [
      'a template that is text',
      '{template: a, placement: {clusterSelector: {}}}',
      'InvalidTemplate',
      { template: { ok: false } },
    ],
    [
      'a label of the inventory in the template',
      '{template: {metadata: {labels: {applyset.kubernetes.io/part-of: x}}}, placement: {clusterSelector: {}}}',
      'InvalidTemplate',
      { template: { ok: false } },
    ],
    [
      'an annotation of the inventory in the template',
      '{template: {metadata: {annotations: {applyset.kubernetes.io/tooling: x}}}, placement: {clusterSelector: {}}}',
      'InvalidTemplate',
      { template: { ok: false } },
    ],
    ['a placement that is a list', '{placement: []}', 'InvalidPlacement', { placement: { ok: false } }],
    [
      'a retainReplicas that is text',
      '{retainReplicas: "yes", placement: {clusterSelector: {}}}',
      'InvalidObject',
      { placement: { ok: false } },
    ],
    [
      'overrides that are a mapping',
      '{overrides: {}, placement: {clusterSelector: {}}}',
      'InvalidOverride',
      { overrides: { ok: false } },
    ],
    [
      'an integer beyond uint64 in the template',
      '{template: {spec: {a: 18446744073709551616}}, placement: {clusterSelector: {}}}',
      'IntegerOutOfRange',
      { template: { ok: false }, placement: { ok: true } },
    ],
    [
      'an integer beyond int64 in an override',
      '{placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [{path: /a, value: -9223372036854775809}]}]}',
      'IntegerOutOfRange',
      { overrides: { ok: false }, placement: { ok: true } },
    ],
  ])('%s', (_title, spec, code, parts) => {
    const model = modelOf({ 'a.yaml': federated('FederatedDeployment', spec), 'b.yaml': FLEET });
    expect(model.findings.map((finding) => [finding.code, finding.file, finding.object])).toEqual([
      [code, 'a.yaml', 'FederatedDeployment/shop/web'],
    ]);
    expect(model.holds).toEqual([]);
    expect(model.objects[0]).toMatchObject(parts);
  });

  it('labels and annotations that are not text', () => {
    const metadata = '{name: web, namespace: shop, annotations: {gitfed.io/wave: 5}}';
    const model = modelOf({ 'a.yaml': federated('FederatedDeployment', '{}', metadata), 'b.yaml': FLEET });
    expect(messages(model)).toContain(
      'InvalidObject FederatedDeployment/shop/web: metadata.annotations["gitfed.io/wave"] must be a string, not a number: put it in quotes',
    );
    expect(model.objects[0]?.placement).toEqual({ ok: false });
  });

  it('but an error of a FederatedNamespace holds deletions back', () => {
    const model = modelOf({ 'a.yaml': documents(cluster('a'), federatedNamespace('shop', '{clusters: [a]}')) });
    expect(messages(model)).toEqual([
      'InvalidPlacement FederatedNamespace/shop/shop: spec.placement.clusters[0] must be a mapping like {name: eu-1}, not a string',
    ]);
    expect(model.holds).toHaveLength(1);
    expect(model.namespaces.get('shop')?.placement).toEqual({ ok: false });
  });
});

describe('two objects with one identity', () => {
  it('are both named, neither is used, and their target is held', () => {
    const model = modelOf({
      'a.yaml': documents(FLEET, WEB),
      'b.yaml': WEB.replace('v1beta1', 'v1alpha1').trimStart(),
    });
    expect(places(model)).toEqual(['a.yaml:26:1 DuplicateObject', 'b.yaml:1:1 DuplicateObject']);
    expect(messages(model)[0]).toContain('b.yaml:1');
    expect(messages(model)[1]).toContain('a.yaml:26');
    expect(names(model)).toEqual(['FederatedNamespace/shop/shop']);
    expect(held(model)).toEqual(['FederatedDeployment/shop/web']);
    expect(model.heldTargets[0]?.target).toEqual({ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' });
    expect(model.holds).toEqual([]);
  });

  it('may be of two federated kinds with one target', () => {
    const config = typeConfig('deployments.apps', 'example.io', 'FederatedDeployment', 'Deployment');
    const other = WEB.replace('types.kubefed.io', 'example.io');
    const model = modelOf({ 'a.yaml': documents(FLEET, config), 'b.yaml': documents(WEB, other) });
    expect(model.findings.map(({ code }) => code)).toEqual(['DuplicateObject', 'DuplicateObject']);
    expect(model.heldTargets).toHaveLength(1);
  });

  it('may be clusters, which holds deletions back', () => {
    const model = modelOf({ 'a.yaml': cluster('a'), 'b.yaml': documents(cluster('a'), cluster('b')) });
    expect(model.findings.map(({ code }) => code)).toEqual(['DuplicateObject', 'DuplicateObject']);
    expect(model.clusters.map(({ name }) => name)).toEqual(['b']);
    expect(model.holds).toHaveLength(2);
  });

  it('may be namespaces, which holds deletions back', () => {
    const model = modelOf({
      'a.yaml': documents(cluster('a'), federatedNamespace('shop'), federatedNamespace('shop'), WEB),
    });
    expect(model.findings.map(({ code }) => code)).toEqual(['DuplicateObject', 'DuplicateObject']);
    expect(model.holds).toHaveLength(2);
    expect(model.namespaces.size).toBe(0);
  });
});

describe('namespaces that are never changed in a member', () => {
  it.each(['default', 'kube-system', 'kube-public', 'kube-federation-system'])(
    'such as %s count for placement only',
    (name) => {
      const model = modelOf({ 'a.yaml': documents(cluster('a'), federatedNamespace(name)) });
      expect(model.findings.map(({ code }) => code)).toEqual(['IgnoredNamespace']);
      expect(names(model)).toEqual([]);
      expect([...model.namespaces.keys()]).toEqual([name]);
      expect(model.holds).toEqual([]);
    },
  );
});

describe('with scope: Namespaced', () => {
  it('preferences of other namespaces have no effect', () => {
    const text = documents(config, preference('{targetKind: FederatedDeployment, totalReplicas: 1}'));
    const model = modelOf({ 'a.yaml': text });
    expect(model.findings.map(({ code }) => code)).toEqual(['IgnoredNamespace']);
    expect(model.preferences).toEqual([]);
  });

  const config = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: tenant}
spec: {scope: Namespaced}`;

  it('only objects of that namespace are applied', () => {
    const spec = '{placement: {clusterSelector: {}}}';
    const model = modelOf({
      'a.yaml': documents(config, cluster('a').replace('kube-federation-system', 'tenant')),
      'b.yaml': federated('FederatedConfigMap', spec, '{name: mine, namespace: tenant}'),
      'c.yaml': federated('FederatedConfigMap', spec, '{name: other, namespace: shop}'),
      'd.yaml': federated('FederatedClusterRole', spec, '{name: reader}'),
      'e.yaml': federated('FederatedNamespace', spec, '{name: tenant, namespace: tenant}'),
    });
    expect(names(model)).toEqual(['FederatedConfigMap/tenant/mine']);
    expect(model.findings.map(({ file, code }) => [file, code])).toEqual([
      ['c.yaml', 'IgnoredNamespace'],
      ['d.yaml', 'IgnoredNamespace'],
    ]);
    expect([...model.namespaces.keys()]).toEqual(['tenant']);
    expect(model.systemNamespace).toBe('tenant');
  });

  it('clusters elsewhere are not registered', () => {
    const model = modelOf({ 'a.yaml': documents(config, cluster('a')) });
    expect(model.findings.map(({ code }) => code)).toEqual(['InvalidCluster']);
    expect(model.clusters).toEqual([]);
    expect(model.holds).toHaveLength(1);
  });
});

describe('preferences that are switched off', () => {
  it('have no effect, right or wrong', () => {
    const config = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: Cluster, featureGates: [{name: SchedulerPreferences, configuration: Disabled}]}`;
    const model = modelOf({ 'a.yaml': documents(config, FLEET, WEB, preference('{totalReplicas: many}')) });
    expect(model.preferences).toEqual([]);
    expect(names(model)).toContain('FederatedDeployment/shop/web');
  });
});

function typeConfig(name: string, group: string, federatedKind: string, kind: string): string {
  const [plural = '', ...rest] = name.split('.');
  return `
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: ${name}}
spec:
  propagation: Enabled
  targetType: {group: ${JSON.stringify(rest.join('.'))}, version: v1, kind: ${kind}, pluralName: ${plural}, scope: Namespaced}
  federatedType: {group: ${group}, version: v1beta1, kind: ${federatedKind}, pluralName: federated${plural}, scope: Namespaced}
`;
}
