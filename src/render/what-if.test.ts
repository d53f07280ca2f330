import { describe, expect, it } from 'vitest';
import {
  CONFIGURATION,
  clusterOf,
  federatedOf,
  modelWith,
  NAMESPACE_TYPE,
  type ObjectParts,
  operationOf,
  overridesOf,
  preferenceOf,
  typeOf,
} from '../../test/helpers/render-input.ts';
import type { ClusterPreference, ReplicaSchedulingPreference } from '../api/index.ts';
import { parseObservations } from './observations.ts';
import { WhatIf } from './what-if.ts';

const TIER_A = { clusterSelector: { matchLabels: { tier: 'a' }, matchExpressions: [] } };
const CLUSTERS = [clusterOf('a', { tier: 'a' }), clusterOf('b'), clusterOf('c')];
const ALIKE: ClusterPreference = { minReplicas: 0n, weight: 1n };

function fleet(
  parts: ObjectParts,
  preference?: Partial<ReplicaSchedulingPreference>,
  others: Parameters<typeof modelWith>[0] = {},
) {
  return modelWith({
    clusters: CLUSTERS,
    objects: [federatedOf({ template: { spec: { replicas: 3 } }, ...parts })],
    preferences: preference === undefined ? [] : [preferenceOf(preference)],
    ...others,
  });
}

describe('what keeps replicas from going elsewhere', () => {
  it.each<[title: string, model: ReturnType<typeof fleet>, limits: readonly string[]]>([
    [
      'the maximum of a cluster',
      fleet({}, { totalReplicas: 9, clusters: new Map([['*', { ...ALIKE, maxReplicas: 3n }]]) }),
      ['b Maximum 3', 'c Maximum 3'],
    ],
    [
      'a preference without an entry for it',
      fleet(
        {},
        {
          clusters: new Map([
            ['a', ALIKE],
            ['b', { ...ALIKE, maxReplicas: 2n }],
          ]),
        },
      ),
      ['b Maximum 2', 'c NoWeight'],
    ],
    [
      'a namespace that is not placed there',
      fleet(
        {},
        {},
        {
          namespaces: new Map([
            ['shop', federatedOf({ type: NAMESPACE_TYPE, name: 'shop', placement: { clusters: ['a', 'b'] } })],
          ]),
        },
      ),
      ['c NamespaceNotPlaced'],
    ],
    [
      'a configuration that suspends it',
      fleet(
        {},
        {},
        { configuration: { ...CONFIGURATION, suspend: { ...CONFIGURATION.suspend, clusters: ['b', 'c'] } } },
      ),
      ['b Suspended', 'c Suspended'],
    ],
    [
      'an override that fails there',
      fleet(
        { overrides: overridesOf({ c: [operationOf('remove', '/spec/nothing')] }) },
        {
          clusters: new Map([
            ['*', ALIKE],
            ['b', { ...ALIKE, maxReplicas: 1n }],
          ]),
        },
      ),
      ['b Maximum 1', 'c InError'],
    ],
  ])('is %s', (_title, model, limits) => {
    const [loss] = new WhatIf(model).lose(['a']).workloads;
    expect(loss?.outcome).toBe('Short');
    expect(loss?.limits.map(({ cluster, code, limit }) => [cluster, code, limit ?? ''].join(' ').trim())).toEqual(
      limits,
    );
  });

  it('is the intersection of selectors', () => {
    const clusters = [clusterOf('a', { tier: 'a' }), clusterOf('b', { tier: 'a' }), clusterOf('c')];
    const intersecting = {
      intersectWithClusterSelector: true,
      clusters: new Map([['*', { ...ALIKE, maxReplicas: 5n }]]),
    };
    const [loss] = new WhatIf(fleet({ placement: TIER_A }, intersecting, { clusters })).lose(['a']).workloads;
    expect(loss).toMatchObject({ outcome: 'Short', before: 9n, missing: 4n });
    expect(loss?.limits.map(({ cluster, code }) => `${cluster} ${code}`)).toEqual([
      'b Maximum',
      'c OutsideIntersection',
    ]);
  });
});

