import { GitfedError } from '../errors.ts';
import { branchTip, EMPTY_TREE, type ObjectReader, type Repository, readTips } from '../git/index.ts';
import { tipToBuildOn } from './status-committer.ts';
import type { StatusFiles } from './status-files.ts';
import { findStatusBranch, refreshStatusBranch, type StatusPlace } from './status-place.ts';
import { StatusStates } from './status-states.ts';

export { statusBranchName } from './status-place.ts';

/** Whoever reads a commit waits for this too: so long another repository may keep it. */
const PATIENCE_MS = 10_000;

/** What a branch holds, and where it is. */
export interface StatusBranch {
  readonly name: string;
  readonly tip: string | undefined;
  readonly files: StatusFiles;
  /** Tree of its folder `observations`. */
  readonly observations: string;
  /** The source commit that its tip tells of. */
  readonly source?: string | undefined;
  /** Why it is not known whether there is one. */
  readonly problem?: string;
}

/** What is read. */
export interface StatusReading extends StatusPlace {
  /** Another repository is not asked: what is here counts. */
  readonly isOffline?: boolean | undefined;
}

/**
 * Reads the branch, with what waits to be sent. A branch that only the remote has yet counts too, as far as it was fetched; one in another
 * repository is fetched first, and if that cannot be reached, what was fetched before counts.
 */
export async function readStatusBranch(
  repository: Repository,
  { name, elsewhere, isOffline }: StatusReading,
  objects: ObjectReader,
): Promise<StatusBranch> {
  const nothing = { name, tip: undefined, files: new Map<string, string>(), observations: EMPTY_TREE };
  try {
    const { tip, problem } = await findTip(repository, { name, elsewhere, isOffline }, objects);
    const state = await new StatusStates(repository).read(tip, objects);
    return { name, ...state, ...(tip === undefined && problem !== undefined ? { problem } : {}) };
  } catch (error) {
    // Whoever writes there meets it again, and tells it: what is applied does not depend on it.
    if (error instanceof GitfedError && elsewhere !== undefined) return { ...nothing, problem: error.message };
    throw error;
  }
}

async function findTip(
  repository: Repository,
  { name, elsewhere, isOffline = false }: StatusReading,
  objects: ObjectReader,
): Promise<{ readonly tip: string | undefined; readonly problem?: string | undefined }> {
  if (elsewhere === undefined && repository.remote === undefined) {
    const here = await branchTip(repository, name, objects);
    if (here !== undefined) return { tip: here };
  }
  const branch = await findStatusBranch(repository, { name, elsewhere });
  const isAsked = elsewhere !== undefined && !isOffline;
  const problem = isAsked ? await refreshStatusBranch(branch, PATIENCE_MS) : undefined;
  return { tip: await tipToBuildOn(branch, await readTips(branch)), problem };
}
