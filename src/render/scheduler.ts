import type { ReplicaSchedulingPreference } from '../api/index.ts';
import { type PlanObserver, planReplicas } from './planner.ts';

/** What a scheduler decides from. It has no other source: the same input gives the same schedule. */
export interface SchedulingInput {
  readonly preference: ReplicaSchedulingPreference;
  /** Names of the clusters that may get replicas: ready, and within the intersection if the preference asks for one. Sorted, never empty. */
  readonly clusters: readonly string[];
  /** Replicas that run there; a cluster without an entry has no such workload yet. */
  readonly current: ReadonlyMap<string, bigint>;
  /** How many a cluster can hold, where that is known. */
  readonly capacity: ReadonlyMap<string, bigint>;
  /** Is told each step, where somebody wants the schedule explained. A scheduler without steps need not call it. */
  readonly observe?: PlanObserver;
}

export type Schedule =
  | {
      readonly ok: true;
      /** The clusters that the object is placed in from now on, and how many replicas each gets: 0 is a placement too. */
      readonly replicas: ReadonlyMap<string, bigint>;
    }
  /** `reason` continues the sentence "the preference cannot be worked out: …". */
  | { readonly ok: false; readonly reason: string };

/** Decides how many replicas each cluster gets. Pure; never throws. */
export interface Scheduler {
  /** As `scheduling.scheduler` in gitfed.yaml names it. */
  readonly name: string;
  schedule(input: SchedulingInput): Schedule;
}

/** Schedulers by name. */
export type Schedulers = ReadonlyMap<string, Scheduler>;

/** KubeFed's planner: every ready cluster is placed, and what is beyond a cluster's capacity is added to what it gets. */
export const kubeFedScheduler: Scheduler = {
  name: 'kubefed',
  schedule({ preference, clusters, current, capacity, observe }) {
    const { namespace, name, totalReplicas, rebalance, clusters: preferences } = preference;
    const key = `${namespace}/${name}`;
    try {
      const total = BigInt(totalReplicas);
      const input = { totalReplicas: total, rebalance, preferences, clusters, current, capacity, key };
      const plan = planReplicas(input, observe);
      if (plan.overflow.size === 0) return { ok: true, replicas: plan.replicas };
      const written = new Map(plan.replicas);
      for (const [cluster, count] of plan.overflow) written.set(cluster, count + (written.get(cluster) ?? 0n));
      return { ok: true, replicas: written };
    } catch (err) {
      if (err instanceof RangeError) return { ok: false, reason: err.message };
      throw err;
    }
  },
};

/**
 * The schedulers to render with: KubeFed's, and any others. One of the same name as an earlier one replaces it.
 *
 * @example render(model, observations, { schedulers: registerSchedulers(myScheduler) })
 */
export function registerSchedulers(...others: readonly Scheduler[]): Schedulers {
  return new Map([kubeFedScheduler, ...others].map((scheduler) => [scheduler.name, scheduler]));
}
