import type { ClusterPreference } from '../../src/api/index.ts';
import type { PlanInput } from '../../src/render/index.ts';

/** A question to KubeFed's planner, and its answer. */
export interface PlannerVector {
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

/** The question as gitfed's planner takes it. */
export function inputOf(vector: PlannerVector): PlanInput {
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
