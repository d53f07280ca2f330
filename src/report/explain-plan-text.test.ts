import { describe, expect, it } from 'vitest';
import type { ClusterPreference } from '../api/index.ts';
import { type PlanExplanation, type PlanInput, type PlanStep, planReplicas } from '../render/index.ts';
import { formatPlan } from './explain-plan-text.ts';
import { createStyle } from './style.ts';

function explained(input: Partial<PlanInput>, outcome: PlanExplanation['outcome'] = 'Planned'): PlanExplanation {
  const whole: PlanInput = {
    totalReplicas: 10n,
    rebalance: false,
    preferences: new Map([['*', weight(1n)]]),
    clusters: ['a', 'b'],
    current: new Map(),
    capacity: new Map(),
    key: 'shop/web',
    ...input,
  };
  const steps: PlanStep[] = [];
  const { replicas, overflow } = planReplicas(whole, (step) => steps.push(step));
  return {
    preference: 'ReplicaSchedulingPreference/shop/web',
    place: { file: 'web.yaml', line: 3, column: 1 },
    outcome,
    scheduler: 'kubefed',
    totalReplicas: whole.totalReplicas,
    rebalance: whole.rebalance,
    intersectWithClusterSelector: false,
    holds: [],
    clusters: [...replicas].map(([cluster, count]) => {
      const entry = [cluster, '*'].find((key) => whole.preferences.has(key));
      const capacity = whole.capacity.get(cluster);
      const extra = overflow.get(cluster) ?? 0n;
      return {
        cluster,
        minReplicas: 0n,
        weight: whole.preferences.get(entry ?? '')?.weight ?? 0n,
        overflow: extra,
        replicas: count + extra,
        ...(entry === undefined ? {} : { entry }),
        ...(capacity === undefined ? {} : { capacity }),
      };
    }),
    steps,
    observations: [],
  };
}

function weight(count: bigint): ClusterPreference {
  return { minReplicas: 0n, weight: count };
}

function text(plan: PlanExplanation, columns?: number): string {
  return formatPlan(plan, columns, createStyle(false)).join('\n');
}

describe('the table of a plan', () => {
  it('shows what is beyond a capacity, and a cluster without a preference', () => {
    const plan = explained({
      clusters: ['a', 'b', 'c'],
      preferences: new Map([
        ['a', weight(1n)],
        ['b', weight(1n)],
      ]),
      capacity: new Map([['a', 2n]]),
      rebalance: true,
    });
    expect(text(plan)).toBe(`Replicas: 13 of 10, planned by ReplicaSchedulingPreference/shop/web (web.yaml:3)
  planned over the 3 clusters that are ready; rebalance: what runs may be moved

  CLUSTER     WEIGHT  MIN  MAX  CAPACITY  MINIMUM  ROUND 1  ROUND 2  OVERFLOW  REPLICAS
  a                1    0    -         2        0        2        2         3         5
  b                1    0    -         -        0        5        8         0         8
  c                -    -    -         -        -        -        -         0         0
  not placed                                   10        3        0`);
  });

  it('goes on below where the terminal ends', () => {
    const lines = text(explained({ capacity: new Map([['a', 2n]]) }), 50).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(50);
    expect(lines.filter((line) => line.startsWith('  CLUSTER')).length).toBe(2);
  });

  it('leaves out rounds in the middle of very many, and never the last one', () => {
    // Each takes nearly all that is left, up to a twentieth of everything, and so one is full after each round.
    const clusters = Array.from({ length: 16 }, (_, index) => `c${index}`);
    const entry = (index: number): ClusterPreference => {
      return { minReplicas: 0n, weight: 100n ** BigInt(16 - index), maxReplicas: 10n ** 38n / 2n };
    };
    const preferences = new Map(clusters.map((name, index) => [name, entry(index)]));
    const plan = explained({ clusters, preferences, totalReplicas: 10n ** 39n });
    expect(plan.steps.length).toBeGreaterThan(13);
    const shown = text(plan);
    expect(shown).toContain(`${plan.steps.length - 12} rounds before the last one left out; -o json has all of them.`);
    expect(shown).toMatch(/ROUND 9 +ROUND 16 +REPLICAS/);
  });

  it('names equal rounds together', () => {
    const plan = explained({
      totalReplicas: 1_000_001n,
      preferences: new Map([
        ['a', weight(1n)],
        ['b', { minReplicas: 0n, weight: 1n, maxReplicas: 1_000_000n }],
      ]),
      current: new Map([['b', 1_000_000n]]),
    });
    expect(text(plan)).toMatch(/ROUNDS? \d+/);
    expect(plan.steps.reduce((sum, { rounds }) => sum + rounds, 0n)).toBeGreaterThanOrEqual(BigInt(plan.steps.length));
  });

  it('says that the numbers are held where an error may hide something', () => {
    const plan = { ...explained({}), holds: [{ file: 'bad.yaml', line: 7, code: 'InvalidYAML' as const }] };
    expect(text(plan)).toContain(
      '  the members keep the numbers that they have, because an error may hide something: InvalidYAML in bad.yaml:7\n',
    );
  });

  it.each<[PlanExplanation['outcome'], RegExp]>([
    ['NoReadyCluster', /there is no ready cluster/],
    ['EmptyIntersection', /no ready cluster is in the intersection/],
    ['PreferenceFailed', /it cannot be worked out/],
    ['ObjectInError', /are in error/],
  ])('is a sentence for %s', (outcome, words) => {
    expect(text(explained({}, outcome))).toMatch(words);
    expect(text(explained({}, outcome))).not.toContain('CLUSTER');
  });
});
