import { isJsonObject, type JsonValue } from '../core/index.ts';

/**
 * What stopped a request. `Status`: the server answered with an error. `Timeout`: it did not answer in time, or the credential did not come.
 * `Connection`: not reached, or cut off. `Response`: it answered with something that no API server says (a redirect, too much, no JSON).
 * `Aborted`: we were stopped.
 */
export type ApiFailure = 'Status' | 'Timeout' | 'Connection' | 'Response' | 'Aborted';

export interface ApiErrorDetails {
  readonly failure: ApiFailure;
  /** HTTP status, 0 without an answer. */
  readonly status: number;
  /** The `reason` of the server's Status object, `''` where it gave none. A word such as `Forbidden`. */
  readonly reason: string;
  /** JSON paths that the server complained about, such as `.spec.replicas`. May hold keys, see {@link knownPaths}. */
  readonly paths: readonly string[];
  /** Types of `details.causes`, such as `NamespaceTerminating`. */
  readonly causes: readonly string[];
  readonly retryAfterMs?: number;
  /** The server refuses to change a field of an object that exists, whatever its new value. */
  readonly isImmutable?: boolean;
  /** All that the server says against the object is that lists of it have two items with the same key. */
  readonly hasDuplicateItems?: boolean;
  /** A fixed word of ours about the connection, such as `ECONNREFUSED` or `certificate has expired`. */
  readonly detail?: string;
  /** The server surely did not act on it, so that doing it again is safe whatever it is. */
  readonly isUnprocessed?: boolean;
}

/**
 * A request that failed. Its message holds a code, a reason and nothing that the server wrote in its own words:
 * an API server quotes the values of Secrets in them.
 */
export class ApiError extends Error {
  readonly failure: ApiFailure;
  readonly status: number;
  readonly reason: string;
  readonly paths: readonly string[];
  readonly causes: readonly string[];
  readonly retryAfterMs: number | undefined;
  readonly isImmutable: boolean;
  readonly hasDuplicateItems: boolean;
  readonly isUnprocessed: boolean;
  readonly #detail: string | undefined;

  constructor(details: ApiErrorDetails) {
    super(describe(details));
    this.name = 'ApiError';
    this.failure = details.failure;
    this.status = details.status;
    this.reason = details.reason;
    this.paths = details.paths;
    this.causes = details.causes;
    this.retryAfterMs = details.retryAfterMs;
    this.isImmutable = details.isImmutable ?? false;
    this.hasDuplicateItems = details.hasDuplicateItems ?? false;
    this.isUnprocessed = details.isUnprocessed ?? false;
    this.#detail = details.detail;
  }

  /** The server is not who it should be: trying again does not help. */
  get isUntrusted(): boolean {
    return (
      this.failure === 'Connection' &&
      /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)|certificate/.test(this.#detail ?? '')
    );
  }

  /** The server said that there is no such object. A path that it does not know at all is another 404. */
  get isNotFound(): boolean {
    return this.failure === 'Status' && this.status === 404 && this.reason === 'NotFound';
  }

  get isConflict(): boolean {
    return this.failure === 'Status' && this.status === 409;
  }
}

/** Why a write was not sent, in the words of whoever is asked before: it says nothing of the server, and is not tried again. */
export class WriteRefusedError extends Error {
  override readonly name: string = 'WriteRefusedError';
}

/** A member whose configuration does not say how it is reached: KubeFed's `ClusterConfigMalformed`. Its message holds no credential. */
export class ConfigMalformedError extends Error {
  override readonly name = 'ConfigMalformedError';
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}

function describe({ failure, status, reason, detail }: ApiErrorDetails): string {
  switch (failure) {
    case 'Status':
      return reason === '' ? `the API server answered ${status}` : `the API server answered ${status} ${reason}`;
    case 'Timeout':
      return detail ?? 'the API server did not answer in time';
    case 'Connection':
      return detail === undefined ? 'the API server was not reached' : `the API server was not reached: ${detail}`;
    case 'Response':
      return `the answer is none of an API server: ${detail ?? 'it cannot be read'}`;
    case 'Aborted':
      return 'the pass was stopped';
    default:
      return failure satisfies never;
  }
}

export interface RequestErrorOptions {
  readonly detail?: string;
  readonly status?: number;
  readonly isUnprocessed?: boolean;
}

/** An error that is not one of the server's answers. `detail` is a fixed word of ours, see {@link ApiErrorDetails}. */
export function requestError(failure: Exclude<ApiFailure, 'Status'>, options: RequestErrorOptions = {}): ApiError {
  return new ApiError({ failure, status: 0, reason: '', paths: [], causes: [], ...options });
}

/** What Node and OpenSSL say of a connection. Their codes are words without addresses in them; other messages are our own. */
export function connectionError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return requestError('Connection', { detail: connectionDetail(error) });
}

