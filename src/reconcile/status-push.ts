import { GitfedError } from '../errors.ts';
import {
  fetchTracked,
  isAncestor,
  mergeBaseOf,
  moveRefs,
  pushTracked,
  type RemoteOptions,
  type Repository,
  readTips,
  type TrackedBranch,
} from '../git/index.ts';
import type { Clock } from './clock.ts';
import { type RebaseContext, reapply } from './status-rebase.ts';

/** Another writer wins a race now and then, and never so often in a row. */
const ATTEMPTS = 12;
const LONGEST_PAUSE_MS = 400;

/** How the waiting commits are sent. */
export interface PushRequest {
  readonly branch: TrackedBranch;
  /** Clusters of which what is here counts, where nothing tells what was sent before. */
  readonly clusters: ReadonlySet<string>;
  /** Made when it is needed: somebody else has pushed. */
  readonly context: () => RebaseContext | undefined;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly remote?: RemoteOptions;
}

/** What became of it. */
export interface PushOutcome {
  /** Where the branch is, here and there, after something was sent. */
  readonly tip?: string;
  /** In words for people. */
  readonly problem?: string;
}

/**
 * Sends what waits. Where somebody else has pushed meanwhile, it is made again on top of that: nothing is forced.
 *
 * @throws nothing that a remote does: it is the problem that is told.
 */
export async function pushWaiting(request: PushRequest): Promise<PushOutcome> {
  const { branch, clock, random } = request;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { local, seen, base } = await readTips(branch);
    if (local === undefined) return {};
    if (local === seen || local === base) return attempt === 1 ? {} : { tip: local };
    const sent = await pushTracked(branch, local, request.remote);
    if (sent.result === 'pushed') return await rememberSent(branch, local);
    if (sent.result === 'refused') return { problem: `StatusPushRefused: ${sent.words}` };
    const problem = await followRemote(request, local, base).catch(remoteProblem);
    if (problem !== undefined) return { problem };
    if (attempt > 1) await pause(clock, random() * LONGEST_PAUSE_MS);
  }
  return { problem: 'StatusPushRefused: somebody else pushes to the branch all the time.' };
}

async function rememberSent({ repository, remote }: TrackedBranch, tip: string): Promise<PushOutcome> {
  if (remote !== undefined) {
    await moveRefs(repository, [
      { ref: remote.seen, to: tip },
      { ref: remote.base, to: tip },
    ]);
  }
  return { tip };
}

/** Makes what waits again on top of what is there. @returns what stands in the way, if anything. */
async function followRemote(
  { branch, clusters, context, remote }: PushRequest,
  local: string,
  base: string | undefined,
): Promise<string | undefined> {
  const { repository } = branch;
  const theirs = await fetchTracked(branch, remote);
  if (theirs === undefined || branch.remote === undefined) return undefined;
  const from = await partedAt(repository, { local, theirs, base });
  const rebase = context();
  if (rebase === undefined && from !== local) return 'StatusPushRefused: the branch has moved on there.';
  const tip = rebase === undefined ? theirs : await reapply(rebase, theirs, { base: from, local, clusters });
  // Where the branch moved here meanwhile, the next attempt begins with that.
  await moveRefs(repository, [
    { ref: branch.ref, to: tip, from: local },
    { ref: branch.remote.base, to: theirs },
  ]);
  return undefined;
}

/**
 * After which commit ours wait: the last one that is there too. A push whose answer was lost may have brought some; of a history that was
 * replaced there, nothing comes back.
 */
async function partedAt(
  repository: Repository,
  { local, theirs, base }: { readonly local: string; readonly theirs: string; readonly base: string | undefined },
): Promise<string | undefined> {
  const common = await mergeBaseOf(repository, local, theirs);
  if (base === undefined || common === undefined || common === base) return base ?? common;
  return (await isAncestor(repository, base, common)) === true ? common : base;
}

function remoteProblem(error: unknown): string {
  if (!(error instanceof GitfedError)) throw error;
  return `StatusPushRefused: ${error.message}`;
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(ms, resolve);
  });
}
