import type { Hold } from '../api/index.ts';
import type { Finding, NodePath, ObjectId, Position } from '../core/index.ts';
import type { PlanStep } from './planner.ts';
import type { UnusedPreference } from './scheduling.ts';
import type { WorkloadObservation } from './types.ts';

/** Where something stands in the repository. */
export interface Place extends Position {
  readonly file: string;
}

/** Where one federated object is, where it is not, and which rule says so. */
export interface Explanation {
  /** `FederatedDeployment/shop/web`. */
  readonly object: string;
  /** The object in the members; absent where it cannot be told. */
  readonly target?: ObjectId;
  readonly place?: Place;
  /** The registered clusters by name, then names that are not registered: those that its placement has. */
  readonly clusters: readonly ClusterExplanation[];
  readonly plan?: PlanExplanation;
  /** Every operation of its overrides, in the order of the file. Empty where they are in error. */
  readonly overrides: readonly OverrideExplanation[];
  /** What is wrong or doubtful about the object and its preference, sorted. */
  readonly findings: readonly Finding[];
}

export interface ClusterExplanation {
  readonly cluster: string;
  /** `Held`: whatever was applied there last stays as it is. */
  readonly state: 'Placed' | 'NotPlaced' | 'Held';
  /** In the order in which they are looked at. The last one that does not select decides. */
  readonly rules: readonly PlacementRule[];
  /** What a preference scheduled here, overflow included. */
  readonly replicas?: bigint;
}

/** What one rule says of one cluster. */
export interface PlacementRule {
  /** Whose rule it is. */
  readonly by: 'Placement' | 'Preference' | 'Namespace' | 'Cluster' | 'Object';
  readonly code: RuleCode;
  readonly effect: 'Selects' | 'Excludes' | 'Holds' | 'Notes';
  /** A sentence without its end, without the cluster's name, so that equal ones can be told once. */
  readonly text: string;
  readonly place?: Place;
}

/** Stable names: scripts match on them. */
export type RuleCode =
  // Of a placement: that of the object, or of its namespace.
  | 'ClusterListed'
  | 'ClusterNotListed'
  | 'SelectorMatches'
  | 'SelectorDoesNotMatch'
  | 'NoPlacement'
  // Of the namespace.
  | 'NamespaceNotFederated'
  // Of a preference.
  | 'ReplicasPlanned'
  | 'NoReplicasPlanned'
  | 'ReplicasOverridden'
  | 'PreferenceNotUsed'
  | 'ClusterNotReady'
  | 'OutsideIntersection'
  // Of the cluster.
  | 'ClusterNotRegistered'
  // Of gitfed.yaml.
  | 'Suspended'
  | 'KeptLive'
  // Of the object as a whole, or of its overrides for this cluster.
  | 'PropagationDisabled'
  | 'InvalidWave'
  | 'InvalidPlacement'
  | 'InvalidTemplate'
  | 'InvalidOverrides'
  | 'NamespaceInError'
  | 'OverrideFailed'
  | 'InError'
  | 'NotApplied';

/** One operation of an override. */
export interface OverrideExplanation {
  readonly cluster: string;
  readonly op: string;
  /** As it is written. */
  readonly pointer: string;
  readonly place: Place;
}

/** How a preference was worked out. */
export interface PlanExplanation {
  /** `ReplicaSchedulingPreference/shop/web`. */
  readonly preference: string;
  readonly place: Place;
  /** `Planned`, or why the object is rendered as it is written. */
  readonly outcome: 'Planned' | UnusedPreference['reason'];
  readonly scheduler: string;
  readonly totalReplicas: bigint;
  readonly rebalance: boolean;
  readonly intersectWithClusterSelector: boolean;
  /** Errors elsewhere because of which the numbers of the members stay as they are for now. */
  readonly holds: readonly Hold[];
  /** The clusters that were planned for: in the order in which the planner serves them, then those without a preference. */
  readonly clusters: readonly PlannedCluster[];
  /** The numbers of the last one are the plan. Empty for a scheduler that tells none. */
  readonly steps: readonly PlanStep[];
  /** What was observed that had a say in it, by cluster. */
  readonly observations: readonly ObservationEffect[];
}

/** One thing that was observed, and what it did to a plan. */
export interface ObservationEffect {
  readonly cluster: string;
  /**
   * `NotReady`: it takes no part. `Capacity`: it holds no more than so many. `Running`: what runs there is kept, for the preference does not
   * rebalance; told only where it makes a difference.
   */
  readonly type: 'NotReady' | 'Capacity' | 'Running';
  /** What was observed of the workload; absent for `NotReady`. */
  readonly observed?: WorkloadObservation;
  /** What of it counts as running. */
  readonly current?: bigint;
  readonly capacity?: bigint;
  /**
   * Clusters that would get another number, were this one ready, had it room for more, or ran nothing there. Sorted; empty where it
   * changed nothing.
   */
  readonly without: readonly OtherReplicas[];
}

/** A number that would be another one. */
export interface OtherReplicas {
  readonly cluster: string;
  readonly replicas: bigint;
  readonly otherwise: bigint;
}

export interface PlannedCluster {
  readonly cluster: string;
  /** The key of `spec.clusters` that counts; absent where none does, so that it gets nothing. */
  readonly entry?: string;
  readonly weight: bigint;
  readonly minReplicas: bigint;
  readonly maxReplicas?: bigint;
  /** What was observed to run there. */
  readonly current?: bigint;
  readonly capacity?: bigint;
  /** Beyond its capacity, on top of the last step's number. */
  readonly overflow: bigint;
  /** The last step's number and the overflow: what is written there, unless overrides say otherwise. */
  readonly replicas: bigint;
}

/** What set a field. */
export type FieldOrigin =
  | { readonly type: 'Template'; readonly place: Place }
  | {
      readonly type: 'Override';
      readonly place: Place;
      /** The cluster that the entry names. */
      readonly cluster: string;
      readonly op: string;
      /** The path as it is written. */
      readonly pointer: string;
    }
  | { readonly type: 'Preference'; readonly place: Place; readonly preference: string }
  /** Kind, name and namespace are those of the federated object. */
  | { readonly type: 'FederatedObject'; readonly place: Place }
  /** The apiVersion, where the template has none: of the FederatedTypeConfig, or of the built-in kind. */
  | { readonly type: 'FederatedType'; readonly place?: Place }
  /** The label that says who manages the object. */
  | { readonly type: 'Gitfed' };

/** One field in one cluster. */
export interface FieldExplanation {
  /** As far as it leads in this manifest: keys and indices. */
  readonly path: NodePath;
  /** Whether the field is there. */
  readonly present: boolean;
  /** What set it. Absent where it is not there. */
  readonly origin?: FieldOrigin;
  /** Overrides that changed something below it, where it holds more than one value. In their order. */
  readonly changedBelow: readonly FieldOrigin[];
  /** What would have set it otherwise: the template. */
  readonly insteadOf?: FieldOrigin;
  /** The override after which it is not there. */
  readonly removedBy?: FieldOrigin;
  /** A part of the template that is left out, and takes the field with it. */
  readonly leftOut?: 'Annotations' | 'Finalizers' | 'Labels';
}
