import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, modelOf, preference } from '../../test/helpers/model-of.ts';
import type { Model } from '../api/index.ts';
import { parseFieldPath } from '../core/index.ts';
import { explainField, type FieldOrigin, findSubject, traceObject } from '../render/index.ts';
import { type FieldGroup, groupFields } from './explain-fields.ts';

/** The groups of a field of `shop/web`, whatever its kind. */
function groupsOf(model: Model, path: string): readonly FieldGroup[] {
  const object = model.objects.find(({ id }) => id.name === 'web');
  const parsed = parseFieldPath(path);
  if (object === undefined || !parsed.ok) throw new Error('the test is wrong');
  return groupFields(explainField(traceObject(model, object), parsed.steps));
}

/** `eu-1 us-1: 2 from Override all.yaml:7 instead of Template all.yaml:5` */
function lines(model: Model, path: string): string[] {
  return groupsOf(model, path).map(({ clusters, value, field, applied }) => {
    const { origin, insteadOf, removedBy, leftOut, changedBelow, present } = field;
    const parts = [
      present ? `${JSON.stringify(value)} from ${originText(origin)}` : 'absent',
      ...(insteadOf === undefined ? [] : [`instead of ${originText(insteadOf)}`]),
      ...changedBelow.map((change) => `changed by ${originText(change)}`),
      ...(removedBy === undefined ? [] : [`removed by ${originText(removedBy)}`]),
      ...(leftOut === undefined ? [] : [`left out: ${leftOut}`]),
      ...(applied === 'Always' ? [] : [`applied: ${applied}`]),
    ];
    return `${clusters.join(' ')}: ${parts.join(' ')}`;
  });
}

function originText(origin: FieldOrigin | undefined): string {
  if (origin === undefined) return 'nothing';
  const place = origin.type === 'Gitfed' ? undefined : origin.place;
  return place === undefined ? origin.type : `${origin.type} ${place.file}:${place.line}`;
}

function modelFor(kind: string, spec: string, ...others: readonly string[]): Model {
  const text = `apiVersion: types.kubefed.io/v1beta1
kind: ${kind}
metadata: {name: web, namespace: shop}
spec:
  placement: {clusterSelector: {}}
${spec}`;
  return modelOf({ 'fleet.yaml': documents(FLEET, ...others), 'all.yaml': text });
}

const LISTS = modelFor(
  'FederatedConfigMap',
  `  template:
    data: {a: one, b: two}
    items:
      - {name: first, size: 1}
      - {name: second, size: 2}
  overrides:
    - clusterName: eu-1
      clusterOverrides:
        - {op: add, path: /items/0, value: {name: zeroth, size: 0}}
        - {op: remove, path: /items/1}
        - {op: replace, path: /items/-1/size, value: 20}
        - {op: remove, path: /data/b}
        - {op: add, path: /data/c, value: three}
`,
);

