import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { isatty } from 'node:tty';
import type { KubeConfig } from '@kubernetes/client-node';
import pLimit from 'p-limit';
import { type CredentialWait, waitForCredential, waitUntilStopped } from './credential-wait.ts';
import { requestError } from './errors.ts';

/** As the client starts a program; its types keep that to themselves. */
interface ProgramAuthenticator {
  execFn?: (command: string, args: readonly string[] | undefined, options: SpawnOptions) => ChildProcess;
}

/** What ends the programs that are started meanwhile. */
const limits = new AsyncLocalStorage<AbortSignal>();
/** Whose programs nobody waits for any more, though they, or what they started, go on. */
const hanging = new Set<string>();

/**
 * Programs that this kubeconfig names get no input, as nobody would answer, and are ended as {@link runPrograms} has it.
 *
 * @param user whose credential they give. While one hangs that cannot be ended, no other is started for the same.
 */
export function limitPrograms(config: KubeConfig, user: string): void {
  const { authenticators } = config as unknown as { readonly authenticators: readonly ProgramAuthenticator[] };
  for (const authenticator of authenticators) {
    if (authenticator.execFn === undefined) continue;
    authenticator.execFn = (command, args, options) => start({ command, args: args ?? [], options, user });
  }
}

/** A hundred at once would all be late on a small machine. */
const turns = pLimit(Math.max(8, 4 * availableParallelism()));

/** Somebody sits there, who may have to log in with a browser. */
const LOGIN_MS = 120_000;

function isAtTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}

/**
 * Ends those that `work` has started when they are not waited for any more. Their time begins when it is their turn, and at a terminal it is
 * two minutes at least.
 *
 * @throws {ApiError} `Timeout` or `Aborted`.
 */
export async function runPrograms<T>({ signal, ...asked }: CredentialWait, work: () => Promise<T>): Promise<T> {
  const wait = isAtTerminal() ? { timeoutMs: Math.max(LOGIN_MS, asked.timeoutMs ?? 0) } : asked;
  return await waitUntilStopped(signal, (stopped) =>
    turns(() => waitForCredential({ ...wait, signal: stopped }, (ended) => limits.run(ended, work))),
  );
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions;
  readonly user: string;
}

function start({ command, args, options, user }: Program): ChildProcess {
  const signal = limits.getStore();
  if (hanging.has(user))
    throw requestError('Timeout', { detail: 'the program that gives the credential hangs, and could not be ended' });
  // A script leaves behind what it started, unless they are a group. At a terminal they stay where they can ask.
  const isGroup = !isAtTerminal();
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: isGroup });
  const end = (): void => {
    hanging.add(user);
    kill(child, isGroup);
  };
  signal?.addEventListener('abort', end, { once: true });
  // After its streams, which what it started may hold open.
  child.once('close', () => {
    signal?.removeEventListener('abort', end);
    hanging.delete(user);
  });
  return child;
}

function kill(child: ChildProcess, isGroup: boolean): void {
  const { pid, stdout, stderr } = child;
  // Nor does this process wait for what could not be ended.
  for (const one of [child, stdout, stderr]) if (one !== null && 'unref' in one) (one as { unref(): void }).unref();
  if (pid === undefined) return;
  try {
    process.kill(isGroup ? -pid : pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
