import type { ClusterLocality } from '../cluster/index.ts';
import type { JsonObject, JsonValue, ObjectId } from '../core/index.ts';
import type { FieldDrift, IgnoredCount, ObjectHealth } from '../drift/index.ts';

/** What was done to an object in a member, in kubectl's words. */
export type ObjectAction = 'created' | 'configured' | 'unchanged' | 'deleted' | 'skipped';

/** KubeFed's propagation statuses; `''` is OK. Those that only gitfed has stand in the last line. */
export type PropagationStatus =
  | ''
  | 'WaitingForRemoval'
  | 'ClusterNotReady'
  | 'ComputeResourceFailed'
  | 'ApplyOverridesFailed'
  | 'CreationFailed'
  | 'UpdateFailed'
  | 'DeletionFailed'
  | 'LabelRemovalFailed'
  | 'RetrievalFailed'
  | 'AlreadyExists'
  | 'ManagedLabelFalse'
  | 'CreationTimedOut'
  | 'UpdateTimedOut'
  | 'DeletionTimedOut'
  | 'PruneBlocked'
  | 'PruneHeld'
  | 'NamespaceNotEmpty'
  | 'NamespaceShared'
  | 'InventoryConflict'
  | 'Suspended'
  | 'KeptByAnnotation'
  | 'KeptLive'
  | 'Drifted'
  | 'DriftFight'
  | 'FieldTaken'
  | 'Leftover'
  | 'NotHealthy'
  | 'ClusterLocked';

export interface ObjectResult {
  readonly id: ObjectId;
  /** `FederatedDeployment/shop/web`; `undefined` for a pruned object whose federated object is gone. */
  readonly federated?: string;
  readonly action: ObjectAction;
  readonly status: PropagationStatus;
  /** A fixed sentence for people: no uids, ports or durations, and nothing an API server said about a Secret. */
  readonly message?: string;
  /** Replicas that a preference scheduled here. */
  readonly scheduledReplicas?: bigint;
  /** Of the object after this pass, of a pass that applies. Absent where it is not known. */
  readonly health?: ObjectHealth;
  /** Its status in the member, of kinds whose status is collected. */
  readonly remoteStatus?: JsonValue;
  /** What somebody changed there since it was applied; put back if `action` is `configured`. */
  readonly drift?: readonly FieldDrift[];
  /** The status branch has it there, and it was not: somebody deleted it. Made anew if `action` is `created`. */
  readonly wasDeleted?: true;
  /** We deleted it ourselves, to make it anew, and it is not known to be there again. */
  readonly wasRemoved?: true;
  /** Differences that `ignoreDifferences` hides. */
  readonly ignored?: readonly IgnoredCount[];
  /** Of mode `inspect`: the whole object as it is, and as a pass would leave it. Values of Secrets are masked. */
  readonly preview?: { readonly before: JsonObject; readonly after: JsonObject };
  /**
   * Of mode `inspect`, where what is wanted was never applied as it is: differences may be what a sync has still to bring. `adopted`: nothing
   * of it was ever ours.
   */
  readonly pending?: 'changed' | 'adopted';
  /** It was left in the cluster, without our labels: it is not ours any more. */
  readonly released?: true;
}

/** The result of one pass over one cluster. */
export interface ClusterResult {
  readonly cluster: string;
  /** `NotReady`: not reached, nothing is known of its objects. `Suspended`: no writes wanted. `Failed`: reached, and something failed. */
  readonly state: 'Synced' | 'Failed' | 'NotReady' | 'Suspended';
  readonly kubernetesVersion?: string;
  /** Where it runs, when this pass has read it. */
  readonly locality?: ClusterLocality;
  /**
   * Why a cluster is `NotReady`, in KubeFed's terms; `Unknown` where the pass broke off before that was found out, so that what was known before
   * still holds. Absent when it is ready, or was not asked.
   */
  readonly health?: 'NotReady' | 'Offline' | 'ConfigMalformed' | 'Unknown';
  /** For the whole cluster: why it was not reached, or that the prune is blocked or held. Fixed sentences. */
  readonly message?: string;
  readonly prune?: { readonly status: 'PruneBlocked' | 'PruneHeld'; readonly count: number; readonly message: string };
  /** In the order of work: applied first, pruned last. */
  readonly objects: readonly ObjectResult[];
}

/** Emitted while a pass runs; reports and progress are made of them. */
export type SyncEvent =
  | { readonly type: 'clusterStarted'; readonly cluster: string; readonly objects: number }
  /** Somebody else writes to it, and is waited for. */
  | { readonly type: 'waiting'; readonly cluster: string; readonly holder: string }
  | { readonly type: 'object'; readonly cluster: string; readonly result: ObjectResult }
  | { readonly type: 'clusterFinished'; readonly cluster: string; readonly result: ClusterResult };
