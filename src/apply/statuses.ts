import type { ApiError } from '../cluster/index.ts';
import { knownPaths } from '../cluster/index.ts';
import { compareText, type JsonValue, stringifyJson } from '../core/index.ts';
import type { ObjectResult, PropagationStatus } from './types.ts';

/** Statuses that are told and are no failure: someone wanted it so, or it settles by itself. */
const NOTES: ReadonlySet<PropagationStatus> = new Set([
  '',
  'NamespaceShared',
  'Suspended',
  'KeptByAnnotation',
  'KeptLive',
  'Drifted',
  'FieldTaken',
  'Leftover',
]);

/** Whether a pass in which this happened is not in order. A wanted object that waits for its place is not there yet. */
export function isFailure({
  status,
  action,
  federated,
}: Pick<ObjectResult, 'status' | 'action' | 'federated'>): boolean {
  if (status === 'WaitingForRemoval') return action === 'skipped' && federated !== undefined;
  return !NOTES.has(status);
}

const AGAIN = 'The next pass tries again.';
const OVERLOADED = `it is overloaded, or its storage is slow. ${AGAIN}`;

/** Reasons of the API server, as what they mean and what a person can do about it. */
const REASONS: Readonly<Record<string, string>> = {
  Forbidden:
    'gitfed lacks the right to do this, or a quota, a LimitRange or an admission policy of the cluster forbids it. Compare the rights of gitfed there with what `gitfed rbac` prints; if they are the same, look at the quotas and the policies.',
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
  UnsupportedMediaType: 'it does not know server-side apply. Update the cluster to Kubernetes 1.22 or later.',
  MethodNotAllowed: 'objects of this kind cannot be changed in this way. Take it out of the repository.',
  InternalError: `something in the cluster broke down, often an admission webhook that does not answer. ${AGAIN} If it goes on, look at the webhooks and at the log of the API server.`,
  ServerTimeout: OVERLOADED,
  Timeout: OVERLOADED,
  ServiceUnavailable: `it is starting, or its storage is not there. ${AGAIN}`,
};

const INVALID_FIELD =
  'the kind does not allow this value in that place. Correct it in the repository, or in the override that sets it.';
const UNKNOWN_FIELD =
  'the kind has no such field, or its value is of another type. Correct it in the repository, or in the override that sets it.';
const DUPLICATE_ITEMS =
  'the list has two items with the same key, such as two variables of one name or two ports of one number. Remove one of them in the repository, or in the override that adds it.';
const IMMUTABLE = 'it does not accept the change.';
const SERVER_ERROR = `it failed, and does not say why. ${AGAIN} If it goes on, look at the log of the API server.`;
const TOO_LARGE =
  'the object has more than 1 MB and is too large: a ConfigMap or a Secret holds 1 MiB, a cluster stores 1.5 MB of any object by default. Split it into several objects.';
const TERMINATING = 'Its namespace is being deleted; it is applied again when that is gone.';

/** An object with more bytes than this is likely to be refused for it. Not every refusal says so by its reason. */
const LARGE_BYTES = 1_000_000;

/**
 * Sentences about a request that failed: what the server answered, the fields it is about where they stand in what was sent, what that
 * means and what to do about it. Fixed words of ours: nothing that the server wrote itself.
 */
export function failureMessage(error: ApiError, sent: JsonValue = {}): string {
  if (isInTerminatingNamespace(error)) return TERMINATING;
  if (error.failure !== 'Status') return `${capitalized(error.message)}. ${AGAIN}`;
  const paths = knownPaths(error, sent).map((path) => `.${path.replace(/^\./, '')}`);
  // A server names them in any order, and no status changes for that.
  const fields = paths.length === 0 ? '' : ` (${[...new Set(paths)].sort(compareText).join(', ')})`;
  const meaning = meaningOf(error, paths.length > 0, sent);
  return `${capitalized(error.message)}${fields}${meaning === undefined ? '.' : `: ${meaning}`}`;
}

function meaningOf(error: ApiError, hasPaths: boolean, sent: JsonValue): string | undefined {
  const { status, reason, isImmutable, hasDuplicateItems } = error;
  const isServerError = status >= 500;
  if (isImmutable) return IMMUTABLE;
  // Server-side apply answers so to what does not fit the schema.
  if (hasPaths && status === 500 && reason === '') return hasDuplicateItems ? DUPLICATE_ITEMS : UNKNOWN_FIELD;
  if (hasPaths && reason === 'Invalid') return INVALID_FIELD;
  // So does etcd, and what lies before it, to what is too large for it; and the validation of a ConfigMap names no field.
  if ((isServerError || reason === 'Invalid') && sizeOf(sent) > LARGE_BYTES) return TOO_LARGE;
  if (Object.hasOwn(REASONS, reason)) return REASONS[reason];
  return isServerError ? SERVER_ERROR : undefined;
}

/** In bytes, as it is sent. */
function sizeOf(sent: JsonValue): number {
  return new TextEncoder().encode(stringifyJson(sent)).length;
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function isInTerminatingNamespace({ causes }: ApiError): boolean {
  return causes.includes('NamespaceTerminating');
}

/** KubeFed's word for a request that failed. */
export function failureStatus(error: ApiError, verb: 'create' | 'update' | 'delete'): PropagationStatus {
  if (isInTerminatingNamespace(error)) return 'WaitingForRemoval';
  const timedOut = error.failure === 'Timeout';
  if (verb === 'create') return timedOut ? 'CreationTimedOut' : 'CreationFailed';
  if (verb === 'update') return timedOut ? 'UpdateTimedOut' : 'UpdateFailed';
  return timedOut ? 'DeletionTimedOut' : 'DeletionFailed';
}
