import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterPreference } from '../../src/api/index.ts';
import { type PlanInput, planReplicas } from '../../src/render/index.ts';
import { fnv1 } from '../../src/render/planner.ts';

const CLUSTERS = ['A', 'B', 'C', 'east-1', 'west', 'ü'];

function inputs(least: number): fc.Arbitrary<PlanInput> {
  const count = fc.integer({ min: least, max: 40 }).map(BigInt);
  const preference: fc.Arbitrary<ClusterPreference> = fc
    .record({ minReplicas: count, weight: count, maxReplicas: fc.option(count, { nil: undefined }) })
    .map(({ maxReplicas, ...others }) => (maxReplicas === undefined ? others : { ...others, maxReplicas }));
  const counts = (values: fc.Arbitrary<bigint>) =>
    fc.dictionary(fc.constantFrom(...CLUSTERS), values).map((record) => new Map(Object.entries(record)));
  return fc.record({
    totalReplicas: fc.integer({ min: least, max: 120 }).map(BigInt),
    rebalance: fc.boolean(),
    preferences: fc
      .dictionary(fc.constantFrom(...CLUSTERS, '*'), preference)
      .map((record): ReadonlyMap<string, ClusterPreference> => new Map(Object.entries(record))),
    clusters: fc.subarray(CLUSTERS),
    current: counts(count),
    capacity: counts(count),
    key: fc.constantFrom('', 'ns/app', 'shop/web'),
  });
}

describe('planReplicas', () => {
  it('does what the algorithm written down says', () => {
    fc.assert(
      fc.property(inputs(-10), (input) => {
        const { plan, overflow } = planNaively(input);
        const actual = planReplicas(input);

        expect(new Map([...actual.replicas].sort())).toEqual(new Map([...plan].sort()));
        expect(new Map([...actual.overflow].sort())).toEqual(new Map([...overflow].sort()));
      }),
      { numRuns: 3000 },
    );
  });

  it('never plans more than the total, nor beyond a capacity', () => {
    fc.assert(
      fc.property(inputs(0), (input) => {
        const { replicas } = planReplicas(input);
        const sum = [...replicas.values()].reduce((total, count) => total + count, 0n);

        expect(sum).toBeLessThanOrEqual(input.totalReplicas);
        for (const [name, count] of replicas) {
          expect(count).toBeGreaterThanOrEqual(0n);
          const capacity = input.capacity.get(name);
          if (capacity !== undefined) expect(count).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });

  it('places everything where nothing limits it', () => {
    fc.assert(
      fc.property(inputs(0), (input) => {
        const open = new Map([['*', { minReplicas: 0n, weight: 1n }]]);
        fc.pre(input.clusters.length > 0);
        const { replicas, overflow } = planReplicas({ ...input, preferences: open, capacity: new Map() });

        expect([...replicas.values()].reduce((total, count) => total + count, 0n)).toBe(input.totalReplicas);
        expect(overflow.size).toBe(0);
      }),
    );
  });

  it('does not depend on the order of clusters, nor on what is not available', () => {
    fc.assert(
      fc.property(inputs(-10), (input) => {
        const other = planReplicas({
          ...input,
          clusters: input.clusters.toReversed(),
          current: new Map([...input.current, ['gone', 5n]]),
        });

        expect(new Map([...other.replicas].sort())).toEqual(new Map([...planReplicas(input).replicas].sort()));
      }),
    );
  });

  it('does not look at what runs where it may move replicas', () => {
    fc.assert(
      fc.property(inputs(-10), (input) => {
        const balanced = { ...input, rebalance: true };

        expect(planReplicas({ ...balanced, current: new Map() })).toEqual(planReplicas(balanced));
      }),
    );
  });

  it('never changes what runs where the total runs already within maximum and capacity', () => {
    fc.assert(
      fc.property(inputs(0), (input) => {
        const current = new Map(input.clusters.map((name) => [name, input.current.get(name) ?? 0n]));
        const totalReplicas = [...current.values()].reduce((total, count) => total + count, 0n);
        const preferences = new Map([['*', { minReplicas: 0n, weight: 1n }]]);
        const { replicas } = planReplicas({
          ...input,
          rebalance: false,
          totalReplicas,
          current,
          preferences,
          capacity: new Map(),
        });

        expect(replicas).toEqual(current);
      }),
    );
  });
});

/** The algorithm step by step, without any short cut. */
function planNaively({ totalReplicas, rebalance, preferences, clusters, current, capacity, key }: PlanInput) {
  const plan = new Map<string, bigint>();
  let overflow = new Map<string, bigint>();
  const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  const preferenceOf = (name: string) => preferences.get(name) ?? preferences.get('*');
  for (const name of clusters) plan.set(name, 0n);
  let open = clusters
    .filter((name) => preferenceOf(name) !== undefined)
    .map((name) => ({ name, p: preferenceOf(name) ?? { minReplicas: 0n, weight: 0n } }))
    .sort((a, b) =>
      a.p.weight === b.p.weight ? fnv1(a.name + key) - fnv1(b.name + key) : a.p.weight > b.p.weight ? -1 : 1,
    );
  let left = totalReplicas;
  for (const { name, p } of open) {
    let m = min(p.minReplicas, left);
    m = min(m, capacity.get(name) ?? m);
    left -= m;
    plan.set(name, m);
  }
  const reserved = new Map<string, bigint>();
  if (!rebalance) {
    for (const { name, p } of open) {
      const runs = current.get(name);
      const planned = plan.get(name) ?? 0n;
      if (runs === undefined || runs <= planned) continue;
      let target = min(runs, p.maxReplicas ?? runs);
      target = min(target, capacity.get(name) ?? target);
      const extra = min(target - planned, left) > 0n ? min(target - planned, left) : 0n;
      left -= extra;
      reserved.set(name, extra);
      plan.set(name, planned + extra);
    }
  }
  let modified = true;
  while (modified && left > 0n) {
    modified = false;
    const weights = open.reduce((sum, { p }) => sum + p.weight, 0n);
    const amount = left;
    const next: typeof open = [];
    for (const item of weights > 0n ? open : []) {
      const { name, p } = item;
      const start = plan.get(name) ?? 0n;
      let extra = min((amount * p.weight + weights - 1n) / weights, left);
      const used = min(extra, reserved.get(name) ?? 0n);
      reserved.set(name, (reserved.get(name) ?? 0n) - used);
      extra -= used;
      if (used > 0n) modified = true;
      let total = start + extra;
      let full = false;
      if (p.maxReplicas !== undefined && total > p.maxReplicas) {
        total = p.maxReplicas;
        full = true;
      }
      const limit = capacity.get(name);
      if (limit !== undefined && total > limit) {
        overflow.set(name, total - limit);
        total = limit;
        full = true;
      }
      if (!full) next.push(item);
      left -= total - start;
      plan.set(name, total);
      if (total > start) modified = true;
    }
    open = next;
  }
  if (!rebalance) overflow = new Map([...overflow].map(([name, count]) => [name, min(count, left)]));
  return { plan, overflow: new Map([...overflow].filter(([, count]) => count > 0n)) };
}
