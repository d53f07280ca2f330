import { GitfedError } from '../errors.ts';
import {
  type BranchTips,
  type CommitDetails,
  checkMovable,
  fetchTracked,
  isAncestor,
  lineOfCommits,
  moveRefs,
  ObjectReader,
  pushTracked,
  readCommitDetails,
  readTips,
  resolveCommit,
  type TrackedBranch,
  withoutCredentials,
  writeLine,
} from '../git/index.ts';
import { openSource } from './source.ts';
import { readStatusPlace } from './status-configuration.ts';
import { findStatusBranch } from './status-place.ts';

export interface CompactRequest {
  /** A path in a repository, or a URL. */
  readonly source: string;
  /** Commits that are older than this go; milliseconds since 1970. */
  readonly before: number;
  /** Replaces the history at the remote too. */
  readonly push: boolean;
  readonly dryRun: boolean;
}

export interface CompactResult {
  readonly branch: string;
  /** The commit of the branch before, and after. The same where nothing is that old. */
  readonly from: string;
  readonly to: string;
  readonly commits: number;
  readonly removed: number;
  /** When the first commit that is kept was made; seconds since 1970. */
  readonly since: number;
  /** Where it was replaced too. Without credentials. */
  readonly pushedTo?: string;
}

const ATTEMPTS = 5;

/**
 * Bounds the history of the status branch: the last commit that is too old becomes its first, and the later ones are written again behind
 * it, with their trees, messages and times. Somebody who writes meanwhile is built upon.
 *
 * @throws {GitfedError} `USAGE` where there is no branch, or where it is elsewhere too and must not be replaced there; `GIT`.
 */
export async function compactStatusBranch(request: CompactRequest): Promise<CompactResult> {
  const { repository, objects, close } = await openSource({ source: request.source });
  try {
    const head = await resolveCommit(repository, 'HEAD', objects).catch(() => undefined);
    const branch = await findStatusBranch(repository, await readStatusPlace(repository, head, objects));
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const result = await compactOnce(branch, request);
      if (result !== undefined) return result;
    }
  } finally {
    await close();
  }
  throw new GitfedError('GIT', 'Somebody else moves the branch all the time. Nothing was replaced: try again.');
}

/** @returns `undefined` where somebody else moved the branch meanwhile. */
async function compactOnce(branch: TrackedBranch, request: CompactRequest): Promise<CompactResult | undefined> {
  const { repository } = branch;
  const there = request.push ? await fetchTracked(branch) : undefined;
  const tips = await readTips(branch);
  if (!request.push && !request.dryRun) refuseShared(branch, tips);
  const tip = await tipOf(branch, { ...tips, ...(request.push ? { seen: there } : {}) });
  await using objects = new ObjectReader(repository.gitDir);
  const commits = await lineOfCommits(repository, undefined, tip);
  const details = await Promise.all(commits.map((commit) => readCommitDetails(objects, commit)));
  const cut = cutAt(details, request.before);
  const kept = details.slice(cut);
  const plan = {
    branch: branch.name,
    from: tip,
    commits: details.length,
    removed: cut,
    since: kept[0]?.committedAt ?? 0,
  };
  if (cut === 0) return { ...plan, to: tip };
  const to = await writeLine(repository, kept.map(asRoot));
  if (request.dryRun) return { ...plan, to };
  return (await replace(branch, { tips, there, to, push: request.push }))
    ? { ...plan, to, ...pushedTo(branch, request.push) }
    : undefined;
}

function pushedTo({ remote }: TrackedBranch, push: boolean): Pick<CompactResult, 'pushedTo'> {
  return push && remote !== undefined ? { pushedTo: withoutCredentials(remote.address) } : {};
}

/** Replaced here alone, it would be sent once more as a whole: the two histories have nothing in common. */
function refuseShared({ name, remote }: TrackedBranch, { seen, base }: BranchTips): void {
  if (remote === undefined || (seen === undefined && base === undefined)) return;
  throw new GitfedError(
    'USAGE',
    `The branch ${name} is at ${withoutCredentials(remote.address)} too, and its history has to be replaced there as well: use --push. What it would do: --dry-run.`,
  );
}

async function tipOf({ repository, name }: TrackedBranch, { local, seen }: BranchTips): Promise<string> {
  if (local === undefined || seen === undefined) {
    const only = local ?? seen;
    if (only !== undefined) return only;
    throw new GitfedError('USAGE', `There is no branch ${name} here. gitfed sync writes it.`);
  }
  if ((await isAncestor(repository, seen, local)) === true) return local;
  if ((await isAncestor(repository, local, seen)) === true) return seen;
  throw new GitfedError(
    'USAGE',
    `The branch ${name} has commits here that the remote does not have, and the other way round. Run gitfed sync --push first, or remove the branch here: git branch -D ${name}`,
  );
}

/** How many commits go: all before the last one that is too old. Dates that go back hold everything behind them. */
function cutAt(details: readonly CommitDetails[], before: number): number {
  const firstYoung = details.findIndex(({ committedAt }) => committedAt * 1000 >= before);
  return Math.max(0, (firstYoung < 0 ? details.length : firstYoung) - 1);
}

const NOTE = 'Earlier commits were removed: gitfed status compact.';

function asRoot(details: CommitDetails, index: number): CommitDetails {
  if (index > 0 || details.message.includes(NOTE)) return details;
  const end = details.message.indexOf('\n');
  const [subject, rest] = end < 0 ? [details.message, ''] : [details.message.slice(0, end), details.message.slice(end)];
  return { ...details, message: `${subject}\n\n${NOTE}${rest}` };
}

interface Replacement {
  readonly tips: BranchTips;
  /** Where the remote is. */
  readonly there: string | undefined;
  readonly to: string;
  readonly push: boolean;
}

async function replace(branch: TrackedBranch, { tips, there, to, push }: Replacement): Promise<boolean> {
  const { repository, ref, remote } = branch;
  await checkMovable(branch);
  const here = tips.local === undefined ? [] : [{ ref, to, from: tips.local }];
  if (!push || remote === undefined) return await moveRefs(repository, here);
  const sent = await pushTracked(branch, to, there === undefined ? {} : { replaces: there });
  if (sent.result === 'stale') return false;
  if (sent.result === 'refused') {
    throw new GitfedError(
      'GIT',
      `The remote does not let the history be replaced: ${sent.words}. Nothing was replaced.`,
    );
  }
  const known = { ref: remote.seen, to };
  if (await moveRefs(repository, [...here, known, { ref: remote.base, to }])) return true;
  // Somebody commits here: what is new to the old history is what is sent on top of the new one.
  await moveRefs(repository, [known, ...(there === undefined ? [] : [{ ref: remote.base, to: there }])]);
  return true;
}