describe('a workload without a preference', () => {
  it.each<[title: string, parts: ObjectParts, told: object | undefined]>([
    ['loses what ran there', {}, { replicas: 'Fixed', outcome: 'Reduced', lost: 3n, missing: 3n, homes: 2 }],
    ['has one replica where it does not say', { template: {} }, { replicas: 'Fixed', lost: 1n }],
    [
      'has the number that an override says',
      { overrides: overridesOf({ a: [operationOf('', '/spec/replicas', 7)] }) },
      { lost: 7n },
    ],
    [
      'loses nothing with an override of 0',
      { overrides: overridesOf({ a: [operationOf('', '/spec/replicas', 0)] }) },
      undefined,
    ],
    ['is nowhere else', { placement: TIER_A }, { outcome: 'NoSecondHome', homes: 0 }],
    [
      'has no home where it has 0 replicas',
      {
        overrides: overridesOf({
          b: [operationOf('', '/spec/replicas', 0)],
          c: [operationOf('', '/spec/replicas', 0)],
        }),
      },
      { outcome: 'NoSecondHome' },
    ],
    [
      'has no number of replicas',
      { type: typeOf('DaemonSet'), template: {} },
      { replicas: 'Unknown', outcome: 'Reduced', homes: 2, missing: 0n },
    ],
    [
      'is of a kind of its own with replicas',
      { type: typeOf('Rollout', { group: 'argoproj.io' }) },
      { replicas: 'Fixed', lost: 3n },
    ],
    ['is elsewhere anyway', { placement: { clusters: ['b'] } }, undefined],
  ])('%s', (_title, parts, told) => {
    const { workloads } = new WhatIf(fleet(parts)).lose(['a']);
    if (told === undefined) expect(workloads).toEqual([]);
    else expect(workloads).toMatchObject([told]);
  });

  it('has the number that was observed, where the cluster has it', () => {
    const retaining = { ...federatedOf({ template: { spec: { replicas: 3 } } }), retainReplicas: true };
    const model = fleet({}, undefined, { objects: [retaining] });
    const workloads = [{ kind: 'Deployment', namespace: 'shop', name: 'web', specReplicas: 8, readyReplicas: 8 }];
    const clusters = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { workloads }]));
    const observations = parseObservations({ apiVersion: 'gitfed.io/v1alpha1', kind: 'Observations', clusters });
    expect(new WhatIf(model).lose(['a']).workloads).toMatchObject([{ replicas: 'Unknown', homes: 2 }]);
    expect(new WhatIf(model, { observations }).lose(['a']).workloads).toMatchObject([{ replicas: 'Fixed', lost: 8n }]);
  });
});

describe('a planned workload', () => {
  it('keeps what runs in the clusters that are left, as it was', () => {
    const [loss] = new WhatIf(fleet({}, { totalReplicas: 9 })).lose(['a']).workloads;
    expect(loss).toMatchObject({
      outcome: 'Moved',
      before: 9n,
      lost: 3n,
      gained: 3n,
      given: 0n,
      missing: 0n,
      homes: 2,
    });
  });

  it('is rendered as it is written once no cluster of its intersection is left', () => {
    const placement = { ...TIER_A, clusters: ['b'] };
    const [loss] = new WhatIf(fleet({ placement }, { intersectWithClusterSelector: true })).lose(['a']).workloads;
    expect(loss).toMatchObject({ outcome: 'Short', lost: 9n, gained: 3n, missing: 6n });
    expect(loss?.clusters).toEqual([
      { cluster: 'a', isLost: true, before: 9n, after: 0n },
      { cluster: 'b', isLost: false, before: 0n, after: 3n },
    ]);
  });

  it('has no home where every cluster is lost', () => {
    const { workloads, left } = new WhatIf(fleet({}, {})).lose(['a', 'b', 'c']);
    expect(left).toEqual([]);
    expect(workloads).toMatchObject([{ outcome: 'NoSecondHome', missing: 9n }]);
  });
});

describe('what keepLive covers', () => {
  const keeping = (kind: string): NonNullable<Parameters<typeof fleet>[2]> => {
    return { configuration: { ...CONFIGURATION, keepLive: [{ kind }] } };
  };

  it.each<[title: string, model: ReturnType<typeof fleet>]>([
    ['a workload of a preference', fleet({}, {}, keeping('Deployment'))],
    ['a workload with replicas of its own', fleet({}, undefined, keeping('Deployment'))],
    [
      'another object',
      fleet({}, undefined, {
        ...keeping('Secret'),
        objects: [federatedOf({ type: typeOf('Secret', { group: '' }), placement: { clusters: ['a'] } })],
      }),
    ],
    [
      'an object that is placed nowhere',
      fleet({}, undefined, {
        ...keeping('Secret'),
        objects: [federatedOf({ type: typeOf('Secret', { group: '' }), placement: {} })],
      }),
    ],
  ])('is counted, and nothing is said of it: %s', (_title, model) => {
    const whatIf = new WhatIf(model);
    expect(whatIf).toMatchObject({ keptLive: 1, leftOut: 0 });
    expect(whatIf.lose(['a'])).toMatchObject({ workloads: [], gone: [], copies: 0 });
  });

  it('is no other object', () => {
    const whatIf = new WhatIf(fleet({}, {}, keeping('Secret')));
    expect(whatIf.keptLive).toBe(0);
    expect(whatIf.lose(['a']).workloads).toHaveLength(1);
  });
});

describe('other objects', () => {
  it('are counted where another cluster has them, and named where none has', () => {
    const type = typeOf('ConfigMap', { group: '' });
    const objects = [
      federatedOf({ type, name: 'here', placement: TIER_A }),
      federatedOf({ type, name: 'everywhere' }),
      federatedOf({ type, name: 'elsewhere', placement: { clusters: ['b'] } }),
      federatedOf({ type, name: 'nowhere', placement: {} }),
    ];
    const { gone, copies } = new WhatIf(fleet({}, undefined, { objects })).lose(['a']);
    expect({ gone, copies }).toEqual({ gone: ['FederatedConfigMap/shop/here'], copies: 1 });
  });

  it('are left out where they are in error', () => {
    const broken = federatedOf({ overrides: { ok: false } });
    expect(new WhatIf(fleet({}, undefined, { objects: [broken] })).leftOut).toBe(1);
  });
});
