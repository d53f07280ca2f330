import { describe, expect, it } from 'vitest';
import type { ClusterPreference } from '../../src/api/index.ts';
import { type PlanInput, type PlanStep, planReplicas } from '../../src/render/index.ts';
import { readVectors } from './read-vectors.ts';

interface PlannerVector {
  readonly spec: {
    readonly totalReplicas: number;
    readonly rebalance?: boolean;
    readonly clusters?: Readonly<Record<string, { minReplicas?: number; maxReplicas?: number; weight?: number }>>;
  };
  readonly availableClusters: readonly string[];
  readonly currentReplicas?: Readonly<Record<string, number>>;
  readonly estimatedCapacity?: Readonly<Record<string, number>>;
  readonly key: string;
  readonly plan: Readonly<Record<string, number>>;
  readonly overflow?: Readonly<Record<string, number>>;
}

const vectors = readVectors<PlannerVector>('planner.jsonl');

describe("KubeFed's planner", () => {
  it('has answered enough questions', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(600);
  });

  it.each(vectors.map((vector, index) => [index + 1, vector] as const))('planner.jsonl:%i', (_line, vector) => {
    const input = inputOf(vector);
    const { replicas, overflow } = planReplicas(input);

    expect(numbersOf(replicas)).toEqual(vector.plan);
    expect(numbersOf(overflow)).toEqual(vector.overflow ?? {});
  });

  it.each(vectors.map((vector, index) => [index + 1, vector] as const))(
    'tells steps that add up, the last of which is the plan: planner.jsonl:%i',
    (_line, vector) => {
      const input = inputOf(vector);
      const steps: PlanStep[] = [];
      expect(planReplicas(input, (step) => steps.push(step))).toEqual(planReplicas(input));

      for (const { clusters, left } of steps) {
        expect(clusters.reduce((sum, { planned }) => sum + planned, left)).toBe(input.totalReplicas);
      }
      const last = steps.at(-1)?.clusters.map(({ name, planned }) => [name, planned] as const);
      const without = input.clusters.map((name) => [name, 0n] as const);
      expect(numbersOf(new Map([...without, ...(last ?? [])]))).toEqual(vector.plan);
    },
  );
});

function inputOf(vector: PlannerVector): PlanInput {
  return {
    totalReplicas: BigInt(vector.spec.totalReplicas),
    rebalance: vector.spec.rebalance ?? false,
    preferences: preferencesOf(vector),
    clusters: vector.availableClusters,
    current: countsOf(vector.currentReplicas),
    capacity: countsOf(vector.estimatedCapacity),
    key: vector.key,
  };
}

function preferencesOf({ spec }: PlannerVector): ReadonlyMap<string, ClusterPreference> {
  const preferences = Object.entries(spec.clusters ?? {}).map(([name, item]): [string, ClusterPreference] => [
    name,
    {
      minReplicas: BigInt(item.minReplicas ?? 0),
      ...(item.maxReplicas === undefined ? {} : { maxReplicas: BigInt(item.maxReplicas) }),
      weight: BigInt(item.weight ?? 0),
    },
  ]);
  return new Map(preferences);
}

function countsOf(counts: Readonly<Record<string, number>> = {}): ReadonlyMap<string, bigint> {
  return new Map(Object.entries(counts ?? {}).map(([name, count]) => [name, BigInt(count)]));
}

function numbersOf(counts: ReadonlyMap<string, bigint>): Record<string, number> {
  return Object.fromEntries([...counts].map(([name, count]) => [name, Number(count)]));
}
