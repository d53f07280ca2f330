import { DEFAULT_TIMEOUT_MS } from './endpoint.ts';
import { requestError } from './errors.ts';

/** How long somebody waits for a credential: no longer than for an answer. */
export interface CredentialWait {
  /** Default 15,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const LATE = 'the credential, or the program that gives it, did not come in time';

/**
 * Waits for what says who we are, which may come from a program that asks somebody, or from a file that cannot be read now.
 *
 * @param ask may go on when nobody waits for it any more; its signal tells so.
 * @throws {ApiError} `Timeout` or `Aborted`; nothing was sent then. Else what `ask` throws.
 */
export async function waitForCredential<T>(
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: CredentialWait,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await wait(signal, timeoutMs, ask);
}

/** As {@link waitForCredential}, however long it takes. */
export async function waitUntilStopped<T>(
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await wait(signal, undefined, ask);
}

async function wait<T>(
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted === true) throw requestError('Aborted');
  const { promise: given, reject } = Promise.withResolvers<never>();
  const control = new AbortController();
  const giveUp = (error: Error): void => {
    reject(error);
    control.abort(error);
  };
  const abort = (): void => giveUp(requestError('Aborted'));
  const late = (): void => giveUp(requestError('Timeout', { detail: LATE, isUnprocessed: true }));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([ask(control.signal), given]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
