import type { ObjectId } from '../core/index.ts';

/** What the loss of one cluster, or of several at once, does. */
export interface ClusterLoss {
  /** Registered ones, sorted. */
  readonly lost: readonly string[];
  /** Those of `lost` that are observed not to be ready already: their loss changes nothing more. */
  readonly notReady: readonly string[];
  /** Ready clusters that remain. */
  readonly left: readonly string[];
  /** Workloads that lose something, or whose replicas move; the worst first. */
  readonly workloads: readonly WorkloadLoss[];
  /** Other objects that are in service in no cluster any more, sorted. */
  readonly gone: readonly string[];
  /** How many other objects lose a copy, and are in service elsewhere. */
  readonly copies: number;
}

/**
 * What becomes of a workload, the worst first. `NoSecondHome`: it runs nowhere any more. `Short`: replicas were planned, and fewer run
 * than before. `Reduced`: what ran in the lost clusters is lost, and nothing is planned for it elsewhere. `Moved`: as many run as before.
 */
export type WorkloadOutcome = 'NoSecondHome' | 'Short' | 'Reduced' | 'Moved';

export interface WorkloadLoss {
  /** `FederatedDeployment/shop/web` */
  readonly object: string;
  readonly target: ObjectId;
  /**
   * `Planned` by a preference; `Fixed` by the template and overrides; `Unknown` where the kind has no number of replicas, or the
   * cluster has the number (`retainReplicas`) and it was not observed.
   */
  readonly replicas: 'Planned' | 'Fixed' | 'Unknown';
  readonly outcome: WorkloadOutcome;
  /** Replicas in ready clusters before the loss. */
  readonly before: bigint;
  /** In how many of the clusters that are left it runs afterwards. */
  readonly homes: number;
  /** The lost clusters where it ran, and others whose number changes; sorted. */
  readonly clusters: readonly ClusterReplicas[];
  /** Replicas in the lost clusters. */
  readonly lost: bigint;
  /** Replicas that other clusters get more than before. */
  readonly gained: bigint;
  /** Replicas that other clusters get fewer than before. `before - lost + gained - given` are there afterwards. */
  readonly given: bigint;
  /** How many fewer run than before, in all, as far as it is known how many a cluster holds. */
  readonly missing: bigint;
  /** Replicas that are given to clusters beyond what these can hold, and were not before. */
  readonly waiting: bigint;
  /** What keeps the clusters that are left from running more; only where some are missing. */
  readonly limits: readonly ClusterLimit[];
}

/** Replicas in a cluster; 0 where their number is unknown, or it is not there. */
export interface ClusterReplicas {
  readonly cluster: string;
  readonly isLost: boolean;
  readonly before: bigint;
  readonly after: bigint;
}

export type LimitCode =
  /** It has `maxReplicas`. */
  | 'Maximum'
  /** It holds no more than was observed. */
  | 'Capacity'
  /** The preference gives it no weight, or does not name it. */
  | 'NoWeight'
  /** It is not in the intersection of the selectors that the preference asks for. */
  | 'OutsideIntersection'
  /** Replicas are planned there, and the namespace is not placed there. */
  | 'NamespaceNotPlaced'
  /** `suspend` in gitfed.yaml: nothing is written. */
  | 'Suspended'
  /** The object is in error there. */
  | 'InError';

export interface ClusterLimit {
  readonly cluster: string;
  readonly code: LimitCode;
  /** The maximum or the capacity. */
  readonly limit?: bigint;
}
