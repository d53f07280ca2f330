import { GitfedError } from '../errors.ts';
import { GitAccess } from './access.ts';
import { GitProcessError, gitFailure } from './errors.ts';
import { explainRemote } from './remote-failures.ts';
import { isRepositoryUrl, splitUrl } from './remote-url.ts';
import type { Repository } from './repository.ts';
import { type GitOptions, runGit } from './run-git.ts';

const NOBODY = new GitAccess();

export interface RemoteOptions extends Pick<GitOptions, 'input' | 'signal' | 'timeoutMs'> {
  /** A configured remote's name, or a URL without userinfo. Default: what the repository was fetched from. */
  readonly remote?: string;
  /** Which URL of a configured remote is meant. */
  readonly direction?: 'fetch' | 'push';
}

/**
 * Runs git where it talks to a remote, with what the repository's access has for that remote's server.
 *
 * @param args from the remote's address.
 * @throws {GitfedError} `GIT` with what happened, why, and what next, without any credential.
 */
export async function runRemote(
  repository: Repository,
  args: (remote: string) => readonly string[],
  { remote = remoteName(repository), direction = 'fetch', ...options }: RemoteOptions = {},
): Promise<string> {
  const url = await urlOf(repository, remote, direction);
  const { env, secrets, hasCredential } = await (repository.access ?? NOBODY).prepare(url);
  const [command = 'git', ...rest] = args(remote);
  try {
    return await runGit(repository.directory, [command, ...rest], { ...options, env });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof GitProcessError)) throw error;
    const words = without(error.stderr, secrets);
    const explained = explainRemote(words, { url, directory: repository.gitDir, hasCredential });
    if (explained === undefined) throw gitFailure(new Error(words), command);
    throw new GitProcessError(`git ${command} failed: ${url}: ${explained}`, words, error.exitCode);
  }
}

/** A server may repeat in its words what it was sent. */
function without(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

function remoteName(repository: Repository): string {
  if (repository.remote === undefined) throw new GitfedError('INTERNAL', 'a local repository has no URL to fetch from');
  return repository.remote.url;
}

/** The address that git talks to under a name, after the rewriting that configuration files ask for. */
async function urlOf(repository: Repository, remote: string, direction: 'fetch' | 'push'): Promise<string> {
  if (isRepositoryUrl(remote)) return remote;
  const push = direction === 'push' ? ['--push'] : [];
  const output = await runGit(repository.directory, ['remote', 'get-url', ...push, '--', remote]);
  return splitUrl(output.split('\n')[0] ?? '').url;
}
