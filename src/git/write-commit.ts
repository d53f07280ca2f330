import { randomUUID } from 'node:crypto';
import { GitfedError } from '../errors.ts';
import { refuseCheckedOut } from './checked-out.ts';
import { GitProcessError } from './errors.ts';
import { dataCommand, pathArgument } from './fast-import.ts';
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
  /** When it was made first, where it is made again. */
  readonly authored?: Date;
  readonly author?: Author;
}

/**
 * Writes a commit without a work tree and without moving any branch.
 *
 * @returns its id; `undefined` when its tree would be that of its parent (without a parent: the empty tree).
 * @throws {GitfedError} `INTERNAL` for a path that git would not take, `GIT` when git fails.
 */
export async function writeCommit(repository: Repository, request: CommitRequest): Promise<string | undefined> {
  const args = ['fast-import', '--quiet', '--done', '--date-format=raw'];
  return changedCommit(await runGit(repository.directory, args, { input: importStream(request) }));
}

/** The commit in the answers to {@link commitEnd}, `undefined` where its tree is that of its parent. */
export function changedCommit(answers: string): string | undefined {
  const [commit = '', tree = EMPTY_TREE, before = EMPTY_TREE] = answers.trimEnd().split('\n').map(objectIdIn);
  if (commit === '') throw new GitfedError('GIT', 'git fast-import did not say which commit it wrote.');
  return tree === before ? undefined : commit;
}

/** From the answer to `get-mark`, or to `ls` of a tree. */
function objectIdIn(line: string): string | undefined {
  return /^(?:040000 tree )?([0-9a-f]{40,64})\s*$/.exec(line)?.[1];
}

/** The tree without any file. @see https://git-scm.com/docs/git-hash-object */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

function importStream(request: CommitRequest): string {
  const ref = temporaryRef();
  const files = [...request.changes].map(([path, content]) =>
    content === null ? `D ${pathArgument(path)}\n` : `M 100644 inline ${pathArgument(path)}\n${dataCommand(content)}`,
  );
  return `feature done\n${commitStart(ref, request)}${files.join('')}${commitEnd(ref, request.parent)}done\n`;
}

/** The branch that fast-import insists on, dropped before it is written. */
export function temporaryRef(): string {
  return `refs/gitfed/${randomUUID()}`;
}

/** The command that begins a commit; its files follow. */
export function commitStart(
  ref: string,
  { parent, message, time, authored = time, author = DEFAULT_AUTHOR }: Omit<CommitRequest, 'changes'>,
): string {
  const who = `${plain(author.name)} <${plain(author.email)}>`;
  const people = `author ${who} ${gitTime(authored)}\ncommitter ${who} ${gitTime(time)}\n`;
  const head = `commit ${ref}\nmark :1\n${people}${dataCommand(message)}`;
  return parent === undefined ? head : `${head}from ${parent}\n`;
}

function gitTime(time: Date): string {
  return `${Math.floor(time.getTime() / 1000)} +0000`;
}

/** Asks for the commit's id, its tree and its parent's, and drops the branch. */
export function commitEnd(
  ref: string,
  parent: string | undefined,
  idLength = parent?.length ?? EMPTY_TREE.length,
): string {
  const questions = ['get-mark :1', 'ls :1 ""', ...(parent === undefined ? [] : [`ls ${parent} ""`])];
  return `\n${[...questions, `reset ${ref}`, `from ${'0'.repeat(idLength)}`].join('\n')}\n\n`;
}

function plain(text: string): string {
  return text.replace(/[<>\r\n\0]/g, '');
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
    const input = `start\nupdate ${branchRef(repository, branch)} ${commit} ${old}\ncommit\n`;
    // With an answer on standard output: where there is none, whoever runs git waits if one is still to come.
    await runGit(repository.directory, ['update-ref', '-m', 'gitfed', '--stdin'], { input });
    return true;
  } catch (error) {
    if (error instanceof GitProcessError && (await branchTip(repository, branch)) !== expected) return false;
    throw error;
  }
}
