import { describe, expect, it } from 'vitest';
import {
  cluster,
  documents,
  FLEET,
  federated,
  messages,
  modelOf,
  places,
  preference,
} from '../../test/helpers/model-of.ts';

function lint(...texts: readonly string[]): string[] {
  return messages(modelOf({ 'a.yaml': documents(...texts), 'b.yaml': FLEET })).map((message) =>
    message.replace('shop/web: ', ''),
  );
}

describe('placement:', () => {
  it.each([
    [
      '{placement: {clusters: []}}',
      'EmptyPlacement FederatedConfigMap/spec.placement.clusters is an empty list, which selects no cluster.',
    ],
    [
      '{placement: {clusters: [], clusterSelector: {}}}',
      'EmptyPlacement FederatedConfigMap/spec.placement.clusters is an empty list, which selects no cluster. The clusterSelector beside it is not used: remove clusters to use it.',
    ],
    [
      '{placement: {}}',
      'EmptyPlacement FederatedConfigMap/spec.placement has neither clusters nor clusterSelector, which selects no cluster. For all of them write clusterSelector: {}.',
    ],
    [
      '{}',
      'EmptyPlacement FederatedConfigMap/spec.placement has neither clusters nor clusterSelector, which selects no cluster. For all of them write clusterSelector: {}.',
    ],
    [
      '{placement: {clusters: [{name: eu-1}, {name: gone}, {name: gone}]}}',
      'UnregisteredCluster FederatedConfigMap/spec.placement.clusters names "gone", and there is no KubeFedCluster of that name: it has no effect.',
    ],
    [
      '{placement: {clusters: [{}]}}',
      'UnregisteredCluster FederatedConfigMap/spec.placement.clusters names no cluster: it has no effect.',
    ],
    [
      '{placement: {clusterSelector: {}}, overrides: [{clusterName: gone}]}',
      'UnregisteredCluster FederatedConfigMap/spec.overrides[0] names "gone", and there is no KubeFedCluster of that name: it has no effect.',
    ],
  ])('%s is warned about once', (spec, message) => {
    expect(lint(federated('FederatedConfigMap', spec))).toEqual([
      message.replace('FederatedConfigMap/', 'FederatedConfigMap/'),
    ]);
  });

  it('a namespace that is not federated is warned about', () => {
    const text = federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}', '{name: web, namespace: other}');
    expect(lint(text)).toEqual([
      'NamespaceNotFederated FederatedConfigMap/other/web: goes nowhere: namespace other is not federated. Add a FederatedNamespace named other in namespace other.',
    ]);
  });

  it('a FederatedNamespace in error counts as there', () => {
    const broken = federated('FederatedNamespace', '{placement: []}', '{name: other, namespace: other}');
    const text = federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}', '{name: web, namespace: other}');
    expect(modelOf({ 'a.yaml': documents(cluster('a'), broken, text) }).findings.map(({ code }) => code)).toEqual([
      'InvalidPlacement',
    ]);
  });

  it('an object with a preference needs no placement of its own', () => {
    const web = federated('FederatedDeployment', '{}');
    expect(lint(web, preference('{targetKind: FederatedDeployment, totalReplicas: 2}'))).toEqual([]);
  });

  it.each([
    ['spec/replicas', '"/replicas"'],
    ['replicas', 'nothing: it fails'],
    ['x/kind', '"/kind"'],
  ])('an override path %s means %s', (path, meaning) => {
    const spec = `{placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [{path: ${path}, value: 1}]}]}`;
    expect(lint(federated('FederatedDeployment', spec))).toEqual([
      `OverridePathWithoutSlash FederatedDeployment/spec.overrides[0].clusterOverrides[0].path "${path}" does not begin with a slash: the first part is lost, and it means ${meaning}. Write "/${path}".`,
    ]);
  });
});

describe('retainReplicas:', () => {
  const web = (operation: string, retain = 'true'): string =>
    federated(
      'FederatedDeployment',
      `{retainReplicas: ${retain}, placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [${operation}]}]}`,
    );

  it('an override of the replicas is warned about in the cluster that it is for', () => {
    const model = modelOf({
      'a.yaml': web('{path: /spec/paused, value: true}, {path: /spec/replicas, value: 5}'),
      'b.yaml': FLEET,
    });
    expect(messages(model)).toEqual([
      'RetainReplicasConflict FederatedDeployment/shop/web: spec.retainReplicas: true leaves the number of replicas to the member cluster, and spec.overrides[0].clusterOverrides[1] sets it: the override wins. Remove one of the two.',
    ]);
    expect(model.findings[0]).toMatchObject({ cluster: 'eu-1', severity: 'warning', line: 5 });
  });

  it.each([
    ['an override of another field', web('{path: /spec/paused, value: true}')],
    ['an override that takes the number away', web('{op: remove, path: /spec/replicas}')],
    ['an override where the number is not retained', web('{path: /spec/replicas, value: 5}', 'false')],
  ])('%s is fine', (_title, text) => {
    expect(lint(text)).toEqual([]);
  });

  it('with a preference too it is the preference that is warned about', () => {
    const text = web('{path: /spec/replicas, value: 5}');
    const found = lint(text, preference('{targetKind: FederatedDeployment, totalReplicas: 2}'));
    expect(found).toEqual([expect.stringContaining('RetainReplicasConflict ReplicaSchedulingPreference/')]);
  });
});

