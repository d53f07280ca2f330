import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { GitProcessError } from './errors.ts';
import { checkUrl, isRepositoryUrl } from './remote-url.ts';
import { type Repository, revParse } from './repository.ts';
import { runGit } from './run-git.ts';
import { runRemote } from './run-remote.ts';
import type { TrackedBranch } from './tracked-branch.ts';

const FETCH = ['fetch', '--progress', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];

/** Whether the history is cut off now; it may not have been when the repository was opened, and the other way round. */
export async function isCutOff({ directory }: Repository): Promise<boolean> {
  return (await runGit(directory, ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
}

/**
 * Whether something that only one of two commits has lost its parents: they may then meet at a better place than the one that is seen,
 * such as where a branch was made that a fix was merged into as well.
 */
export async function isCutOffBetween({ directory }: Repository, a: string, b: string): Promise<boolean> {
  const file = (await runGit(directory, ['rev-parse', '--git-path', 'shallow'])).trim();
  const text = await readFile(path.resolve(directory, file), 'utf8').catch(() => '');
  const cut = new Set(text.split('\n').filter((line) => line !== ''));
  if (cut.size === 0) return false;
  const own = await runGit(directory, ['rev-list', `${a}...${b}`, '--']);
  return own.split('\n').some((commit) => cut.has(commit));
}

/** Those of the commits that are not here. */
export async function missingCommits(repository: Repository, commits: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(commits.map((commit) => revParse(repository, `${commit}^{commit}`)));
  return commits.filter((_, index) => found[index] === undefined);
}

/**
 * Fetches commits or refs and what they descend from, without a ref of our own.
 *
 * @param depth so many commits of each history, where the repository is cut off already; `undefined`: all of it. A whole one stays whole.
 * @throws {GitfedError} `GIT` where the remote lacks one, or does not give it away by its id.
 */
export async function fetchHistory(
  repository: Repository,
  remote: string,
  wanted: readonly string[],
  depth?: number,
): Promise<void> {
  const isShallow = await isCutOff(repository);
  const whole = isShallow ? ['--unshallow'] : [];
  const how = isShallow && depth !== undefined ? [`--depth=${depth}`] : whole;
  await runRemote(repository, (address) => [...FETCH, ...how, '--', address, ...wanted], { remote });
}

/** Makes a branch here what it is at a remote: of a shallow clone only the last commit. @returns its tip, `undefined` where the remote lacks it. */
export async function copyBranch(repository: Repository, remote: string, branch: string): Promise<string | undefined> {
  const tip = await commitAtRemote(repository, remote, `refs/heads/${branch}`);
  if (tip === undefined) return undefined;
  const depth = (await isCutOff(repository)) ? ['--depth=1'] : [];
  const refspec = `+refs/heads/${branch}:refs/heads/${branch}`;
  await runRemote(repository, (address) => [...FETCH, ...depth, '--', address, refspec], { remote });
  return tip;
}

/** Brings what is seen of a branch elsewhere up to date, where it is there: of a shallow clone only the last commit. */
export async function fetchTip({ repository, name, remote }: TrackedBranch): Promise<void> {
  if (remote === undefined) return;
  if (isRepositoryUrl(remote.address)) checkUrl(remote.address);
  const depth = (await isCutOff(repository)) ? ['--depth=1'] : [];
  const refspec = `+refs/heads/${name}:${remote.seen}`;
  try {
    await runRemote(repository, (address) => [...FETCH, ...depth, '--', address, refspec], { remote: remote.address });
  } catch (error) {
    if (!(error instanceof GitProcessError) || !/couldn't find remote ref/.test(error.stderr)) throw error;
  }
}

/**
 * The commit that a name stands for at a remote: a full ref, else a branch, else a tag.
 *
 * @throws {GitfedError} `USAGE` for what cannot be a name.
 */
export async function commitAtRemote(
  repository: Repository,
  remote: string,
  name: string,
): Promise<string | undefined> {
  const refs = name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
  await checkRefs(repository, name, refs);
  // The commit of an annotated tag has a line of its own.
  const patterns = refs.flatMap((ref) => [`${ref}^{}`, ref]);
  const text = await runRemote(repository, (address) => ['ls-remote', '--', address, ...patterns], { remote });
  const ids = new Map(text.split('\n').map((line) => line.split('\t').reverse() as [string, string]));
  return patterns.map((pattern) => ids.get(pattern)).find((id) => id !== undefined);
}

async function checkRefs({ directory }: Repository, name: string, refs: readonly string[]): Promise<void> {
  try {
    for (const ref of refs) await runGit(directory, ['check-ref-format', ref]);
  } catch (error) {
    if (!(error instanceof GitProcessError)) throw error;
    throw new GitfedError('USAGE', `${JSON.stringify(name)} cannot be the name of a branch or tag.`, { cause: error });
  }
}