function connectionDetail(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return code;
  return /^[a-z ]{1,60}$/.test(error.message) ? error.message : 'unknown';
}

/** A reason is one word; what else stands there is not passed on. */
const REASON = /^[A-Za-z]{1,64}$/;

/** How the validations of Kubernetes say so: there is no code for it. */
const IMMUTABLE =
  /field is immutable|may not change once set|updates to .* are forbidden|updates may not change fields|may not be changed|cannot be changed|cannot change roleRef|is immutable|failed rule: self == oldSelf/;

/** Makes an error of an answer that is no success. Never throws. */
export function statusError(status: number, body: string, retryAfter: string | undefined): ApiError {
  const answer = parse(body);
  const reason = isJsonObject(answer) && typeof answer.reason === 'string' ? answer.reason : '';
  const message = isJsonObject(answer) && typeof answer.message === 'string' ? answer.message : '';
  const causes = causesOf(answer);
  const seconds = retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return new ApiError({
    failure: 'Status',
    status,
    reason: REASON.test(reason) ? reason : '',
    paths: [...new Set([...causes.flatMap(({ field }) => (field === '' ? [] : [field])), ...pathsInMessage(message)])],
    causes: causes.flatMap(({ reason: type }) => (REASON.test(type) ? [type] : [])),
    ...(status === 422 && causes.some(isAboutImmutableField) ? { isImmutable: true } : {}),
    ...(hasOnlyDuplicates(message) ? { hasDuplicateItems: true } : {}),
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
  });
}

function parse(body: string): JsonValue | undefined {
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    return undefined;
  }
}

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** A policy may use the same words, and names no field. */
function isAboutImmutableField({ field, message }: Cause): boolean {
  return field !== '' && IMMUTABLE.test(message);
}

function causesOf(answer: JsonValue | undefined): readonly Cause[] {
  const details = isJsonObject(answer) ? answer.details : undefined;
  const causes = isJsonObject(details) ? details.causes : undefined;
  if (!Array.isArray(causes)) return [];
  return causes.filter(isJsonObject).map(({ reason, field, message }) => ({
    reason: typeof reason === 'string' ? reason : '',
    field: typeof field === 'string' ? field : '',
    message: typeof message === 'string' ? message : '',
  }));
}

/** How server-side apply complains about a field: its path and what is wrong. */
const TYPED = /(?:^|[\s(])(\.[^\s:]{1,500}): (field not declared|expected|duplicate|element|must)/g;

function hasOnlyDuplicates(message: string): boolean {
  const problems = [...message.matchAll(TYPED)].map(([, , problem]) => problem);
  return problems.length > 0 && problems.every((problem) => problem === 'duplicate');
}

/**
 * Paths in the two kinds of sentences that the API server has no `causes` for: of server-side apply (`.spec.x: field not declared in
 * schema`) and of strict decoding (`unknown field "spec.x"`). A value that is quoted there may look like one too: see {@link knownPaths}.
 */
function pathsInMessage(message: string): readonly string[] {
  const typed = message.matchAll(TYPED);
  const strict = message.matchAll(/(?:unknown|duplicate) field "([^"]{1,500})"/g);
  return [...typed, ...strict].flatMap((match) => match[1] ?? []);
}

/**
 * Those paths of an error that name something which stands in the object that was sent, in their order and at most three. What the server
 * wrote in the place of a path, and is a value in truth, does not.
 */
export function knownPaths({ paths }: ApiError, sent: JsonValue): readonly string[] {
  return paths.filter((path) => resolves(path, sent)).slice(0, 3);
}

function resolves(path: string, sent: JsonValue): boolean {
  let values: readonly JsonValue[] = [sent];
  let rest = path.replace(/^\./, '');
  if (rest === '') return false;
  while (rest !== '') {
    const index = /^\[[^\]]*\]\.?/.exec(rest)?.[0];
    if (index !== undefined) {
      values = values.flatMap((value) => (Array.isArray(value) ? (value as readonly JsonValue[]) : []));
      rest = rest.slice(index.length);
    } else {
      // The longest key that fits: keys of labels and of a ConfigMap have dots.
      const keys = values.flatMap((value) => (isJsonObject(value) ? Object.keys(value) : []));
      const key = keys.filter((one) => isPrefix(one, rest)).sort((a, b) => b.length - a.length)[0];
      if (key === undefined) return false;
      values = values.flatMap((value) =>
        isJsonObject(value) && Object.hasOwn(value, key) ? [value[key] as JsonValue] : [],
      );
      rest = rest.slice(key.length).replace(/^\./, '');
    }
    if (values.length === 0) return false;
  }
  return true;
}

function isPrefix(key: string, rest: string): boolean {
  if (key === '' || !rest.startsWith(key)) return false;
  const next = rest[key.length];
  return next === undefined || next === '.' || next === '[';
}
