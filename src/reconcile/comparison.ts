import type { RepositorySnapshot } from '../api/index.ts';
import {
  defaultBranch,
  isDirty,
  mergeBase,
  openRepository,
  type Repository,
  readCommit,
  readWorkingTree,
  resolveCommit,
} from '../git/index.ts';
import type { Observations } from '../render/index.ts';
import { type RenderedState, RepositoryMemo } from './repository-memo.ts';

/** Two states of one path, and what they are called. */
export interface Comparison {
  readonly repository: Repository;
  /** The commit of the older side. */
  readonly base: string;
  /** The commit of the newer side, or the one that a working tree stands on. */
  readonly head: string;
  /** As `HEAD (9b1f3c0d2a44)`. */
  readonly from: string;
  /** As `from`, or `the working tree`. */
  readonly to: string;
  readonly before: RenderedState;
  readonly after: RenderedState;
}

export interface ComparisonRequest {
  /** The repository, or a folder in it that is read as one. */
  readonly folder: string;
  /** The newer side. Default: the working tree. */
  readonly ref?: string | undefined;
  /** The older side. Default: what {@link chooseBase} chooses. */
  readonly against?: string | undefined;
  /** Told before what takes long: `reading`, `rendering`. */
  readonly onPhase?: (phase: string) => void;
  /** What replicas are planned with, on both sides. Default: every cluster is ready. */
  readonly observations?: Observations | undefined;
  /** What is remembered of the path. Default: nothing yet; the two sides share what is the same in any case. */
  readonly memo?: RepositoryMemo | undefined;
}

/** Reads and renders both sides of a comparison. @throws {GitfedError} where there is no repository or no such commit. */
export async function readComparison({
  folder,
  ref,
  against,
  onPhase,
  observations,
  memo = new RepositoryMemo(),
}: ComparisonRequest): Promise<Comparison> {
  const repository = await openRepository(folder);
  const base = against ?? (await chooseBase(repository, ref));
  const from = await resolveCommit(repository, base);
  const to = ref === undefined ? undefined : await resolveCommit(repository, ref);
  const read = (commit: string): Promise<RepositorySnapshot> => readCommit(repository, commit, undefined, memo.reading);
  onPhase?.('reading');
  if (memo.base?.commit !== from) memo.base = { commit: from, rendered: memo.render(await read(from), observations) };
  // Reads and renders what is different there, and shares the rest.
  const snapshot = to === undefined ? await readWorkingTree(folder, memo.reading) : await read(to);
  onPhase?.('rendering');
  return {
    repository,
    base: from,
    head: to ?? 'HEAD',
    from: describeCommit(base, from),
    to: ref === undefined || to === undefined ? 'the working tree' : describeCommit(ref, to),
    before: memo.base.rendered,
    after: memo.render(snapshot, observations),
  };
}

/** What a state is compared with: HEAD for a changed working tree, else where `ref` (HEAD) left the default branch. */
export async function chooseBase(repository: Repository, ref: string | undefined): Promise<string> {
  if (ref === undefined && (await isDirty(repository))) return 'HEAD';
  const branch = await defaultBranch(repository);
  return await mergeBase(repository, branch, ref ?? 'HEAD');
}

/** `HEAD (9b1f3c0d2a44)`; a commit that was named by its id is not named twice. */
function describeCommit(name: string, commit: string): string {
  const short = commit.slice(0, 12);
  return commit.startsWith(name) ? short : `${name} (${short})`;
}
