import { buildModel, type Model } from '../api/index.ts';
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
import { type Rendering, render } from '../render/index.ts';

/** One state of a repository, and what it renders to. */
export interface RenderedState {
  readonly model: Model;
  readonly rendering: Rendering;
}

/** Two states of one path, and what they are called. */
export interface Comparison {
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
}

/** Reads and renders both sides of a comparison. @throws {GitfedError} where there is no repository or no such commit. */
export async function readComparison({ folder, ref, against, onPhase }: ComparisonRequest): Promise<Comparison> {
  const repository = await openRepository(folder);
  const base = against ?? (await chooseBase(repository, ref));
  const from = await resolveCommit(repository, base);
  const to = ref === undefined ? undefined : await resolveCommit(repository, ref);
  onPhase?.('reading');
  const before = buildModel(await readCommit(repository, from));
  const after = buildModel(to === undefined ? await readWorkingTree(folder) : await readCommit(repository, to));
  onPhase?.('rendering');
  return {
    from: describeCommit(base, from),
    to: ref === undefined || to === undefined ? 'the working tree' : describeCommit(ref, to),
    before: { model: before, rendering: render(before) },
    after: { model: after, rendering: render(after) },
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
