import { describe, expect, it } from 'vitest';
import type { ClusterPreference } from '../../src/api/index.ts';
import { planReplicas } from '../../src/render/index.ts';
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
    const { replicas, overflow } = planReplicas({
      totalReplicas: BigInt(vector.spec.totalReplicas),
      rebalance: vector.spec.rebalance ?? false,
      preferences: preferencesOf(vector),
      clusters: vector.availableClusters,
      current: countsOf(vector.currentReplicas),
      capacity: countsOf(vector.estimatedCapacity),
      key: vector.key,
    });

    expect(numbersOf(replicas)).toEqual(vector.plan);
    expect(numbersOf(overflow)).toEqual(vector.overflow ?? {});
  });
});

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
