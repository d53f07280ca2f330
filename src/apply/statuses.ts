import type { ApiError } from '../cluster/index.ts';
import { knownPaths } from '../cluster/index.ts';
import { type JsonValue, stringifyJson } from '../core/index.ts';
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

const AGAIN = 'The next pass tries again.';

/** Reasons of the API server, as what it means and what a person can do about it. */
const REASONS: Readonly<Record<string, string>> = {
  Forbidden:
    'gitfed lacks the right to do this, or a quota, a LimitRange or an admission policy of the cluster forbids it. Compare the right with what `gitfed rbac` prints; if gitfed has it, look at the quotas and the policies of the namespace.',
  Unauthorized: 'the credential is not valid there any more. Renew it where gitfed takes it from.',
  Invalid:
    'the object breaks a rule of its kind, or an admission policy of the cluster refuses it. Correct it in the repository, or change the policy.',
  BadRequest: 'it cannot read the object. Correct it in the repository.',
  AlreadyExists: `somebody else made it in this moment. ${AGAIN}`,
  Conflict: `somebody else changes it at the same time. ${AGAIN}`,
  NotFound:
    'its namespace or its kind is not there any more. If the next pass says the same, federate the namespace, or have the kind defined.',
  TooManyRequests: `it is too busy. ${AGAIN}`,
  RequestEntityTooLarge: 'the object is too large for it. Split it into several objects.',
  UnsupportedMediaType: 'it does not know server-side apply, which Kubernetes has from version 1.22 on. Update the cluster.',
  MethodNotAllowed: 'objects of this kind cannot be changed in this way. Take it out of the repository.',
  InternalError: `something in the cluster broke down, often an admission webhook that does not answer. ${AGAIN} If it goes on, look at the webhooks and the log of the API server.`,
  ServerTimeout: `it is overloaded, or its storage is slow. ${AGAIN}`,
  Timeout: `it is overloaded, or its storage is slow. ${AGAIN}`,
  ServiceUnavailable: `it is starting, or its storage is not there. ${AGAIN}`,
};

const SERVER_ERROR = `it failed, and does not say why. ${AGAIN} If it goes on, look at the log of the API server.`;
const IMMUTABLE = 'it does not accept the change.';

/** What etcd takes at most, by default; what else the API server writes into an object comes on top. */
const STORED_BYTES = 1_400_000;
const LARGE =
  'it failed, and the object is larger than the 1.5 MB that a cluster stores by default. Split it into several objects.';

/**
 * Sentences about a request that failed: what the server answered, the fields it is about where they stand in what was sent, what that
 * means and what to do. Fixed words of ours: nothing that the server wrote itself.
 */
export function failureMessage(error: ApiError, sent: JsonValue = {}): string {
  if (error.failure === 'Timeout') return `${capitalized(error.message)}: it is overloaded, or the network is slow. ${AGAIN}`;
  if (error.failure !== 'Status') return `${capitalized(error.message)}. ${AGAIN}`;
  const paths = [...new Set(knownPaths(error, sent).map((path) => `.${path.replace(/^\./, '')}`))];
  const fields = paths.length === 0 ? '' : ` (${paths.join(', ')})`;
  const meaning = meaningOf(error, sent);
  return `${capitalized(error.message)}${fields}${meaning === undefined ? '.' : `: ${meaning}`}`;
}

function meaningOf({ status, reason, isImmutable }: ApiError, sent: JsonValue): string | undefined {
  if (isImmutable) return IMMUTABLE;
  if (status >= 500 && sizeOf(sent) > STORED_BYTES) return LARGE;
  if (Object.hasOwn(REASONS, reason)) return REASONS[reason];
  return status >= 500 ? SERVER_ERROR : undefined;
}

/** In bytes, as it is sent. */
function sizeOf(sent: JsonValue): number {
  return new TextEncoder().encode(stringifyJson(sent)).length;
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** KubeFed's word for a request that failed. */
export function failureStatus(error: ApiError, verb: 'create' | 'update' | 'delete'): PropagationStatus {
  if (error.causes.includes('NamespaceTerminating')) return 'WaitingForRemoval';
  const timedOut = error.failure === 'Timeout';
  if (verb === 'create') return timedOut ? 'CreationTimedOut' : 'CreationFailed';
  if (verb === 'update') return timedOut ? 'UpdateTimedOut' : 'UpdateFailed';
  return timedOut ? 'DeletionTimedOut' : 'DeletionFailed';
}
