import type { FederatedObject } from '../api/model.ts';
import type { Finding, JsonObject, ObjectId } from '../core/index.ts';

/** What the replica planner knows of the members; a file of kind `Observations` (design §5). Nothing known: every cluster is ready. */
export interface Observations {
  readonly clusters: ReadonlyMap<string, ClusterObservation>;
}

export interface ClusterObservation {
  readonly ready: boolean;
  /** By `objectIdKey` of the target without its group: kind, namespace, name (`workloadKey`). */
  readonly workloads: ReadonlyMap<string, WorkloadObservation>;
}

export interface WorkloadObservation {
  readonly specReplicas: bigint;
  readonly readyReplicas: bigint;
  readonly runningAndReadyPods: bigint;
  /** Unschedulable for longer than `observation.unschedulableAfter`. */
  readonly unschedulablePods: bigint;
  /** What the cluster was found to hold when it was asked for more, where no pod shows it any longer. */
  readonly capacity?: bigint;
  /** For what it was found (`demandOf`): another demand may fit. Absent beside `capacity`: for any. */
  readonly demand?: string;
}

/** One object for one cluster. */
export interface RenderedObject {
  /** Equal to the federated object's `target`: an override cannot change it. */
  readonly id: ObjectId;
  /**
   * What is applied. Shared by reference between clusters whose manifests are equal, so that work done once per distinct
   * content (serialising, hashing) can be remembered by reference. Never mutated.
   */
  readonly manifest: JsonObject;
  readonly federated: FederatedObject;
  /** Replicas that a preference scheduled here, overflow included. */
  readonly scheduledReplicas?: bigint;
}

export interface ClusterRendering {
  readonly cluster: string;
  /** In apply order. */
  readonly objects: readonly RenderedObject[];
  /** Objects whose last applied state must stay in this cluster: in error here, or everywhere. */
  readonly held: readonly ObjectId[];
}

/** The result of a rendering: a function of model and observations, and of nothing else. */
export interface Rendering {
  /** Every registered cluster, sorted by name. */
  readonly clusters: readonly ClusterRendering[];
  /** `FederatedDeployment/ns/name` → cluster → replicas; only what preferences scheduled. Keys and clusters sorted. */
  readonly replicas: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  /** The model's findings and those of rendering, sorted, without duplicates. */
  readonly findings: readonly Finding[];
}
