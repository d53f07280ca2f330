import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, messages, modelOf, preference } from '../../test/helpers/model-of.ts';
import type { Model } from './model.ts';

const WEB = federated('FederatedDeployment', '{template: {spec: {replicas: 2}}, placement: {clusterSelector: {}}}');
const ALL = 'targetKind: FederatedDeployment, totalReplicas: 9';

function withPreference(spec: string, ...others: readonly string[]): Model {
  return modelOf({ 'a.yaml': preference(spec), 'b.yaml': documents(FLEET, WEB, ...others) });
}

describe('a ReplicaSchedulingPreference', () => {
  it('is read with all its fields', () => {
    const model = withPreference(
      `{${ALL}, rebalance: true, intersectWithClusterSelector: true, clusters: {"*": {weight: 1}, eu-1: {minReplicas: 2, maxReplicas: 0, weight: 9223372036854775807}}}`,
    );
    const [found] = model.preferences;
    expect(found).toMatchObject({
      namespace: 'shop',
      name: 'web',
      targetKind: 'FederatedDeployment',
      totalReplicas: 9,
      rebalance: true,
      intersectWithClusterSelector: true,
    });
    expect([...(found?.clusters ?? [])]).toEqual([
      ['*', { minReplicas: 0n, weight: 1n }],
      ['eu-1', { minReplicas: 2n, maxReplicas: 0n, weight: 9223372036854775807n }],
    ]);
  });

  it.each(['{}', 'null'])('with clusters: %s spreads evenly', (clusters) => {
    const model = withPreference(`{${ALL}, clusters: ${clusters}}`);
    expect(messages(model)).toEqual([]);
    expect([...(model.preferences[0]?.clusters ?? [])]).toEqual([['*', { minReplicas: 0n, weight: 1n }]]);
    expect(model.preferences[0]).toMatchObject({ rebalance: false, intersectWithClusterSelector: false });
  });

  it('may ask for a negative number, as in KubeFed', () => {
    const model = withPreference('{targetKind: FederatedDeployment, totalReplicas: -5}');
    expect(model.preferences[0]?.totalReplicas).toBe(-5);
    expect(messages(model)).toEqual([
      'ReplicaBounds ReplicaSchedulingPreference/shop/web: spec.totalReplicas is negative.',
    ]);
  });

  it.each([
    ['{}', ['spec.targetKind is required, for example FederatedDeployment', 'spec.totalReplicas is required']],
    [
      '{targetKind: FederatedDeployment, totalReplicas: "9"}',
      ['spec.totalReplicas must be a whole number, not a string'],
    ],
    [
      '{targetKind: FederatedDeployment, totalReplicas: 1.5}',
      ['spec.totalReplicas must be a whole number, not a number with a fraction'],
    ],
    [
      '{targetKind: FederatedDeployment, totalReplicas: 2147483648}',
      ['spec.totalReplicas is 2147483648, which does not fit in int32 (-2147483648 to 2147483647)'],
    ],
    [`{${ALL}, rebalance: "yes"}`, ['spec.rebalance must be true or false, not a string']],
    [`{${ALL}, clusters: []}`, ['spec.clusters must be a mapping, not a list']],
    [
      `{${ALL}, clusters: {eu-1: 5}}`,
      [
        'spec.clusters["eu-1"] must be a mapping with weight, minReplicas or maxReplicas, not a number'.replace(
          '["eu-1"]',
          '.eu-1',
        ),
      ],
    ],
    [
      `{${ALL}, clusters: {"*": {weight: 9223372036854775808}}}`,
      [
        'spec.clusters["*"].weight is 9223372036854775808, which does not fit in int64 (-9223372036854775808 to 9223372036854775807)',
      ],
    ],
    [
      'null',
      [
        'spec is required',
        'spec.targetKind is required, for example FederatedDeployment',
        'spec.totalReplicas is required',
      ],
    ],
  ])('with the spec %s is an error, and its target keeps what it has', (spec, problems) => {
    const model = withPreference(spec);
    expect(messages(model)).toEqual(
      problems.map((problem) => `InvalidPreference ReplicaSchedulingPreference/shop/web: ${problem}`),
    );
    expect(model.preferences).toEqual([]);
    expect(model.objects.map(({ id }) => id.kind)).toEqual(['FederatedNamespace']);
    expect(model.heldTargets.map(({ object }) => object)).toEqual(['FederatedDeployment/shop/web']);
    expect(model.holds).toEqual([]);
  });

  it('in error leaves objects of other kinds and names alone', () => {
    const other = federated(
      'FederatedDeployment',
      '{placement: {clusterSelector: {}}}',
      '{name: api, namespace: shop}',
    );
    const service = federated('FederatedService', '{placement: {clusterSelector: {}}}');
    const model = withPreference('{}', other, service);
    expect(model.heldTargets.map(({ object }) => object)).toEqual(['FederatedDeployment/shop/web']);
    expect(model.objects).toHaveLength(3);
  });

  it('without a name holds deletions and planned replicas back', () => {
    const model = modelOf({ 'a.yaml': preference(`{${ALL}}`, '{namespace: shop}'), 'b.yaml': documents(FLEET, WEB) });
    expect(model.findings.map(({ code }) => code)).toEqual(['InvalidName']);
    expect(model.holds).toHaveLength(1);
  });

  it('that is there twice counts neither time, and its target keeps what it has', () => {
    const model = withPreference(`{${ALL}}`, preference(`{${ALL}}`));
    expect(model.findings.map(({ code }) => code)).toEqual(['DuplicateObject', 'DuplicateObject']);
    expect(model.preferences).toEqual([]);
    expect(model.heldTargets).toHaveLength(1);
  });

  it('are sorted by namespace and name', () => {
    const spec = `{${ALL}}`;
    const texts = ['{name: b, namespace: z}', '{name: a, namespace: z}', '{name: c, namespace: x}'].map((metadata) =>
      preference(spec, metadata),
    );
    const model = modelOf({ 'a.yaml': documents(FLEET, ...texts) });
    expect(model.preferences.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(['x/c', 'z/a', 'z/b']);
  });
});