describe('waves:', () => {
  const map = (metadata: string): string =>
    federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}', metadata);
  const inWave = (wave: number, name: string, namespace = name): string =>
    `{name: ${name}, namespace: ${namespace}, annotations: {gitfed.io/wave: "${wave}"}}`;
  const namespace = (metadata: string): string =>
    federated('FederatedNamespace', '{placement: {clusterSelector: {}}}', metadata);

  it('an object before its namespace is warned about, at its annotation', () => {
    const model = modelOf({ 'a.yaml': map(inWave(-1, 'web', 'shop')), 'b.yaml': FLEET });
    expect(messages(model)).toEqual([
      'WaveBeforeNamespace FederatedConfigMap/shop/web: is in wave -1 and its FederatedNamespace in wave 0: it is applied before its namespace, and fails where that is not there yet. Give it a gitfed.io/wave of 0 or more, or the FederatedNamespace a lower one.',
    ]);
    expect(places(model)).toEqual(['a.yaml:4:54 WaveBeforeNamespace']);
  });

  it.each([
    [
      'an object without a wave, in a namespace of a later one',
      [namespace(inWave(2, 'late')), map('{name: web, namespace: late}')],
      1,
    ],
    ['an object in the wave of its namespace', [namespace(inWave(-1, 'early')), map(inWave(-1, 'web', 'early'))], 0],
    ['an object of a later wave', [map(inWave(1, 'web', 'shop'))], 0],
    ['a namespace of an early wave', [namespace(inWave(-1, 'early'))], 0],
    [
      'an object in a namespace that each cluster has',
      [namespace('{name: default, namespace: default}'), map(inWave(-1, 'web', 'default'))],
      0,
    ],
    [
      'a cluster-scoped object',
      [
        federated(
          'FederatedClusterRole',
          '{placement: {clusterSelector: {}}}',
          '{name: web, annotations: {gitfed.io/wave: "-1"}}',
        ),
      ],
      0,
    ],
  ])('%s: %s', (_title, texts, count) => {
    expect(lint(...texts).filter((message) => message.startsWith('WaveBeforeNamespace'))).toHaveLength(count);
  });
});

describe('preferences:', () => {
  const web = (spec: string, kind = 'FederatedDeployment'): string =>
    federated(kind, `{placement: {clusterSelector: {}}, ${spec}}`);
  const prefer = (spec: string, kind = 'FederatedDeployment'): string =>
    preference(`{targetKind: ${kind}, totalReplicas: 9, ${spec}}`);

  it.each([
    ['no target', [prefer('')], ['TargetMissing']],
    ['a kind that does not exist', [prefer('', 'Deployment')], ['UnsupportedTarget']],
    [
      'a kind without replicas',
      [web('', 'FederatedConfigMap'), prefer('', 'FederatedConfigMap')],
      ['UnsupportedTarget'],
    ],
    [
      'another kind with replicas',
      [web('template: {spec: {replicas: 1}}', 'FederatedJob'), prefer('', 'FederatedJob')],
      [],
    ],
    ['a kind whose default is left out', [web('', 'FederatedStatefulSet'), prefer('', 'FederatedStatefulSet')], []],
    ['retainReplicas', [web('retainReplicas: true'), prefer('')], ['RetainReplicasConflict']],
    [
      'a minimum above the maximum',
      [web(''), prefer('clusters: {"*": {minReplicas: 3, maxReplicas: 2, weight: 1}}')],
      ['ReplicaBounds'],
    ],
    ['minimums above the total', [web(''), prefer('clusters: {"*": {minReplicas: 5, weight: 1}}')], ['ReplicaBounds']],
    [
      'minimums at the total',
      [web(''), prefer('clusters: {eu-1: {minReplicas: 4, weight: 1}, us-1: {minReplicas: 5, weight: 1}}')],
      [],
    ],
    ['a negative weight', [web(''), prefer('clusters: {"*": {weight: -1}}')], ['ReplicaBounds']],
    ['a cluster that is not registered', [web(''), prefer('clusters: {gone: {weight: 1}}')], ['UnregisteredCluster']],
    [
      'an entry that hides the default',
      [web(''), prefer('clusters: {"*": {weight: 1}, eu-1: {minReplicas: 1}}')],
      ['PreferenceHidesDefault'],
    ],
    ['an entry with weight 0 on purpose', [web(''), prefer('clusters: {"*": {weight: 1}, eu-1: {weight: 0}}')], []],
    [
      'an entry beside a default without weight',
      [web(''), prefer('clusters: {"*": {minReplicas: 1}, eu-1: {minReplicas: 1}}')],
      [],
    ],
  ])('%s', (_title, texts, codes) => {
    expect(lint(...texts).map((message) => message.split(' ')[0])).toEqual(codes);
  });

  it('for other kinds than the two of KubeFed can be switched off', () => {
    const text = documents(web('', 'FederatedStatefulSet'), prefer('', 'FederatedStatefulSet'));
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET, 'gitfed.yaml': 'scheduling: {anyReplicasKind: false}' });
    expect(messages(model)).toEqual([
      'UnsupportedTarget ReplicaSchedulingPreference/shop/web: spec.targetKind "FederatedStatefulSet" has no replicas to plan: it must be FederatedDeployment or FederatedReplicaSet. The preference has no effect.',
    ]);
  });

  it('a target in error is not missing', () => {
    expect(lint(web(''), web(''), prefer('')).map((message) => message.split(' ')[0])).toEqual([
      'DuplicateObject',
      'DuplicateObject',
    ]);
  });
});

