import { isFailure } from '../apply/statuses.ts';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';

/** What was done to the objects of a cluster. An object that failed counts as failed only. */
export interface SyncCounts {
  readonly created: number;
  readonly configured: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly failed: number;
}

export function countObjects({ objects }: ClusterResult): SyncCounts {
  const worked = objects.filter((result) => !hasFailed(result));
  const of = (action: ObjectResult['action']): number => worked.filter((result) => result.action === action).length;
  return {
    created: of('created'),
    configured: of('configured'),
    unchanged: of('unchanged'),
    deleted: of('deleted'),
    skipped: of('skipped'),
    failed: objects.length - worked.length,
  };
}

/** Whether something went wrong with an object: its status is neither OK nor a mere note. */
export function hasFailed(result: ObjectResult): boolean {
  // Its cluster says it for all.
  return isFailure(result) && result.status !== 'ClusterNotReady';
}
