import { setTimeout as sleep } from 'node:timers/promises';

export interface PollOptions {
  /** What is waited for, for the message of the error. */
  what: string;
  timeoutMs?: number;
  intervalMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_INTERVAL_MS = 25;

/**
 * Asks `check` until it answers with something other than undefined or false, and returns that.
 *
 * An error of `check` ends the wait: only the caller knows which errors mean "not yet".
 */
export async function poll<T>(check: () => Promise<T | undefined | false>, options: PollOptions): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) {
      return value;
    }
    if (performance.now() > deadline) {
      throw new Error(`${options.what}: not so after ${timeoutMs} ms`);
    }
    await sleep(options.intervalMs ?? DEFAULT_INTERVAL_MS);
  }
}
