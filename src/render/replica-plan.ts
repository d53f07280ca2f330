import { federatedObjectName, type Model } from '../api/index.ts';
import { compareText } from '../core/index.ts';
import { explainPlan } from './explain-plan.ts';
import type { PlanExplanation, PlannedCluster } from './explain-types.ts';
import { NOTHING_OBSERVED } from './observations.ts';
import { Placing } from './placing.ts';
import type { PlanStep } from './planner.ts';
import type { RenderOptions } from './render.ts';
import { registerSchedulers } from './scheduler.ts';
import type { Observations } from './types.ts';

/** What a preference makes of one federated object. */
export interface WorkloadPlan {
  /** `FederatedDeployment/shop/web`. */
  readonly object: string;
  readonly preference: string;
  readonly outcome: PlanExplanation['outcome'];
  readonly totalReplicas: bigint;
  readonly rebalance: boolean;
  /** Sorted by name. Empty unless it is planned. */
  readonly clusters: readonly PlannedReplicas[];
}

/** What a cluster is to run. */
export interface PlannedReplicas extends Pick<PlannedCluster, 'cluster' | 'replicas' | 'overflow'> {
  /** What was observed to run there, and what it can hold; absent where that is not known. */
  readonly current?: bigint;
  readonly capacity?: bigint;
  /** False where the namespace of the object is not placed: what is planned there goes nowhere. */
  readonly isPlaced: boolean;
}

/**
 * The replicas that preferences plan, of every object that has one, sorted by name. Pure: agrees with `render`, and renders nothing.
 *
 * @example planWorkloads(model, observations)
 */
export function planWorkloads(
  model: Model,
  observations: Observations = NOTHING_OBSERVED,
  { schedulers = registerSchedulers() }: RenderOptions = {},
): readonly WorkloadPlan[] {
  const placing = new Placing(model, observations, schedulers, undefined);
  return model.objects
    .flatMap((object): WorkloadPlan[] => {
      let last: PlanStep | undefined;
      const decision = placing.decide(object, (step) => {
        last = step;
      });
      const plan = explainPlan(model, decision.scheduled, last === undefined ? [] : [last]);
      if (plan === undefined) return [];
      const { preference, outcome, totalReplicas, rebalance } = plan;
      const about = { object: federatedObjectName(object), preference, totalReplicas, rebalance };
      if (decision.type === 'held') return [{ ...about, outcome: 'ObjectInError', clusters: [] }];
      const placed = new Set(decision.clusters);
      return [
        { ...about, outcome, clusters: plan.clusters.map((cluster) => plannedReplicas(cluster, placed)).sort(byName) },
      ];
    })
    .sort((a, b) => compareText(a.object, b.object));
}

/** All replicas of a plan, overflow included. */
export function plannedTotal({ clusters }: WorkloadPlan): bigint {
  return clusters.reduce((sum, { replicas }) => sum + replicas, 0n);
}

function plannedReplicas(
  { cluster, replicas, overflow, current, capacity }: PlannedCluster,
  placed: ReadonlySet<string>,
): PlannedReplicas {
  return {
    cluster,
    replicas,
    overflow,
    isPlaced: placed.has(cluster),
    ...(current === undefined ? {} : { current }),
    ...(capacity === undefined ? {} : { capacity }),
  };
}

function byName(a: PlannedReplicas, b: PlannedReplicas): number {
  return compareText(a.cluster, b.cluster);
}
