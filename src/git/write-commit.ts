import { randomUUID } from 'node:crypto';
import { GitfedError } from '../errors.ts';
import { GitProcessError } from './errors.ts';
import { branchRef, branchTip, type Repository, revParse } from './repository.ts';
import { runGit } from './run-git.ts';

export interface Author {
  readonly name: string;
  readonly email: string;
}

export const DEFAULT_AUTHOR: Author = { name: 'gitfed', email: 'gitfed@localhost' };

export interface CommitRequest {
  /** `undefined`: a commit without a parent. */
  readonly parent: string | undefined;
  /** By path inside the repository; `null` removes the file. What is not named stays. */
  readonly changes: ReadonlyMap<string, string | null>;
  /** The whole message, trailers included. */
  readonly message: string;
  readonly time: Date;
  readonly author?: Author;
}

/**
 * Writes a commit without a work tree and without moving any branch.
 *
 * @returns its id; `undefined` when its tree would be that of its parent (without a parent: the empty tree).
 * @throws {GitfedError} `INTERNAL` for a path that git would not take, `GIT` when git fails.
 */
export async function writeCommit(repository: Repository, request: CommitRequest): Promise<string | undefined> {
  for (const path of request.changes.keys()) checkPath(path);
  const args = ['fast-import', '--quiet', '--done', '--date-format=raw'];
  const answers = (await runGit(repository.directory, args, { input: importStream(request) })).trimEnd().split('\n');
  const [commit = '', tree = EMPTY_TREE, before = EMPTY_TREE] = answers.map(objectIdIn);
  if (commit === '') throw new GitfedError('GIT', 'git fast-import did not say which commit it wrote.');
  return tree === before ? undefined : commit;
}

/** From the answer to `get-mark`, or to `ls` of a tree. */
function objectIdIn(line: string): string | undefined {
  return /^(?:040000 tree )?([0-9a-f]{40,64})\s*$/.exec(line)?.[1];
}

/** The tree without any file. @see https://git-scm.com/docs/git-hash-object */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** The branch that fast-import insists on is dropped before it is written; asked for are the commit's id, its tree and its parent's. */
function importStream({ parent, changes, message, time, author = DEFAULT_AUTHOR }: CommitRequest): string {
  const ref = `refs/gitfed/${randomUUID()}`;
  const identity = `${plain(author.name)} <${plain(author.email)}> ${Math.floor(time.getTime() / 1000)} +0000`;
  const head = [`commit ${ref}`, 'mark :1', `author ${identity}`, `committer ${identity}`, data(message)];
  if (parent !== undefined) head.push(`from ${parent}`);
  const files = [...changes].map(([path, content]) =>
    content === null ? `D ${quotePath(path)}` : `M 100644 inline ${quotePath(path)}\n${data(content)}`,
  );
  const questions = ['get-mark :1', 'ls :1 ""', ...(parent === undefined ? [] : [`ls ${parent} ""`])];
  const end = [...questions, `reset ${ref}`, `from ${'0'.repeat(parent?.length ?? EMPTY_TREE.length)}`];
  return `feature done\n${[...head, ...files].join('\n')}\n\n${end.join('\n')}\n\ndone\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

function plain(text: string): string {
  return text.replace(/[<>\r\n\0]/g, '');
}

function quotePath(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}

function checkPath(path: string): void {
  const isSafe = path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a path.
  if (!isSafe || /[\u0000-\u001f]/.test(path))
    throw new GitfedError('INTERNAL', `${JSON.stringify(path)} is not a path for git.`);
}

/** Id of a subtree, that of the empty tree where there is none. `''` is the root. */
export async function treeId(repository: Repository, commit: string, path: string): Promise<string> {
  return (await revParse(repository, `${commit}:${path}`)) ?? EMPTY_TREE;
}

/**
 * Moves a branch if it is still where it was.
 *
 * @param expected where the branch was when the commit was made; `undefined`: there was none.
 * @param checked of {@link refuseCheckedOut}, where that was asked for already.
 * @returns whether it moved; `false` when somebody else moved it first.
 * @throws {GitfedError} `GIT` when the branch is checked out: moving it would make its files look changed.
 */
export async function updateBranch(
  repository: Repository,
  branch: string,
  commit: string,
  expected: string | undefined,
  checked: Promise<void> = refuseCheckedOut(repository, branch),
): Promise<boolean> {
  await checked;
  const old = expected ?? '0'.repeat(commit.length);
  try {
    await runGit(repository.directory, ['update-ref', '-m', 'gitfed', branchRef(repository, branch), commit, old]);
    return true;
  } catch (error) {
    if (error instanceof GitProcessError && (await branchTip(repository, branch)) !== expected) return false;
    throw error;
  }
}

/** @throws {GitfedError} `GIT` when a branch of this repository is checked out: moving it would make its files look changed. */
export async function refuseCheckedOut(repository: Repository, branch: string): Promise<void> {
  if (repository.remote !== undefined) return;
  const text = await runGit(repository.directory, ['worktree', 'list', '--porcelain']);
  // A bare repository has a HEAD, and no files that could look changed.
  const checkedOut = text
    .split('\n\n')
    .find((item) => item.includes(`\nbranch refs/heads/${branch}`) && !item.includes('\nbare'));
  if (checkedOut === undefined) return;
  const place = checkedOut.split('\n')[0]?.replace(/^worktree /, '') ?? '';
  throw new GitfedError(
    'GIT',
    `The branch ${branch} is checked out in ${place}: gitfed does not move it. Check out another branch there.`,
  );
}
