import { type ChildProcess, spawn } from 'node:child_process';
import { gitFailure } from './errors.ts';

/**
 * The one place that runs git: argument arrays without a shell, an environment of our choice, and nothing in a repository that git would
 * run (hooks, file system monitors, external protocols).
 */

/** What a git process may know of ours. GIT_DIR and its like would point it at another repository. */
const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'SSH_AUTH_SOCK',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

const GIT_INHERITED = ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_SSL_CAINFO'] as const;

/** Settings that hold for every call, whatever a repository's own configuration says. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.allow=never',
  'protocol.file.allow=always',
  'protocol.http.allow=always',
  'protocol.https.allow=always',
  'protocol.ssh.allow=always',
  'protocol.ext.allow=never',
  'transfer.fsckObjects=true',
  'advice.detachedHead=false',
] as const;

export interface GitOptions {
  /** Written to its standard input. */
  readonly input?: string | Uint8Array;
  /** Further variables, such as GIT_INDEX_FILE. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Without any output for so long, the process is ended. Default 120,000. */
  readonly timeoutMs?: number;
}

/** The environment of every git process. */
export function gitEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = [...INHERITED, ...GIT_INHERITED].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...env };
}

/** The settings as arguments, for a process that is spawned elsewhere in this folder. */
export function gitSettings(): string[] {
  return SETTINGS.flatMap((setting) => ['-c', setting]);
}

/**
 * Runs git in a directory.
 *
 * @returns its standard output, unchanged.
 * @throws {GitfedError} `GIT` with git's words, without the credentials of any URL.
 */
export async function runGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  try {
    return await exchange(directory, args, options);
  } catch (error) {
    throw gitFailure(error, args[0] ?? 'git');
  }
}

const QUIET_MS = 120_000;

function exchange(directory: string, args: readonly string[], options: GitOptions): Promise<string> {
  const child = spawn('git', [...gitSettings(), ...args], {
    cwd: directory,
    env: gitEnvironment(options.env),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const output: Buffer[] = [];
  const words: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
  child.once('error', reject);
  child.once('close', (code) => {
    if (code === 0) resolve(textOf(output));
    else reject(new Error(textOf(words)));
  });
  // A process that ends before it has read everything says why itself.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const watch = endWhenQuiet(child, options.timeoutMs ?? QUIET_MS, reject);
  return promise.finally(() => clearTimeout(watch));
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

/** @returns a timer, to be cleared when the process is done with. */
function endWhenQuiet(child: ChildProcess, ms: number, fail: (error: Error) => void): NodeJS.Timeout {
  const watch = setTimeout(() => {
    fail(new Error('block timeout reached'));
    child.kill('SIGINT');
  }, ms);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', () => watch.refresh());
  return watch;
}