describe('what set a field', () => {
  it.each<[title: string, path: string, expected: readonly string[]]>([
    ['the template in every cluster', 'data.a', ['eu-1 us-1: "one" from Template all.yaml:7']],
    ['an override in one of them', 'data.c', ['eu-1: "three" from Override all.yaml:18', 'us-1: absent']],
    [
      'an override that removed it',
      'data.b',
      ['eu-1: absent removed by Override all.yaml:17', 'us-1: "two" from Template all.yaml:7'],
    ],
    [
      'an override that inserted the item',
      'items[0].name',
      ['eu-1: "zeroth" from Override all.yaml:14', 'us-1: "first" from Template all.yaml:9'],
    ],
    [
      'the template, though items before it came and went',
      'items[name=second].name',
      ['eu-1 us-1: "second" from Template all.yaml:10'],
    ],
    [
      'an override that removed the item',
      'items[name=first].size',
      ['eu-1: absent removed by Override all.yaml:15', 'us-1: 1 from Template all.yaml:9'],
    ],
    [
      'an override with an index from the end',
      'items[name=second].size',
      ['eu-1: 20 from Override all.yaml:16 instead of Template all.yaml:10', 'us-1: 2 from Template all.yaml:10'],
    ],
    [
      'the template, with what overrides changed below it',
      'data',
      [
        'eu-1: {"a":"one","c":"three"} from Template all.yaml:7 changed by Override all.yaml:17 changed by Override all.yaml:18',
        'us-1: {"a":"one","b":"two"} from Template all.yaml:7',
      ],
    ],
    ['nothing', 'data.z', ['eu-1 us-1: absent']],
    ['gitfed', 'metadata.labels["kubefed.io/managed"]', ['eu-1 us-1: "true" from Gitfed']],
    [
      'gitfed, for the labels that are there for its own',
      'metadata.labels',
      ['eu-1 us-1: {"kubefed.io/managed":"true"} from Gitfed'],
    ],
    ['the federated object', 'metadata.name', ['eu-1 us-1: "web" from FederatedObject all.yaml:3']],
    [
      'the federated object, for its namespace',
      'metadata.namespace',
      ['eu-1 us-1: "shop" from FederatedObject all.yaml:3'],
    ],
    ['the federated object, for its kind', 'kind', ['eu-1 us-1: "ConfigMap" from FederatedObject all.yaml:2']],
    ['the built-in kind', 'apiVersion', ['eu-1 us-1: "v1" from FederatedType']],
  ])('is %s', (_title, path, expected) => {
    expect(lines(LISTS, path)).toEqual(expected);
  });

  it('is an override of an override, told one step back', () => {
    const model = modelFor(
      'FederatedConfigMap',
      `  template: {data: {a: one}}
  overrides:
    - clusterName: eu-1
      clusterOverrides:
        - {path: /data, value: {a: two}}
        - {path: /data/a, value: three}
`,
    );
    expect(lines(model, 'data.a')).toEqual([
      'eu-1: "three" from Override all.yaml:11 instead of Override all.yaml:10',
      'us-1: "one" from Template all.yaml:6',
    ]);
  });

  it('is the preference, in place of an override of the same number', () => {
    const planned = preference(
      '{targetKind: FederatedDeployment, totalReplicas: 5, clusters: {eu-1: {weight: 4}, us-1: {weight: 1}}}',
    );
    const spec = `  template: {spec: {replicas: 1}}
  overrides:
    - {clusterName: eu-1, clusterOverrides: [{path: /spec/replicas, value: 9}]}
`;
    expect(lines(modelFor('FederatedDeployment', spec, planned), 'spec.replicas')).toEqual([
      'eu-1: 4 from Preference fleet.yaml:29 instead of Override all.yaml:8',
      'us-1: 1 from Preference fleet.yaml:29 instead of Template all.yaml:6',
    ]);
  });
});

describe('a number of replicas that a preference planned', () => {
  it('is removed by the override, whose op stays', () => {
    const planned = preference('{targetKind: FederatedDeployment, totalReplicas: 2}');
    const spec = `  template: {spec: {replicas: 1}}
  overrides:
    - {clusterName: eu-1, clusterOverrides: [{op: remove, path: /spec/replicas}]}
`;
    expect(lines(modelFor('FederatedDeployment', spec, planned), 'spec.replicas')).toEqual([
      'eu-1: absent removed by Override all.yaml:8',
      'us-1: 1 from Preference fleet.yaml:29 instead of Template all.yaml:6',
    ]);
  });
});

