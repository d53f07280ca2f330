import type { CountAndPercent, Model } from '../api/index.ts';
import type { ApiClient, Discovery, ObjectSource } from '../cluster/index.ts';
import type { ObjectId } from '../core/index.ts';
import type { ClusterRendering } from '../render/index.ts';
import type { PreparedManifests } from './desired.ts';
import type { InventoryIdentity } from './inventory.ts';
import type { LeaseOptions } from './lease.ts';
import type { PlanMemo } from './plan-memo.ts';
import type { ClusterResult, ObjectResult } from './types.ts';

/**
 * What a pass is for. `apply`: the member is brought to what is wanted. `dryRun`: its server is asked to do the same without keeping it.
 * `inspect`: nothing is asked but what is there, and every difference is told field by field.
 */
export type LaneMode = 'apply' | 'dryRun' | 'inspect';

/** What a member serves. */
export interface DiscoverySource {
  /** It was asked for before this pass, so that a kind may have come or gone since. */
  readonly isRemembered: boolean;
  get(): Promise<Discovery>;
  /** Asks, whatever is known. */
  refresh(): Promise<Discovery>;
}

/** One pass over one member. */
export interface LaneInput {
  readonly client: ApiClient;
  readonly discovery: DiscoverySource;
  /** What is known of the member's objects without asking it, such as an `ObjectCache`. Default: it is asked each time. */
  readonly objects?: ObjectSource;
  readonly model: Model;
  readonly rendering: ClusterRendering;
  readonly identity: InventoryIdentity;
  /** The source commit. */
  readonly commit: string;
  readonly mode: LaneMode;
  readonly prune: boolean;
  /** What would be pruned is left in the cluster instead, without our labels. Default false. */
  readonly releasesAll?: boolean;
  readonly allowDeletions?: number;
  /** Whether a commit after `since` and up to the source commit lets every deletion through. */
  readonly isAllowedSince: (since: string | undefined) => Promise<boolean>;
  /** The guard of deletions before the source commit, where it is known. @param since the commit that was applied here last. */
  readonly guardBefore: (since: string | undefined) => Promise<CountAndPercent | undefined>;
  /** Whether this workload is planned elsewhere only because this cluster does not count as ready. */
  readonly isReturning: (id: ObjectId) => boolean;
  /** Whether the status branch records this workload in another member. */
  readonly isRecordedElsewhere: (id: ObjectId) => boolean;
  /** Whether the status branch records this object as being here. */
  readonly isRecordedHere: (id: ObjectId) => boolean;
  /** What is to be said of objects in error that keep their last applied state here, by `objectIdKey`. */
  readonly held: ReadonlyMap<string, HeldObject>;
  /** Kinds, as `Deployment.apps`, whose objects are read as a whole, wanted here or not: somebody looks at what runs. Default: none. */
  readonly observedKinds?: ReadonlySet<string>;
  readonly prepared: PreparedManifests;
  /** Of this member, from one pass to the next. Default: nothing is remembered. */
  readonly memo?: PlanMemo;
  /** Wait after each wave until what was applied is ready, for so long in all. Absent: not at all. */
  readonly waitMs?: number;
  /** How long another writer is waited for, and who is told of it. */
  readonly lease: Pick<LeaseOptions, 'waitMs' | 'onWaiting' | 'durations' | 'isGone'> & {
    /** As what this process shares the work with others. */
    readonly member?: string;
  };
  /** The time of the pass, in seconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
  readonly onObject: (result: ObjectResult) => void;
}

/** An object in error. */
export interface HeldObject {
  readonly result: ObjectResult;
  /** It should be in this cluster for sure; otherwise it is told of where it is. */
  readonly isPlaced: boolean;
}

export type LaneResult = Pick<ClusterResult, 'state' | 'objects' | 'message' | 'prune'>;
