import { createHash } from 'node:crypto';
import { GitAccess } from './access.ts';
import { refuseCheckedOut } from './checked-out.ts';
import { GitProcessError, isNo, withoutCredentials } from './errors.ts';
import { isAncestor } from './history.ts';
import { splitUrl } from './remote-url.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/**
 * A branch that is written here and sent elsewhere. Commits are made in the objects of the repository at hand; refs that are not the user's
 * branches keep what waits to be sent apart from what a fetch brings.
 */
export interface TrackedBranch {
  readonly repository: Repository;
  readonly name: string;
  /** Where our commits are. */
  readonly ref: string;
  /** Absent for a branch that is nowhere else. */
  readonly remote?: {
    /** A configured remote's name, or a URL. */
    readonly address: string;
    /** What the last fetch or push saw there. */
    readonly seen: string;
    /** The commit there that ours continue from: those after it wait to be sent. */
    readonly base: string;
  };
}

/** Where a branch is sent: to a remote of the repository that was opened, or to a repository of its own. */
export type BranchHome = { readonly remote: string } | { readonly url: string };

/** @param home absent: the branch is only here. */
export function trackBranch(repository: Repository, name: string, home?: BranchHome): TrackedBranch {
  if (home !== undefined && 'url' in home) {
    const key = keyOf(home.url);
    const access = (repository.access ?? new GitAccess()).withUrl(home.url);
    const remote = {
      address: splitUrl(home.url).url,
      seen: `${PRIVATE}/remote/${key}/${name}`,
      base: `${PRIVATE}/base/${key}/${name}`,
    };
    return { repository: { ...repository, access }, name, ref: `${PRIVATE}/local/${key}/${name}`, remote };
  }
  // The branches of a repository that was fetched are the remote's: a fetch moves them.
  const fetched = repository.remote?.url;
  const address = home?.remote ?? fetched;
  const ref = fetched === undefined ? `refs/heads/${name}` : `${PRIVATE}/local/origin/${name}`;
  if (address === undefined) return { repository, name, ref };
  const seen = `refs/remotes/${fetched === undefined ? address : 'origin'}/${name}`;
  return { repository, name, ref, remote: { address, seen, base: `${PRIVATE}/base/${keyOf(address)}/${name}` } };
}

/** Where nobody looks for branches. */
const PRIVATE = 'refs/gitfed/status';

/** A password may change, and the branch is the same. */
function keyOf(address: string): string {
  return createHash('sha256').update(withoutCredentials(address)).digest('hex').slice(0, 16);
}

/** Where a branch is, here and elsewhere. */
export interface BranchTips {
  readonly local: string | undefined;
  readonly seen: string | undefined;
  readonly base: string | undefined;
}

export async function readTips({ repository, ref, remote }: TrackedBranch): Promise<BranchTips> {
  const refs = [ref, ...(remote === undefined ? [] : [remote.seen, remote.base])];
  const text = await runGit(repository.directory, ['for-each-ref', '--format=%(objectname) %(refname)', ...refs]);
  const found = new Map(text.split('\n').map((line) => [line.slice(line.indexOf(' ') + 1), line.split(' ')[0]]));
  const tip = (name: string | undefined): string | undefined => (name === undefined ? undefined : found.get(name));
  return { local: tip(ref), seen: tip(remote?.seen), base: tip(remote?.base) };
}

/** Where a ref is to be, and where it has to be for that. */
export interface RefMove {
  readonly ref: string;
  readonly to: string;
  /** `null`: nowhere yet. Absent: wherever it is. */
  readonly from?: string | null;
}

/**
 * Moves refs, all of them or none.
 *
 * @returns whether they moved; `false` when somebody else moved one first.
 * @throws {GitfedError} `GIT` when git cannot write.
 */
export async function moveRefs(repository: Repository, moves: readonly RefMove[]): Promise<boolean> {
  const lines = moves.map(({ ref, to, from }) => `update ${ref} ${to}${fromWhere(from, to)}\n`);
  try {
    // With an answer on standard output: where there is none, whoever runs git waits if one is still to come.
    await runGit(repository.directory, ['update-ref', '-m', 'gitfed', '--stdin'], {
      input: `start\n${lines.join('')}commit\n`,
    });
    return true;
  } catch (error) {
    if (error instanceof GitProcessError && (await hasMoved(repository, moves))) return false;
    throw error;
  }
}

function fromWhere(from: string | null | undefined, to: string): string {
  if (from === undefined) return '';
  return ` ${from ?? '0'.repeat(to.length)}`;
}

async function hasMoved(repository: Repository, moves: readonly RefMove[]): Promise<boolean> {
  const format = '--format=%(objectname) %(refname)';
  const text = await runGit(repository.directory, ['for-each-ref', format, ...moves.map(({ ref }) => ref)]);
  const found = new Set(text.split('\n'));
  return moves.some(({ ref, from }) => {
    if (from === undefined) return false;
    return from === null ? [...found].some((line) => line.endsWith(` ${ref}`)) : !found.has(`${from} ${ref}`);
  });
}

/** Refuses to move a branch under a work tree; a ref of our own is nobody's. @throws {GitfedError} `GIT`. */
export async function checkMovable({ repository, name, ref }: TrackedBranch): Promise<void> {
  if (ref === `refs/heads/${name}`) await refuseCheckedOut(repository, name);
}

/** How many commits `to` has that `from` has not; `undefined` where it does not descend from it, or one of them is not here. */
export async function commitsAhead(repository: Repository, from: string, to: string): Promise<number | undefined> {
  if (from === to) return 0;
  if ((await isAncestor(repository, from, to)) !== true) return undefined;
  return Number(await runGit(repository.directory, ['rev-list', '--count', to, `^${from}`, '--']));
}

/** Where two histories parted, `undefined` where they have nothing in common. */
export async function mergeBaseOf({ directory }: Repository, a: string, b: string): Promise<string | undefined> {
  try {
    return (await runGit(directory, ['merge-base', a, b])).trim();
  } catch (error) {
    if (isNo(error)) return undefined;
    throw error;
  }
}

/** Whether git takes a name for a branch, in a ref of any kind. */
export function isBranchName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git refuses them, and a command line must not hold them.
  const bad = /^[-/.]|\.\.|[\u0000-\u0020~^:?*[\\\u007f]|@\{|\/[/.]|\.lock(?:\/|$)|[/.]$|^@$|^refs\//;
  return name !== '' && !bad.test(name);
}