describe('scalars that YAML made into something else:', () => {
  it.each([
    ['FederatedConfigMap', 'data: {a: yes}', 'spec.template.data.a is written "yes" and read as a boolean, true'],
    ['FederatedConfigMap', 'data: {a: 0644}', 'spec.template.data.a is written "0644" and read as a number, 420'],
    ['FederatedConfigMap', 'data: {a: 1e3}', 'spec.template.data.a is written "1e3" and read as a number, 1000'],
    ['FederatedConfigMap', 'data: {a: 5}', 'spec.template.data.a is read as a number, 5'],
    ['FederatedConfigMap', 'data: {a: }', 'spec.template.data.a is written "" and read as null'],
    [
      'FederatedConfigMap',
      'metadata: {labels: {a: 1.10}}',
      'spec.template.metadata.labels.a is written "1.10" and read as a number, 1.1',
    ],
    [
      'FederatedConfigMap',
      'metadata: {annotations: {a: on}}',
      'spec.template.metadata.annotations.a is written "on" and read as a boolean, true',
    ],
    [
      'FederatedDeployment',
      'spec: {selector: {matchLabels: {a: 1}}}',
      'spec.template.spec.selector.matchLabels.a is read as a number, 1',
    ],
    [
      'FederatedDeployment',
      'spec: {template: {spec: {nodeSelector: {a: true}}}}',
      'spec.template.spec.template.spec.nodeSelector.a is read as a boolean, true',
    ],
    [
      'FederatedDeployment',
      'spec: {template: {spec: {containers: [{env: [{name: A, value: "1"}, {name: B, value: 2}]}]}}}',
      'spec.template.spec.template.spec.containers[0].env[1].value is read as a number, 2',
    ],
    ['FederatedSecret', 'stringData: {a: 1234}', 'spec.template.stringData.a is read as a number'],
  ])('%s with %s', (kind, template, problem) => {
    const found = lint(federated(kind, `{template: {${template}}, placement: {clusterSelector: {}}}`)).filter(
      (message) => message.startsWith('Ambiguous'),
    );
    expect(found).toEqual([`AmbiguousScalar ${kind}/${problem}; Kubernetes takes text here: put it in quotes.`]);
  });

  it.each([
    ['a quoted value', 'FederatedConfigMap', 'data: {a: "yes", b: "0644"}'],
    [
      'a number where numbers belong',
      'FederatedDeployment',
      'spec: {replicas: 3, template: {spec: {containers: [{ports: [{containerPort: 80}]}]}}}',
    ],
    ['data of another kind', 'FederatedService', 'data: {a: 1}'],
    ['a time and a date', 'FederatedConfigMap', 'data: {a: 1:30, b: 2020-01-01}'],
    ['a key that is only text', 'FederatedConfigMap', 'data: {"true": a, "1": b, x: c}'],
  ])('%s is fine', (_title, kind, template) => {
    expect(lint(federated(kind, `{template: {${template}}, placement: {clusterSelector: {}}}`))).toEqual([]);
  });

  it('a key too, with its position', () => {
    const text =
      'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: {name: web, namespace: shop}\nspec:\n  placement: {clusterSelector: {}}\n  template:\n    data:\n      yes: a\n';
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET });
    expect(places(model)).toEqual(['a.yaml:8:7 AmbiguousScalar']);
    expect(messages(model)[0]).toContain('the key "yes" in spec.template.data is read as "true"');
  });

  it.each([
    ['/data/a', '5', true],
    ['/data', '{a: 5}', true],
    ['/metadata', '{labels: {a: 5}}', true],
    ['/metadata/annotations/a', 'no', true],
    ['/spec/template/spec/containers/0/env/0/value', '5', true],
    ['/spec/template/spec/containers/0/env', '[{name: A, value: 5}]', true],
    ['/spec/replicas', '5', false],
    ['/immutable', 'true', false],
  ])('the value of an override of %s with %s: %s', (path, value, isWarned) => {
    const spec = `{placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [{path: ${path}, value: ${value}}]}]}`;
    expect(lint(federated('FederatedConfigMap', spec)).length).toBe(isWarned ? 1 : 0);
  });
});
