import type { ApiError } from '../cluster/index.ts';
import { knownPaths } from '../cluster/index.ts';
import type { JsonValue } from '../core/index.ts';
import type { ObjectResult, PropagationStatus } from './types.ts';

/** Statuses that are told and are no failure: someone wanted it so, or it settles by itself. */
const NOTES: ReadonlySet<PropagationStatus> = new Set([
  '',
  'WaitingForRemoval',
  'NamespaceShared',
  'Suspended',
  'KeptByAnnotation',
  'Drifted',
  'Leftover',
]);

/** Whether a pass in which this happened is not in order. */
export function isFailure({ status }: Pick<ObjectResult, 'status'>): boolean {
  return !NOTES.has(status);
}

/** Reasons of the API server, as something that a person can act on. */
const REASONS: Readonly<Record<string, string>> = {
  Forbidden: 'gitfed is not allowed to do this here: give it the right, or take the object out of the repository',
  Unauthorized: 'the credential is not valid any more',
  Invalid: 'the API server does not accept it',
  BadRequest: 'the API server does not understand it',
  AlreadyExists: 'somebody else made it in this moment; the next pass tries again',
  Conflict: 'somebody else changes it at the same time; the next pass tries again',
  NotFound: 'its kind or its namespace is not there',
  TooManyRequests: 'the API server is too busy; the next pass tries again',
  RequestEntityTooLarge: 'it is too large for the API server',
};

/**
 * A sentence about a request that failed: our words, and the fields it is about where they stand in what was sent. Nothing that the
 * server wrote itself.
 */
export function failureMessage(error: ApiError, sent: JsonValue = {}): string {
  if (error.failure !== 'Status') return `${error.message}.`;
  const paths = knownPaths(error, sent);
  const fields = paths.length === 0 ? '' : ` (${paths.join(', ')})`;
  const meaning = Object.hasOwn(REASONS, error.reason) ? `: ${REASONS[error.reason]}` : '';
  return `${error.message}${fields}${meaning}.`;
}

/** KubeFed's word for a request that failed. */
export function failureStatus(error: ApiError, verb: 'create' | 'update' | 'delete'): PropagationStatus {
  if (error.causes.includes('NamespaceTerminating')) return 'WaitingForRemoval';
  const timedOut = error.failure === 'Timeout';
  if (verb === 'create') return timedOut ? 'CreationTimedOut' : 'CreationFailed';
  if (verb === 'update') return timedOut ? 'UpdateTimedOut' : 'UpdateFailed';
  return timedOut ? 'DeletionTimedOut' : 'DeletionFailed';
}
