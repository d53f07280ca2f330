import { GitfedError } from '../errors.ts';
import type { ObjectReader } from './cat-file.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import type { Author } from './write-commit.ts';

/** What a commit says of itself. */
export interface CommitDetails {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Author;
  /** Seconds since 1970. */
  readonly authoredAt: number;
  readonly committedAt: number;
  /** The whole message, trailers included. */
  readonly message: string;
}

/** @throws {GitfedError} `GIT` for what is not a commit of the repository. */
export async function readCommitDetails(objects: ObjectReader, commit: string): Promise<CommitDetails> {
  const object = await objects.find(`${commit}^{commit}`);
  if (object === undefined)
    throw new GitfedError('GIT', `The commit ${commit.slice(0, 12)} is missing from the repository.`);
  const text = Buffer.from(object.content).toString('utf8');
  const end = text.indexOf('\n\n');
  const head = (end < 0 ? text : text.slice(0, end)).split('\n');
  const values = (key: string): readonly string[] =>
    head.flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []));
  const author = readIdentity(values('author')[0] ?? '');
  return {
    id: object.id,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: author.who,
    authoredAt: author.time,
    committedAt: readIdentity(values('committer')[0] ?? '').time,
    message: end < 0 ? '' : text.slice(end + 2),
  };
}

function readIdentity(line: string): { readonly who: Author; readonly time: number } {
  const [, name = '', email = '', time = '0'] = /^(.*?) ?<([^>]*)> (-?\d+)/.exec(line) ?? [];
  return { who: { name, email }, time: Number(time) };
}

/** The last of the lines `Key: value` in the last paragraph of a message. */
export function trailerOf(message: string, key: string): string | undefined {
  const last = message.trimEnd().split(/\n\n+/).at(-1) ?? '';
  const lines = last.split('\n').filter((line) => line.toLowerCase().startsWith(`${key.toLowerCase()}: `));
  return lines
    .at(-1)
    ?.slice(key.length + 2)
    .trim();
}

/** The commits that lead from one to another along first parents, oldest first. @param from `undefined`: from the beginning. */
export async function lineOfCommits(
  { directory }: Repository,
  from: string | undefined,
  to: string,
): Promise<readonly string[]> {
  const range = from === undefined ? [to] : [to, `^${from}`];
  const text = await runGit(directory, ['rev-list', '--first-parent', '--reverse', ...range, '--']);
  return text.split('\n').filter((line) => line !== '');
}

/** Files that differ between two commits, below some folders: object ids by path, `null` for what the second one lacks. */
export async function changedBlobs(
  { directory }: Repository,
  {
    from,
    to,
    folders,
  }: { readonly from: string | undefined; readonly to: string; readonly folders: readonly string[] },
): Promise<ReadonlyMap<string, string | null>> {
  const trees = from === undefined ? ['--root', '--no-commit-id', to] : [from, to];
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', ...trees, '--', ...folders];
  const parts = (await runGit(directory, args)).split('\0');
  const changes = new Map<string, string | null>();
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode = '', , id = ''] = (parts[at] ?? '').split(' ');
    const path = parts[at + 1] ?? '';
    if (mode === '100644') changes.set(path, id);
    else if (mode === '000000') changes.set(path, null);
  }
  return changes;
}

/**
 * When the commits that `to` has and `from` has not changed files below some folders last: seconds since 1970 by path, as their authors
 * say. Everything in a commit without a parent counts as changed.
 */
export async function lastChanges(
  { directory }: Repository,
  { from, to, folders }: { readonly from: string; readonly to: string; readonly folders: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const format = ['--format=%x01%at', '--name-only', '-z', '--no-show-signature', '--no-ext-diff'];
  const files = ['--root', '--first-parent', '--no-renames', '--no-relative'];
  const text = await runGit(directory, ['log', ...format, ...files, to, `^${from}`, '--', ...folders]);
  const times = new Map<string, number>();
  let time = 0;
  for (const part of text.split('\0')) {
    const path = part.replace(/^\n/, '');
    if (path.startsWith('\u0001')) time = Number(path.slice(1));
    else if (path !== '') times.set(path, Math.max(time, times.get(path) ?? time));
  }
  return times;
}
