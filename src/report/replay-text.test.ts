import { describe, expect, it } from 'vitest';
import { formatYaml } from '../core/index.ts';
import type { WorkloadPlan } from '../render/index.ts';
import { type ReplayView, replayToJson } from './replay-json.ts';
import { formatReplay } from './replay-text.ts';
import { createStyle } from './style.ts';

const WEB: WorkloadPlan = {
  object: 'FederatedDeployment/shop/web',
  preference: 'ReplicaSchedulingPreference/shop/web',
  outcome: 'Planned',
  totalReplicas: 9n,
  rebalance: true,
  clusters: [
    { cluster: 'a', replicas: 6n, overflow: 2n, current: 4n, capacity: 4n, isPlaced: true },
    { cluster: 'b', replicas: 5n, overflow: 0n, isPlaced: false },
    { cluster: 'c', replicas: 0n, overflow: 0n, isPlaced: true },
  ],
};

function view(over: Partial<ReplayView>): ReplayView {
  return { commit: 'c0ffee', tree: '4b825d', notReady: [], holds: [], plans: [WEB], ...over };
}

describe('a plan as text', () => {
  it('shows the sum against the total, overflow, and what goes nowhere', () => {
    expect(formatReplay(view({}), createStyle(false))).toBe(`Source commit c0ffee
Observations  4b825d

FederatedDeployment/shop/web: 11 of 9, 2 as overflow, rebalance
  CLUSTER                   REPLICAS  OVERFLOW  RUNNING  CAPACITY
  a                                6         2        4         4
  b (namespace not placed)         5         -        -         -
  0 in c
`);
  });

  it.each<[WorkloadPlan['outcome'], RegExp]>([
    ['ObjectInError', /the object is in error/],
    ['NoReadyCluster', /there is no ready cluster/],
    ['EmptyIntersection', /in the intersection/],
    ['PreferenceFailed', /cannot be worked out/],
  ])('says why nothing is planned: %s', (outcome, words) => {
    expect(formatReplay(view({ plans: [{ ...WEB, outcome, clusters: [] }] }), createStyle(false))).toMatch(words);
  });

  it('counts what no cluster is to run', () => {
    const [a] = WEB.clusters;
    const plans = [{ ...WEB, clusters: a === undefined ? [] : [a] }];
    expect(formatReplay(view({ plans }), createStyle(false))).toContain('6 of 9, 2 as overflow, 3 planned nowhere');
  });

  it('shows no control characters of a repository', () => {
    const text = formatReplay(
      view({ plans: [{ ...WEB, object: 'Federated\u001b[31mDeployment/x/y' }] }),
      createStyle(false),
    );
    expect(text).not.toContain('\u001b');
  });

  it('says that there is nothing to plan', () => {
    expect(formatReplay(view({ plans: [] }), createStyle(false))).toContain('No preference plans anything.');
  });
});

it('is a document without what is not known', () => {
  const { tree: _tree, ...unnamed } = view({ notReady: ['d'] });
  expect(formatYaml(replayToJson(unnamed))).toBe(`apiVersion: gitfed.io/v1alpha1
kind: ReplicaPlan
holds: []
notReady:
- d
sourceCommit: c0ffee
workloads:
- clusters:
  - capacity: 4
    cluster: a
    current: 4
    overflow: 2
    replicas: 6
  - cluster: b
    placed: false
    replicas: 5
  - cluster: c
    replicas: 0
  object: FederatedDeployment/shop/web
  outcome: Planned
  overflow: 2
  preference: ReplicaSchedulingPreference/shop/web
  rebalance: true
  replicas: 11
  totalReplicas: 9
  unplaced: 0
`);
});