describe('a field that is in the manifest', () => {
  it('is not applied where the server sets it', () => {
    const model = modelFor(
      'FederatedConfigMap',
      '  template: {metadata: {uid: "7"}, status: {a: 1}, data: {nil: null}}\n',
    );
    for (const path of ['metadata.uid', 'status.a', 'data.nil'])
      expect(lines(model, path)[0]).toMatch(/ applied: Never$/);
  });

  it('counts where the object is made only, for replicas that a cluster keeps', () => {
    const template = '  retainReplicas: true\n  template: {spec: {replicas: 2}}\n';
    expect(lines(modelFor('FederatedDeployment', template), 'spec.replicas')).toEqual([
      'eu-1 us-1: 2 from Template all.yaml:7 applied: AtCreation',
    ]);
  });

  it('is masked in a Secret, and does not tell which clusters have the same', () => {
    const spec = `  template: {stringData: {key: hush, other: hush}, type: Opaque}
  overrides:
    - {clusterName: eu-1, clusterOverrides: [{path: /stringData/key, value: hush}]}
`;
    const model = modelFor('FederatedSecret', spec);
    const groups = ['stringData.key', 'stringData', 'stringData.other', ''].map((path) =>
      path === '' ? [] : groupsOf(model, path),
    );
    expect(JSON.stringify(groups)).not.toContain('hush');
    expect(groups[0]).toMatchObject([
      { clusters: ['eu-1'], value: '***', masked: true },
      { clusters: ['us-1'], value: '***' },
    ]);
    expect(groups[2]).toMatchObject([{ clusters: ['eu-1', 'us-1'], value: '***', masked: true }]);
    expect(groupsOf(model, 'type')).toMatchObject([{ value: 'Opaque', masked: false }]);
  });
});

describe('a field of the template that is left out', () => {
  const spec = '  template: {metadata: {annotations: {a: b}, finalizers: [x/y], labels: {size: 1}}}\n';

  it('is told with the reason', () => {
    const model = modelFor('FederatedConfigMap', spec);
    expect(lines(model, 'metadata.finalizers[0]')).toEqual(['eu-1 us-1: absent left out: Finalizers']);
    expect(lines(model, 'metadata.labels.size')).toEqual(['eu-1 us-1: absent left out: Labels']);
    expect(lines(model, 'metadata.annotations.a')).toEqual(['eu-1 us-1: "b" from Template all.yaml:6']);
  });

  it('is the annotations where the configuration drops them', () => {
    const text = `apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: {name: web, namespace: shop}\nspec:\n  placement: {clusterSelector: {}}\n${spec}`;
    const configuration =
      'apiVersion: gitfed.io/v1alpha1\nkind: Configuration\nmetadata: {name: gitfed}\ntemplateAnnotations: Drop\n';
    const model = modelOf({ 'fleet.yaml': FLEET, 'all.yaml': text, 'gitfed.yaml': configuration });
    expect(lines(model, 'metadata.annotations.a')).toEqual(['eu-1 us-1: absent left out: Annotations']);
  });
});

describe('what a person may call an object', () => {
  const model = modelOf({
    'all.yaml': documents(
      FLEET,
      federated('FederatedDeployment', '{}'),
      federated('FederatedIngress', '{}'),
      federated('FederatedDeployment', '{}', '{name: web, namespace: stock}'),
      federated('FederatedClusterRole', '{}', '{name: reader}'),
    ),
  });
  const found = (kind: string, name: string, namespace?: string): string => {
    const result = findSubject(model, { kind, name, ...(namespace === undefined ? {} : { namespace }) });
    if (result.type === 'object')
      return `${result.object.id.kind}/${result.object.id.namespace}/${result.object.id.name}`;
    return result.type === 'several' ? result.names.join(' ') : result.type;
  };

  it.each([
    'FederatedDeployment',
    'federateddeployments',
    'federateddeployments.types.kubefed.io',
    'Deployment',
    'deployments',
    'DEPLOYMENT.apps',
    'deployments.apps',
    'deploy',
    'fdeploy',
  ])('the kind %s', (kind) => {
    expect(found(kind, 'web', 'shop')).toBe('FederatedDeployment/shop/web');
  });

  it.each<[kind: string, name: string, namespace: string | undefined, expected: string]>([
    ['ing', 'web', undefined, 'FederatedIngress/shop/web'],
    ['deploy', 'web', undefined, 'FederatedDeployment/shop/web FederatedDeployment/stock/web'],
    ['deploy', 'web', 'other', 'none'],
    ['deploy', 'we', undefined, 'none'],
    ['clusterrole', 'reader', 'shop', 'FederatedClusterRole//reader'],
    ['ns', 'shop', undefined, 'FederatedNamespace/shop/shop'],
    ['constructor', 'web', undefined, 'none'],
    ['', 'web', undefined, 'none'],
  ])('%s/%s in namespace %s is %s', (kind, name, namespace, expected) => {
    expect(found(kind, name, namespace)).toBe(expected);
  });
});
