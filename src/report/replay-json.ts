import type { Hold } from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';
import { type PlannedReplicas, plannedTotal, type WorkloadPlan } from '../render/index.ts';
import type { ReplayCheck, ReplayDifference } from './replay-check.ts';

/** What `gitfed replay` shows. */
export interface ReplayView {
  readonly commit: string;
  /** Of the observations; absent where they come from a file. */
  readonly tree?: string;
  /** Registered clusters that were observed not to be ready, and take no part. */
  readonly notReady: readonly string[];
  readonly plans: readonly WorkloadPlan[];
  /** Errors because of which the members kept the numbers that they had. */
  readonly holds: readonly Hold[];
  readonly check?: ReplayCheck;
}

/** The document that `gitfed replay -o yaml` and `-o json` print; `docs/replay.md` describes it. */
export function replayToJson({ commit, tree, notReady, plans, holds, check }: ReplayView): JsonObject {
  return {
    apiVersion: 'gitfed.io/v1alpha1',
    kind: 'ReplicaPlan',
    sourceCommit: commit,
    ...(tree === undefined ? {} : { observationsTree: tree }),
    notReady: [...notReady],
    holds: holds.map((hold) => ({ ...hold })),
    workloads: plans.map(workloadToJson),
    ...(check === undefined ? {} : { check: checkToJson(check) }),
  };
}

function workloadToJson(plan: WorkloadPlan): JsonObject {
  const { object, preference, outcome, totalReplicas, rebalance, clusters } = plan;
  const about = { object, preference, outcome, totalReplicas, rebalance };
  if (outcome !== 'Planned') return about;
  return {
    ...about,
    replicas: plannedTotal(plan),
    overflow: overflowOf(plan),
    unplaced: unplacedOf(plan),
    clusters: clusters.map(clusterToJson),
  };
}

function clusterToJson({ cluster, replicas, overflow, current, capacity, isPlaced }: PlannedReplicas): JsonObject {
  return {
    cluster,
    replicas,
    ...(overflow === 0n ? {} : { overflow }),
    ...(current === undefined ? {} : { current }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(isPlaced ? {} : { placed: false }),
  };
}

/** Replicas that are written where there is no room for them. */
export function overflowOf({ clusters }: WorkloadPlan): bigint {
  return clusters.reduce((sum, { overflow }) => sum + overflow, 0n);
}

/** Replicas of the total that no cluster is to run. */
export function unplacedOf(plan: WorkloadPlan): bigint {
  const left = plan.totalReplicas - plannedTotal(plan);
  return left > 0n ? left : 0n;
}

function checkToJson({ compared, unknown, differences }: ReplayCheck): JsonObject {
  return {
    same: differences.length === 0,
    compared: [...compared],
    unknown: [...unknown],
    differences: differences.map(differenceToJson),
  };
}

function differenceToJson({ object, cluster, planned, applied }: ReplayDifference): JsonObject {
  return {
    object,
    cluster,
    ...(planned === undefined ? {} : { planned }),
    ...(applied === undefined ? {} : { applied }),
  };
}
