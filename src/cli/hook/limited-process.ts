import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface LimitedRequest {
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly input: string;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Ends it before. */
  readonly signal?: AbortSignal;
}

export type LimitedResult =
  /** It ended by itself. `stdout` is all of it, `stderr` its last words; `code` is missing where a signal ended it. */
  | { readonly type: 'ended'; readonly code?: number; readonly stdout: string; readonly stderr: string }
  | { readonly type: 'timedOut' }
  | { readonly type: 'interrupted' }
  | { readonly type: 'failed'; readonly message: string };

const LAST_WORDS = 2000;

/**
 * Runs a program for so long and no longer. A timer in the same process would not do: while it computes, no timer fires.
 * What the program started goes with it.
 */
export async function runLimited({ words, input, cwd, timeoutMs, signal }: LimitedRequest): Promise<LimitedResult> {
  const [program = '', ...args] = words;
  // A group of its own can be ended as a whole.
  const child = spawn(program, args, { cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = (): void => endGroup(child.pid);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    if (isLate) return { type: 'timedOut' };
    if (signal?.aborted === true) return { type: 'interrupted' };
    return { type: 'ended', stdout, stderr: stderr.slice(-LAST_WORDS), ...(code === null ? {} : { code }) };
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? error.message : `${error}` };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
