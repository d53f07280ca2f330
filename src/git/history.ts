import { GitfedError } from '../errors.ts';
import { GitProcessError, isNo } from './errors.ts';
import { describeRepository, type Repository, resolveCommit, revParse } from './repository.ts';
import { runGit } from './run-git.ts';

/** @throws {GitfedError} `USAGE` for histories that have nothing in common. */
export async function mergeBase(repository: Repository, a: string, b: string): Promise<string> {
  const commits = [await resolveCommit(repository, a), await resolveCommit(repository, b)];
  try {
    return (await runGit(repository.directory, ['merge-base', ...commits])).trim();
  } catch (error) {
    if (!isNo(error)) throw error;
    throw new GitfedError('USAGE', `${a} and ${b} have no common commit. Name one with --against REF.`, {
      cause: error,
    });
  }
}

const NOT_HERE = /not a valid (?:commit|object) name|bad object/i;

/** Whether `descendant` is `ancestor` or comes after it; `undefined` where one of them is not here. */
export async function isAncestor(
  { directory }: Repository,
  ancestor: string,
  descendant: string,
): Promise<boolean | undefined> {
  if (ancestor === descendant) return true;
  try {
    await runGit(directory, ['merge-base', '--is-ancestor', ancestor, descendant]);
    return true;
  } catch (error) {
    if (isNo(error)) return false;
    const isMissing = error instanceof GitProcessError && NOT_HERE.test(error.stderr);
    if (isMissing) return undefined;
    throw error;
  }
}

/**
 * Whether a commit has another one among its ancestors, or is that one.
 *
 * @param ancestor one that is not known here is none of them: all that a commit descends from is fetched with it.
 * @throws {GitfedError} `GIT` where the commit itself is not here.
 */
export async function isDescendant(repository: Repository, commit: string, ancestor: string): Promise<boolean> {
  const answer = await isAncestor(repository, ancestor, commit);
  if (answer !== undefined) return answer;
  if ((await revParse(repository, `${commit}^{commit}`)) !== undefined) return false;
  throw new GitfedError('GIT', `${commit} is not in ${describeRepository(repository)}.`);
}

/** The commits without a parent that a commit descends from, sorted. @param since without those that this one descends from. */
export async function rootCommits(repository: Repository, commit: string, since?: string): Promise<readonly string[]> {
  const range = since === undefined ? [commit] : [commit, `^${since}`];
  const text = await runGit(repository.directory, ['rev-list', '--max-parents=0', ...range, '--']);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();
}

export interface Commit {
  readonly id: string;
  readonly subject: string;
  /** Its name alone. */
  readonly author: string;
  /** As written, in order; keys keep their case. */
  readonly trailers: readonly { readonly key: string; readonly value: string }[];
}

/**
 * The commits that `to` has and `from` has not, newest first.
 *
 * @param from `undefined`: `to` alone, since there is no earlier state to count from.
 */
export async function commitsBetween(
  repository: Repository,
  from: string | undefined,
  to: string,
): Promise<readonly Commit[]> {
  const range = from === undefined ? ['--max-count=1', to] : [to, `^${from}`];
  const format = '--format=%H%x00%s%x00%an%x00%(trailers:only,unfold,separator=%x1f)%x1e';
  const text = await runGit(repository.directory, ['log', '--no-show-signature', format, ...range, '--']);
  return text
    .split('\u001e')
    .map((record) => record.replace(/^\n/, ''))
    .filter((record) => record !== '')
    .map((record) => {
      const [id = '', subject = '', author = '', trailers = ''] = record.split('\u0000');
      return { id, subject, author, trailers: trailers.split('\u001f').flatMap(readTrailer) };
    });
}

function readTrailer(line: string): { readonly key: string; readonly value: string }[] {
  const groups = /^(?<key>[^:]+):\s*(?<value>.*)$/s.exec(line)?.groups;
  return groups === undefined ? [] : [{ key: groups.key ?? '', value: (groups.value ?? '').trim() }];
}
