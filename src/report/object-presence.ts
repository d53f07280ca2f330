import type { ObjectState } from './status-objects.ts';

/** It was tried, and is not known to have been made. */
const NOT_MADE: ReadonlySet<string> = new Set(['CreationFailed', 'CreationTimedOut']);

/** Said of what is there and of what is not, as nobody had come to it or may touch it. That something of its name was seen tells. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  'RetrievalFailed',
  'NotHealthy',
  'Suspended',
  'ClusterNotReady',
  'ClusterLocked',
  'ComputeResourceFailed',
  'ApplyOverridesFailed',
  'PruneHeld',
]);

/** What was seen need not be what was applied, or goes away. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'WaitingForRemoval',
  'InventoryConflict',
  'NamespaceShared',
  'AlreadyExists',
  'ManagedLabelFalse',
  'KeptLive',
]);

type Presence = Pick<ObjectState, 'federated' | 'status' | 'health' | 'present'>;

/**
 * Whether an object was made there and is to stay, so that somebody deleted it if it is not there. Where that cannot be told, as in files of
 * earlier versions that do not say it, it is not: an object that never was has to be made.
 */
export function isKnownHere(state: Presence): boolean {
  const { federated, status, present } = state;
  // What is wanted no more is on its way out, if we are let.
  if (federated === undefined || NOT_MADE.has(status)) return false;
  return present === true || !saysNothing(state);
}

/** Whether the presence of an object has to be kept from the state before. */
export function needsPresence(state: Presence): boolean {
  return state.federated !== undefined && saysNothing(state);
}

function saysNothing({ status, health }: Presence): boolean {
  if (NOT_OURS.has(status)) return true;
  return NOT_REACHED.has(status) && (health === undefined || health === 'Terminating');
}

/** What is not known to be there, as far as a plan that moves replicas may take it so. */
const NEVER_THERE: ReadonlySet<string> = new Set([...NOT_MADE, 'ClusterNotReady', 'ClusterLocked']);

/** Whether replicas of it may run there. Where that cannot be told, they may. */
export function mayBeHere(state: Presence): boolean {
  return !NEVER_THERE.has(state.status) || isKnownHere(state);
}
