import { describe, expect, it } from 'vitest';
import {
  cluster,
  documents,
  FLEET,
  federated,
  federatedNamespace,
  modelOf,
  preference,
} from '../../test/helpers/model-of.ts';
import {
  clusterOf,
  federatedOf,
  modelWith,
  NAMESPACE_TYPE,
  operationOf,
  overridesOf,
  preferenceOf,
  typeOf,
} from '../../test/helpers/render-input.ts';
import { formatObjectId } from '../core/index.ts';
import { parseObservations } from './observations.ts';
import { render } from './render.ts';
import { registerSchedulers, type Scheduler } from './scheduler.ts';
import type { Rendering } from './types.ts';

/** `eu-1: Deployment/shop/web=3`, with the number of replicas where there is one. */
function placed({ clusters }: Rendering): string[] {
  return clusters.flatMap(({ cluster: name, objects }) =>
    objects.map(({ manifest, id }) => {
      const { replicas } = (manifest.spec ?? {}) as { replicas?: unknown };
      return `${name}: ${formatObjectId(id)}${replicas === undefined ? '' : `=${replicas}`}`;
    }),
  );
}

function held({ clusters }: Rendering): string[] {
  return clusters.flatMap(({ cluster: name, held: ids }) => ids.map((id) => `${name}: ${formatObjectId(id)}`));
}

function findings({ findings: list }: Rendering): string[] {
  return list.map(
    ({ file, line, column, code, cluster: name }) =>
      `${file}:${line}:${column} ${code}${name === undefined ? '' : ` ${name}`}`,
  );
}

const EVERYWHERE = 'placement: {clusterSelector: {}}';

