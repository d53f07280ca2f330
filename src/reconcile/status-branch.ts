import {
  type Author,
  branchTip,
  type CommitRequest,
  currentBranch,
  EMPTY_TREE,
  fetchAgain,
  fetchBranch,
  type ObjectReader,
  pushCommit,
  type Repository,
  readFilesAt,
  refuseCheckedOut,
  remoteOf,
  treeId,
  updateBranch,
  writeCommit,
} from '../git/index.ts';
import { isStatusPath } from '../report/status-tree.ts';
import type { SyncResult } from './types.ts';

const ATTEMPTS = 8;

/** What a branch holds, and where it is. */
export interface StatusBranch {
  readonly name: string;
  readonly tip: string | undefined;
  readonly files: ReadonlyMap<string, string>;
  /** Tree of its folder `observations`, which gitfed writes nothing in. */
  readonly observations: string;
}

/** `gitfed/status`; for a path below the root `gitfed/status-<path>`, `/` as `-`. */
export function statusBranchName(prefix: string, configured: string | undefined): string {
  return configured ?? (prefix === '' ? 'gitfed/status' : `gitfed/status-${prefix.replaceAll('/', '-')}`);
}

/** Reads the branch. A branch that only the remote has yet counts too, as far as it was fetched. */
export async function readStatusBranch(
  repository: Repository,
  name: string,
  objects: ObjectReader,
): Promise<StatusBranch> {
  const tip = await branchTip(repository, name, objects);
  if (tip === undefined) return { name, tip, files: new Map(), observations: EMPTY_TREE };
  const [files, observations] = await Promise.all([
    readFilesAt(repository, tip, { objects }),
    objects.find(`${tip}:${OBSERVATIONS}`),
  ]);
  return { name, tip, files, observations: observations?.id ?? EMPTY_TREE };
}

const OBSERVATIONS = 'observations';

async function readTip(
  { repository, branch }: StatusWrite,
  tip: string | undefined,
): Promise<Pick<StatusBranch, 'files' | 'observations'>> {
  if (tip === branch.tip) return branch;
  if (tip === undefined) return { files: new Map(), observations: EMPTY_TREE };
  return { files: await readFilesAt(repository, tip), observations: await treeId(repository, tip, OBSERVATIONS) };
}

export interface StatusWrite {
  readonly repository: Repository;
  readonly branch: StatusBranch;
  /** The files that the branch should have, made of those that it has. */
  readonly compute: (previous: ReadonlyMap<string, string>) => ReadonlyMap<string, string>;
  readonly subject: string;
  readonly commit: string;
  readonly time: Date;
  readonly author?: Author | undefined;
  /** A URL is always pushed to, a path's branch on demand. */
  readonly push: boolean;
}

/**
 * Commits what happened, if anything did, and pushes it. Whoever was faster is built upon: the files are computed anew on top.
 *
 * @returns `problem` instead of throwing for a push that is refused: the members are in order all the same.
 */
export async function writeStatusBranch(write: StatusWrite): Promise<SyncResult['status']> {
  const { repository, push } = write;
  if (repository.remote !== undefined) return await commitToUrl(write, repository.remote.url);
  const local = await commitLocally(write);
  return push ? await pushLocal(write, local) : local;
}

/** A commit on top of `tip` with the computed files, `undefined` where nothing changes. */
async function makeCommit(write: StatusWrite, tip: string | undefined): Promise<string | undefined> {
  const request = await planCommit(write, tip);
  return request && (await writeCommit(write.repository, request));
}

async function planCommit(write: StatusWrite, tip: string | undefined): Promise<CommitRequest | undefined> {
  const { files: previous, observations } = await readTip(write, tip);
  const next = write.compute(previous);
  const changes = new Map<string, string | null>();
  for (const path of previous.keys()) if (isStatusPath(path) && !next.has(path)) changes.set(path, null);
  for (const [path, text] of next) if (previous.get(path) !== text) changes.set(path, text);
  if (changes.size === 0) return undefined;
  const trailers = `Source-Commit: ${write.commit}\nObservations-Tree: ${observations}`;
  const message = `${write.subject} [skip ci]\n\n${trailers}\n`;
  const author = write.author === undefined ? {} : { author: write.author };
  return { parent: tip, changes, message, time: write.time, ...author };
}

async function commitLocally(write: StatusWrite): Promise<SyncResult['status']> {
  const { repository, branch } = write;
  let tip = branch.tip;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const request = await planCommit(write, tip);
    if (request === undefined) return { branch: branch.name };
    const checked = refuseCheckedOut(repository, branch.name);
    // It is told where the branch is moved.
    checked.catch(() => undefined);
    const commit = await writeCommit(repository, request);
    if (commit === undefined) return { branch: branch.name };
    if (await updateBranch(repository, branch.name, commit, tip, checked)) return { branch: branch.name, commit };
    tip = await branchTip(repository, branch.name);
  }
  return { branch: branch.name, problem: 'Somebody else moves the branch all the time. The next pass tries again.' };
}

async function commitToUrl(write: StatusWrite, url: string): Promise<SyncResult['status']> {
  const { repository, branch, push } = write;
  let tip = branch.tip;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const commit = await makeCommit(write, tip);
    if (commit === undefined) return { branch: branch.name };
    if (!push) {
      await updateBranch(repository, branch.name, commit, tip);
      return { branch: branch.name, commit, pushed: false };
    }
    const pushed = await pushCommit(repository, url, commit, branch.name);
    if (pushed.result === 'refused')
      return { branch: branch.name, commit, pushed: false, problem: refusal(pushed.words) };
    if (pushed.result === 'pushed') {
      await updateBranch(repository, branch.name, commit, tip);
      return { branch: branch.name, commit, pushed: true };
    }
    await fetchAgain(repository);
    tip = await branchTip(repository, branch.name);
  }
  return {
    branch: branch.name,
    pushed: false,
    problem: 'Somebody else pushes all the time. The next pass tries again.',
  };
}

function refusal(words: string): string {
  return `StatusPushRefused: ${words}`;
}

/** Sends the local branch to the remote of the current branch. Where the remote has moved on, what happened is committed on top of it. */
async function pushLocal(write: StatusWrite, local: SyncResult['status']): Promise<SyncResult['status']> {
  const { repository, branch } = write;
  const remote = await remoteOf(repository, await currentBranch(repository));
  if (remote === undefined)
    return { ...local, pushed: false, problem: 'There is no remote to push to: git remote add origin URL' };
  let made = local.commit;
  let tip = await branchTip(repository, branch.name);
  for (let attempt = 1; tip !== undefined && attempt <= ATTEMPTS; attempt += 1) {
    const result = await pushCommit(repository, remote, tip, branch.name);
    const commit = made === undefined ? {} : { commit: made };
    if (result.result === 'pushed') return { branch: branch.name, ...commit, pushed: true };
    if (result.result === 'refused')
      return { branch: branch.name, ...commit, pushed: false, problem: refusal(result.words) };
    const theirs = await fetchBranch(repository, remote, branch.name);
    const rebased = (await makeCommit(write, theirs)) ?? theirs;
    if (rebased === undefined) break;
    if (await updateBranch(repository, branch.name, rebased, tip)) made = rebased === theirs ? undefined : rebased;
    tip = await branchTip(repository, branch.name);
  }
  return { ...local, pushed: false, problem: 'Somebody else pushes all the time. The next pass tries again.' };
}
