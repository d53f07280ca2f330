import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import type { GitAccess } from './access.ts';
import type { ObjectReader } from './cat-file.ts';
import { GitProcessError, isNo } from './errors.ts';
import { runGit } from './run-git.ts';

/** A repository, and the path inside it that gitfed was pointed at. */
export interface Repository {
  /** Where git is run: the top of the work tree, or the bare repository. Absolute. */
  readonly directory: string;
  /** Absolute. */
  readonly gitDir: string;
  readonly isBare: boolean;
  /** Path inside the repository, `/` as separator, `''` for all of it. */
  readonly prefix: string;
  /** Set for a repository that was fetched from a URL: branches are those of the remote. The URL is without userinfo. */
  readonly remote?: { readonly url: string };
  /** What remotes are reached with. Default: what the person's own git and ssh have. */
  readonly access?: GitAccess;
  /** Whether the history was cut off when it was opened; absent where nobody asked. */
  readonly isShallow?: boolean;
}

/**
 * Opens the repository that a path lies in. The path itself may be gone from the working tree: a commit may still have it.
 *
 * @throws {GitfedError} `USAGE` when the path is in no repository.
 */
export async function openRepository(folder: string): Promise<Repository> {
  const repository = await findRepository(folder);
  if (repository !== undefined) return repository;
  throw new GitfedError(
    'USAGE',
    `${folder} is not in a git repository. Run gitfed inside one, or make one with: git init`,
  );
}

/** As {@link openRepository}; `undefined` when the path is in no repository. */
export async function findRepository(folder: string): Promise<Repository | undefined> {
  const { existing, rest } = nearestDirectory(path.resolve(folder));
  // Nothing is said of the last one where there is no work tree.
  const questions = ['--is-bare-repository', '--is-inside-work-tree', '--absolute-git-dir', '--is-shallow-repository'];
  let answer: string;
  try {
    answer = await runGit(existing, ['rev-parse', ...questions, '--show-cdup']);
  } catch (error) {
    if (error instanceof GitProcessError && /not a git repository/.test(error.stderr)) return undefined;
    throw error;
  }
  const [isBare, isInside, gitDir = '', shallow, up = ''] = answer.split('\n');
  const isShallow = shallow === 'true';
  if (isBare === 'true' || isInside !== 'true')
    return { directory: gitDir, gitDir, isBare: true, prefix: '', isShallow };
  const directory = realpathSync(path.resolve(existing, up));
  const prefix = path.relative(directory, path.join(existing, rest)).split(path.sep).join('/');
  return { directory, gitDir, isBare: false, prefix, isShallow };
}

function nearestDirectory(folder: string): { readonly existing: string; readonly rest: string } {
  let existing = folder;
  while (!isDirectory(existing) && path.dirname(existing) !== existing) existing = path.dirname(existing);
  return { existing: realpathSync(existing), rest: path.relative(existing, folder) };
}

function isDirectory(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * The commit that a branch, tag, or revision names; in a fetched repository the remote's branch.
 *
 * @param objects a reader of the repository, which spares a process.
 * @throws {GitfedError} `USAGE` when there is none.
 */
export async function resolveCommit(repository: Repository, ref: string, objects?: ObjectReader): Promise<string> {
  const revision = repository.remote === undefined ? ref : await revisionOfRemote(repository, ref);
  const commit =
    revision === undefined
      ? undefined
      : await (objects === undefined
          ? revParse(repository, `${revision}^{commit}`)
          : objects.find(`${revision}^{commit}`).then((object) => object?.id));
  if (commit !== undefined) return commit;
  if (ref === 'HEAD' && (await revParse(repository, 'HEAD')) === undefined) {
    throw new GitfedError(
      'USAGE',
      `${repository.directory} has no commit yet. Commit the repository first: git add . && git commit`,
    );
  }
  throw new GitfedError(
    'USAGE',
    `There is no commit named ${JSON.stringify(ref)} in ${describeRepository(repository)}.`,
  );
}

/**
 * What a revision means in a fetched repository, without git's guessing: a branch of the remote, else a tag, else the id of a commit. Whoever
 * may push tags could otherwise have one taken for a branch that is not there.
 */
async function revisionOfRemote(repository: Repository, revision: string): Promise<string | undefined> {
  const [, name = '', path = ''] = /^([^~^]*)(.*)$/s.exec(revision) ?? [];
  const [, kind, rest = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(name) ?? [];
  const refs =
    name === 'HEAD' || kind === 'tags'
      ? [name]
      : kind === 'heads'
        ? [`refs/remotes/origin/${rest}`]
        : [`refs/remotes/origin/${name}`, `refs/tags/${name}`];
  for (const ref of refs) {
    const id = await askForId(repository, ['show-ref', '--verify', '--hash', '--', ref]);
    if (id !== undefined) return `${id}${path}`;
  }
  return /^[0-9a-f]{7,64}$/.test(name) ? revision : undefined;
}

export function describeRepository(repository: Repository): string {
  return repository.remote?.url ?? repository.directory;
}

/** An object id, `undefined` where the revision names nothing. */
export async function revParse(repository: Repository, revision: string): Promise<string | undefined> {
  return await askForId(repository, ['rev-parse', '--verify', '--quiet', '--end-of-options', revision]);
}

async function askForId(repository: Repository, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await runGit(repository.directory, [...args])).trim();
  } catch (error) {
    if (isNo(error) || saysNothingThere(error)) return undefined;
    throw error;
  }
}

