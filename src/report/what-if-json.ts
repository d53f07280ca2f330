import type { Hold } from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';
import type { ClusterLoss, WorkloadLoss } from '../render/what-if-types.ts';

/** What `gitfed whatif` has to tell. */
export interface WhatIfView {
  /** Of one cluster each, or one of several at once. */
  readonly losses: readonly ClusterLoss[];
  /** Whether each cluster was lost by itself. */
  readonly isEach: boolean;
  /** `AsPlanned`: nothing was observed, and what is planned is taken to run. */
  readonly running: 'AsPlanned' | 'Observed';
  /** Objects of which nothing is said. */
  readonly leftOut: number;
  /** Objects that `keepLive` covers: nothing is said of them either. */
  readonly keptLive: number;
  /** Errors that keep the members' numbers as they are until they are gone. */
  readonly holds: readonly Hold[];
}

/** Whether a loss leaves a workload nowhere, or planned replicas without a place. */
export function isBad({ workloads }: ClusterLoss): boolean {
  return workloads.some(({ outcome }) => outcome === 'NoSecondHome' || outcome === 'Short');
}

/** The document that `gitfed whatif -o json` prints; `docs/what-if.md` describes it. */
export function whatIfToJson({ losses, running, leftOut, keptLive, holds }: WhatIfView): JsonObject {
  return {
    running,
    losses: losses.map(lossToJson),
    leftOut,
    keptLive,
    holds: holds.map((hold) => ({ ...hold })),
  };
}

function lossToJson(loss: ClusterLoss): JsonObject {
  const { lost, notReady, left, workloads, gone, copies } = loss;
  return {
    lost,
    notReady,
    left,
    ok: !isBad(loss),
    workloads: workloads.map(workloadToJson),
    gone,
    copies,
  };
}

function workloadToJson({ object, target, clusters, limits, ...numbers }: WorkloadLoss): JsonObject {
  return {
    object,
    target: { ...target },
    ...numbers,
    clusters: clusters.map((cluster) => ({ ...cluster })),
    limits: limits.map((limit) => ({ ...limit })),
  };
}
