import type { Configuration, IgnoreRule } from '../api/index.ts';
import type { ObjectId } from '../core/index.ts';
import type { FormerManagers } from '../drift/index.ts';
import type { Desired } from './desired.ts';
import type { LiveState } from './live.ts';
import type { PlanMemo } from './plan-memo.ts';

/** Everything that a plan for one member is made of. */
export interface PlanInput {
  readonly cluster: string;
  /** In apply order. */
  readonly desired: readonly Desired[];
  /** Objects that keep their last applied state; their results are in `heldResults` where there is something to say. */
  readonly held: readonly ObjectId[];
  readonly live: LiveState;
  readonly inventoryId: string;
  /** The inventory's Secret and its namespace: never written or deleted as an object of the repository. */
  readonly parent: ObjectId;
  /** Whether the inventory was there before this pass: without it nothing is deleted. */
  readonly hadInventory: boolean;
  readonly appliedHash: (desired: Desired) => string;
  readonly formerManagers: FormerManagers;
  readonly ignoreDifferences: readonly IgnoreRule[];
  readonly adoptResources: boolean;
  readonly suspend: Configuration['suspend'];
  /** Objects that stay as they are, whatever is wanted. Default: none. */
  readonly keepLive?: Configuration['keepLive'];
  readonly maxDeletions: Configuration['prune']['maxDeletions'];
  readonly prune: boolean;
  /** What would be deleted is left in the cluster instead, without our labels. */
  readonly releasesAll: boolean;
  readonly allowDeletions?: number;
  /** A commit trailer lets every deletion through. */
  readonly isGuardLifted: boolean;
  /** `file:line` of what holds back deletions and changes of planned replicas in this pass. */
  readonly hold?: string;
  /** No federated object in the repository at all. */
  readonly isModelEmpty: boolean;
  /** Whether a federated object for this target is still in the repository, placed here or not. */
  readonly isFederated: (id: ObjectId) => boolean;
  /**
   * Whether this workload is planned elsewhere only because its cluster does not count as ready: it was lost, and is there again. What runs
   * there stays until it does.
   */
  readonly isReturning: (id: ObjectId) => boolean;
  /** What earlier passes found out. */
  readonly memo: PlanMemo;
  /** Names what else the plan for one object depends on: equal texts, equal plans. */
  readonly rules: string;
  /** Whether this workload is recorded as running in another member. */
  readonly isRecordedElsewhere: (id: ObjectId) => boolean;
}