/** `show-ref` says so with words, and `rev-parse` of an entry that a log of refs does not have without any. */
function saysNothingThere(error: unknown): boolean {
  const isFatal = error instanceof GitProcessError && error.exitCode === 128;
  return isFatal && (error.stderr === '' || / - not a valid ref$/.test(error.stderr));
}

/**
 * The last commit of a branch, `undefined` where there is no such branch.
 *
 * @param objects a reader of the repository, which spares a process.
 */
export async function branchTip(
  repository: Repository,
  branch: string,
  objects?: ObjectReader,
): Promise<string | undefined> {
  const ref = branchRef(repository, branch);
  if (objects !== undefined) {
    const names = [ref, ...otherRefs(ref)];
    const [found, ...others] = await Promise.all(names.map((name) => objects.find(`${name}^{commit}`)));
    if (found === undefined || others.every((other) => other === undefined)) return found?.id;
  }
  return await askForId(repository, ['show-ref', '--verify', '--hash', '--', ref]);
}

/**
 * The other refs that git takes a name for, where there is no such ref. Where none of them is there, what it found is the ref itself; nor is
 * it the commit that a name such as `refs/heads/x-g1234567` ends in, which they would stand for too.
 *
 * @see https://git-scm.com/docs/gitrevisions
 */
function otherRefs(ref: string): readonly string[] {
  return [`refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`, `refs/remotes/${ref}`, `refs/remotes/${ref}/HEAD`];
}

export function branchRef(repository: Repository, branch: string): string {
  return repository.remote === undefined ? `refs/heads/${branch}` : `refs/remotes/origin/${branch}`;
}

/** @throws {GitfedError} `USAGE` for what git takes for no name of a branch, or for another one (`@{-1}`). */
export async function checkBranchName(repository: Repository, branch: string): Promise<void> {
  const refuse = (cause?: unknown): GitfedError =>
    new GitfedError('USAGE', `${JSON.stringify(branch)} cannot be the name of a branch.`, { cause });
  try {
    const name = await runGit(repository.directory, ['check-ref-format', '--branch', branch]);
    // A branch `refs/heads/x` would be the ref `refs/heads/refs/heads/x`.
    if (name !== `${branch}\n` || branch.startsWith('refs/')) throw refuse();
  } catch (error) {
    throw error instanceof GitProcessError ? refuse(error) : error;
  }
}

/** The first line of a commit's message. */
export async function commitSubject(commit: string, objects: ObjectReader): Promise<string> {
  const content = (await objects.read(commit))?.content ?? new Uint8Array();
  const text = Buffer.from(content).toString('utf8');
  return text.slice(text.indexOf('\n\n') + 2).split('\n')[0] ?? '';
}

/** The branch that is checked out, `undefined` for a detached HEAD. */
export async function currentBranch(repository: Repository): Promise<string | undefined> {
  try {
    return (await runGit(repository.directory, ['symbolic-ref', '--quiet', '--short', 'HEAD'])).trim();
  } catch {
    return undefined;
  }
}

/** The remote's default branch, else `main` or `master`, else the current branch; as a revision. */
export async function defaultBranch(repository: Repository): Promise<string> {
  // There it stands for the remote's.
  if (repository.remote !== undefined) return 'HEAD';
  for (const name of ['refs/remotes/origin/HEAD', 'refs/heads/main', 'refs/heads/master']) {
    if ((await revParse(repository, `${name}^{commit}`)) !== undefined) return name;
  }
  return 'HEAD';
}

/** Whether anything below the path differs from HEAD, untracked files included. */
export async function isDirty(repository: Repository): Promise<boolean> {
  if (repository.isBare) return false;
  const scope = repository.prefix === '' ? [] : ['--', `:(literal,top)${repository.prefix}`];
  const args = ['status', '--porcelain', '-z', '--untracked-files=all', '--ignore-submodules=all', ...scope];
  return (await runGit(repository.directory, args)) !== '';
}

/** Whether the history was cut off: then its root commits say nothing about the repository's identity. */
export async function isShallow(repository: Repository): Promise<boolean> {
  if (repository.isShallow !== undefined) return repository.isShallow;
  // Of a repository that is ours alone, and that a fetch may cut off: git would look for the same file.
  if (repository.remote !== undefined) return existsSync(path.join(repository.gitDir, 'shallow'));
  return (await runGit(repository.directory, ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
}

/** The commit that a ref of ours keeps, `undefined` where there is no such ref. @param ref its full name. */
export async function keptCommit(repository: Repository, ref: string): Promise<string | undefined> {
  return await askForId(repository, ['show-ref', '--verify', '--hash', '--', ref]);
}

/** Keeps a commit, and with it all that it descends from, under a ref of ours. @param ref its full name, outside of branches and tags. */
export async function keepCommit(repository: Repository, ref: string, commit: string): Promise<void> {
  await runGit(repository.directory, ['update-ref', '--end-of-options', ref, commit]);
}
