import type { PostRequest } from './forge.ts';

/** What became of one request. */
export type PostOutcome =
  | { readonly type: 'accepted' }
  /** It may be taken later. */
  | { readonly type: 'later'; readonly why: string; readonly afterMs?: number }
  /** It will never be taken. */
  | { readonly type: 'refused'; readonly why: string; readonly isGone: boolean };

const TIMEOUT_MS = 10_000;
/** Nobody may ask for more: what is told then is no news. */
const MOST_WAIT_MS = 3_600_000;
const LATER = new Set([408, 425, 429]);

/**
 * Sends a request and says what became of it, without a word that the server wrote: only its status, or the code of what failed. It is not
 * followed elsewhere, for there the secret would go as well.
 *
 * @param now milliseconds since 1970, for dates that the server names.
 */
export async function post(
  { url, headers, body }: PostRequest,
  signal: AbortSignal,
  now: number,
): Promise<PostOutcome> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: limit, redirect: 'manual' });
    await response.body?.cancel();
    return outcomeOf(response, now);
  } catch (error) {
    return { type: 'later', why: codeOf(error) };
  }
}

function outcomeOf({ status, headers }: Response, now: number): PostOutcome {
  if (status >= 200 && status < 300) return { type: 'accepted' };
  const why = `HTTP ${status}`;
  const afterMs = waitOf(headers, now);
  const wait = afterMs === undefined ? {} : { afterMs: Math.min(Math.max(0, afterMs), MOST_WAIT_MS) };
  // GitHub says so where there were too many requests.
  const isLimited = status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0');
  if (status >= 500 || LATER.has(status) || isLimited) return { type: 'later', why, ...wait };
  return { type: 'refused', why, isGone: status === 410 };
}

/** In seconds, or as a date. */
function waitOf(headers: Headers, now: number): number | undefined {
  const after = headers.get('retry-after');
  if (after !== null) {
    if (/^\d+$/.test(after)) return Number(after) * 1000;
    const date = Date.parse(after);
    return Number.isNaN(date) ? undefined : date - now;
  }
  const reset = headers.get('x-ratelimit-reset');
  if (headers.get('x-ratelimit-remaining') !== '0' || reset === null || !/^\d+$/.test(reset)) return undefined;
  return Number(reset) * 1000 - now;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer in ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : 'the connection failed';
}
