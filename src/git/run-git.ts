import { GitPluginError, type SimpleGitOptions, simpleGit } from 'simple-git';
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

/**
 * What has been pushed and is not accepted yet: in `pre-receive` git keeps the new objects apart, and with these a process sees them.
 *
 * @see https://git-scm.com/docs/git-receive-pack#_quarantine_environment
 */
const QUARANTINE = ['GIT_QUARANTINE_PATH', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES'] as const;

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
  'transfer.bundleURI=false',
  // A commit is what its id says.
  'core.useReplaceRefs=false',
  'advice.detachedHead=false',
  // A server that falls silent in the middle; the process says nothing while it waits.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
] as const;

export interface GitOptions {
  /** Written to its standard input. */
  readonly input?: string | Uint8Array;
  /** Further variables, such as GIT_INDEX_FILE. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further settings, `KEY=VALUE`, over all configuration files. They are seen on the command line. */
  readonly settings?: readonly string[];
  readonly signal?: AbortSignal;
  /** Without any output for so long, the process is ended. Default 120,000. */
  readonly timeoutMs?: number;
}

/** The environment of every git process. */
export function gitEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  // Without the first of them the others would point git at objects of who knows what.
  const quarantine = process.env.GIT_QUARANTINE_PATH === undefined ? [] : QUARANTINE;
  const inherited = [...INHERITED, ...GIT_INHERITED, ...quarantine].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...env };
}

/** The settings as arguments, for a process that is spawned elsewhere in this folder. */
export function gitSettings(): string[] {
  return SETTINGS.flatMap((setting) => ['-c', setting]);
}

/** The guard of simple-git refuses to touch these settings at all; ours switch the features off, or carry credentials past the command line. */
const OURS = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeSshCommand: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeAskPass: true,
} as const;

/**
 * It finds the names of these settings anywhere in a key, so that `http.https://git.example/alias/pager.git.extraHeader` counts as two of them.
 * These are ours as well; what a repository or a person configures is not the guard's to see.
 */
const IN_NAMES = {
  allowUnsafeAlias: true,
  allowUnsafeEditor: true,
  allowUnsafeGitProxy: true,
  allowUnsafePager: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeDiffTextConv: true,
  allowUnsafeFilter: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeInclude: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeMergeDriver: true,
  allowUnsafePack: true,
  allowUnsafeSubmodule: true,
  allowUnsafeCommandBinaries: true,
  allowUnsafeUrlRewrite: true,
} as const;

/**
 * Runs git in a directory.
 *
 * @returns its standard output, unchanged.
 * @throws {GitfedError} `GIT` with git's words, without the credentials of any URL.
 */
export async function runGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const env = gitEnvironment(options.env);
  let ended: number | undefined;
  const settings: Partial<SimpleGitOptions> = {
    baseDir: directory,
    trimmed: false,
    config: [...SETTINGS, ...(options.settings ?? [])],
    unsafe: { ...OURS, ...(env.GIT_CONFIG_COUNT === undefined && options.settings === undefined ? {} : IN_NAMES) },
    allowEnvironment: Object.keys(env),
    errors: (error, { exitCode, stdErr }) => {
      // It was not ended by us, nor by a signal (then the number is null), and could be started (or else it is below 0).
      if (!(error instanceof GitPluginError) && exitCode > 0) ended = exitCode;
      // Its own rule calls a process that fails without a word a success.
      return error ?? (exitCode === 0 ? undefined : failure(stdErr));
    },
    timeout: { block: options.timeoutMs ?? 120_000 },
    ...(options.signal === undefined ? {} : { abort: options.signal }),
    ...(options.input === undefined ? {} : { input: () => Buffer.from(options.input ?? '') }),
  };
  try {
    return await simpleGit(settings)
      .env(env)
      .raw([...args]);
  } catch (error) {
    throw gitFailure(error, args[0] ?? 'git', ended);
  }
}

function failure(stdErr: readonly Buffer[]): Error {
  return new Error(Buffer.concat(stdErr).toString('utf8'));
}