describe('render', () => {
  it('renders an object for every cluster that it is placed in', () => {
    const rendering = render(
      modelOf({
        'a.yaml': documents(FLEET, federated('FederatedConfigMap', `{template: {data: {a: b}}, ${EVERYWHERE}}`)),
      }),
    );

    expect(placed(rendering)).toEqual([
      'eu-1: Namespace/shop',
      'eu-1: ConfigMap/shop/web',
      'us-1: Namespace/shop',
      'us-1: ConfigMap/shop/web',
    ]);
    expect(rendering.findings).toEqual([]);
  });

  it('lists registered clusters that get nothing', () => {
    expect(render(modelOf({ 'a.yaml': FLEET })).clusters.map(({ cluster: name }) => name)).toEqual(['eu-1', 'us-1']);
    expect(render(modelWith()).clusters).toEqual([
      { cluster: 'a', objects: [], held: [] },
      { cluster: 'b', objects: [], held: [] },
    ]);
  });

  it('shares one manifest between clusters whose content is the same', () => {
    const overrides = overridesOf({ a: [operationOf('replace', '/x', 1)], b: [operationOf('replace', '/x', 1)] });
    const { clusters } = render(
      modelWith({
        clusters: ['a', 'b', 'c', 'd'].map((name) => clusterOf(name)),
        objects: [federatedOf({ overrides })],
      }),
    );
    const [a, b, c, d] = clusters.map(({ objects }) => objects[0]?.manifest);

    expect(a).toBe(b);
    expect(c).toBe(d);
    expect(a).not.toBe(c);
  });

  it.each(['\u0024{HOME}', '{{ .Values.password }}', 'x\n---\nkind: ClusterRoleBinding', '", "kind": "Pod', '/kind'])(
    'security row 18: the override value %j is a value, and makes no field, object or other text',
    (value) => {
      const operation = `{path: /data/a, value: ${JSON.stringify(value)}}`;
      const overrides = `overrides: [{clusterName: us-1, clusterOverrides: [${operation}]}]`;
      const spec = `\n  template: {data: {a: b, c: a}}\n  ${EVERYWHERE}\n  ${overrides}`;
      const rendering = render(modelOf({ 'a.yaml': documents(FLEET, federated('FederatedConfigMap', spec)) }));
      const { objects = [] } = rendering.clusters.find(({ cluster: name }) => name === 'us-1') ?? {};
      expect(objects.map(({ id }) => formatObjectId(id))).toEqual(['Namespace/shop', 'ConfigMap/shop/web']);
      expect(objects[1]?.manifest).toMatchObject({ kind: 'ConfigMap', data: { a: value, c: 'a' } });
    },
  );

  it('says at which operation overrides fail, and holds the object back in that cluster alone', () => {
    const overrides =
      'overrides: [{clusterName: us-1, clusterOverrides: [{op: add, path: /a, value: 1}, {op: remove, path: /b}]}]';
    const text = federated('FederatedConfigMap', `\n  template: {}\n  ${EVERYWHERE}\n  ${overrides}`);
    const rendering = render(modelOf({ 'a.yaml': FLEET, 'b.yaml': text }));

    expect(placed(rendering)).toContain('eu-1: ConfigMap/shop/web');
    expect(placed(rendering)).not.toContain('us-1: ConfigMap/shop/web');
    expect(held(rendering)).toEqual(['us-1: ConfigMap/shop/web']);
    expect(findings(rendering)).toEqual(['b.yaml:8:85 OverrideFailed us-1']);
    expect(rendering.findings[0]?.message).toBe(
      'FederatedConfigMap/shop/web: spec.overrides[0].clusterOverrides[1] (remove) does not fit the object in cluster us-1: "/b": there is nothing to remove. The object stays as it is there.',
    );
  });

  it.each([
    ['another name', '/metadata', { name: 'evil', namespace: 'shop' }, 'has another name than its federated object'],
    [
      'another namespace',
      '/metadata',
      { name: 'web', namespace: 'evil' },
      'has another namespace than its federated object',
    ],
    ['no apiVersion', '/apiVersion', 1, 'has no apiVersion, which must be a string'],
    [
      'an inventory',
      '/metadata/labels',
      { 'applyset.kubernetes.io/part-of': 'x' },
      'has metadata.labels["applyset.kubernetes.io/part-of"], which only gitfed itself sets',
    ],
  ])('refuses an override that gives the object %s', (_title, path, value, reason) => {
    const overrides = overridesOf({ a: [operationOf('add', path, value)] });
    const rendering = render(modelWith({ objects: [federatedOf({ overrides })] }));

    expect(placed(rendering)).toEqual(['b: Deployment.apps/shop/web']);
    expect(rendering.findings[0]?.message).toBe(
      `FederatedDeployment/shop/web: spec.overrides[0] cannot be used in cluster a: the object then ${reason}. The object stays as it is there.`,
    );
  });

  it('holds an object back everywhere whose metadata cannot take a name, unless an override mends it', () => {
    const overrides = overridesOf({ a: [operationOf('add', '/metadata', { name: 'web', namespace: 'shop' })] });
    const rendering = render(modelWith({ objects: [federatedOf({ template: { metadata: null }, overrides })] }));

    expect(placed(rendering)).toEqual(['a: Deployment.apps/shop/web']);
    expect(held(rendering)).toEqual(['b: Deployment.apps/shop/web']);
    expect(findings(rendering)).toEqual(['all.yaml:1:1 InvalidTemplate']);
  });

  it.each([
    ['template', { template: { ok: false } as const }],
    ['placement', { placement: { ok: false } as const }],
    ['overrides', { overrides: { ok: false } as const }],
  ])('holds an object back everywhere whose %s is in error', (_title, parts) => {
    const rendering = render(modelWith({ objects: [{ ...federatedOf(), ...parts }] }));

    expect(placed(rendering)).toEqual([]);
    expect(held(rendering)).toEqual(['a: Deployment.apps/shop/web', 'b: Deployment.apps/shop/web']);
  });

  it('holds back what the model holds back', () => {
    const { target } = federatedOf();
    const rendering = render(
      modelWith({
        heldTargets: [
          { target, object: 'x' },
          { target, object: 'y' },
        ],
      }),
    );

    expect(held(rendering)).toEqual(['a: Deployment.apps/shop/web', 'b: Deployment.apps/shop/web']);
  });

  it('holds back the objects of a namespace whose FederatedNamespace is in error', () => {
    const shop = federatedOf({ type: NAMESPACE_TYPE, name: 'shop' });
    const broken = modelWith({
      objects: [federatedOf()],
      namespaces: new Map([['shop', { ...shop, placement: { ok: false } }]]),
    });
    const twice = modelWith({
      objects: [federatedOf()],
      namespaces: new Map(),
      heldTargets: [{ target: shop.target, object: 'x' }],
    });

    expect(held(render(broken))).toContain('a: Deployment.apps/shop/web');
    expect(held(render(twice))).toContain('a: Deployment.apps/shop/web');
  });

  it('neither renders nor gives up what propagation: Disabled stops', () => {
    const rendering = render(
      modelWith({ objects: [federatedOf({ type: { ...typeOf('Deployment'), propagation: 'Disabled' } })] }),
    );

    expect(placed(rendering)).toEqual([]);
    expect(held(rendering)).toEqual(['a: Deployment.apps/shop/web', 'b: Deployment.apps/shop/web']);
    expect(rendering.findings).toEqual([]);
  });

  it('reports a wave that is no number, and holds the object back', () => {
    const rendering = render(modelWith({ objects: [federatedOf({ annotations: { 'gitfed.io/wave': 'last' } })] }));

    expect(placed(rendering)).toEqual([]);
    expect(held(rendering)).toHaveLength(2);
    expect(findings(rendering)).toEqual(['all.yaml:1:1 InvalidObject']);
  });

  it('selects nothing in a namespace that is not federated, and everything there with scope: Namespaced', () => {
    const parts = { objects: [federatedOf()], namespaces: new Map() };
    const { kubeFedConfig } = modelWith();

    expect(placed(render(modelWith(parts)))).toEqual([]);
    expect(held(render(modelWith(parts)))).toEqual([]);
    expect(
      placed(render(modelWith({ ...parts, kubeFedConfig: { ...kubeFedConfig, scope: 'Namespaced' } }))),
    ).toHaveLength(2);
  });

  it('bounds an object by the placement of its namespace', () => {
    const namespaces = new Map([
      ['shop', federatedOf({ type: NAMESPACE_TYPE, name: 'shop', placement: { clusters: ['b'] } })],
    ]);

    expect(placed(render(modelWith({ objects: [federatedOf()], namespaces })))).toEqual([
      'b: Deployment.apps/shop/web',
    ]);
  });

  it('says once what of a template is left out, in the file', () => {
    const template = 'template: {metadata: {annotations: {a: b}, finalizers: [x/y]}}';
    const text = federated('FederatedConfigMap', `{${template}, ${EVERYWHERE}}`);
    const configuration = 'apiVersion: gitfed.io/v1alpha1\nkind: Configuration\ntemplateAnnotations: Drop\n';
    const rendering = render(modelOf({ 'a.yaml': FLEET, 'b.yaml': text, 'gitfed.yaml': configuration }));

    expect(findings(rendering)).toEqual(['b.yaml:5:30 AnnotationsNotSupported', 'b.yaml:5:51 FinalizersNotSupported']);
  });

  it.each([
    [
      'of a template',
      '{template: {metadata: {ownerReferences: [{uid: x}]}}, placement: {clusterSelector: {}}}',
      'b.yaml:5:30 OwnerReferencesNotSupported',
    ],
    [
      'that an override adds',
      '{placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [{op: add, path: /metadata/ownerReferences, value: [{uid: x}]}]}]}',
      'b.yaml:5:103 OwnerReferencesNotSupported eu-1',
    ],
    [
      'that an override adds one by one',
      '{template: {metadata: {ownerReferences: []}}, placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [{op: add, path: /metadata/ownerReferences/-, value: {uid: x}}]}]}',
      'b.yaml:5:148 OwnerReferencesNotSupported eu-1',
    ],
  ])('says that owner references %s are not applied, and keeps them as KubeFed does', (_title, spec, finding) => {
    const rendering = render(modelOf({ 'a.yaml': FLEET, 'b.yaml': federated('FederatedConfigMap', spec) }));

    expect(findings(rendering)).toEqual([finding]);
    const manifests = rendering.clusters.flatMap(({ objects }) => objects.map(({ manifest }) => manifest.metadata));
    expect(manifests).toContainEqual(expect.objectContaining({ ownerReferences: [{ uid: 'x' }] }));
  });

  it.each([
    ['an empty list', '{template: {metadata: {ownerReferences: []}}, placement: {clusterSelector: {}}}'],
    [
      'an override that takes them away',
      '{placement: {clusterSelector: {}}, overrides: [{clusterName: gone, clusterOverrides: [{op: remove, path: /metadata/ownerReferences}]}]}',
    ],
  ])('says nothing of owner references where there is %s', (_title, spec) => {
    const rendering = render(modelOf({ 'a.yaml': FLEET, 'b.yaml': federated('FederatedConfigMap', spec) }));

    expect(findings(rendering).filter((finding) => finding.includes('OwnerReferences'))).toEqual([]);
  });
});

