import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { GitProcessError, withoutCredentials } from './errors.ts';
import { branchTip, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Whether a command line names a repository by URL rather than by path. */
export function isRepositoryUrl(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || /^[\w.-]+@[\w.-]+:/.test(source);
}

const SCHEMES = new Set(['file:', 'https:', 'http:', 'ssh:']);

/**
 * Refuses what git would take for an option or a program.
 *
 * @throws {GitfedError} `USAGE` for any other scheme than file, https, http and ssh, and for characters that no URL has.
 */
export function checkUrl(url: string): void {
  const shown = withoutCredentials(url);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a URL must not hold.
  if (url.startsWith('-') || /[\u0000-\u0020\u007f]/.test(url))
    throw new GitfedError('USAGE', `${JSON.stringify(shown)} is not a URL of a repository.`);
  if (/^[\w.-]+@[\w.-]+:(?!:)/.test(url)) return;
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (!SCHEMES.has(scheme))
    throw new GitfedError('USAGE', `${shown}: only file://, https://, http:// and ssh:// repositories are read.`);
}

/**
 * Fetches every branch and tag of a repository into a bare one. Objects are checked on the way, no hook is run, nothing is checked out.
 *
 * @param directory made when it is not there; the same one may be used again for the same URL.
 * @throws {GitfedError} `USAGE` for a URL that is not allowed, `GIT` when the remote cannot be read.
 */
export async function fetchRepository(url: string, directory: string): Promise<Repository> {
  const repository = await prepareRepository(url, directory);
  await fetchAgain(repository);
  await followHead(repository);
  return repository;
}

/**
 * The bare repository that a URL is fetched into, as it is: nothing is asked of the remote.
 *
 * @throws {GitfedError} `USAGE` for a URL that is not allowed.
 */
export async function prepareRepository(url: string, directory: string): Promise<Repository> {
  checkUrl(url);
  mkdirSync(directory, { recursive: true });
  const gitDir = path.resolve(directory);
  await runGit(gitDir, ['init', '--quiet', '--bare', '--initial-branch=main', '.']);
  return { directory: gitDir, gitDir, isBare: true, prefix: '', remote: { url } };
}

/** The progress is for nobody to read: it tells a long transfer from one that hangs. */
const FETCH = ['fetch', '--progress', '--no-tags', '--no-write-fetch-head'];

/** Fetches what is new. @throws {GitfedError} `GIT`. */
export async function fetchAgain(repository: Repository): Promise<void> {
  const refs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  const args = [...FETCH, '--prune', '--no-recurse-submodules'];
  await runGit(repository.directory, [...args, '--', remoteName(repository), ...refs]);
}

/** HEAD of the fetched repository stands for the remote's. */
async function followHead(repository: Repository): Promise<void> {
  const text = await runGit(repository.directory, ['ls-remote', '--symref', '--', remoteName(repository), 'HEAD']);
  const branch = /^ref: refs\/heads\/(?<branch>\S+)\tHEAD$/m.exec(text)?.groups?.branch;
  if (branch === undefined) return;
  await runGit(repository.directory, ['symbolic-ref', 'HEAD', `refs/remotes/origin/${branch}`]);
}

function remoteName(repository: Repository): string {
  if (repository.remote === undefined) throw new GitfedError('INTERNAL', 'a local repository has no URL to fetch from');
  return repository.remote.url;
}

/** What a remote made of a push. `refused` has its words: a protected branch, a hook, no right to write. */
export type PushResult =
  | { readonly result: 'pushed' }
  | { readonly result: 'stale' }
  | { readonly result: 'refused'; readonly words: string };

/**
 * Pushes a commit to a branch without force.
 *
 * @param remote a configured remote's name, or a URL.
 * @returns `stale` when the branch moved meanwhile: fetch, build the commit anew on top, push again.
 */
export async function pushCommit(
  repository: Repository,
  remote: string,
  commit: string,
  branch: string,
): Promise<PushResult> {
  try {
    await runGit(repository.directory, [
      'push',
      '--progress',
      '--no-verify',
      '--',
      remote,
      `${commit}:refs/heads/${branch}`,
    ]);
    return { result: 'pushed' };
  } catch (error) {
    if (!(error instanceof GitProcessError)) throw error;
    if (
      /\[rejected\].*\((?:fetch first|non-fast-forward|stale info)\)|cannot lock ref|failed to update ref/.test(
        error.stderr,
      )
    )
      return { result: 'stale' };
    return { result: 'refused', words: error.message };
  }
}

/** Brings a branch of a named remote up to date, as `refs/remotes/REMOTE/BRANCH`. @returns its tip, `undefined` when the remote lacks it. */
export async function fetchBranch(repository: Repository, remote: string, branch: string): Promise<string | undefined> {
  if (repository.remote !== undefined) {
    await fetchAgain(repository);
    return await branchTip(repository, branch);
  }
  const listed = await runGit(repository.directory, ['ls-remote', '--', remote, `refs/heads/${branch}`]);
  const tip = listed.split('\t')[0] ?? '';
  if (tip === '') return undefined;
  const ref = `+refs/heads/${branch}:refs/remotes/${remote}/${branch}`;
  await runGit(repository.directory, [...FETCH, '--', remote, ref]);
  return tip;
}