describe('render with a preference', () => {
  const template = { spec: { replicas: 1 } };

  it('places the object in every ready cluster, with its number', () => {
    const model = modelWith({
      objects: [federatedOf({ template, placement: { clusters: ['a'] } })],
      preferences: [preferenceOf({ totalReplicas: 3 })],
    });
    const rendering = render(model);

    expect(placed(rendering)).toEqual(['a: Deployment.apps/shop/web=2', 'b: Deployment.apps/shop/web=1']);
    expect(rendering.replicas).toEqual(
      new Map([
        [
          'FederatedDeployment/shop/web',
          new Map([
            ['a', 2n],
            ['b', 1n],
          ]),
        ],
      ]),
    );
    expect(rendering.clusters.map(({ objects }) => objects[0]?.scheduledReplicas)).toEqual([2n, 1n]);
  });

  it('moves replicas away from a cluster that is not ready', () => {
    const model = modelWith({
      objects: [federatedOf({ template })],
      preferences: [preferenceOf({ totalReplicas: 3 })],
    });
    const observations = parseObservations({
      apiVersion: 'gitfed.io/v1alpha1',
      kind: 'Observations',
      clusters: { b: { ready: false } },
    });

    expect(placed(render(model, observations))).toEqual(['a: Deployment.apps/shop/web=3']);
  });

  it('renders as written when no cluster is ready', () => {
    const model = modelWith({
      clusters: [clusterOf('a')],
      objects: [federatedOf({ template })],
      preferences: [preferenceOf()],
    });
    const observations = parseObservations({
      apiVersion: 'gitfed.io/v1alpha1',
      kind: 'Observations',
      clusters: { a: { ready: false } },
    });

    expect(placed(render(model, observations))).toEqual(['a: Deployment.apps/shop/web=1']);
    expect(render(model, observations).replicas.size).toBe(0);
  });

  it.each([
    ['FederatedReplicaSet', typeOf('ReplicaSet'), {}],
    ['FederatedStatefulSet', typeOf('StatefulSet'), {}],
    ['FederatedRollout', typeOf('Rollout', { group: 'argoproj.io' }), template],
  ])('schedules a %s', (targetKind, type, objectTemplate) => {
    const template = { spec: {}, ...objectTemplate };
    const model = modelWith({
      objects: [federatedOf({ type, template })],
      preferences: [preferenceOf({ targetKind })],
    });

    expect(render(model).replicas.get(`${targetKind}/shop/web`)?.size).toBe(2);
  });

  it('leaves kinds that KubeFed does not know alone when the switch is off', () => {
    const { configuration } = modelWith();
    const model = modelWith({
      configuration: { ...configuration, scheduling: { ...configuration.scheduling, anyReplicasKind: false } },
      objects: [federatedOf({ type: typeOf('StatefulSet'), template }), federatedOf({ template })],
      preferences: [preferenceOf({ targetKind: 'FederatedStatefulSet' })],
    });

    expect(render(model).replicas.size).toBe(0);
    expect(render({ ...model, preferences: [preferenceOf()] }).replicas.size).toBe(1);
  });

  it('does nothing without the feature gate', () => {
    const { kubeFedConfig } = modelWith();
    const featureGates = { ...kubeFedConfig.featureGates, SchedulerPreferences: false };
    const model = modelWith({
      kubeFedConfig: { ...kubeFedConfig, featureGates },
      objects: [federatedOf({ template })],
      preferences: [preferenceOf()],
    });

    expect(render(model).replicas.size).toBe(0);
  });

  it('intersects by selectors, whatever the lists say', () => {
    const selector = { matchLabels: { foo: 'bar' }, matchExpressions: [] };
    const object = federatedOf({ template, placement: { clusters: ['b'], clusterSelector: selector } });
    const model = modelWith({
      clusters: [clusterOf('a', { foo: 'bar' }), clusterOf('b')],
      objects: [object],
      preferences: [preferenceOf({ totalReplicas: 6, intersectWithClusterSelector: true })],
    });

    expect(placed(render(model))).toEqual(['a: Deployment.apps/shop/web=6']);
  });

  it('changes nothing when the intersection is empty', () => {
    const model = modelWith({
      objects: [federatedOf({ template, placement: { clusters: ['b'] } })],
      preferences: [preferenceOf({ intersectWithClusterSelector: true })],
    });

    expect(placed(render(model))).toEqual(['b: Deployment.apps/shop/web=1']);
    expect(render(model).findings).toEqual([]);
  });

  it('fails to intersect without a FederatedNamespace, and renders as written', () => {
    const { kubeFedConfig } = modelWith();
    const rendering = render(
      modelWith({
        kubeFedConfig: { ...kubeFedConfig, scope: 'Namespaced' },
        namespaces: new Map(),
        objects: [federatedOf({ template })],
        preferences: [preferenceOf({ intersectWithClusterSelector: true })],
      }),
    );

    expect(placed(rendering)).toEqual(['a: Deployment.apps/shop/web=1', 'b: Deployment.apps/shop/web=1']);
    expect(findings(rendering)).toEqual(['all.yaml:1:1 PreferenceFailed']);
    expect(rendering.replicas.size).toBe(0);
  });

  it('fails to intersect with a selector that is not valid, and renders as written', () => {
    const object = federatedOf({ template, placement: { clusters: ['b'], invalidSelector: 'broken' } });
    const rendering = render(
      modelWith({ objects: [object], preferences: [preferenceOf({ intersectWithClusterSelector: true })] }),
    );

    expect(placed(rendering)).toEqual(['b: Deployment.apps/shop/web=1']);
    expect(findings(rendering)).toEqual(['all.yaml:1:1 PreferenceFailed']);
  });

  it('reports a selector that is not valid where a preference does not replace it', () => {
    const { kubeFedConfig } = modelWith();
    const featureGates = { ...kubeFedConfig.featureGates, SchedulerPreferences: false };
    const parts = {
      objects: [federatedOf({ template, placement: { invalidSelector: 'broken' } })],
      preferences: [preferenceOf()],
    };

    expect(findings(render(modelWith(parts)))).toEqual([]);
    const off = render(modelWith({ ...parts, kubeFedConfig: { ...kubeFedConfig, featureGates } }));
    expect(findings(off)).toEqual(['all.yaml:1:1 InvalidPlacement']);
    expect(held(off)).toHaveLength(2);
  });

  it('does not plan for an object in error', () => {
    const object = { ...federatedOf({ template }), overrides: { ok: false } as const };

    expect(render(modelWith({ objects: [object], preferences: [preferenceOf()] })).replicas.size).toBe(0);
  });

  it('tells how many replicas are lost beyond every maximum', () => {
    const text = preference(
      '{targetKind: FederatedDeployment, totalReplicas: 9, clusters: {"*": {weight: 1, maxReplicas: 3}}}',
    );
    const object = federated('FederatedDeployment', `{template: {spec: {replicas: 1}}, ${EVERYWHERE}}`);
    const rendering = render(modelOf({ 'a.yaml': documents(FLEET, object), 'b.yaml': text }));

    expect(placed(rendering).filter((line) => line.includes('web'))).toEqual([
      'eu-1: Deployment.apps/shop/web=3',
      'us-1: Deployment.apps/shop/web=3',
    ]);
    expect(findings(rendering)).toEqual(['b.yaml:5:41 ReplicasLost']);
    expect(rendering.findings[0]?.message).toContain('3 replicas are planned nowhere, of 9 in all');
  });

  it('tells how many replicas are planned where the namespace is not placed', () => {
    const text = documents(
      cluster('eu-1'),
      cluster('us-1'),
      federatedNamespace('shop', '{clusters: [{name: eu-1}]}'),
      federated('FederatedDeployment', `{template: {spec: {replicas: 1}}, ${EVERYWHERE}}`),
    );
    const rendering = render(
      modelOf({ 'a.yaml': text, 'b.yaml': preference('{targetKind: FederatedDeployment, totalReplicas: 4}') }),
    );

    expect(placed(rendering)).toContain('eu-1: Deployment.apps/shop/web=2');
    expect(findings(rendering)).toEqual(['b.yaml:5:1 ReplicasUnplaced']);
    expect(rendering.findings[0]?.message).toContain(
      '2 replicas are planned where namespace shop is not placed and go nowhere: us-1 (2).',
    );
  });

  it('reports a template without a spec at the preference that sets its replicas', () => {
    const rendering = render(
      modelOf({
        'a.yaml': documents(FLEET, federated('FederatedDeployment', `{template: {}, ${EVERYWHERE}}`)),
        'b.yaml': preference('{targetKind: FederatedDeployment, totalReplicas: 4}'),
      }),
    );

    expect(findings(rendering)).toEqual(['b.yaml:5:1 OverrideFailed eu-1', 'b.yaml:5:1 OverrideFailed us-1']);
  });

  it('uses another scheduler by its name', () => {
    const { configuration } = modelWith();
    const first: Scheduler = {
      name: 'first',
      schedule: ({ preference: { totalReplicas }, clusters }) => ({
        ok: true,
        replicas: new Map(clusters.slice(0, 1).map((name) => [name, BigInt(totalReplicas)])),
      }),
    };
    const model = modelWith({
      configuration: { ...configuration, scheduling: { ...configuration.scheduling, scheduler: 'first' } },
      objects: [federatedOf({ template })],
      preferences: [preferenceOf()],
    });

    expect(placed(render(model, undefined, { schedulers: registerSchedulers(first) }))).toEqual([
      'a: Deployment.apps/shop/web=9',
    ]);
    expect(findings(render(model))).toEqual(['all.yaml:1:1 PreferenceFailed']);
  });
});
