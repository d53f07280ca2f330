import { GitfedError } from '../errors.ts';
import {
  type BranchTips,
  isAncestor,
  ObjectReader,
  type Repository,
  readCommitDetails,
  readTips,
  resolveCommit,
  type TrackedBranch,
  withoutCredentials,
} from '../git/index.ts';
import { readStatusPlace } from './status-configuration.ts';
import { findStatusBranch } from './status-place.ts';

/**
 * The last commit of the status branch: the one here or the remote's as far as it was fetched, where HEAD says that it is.
 *
 * @throws {GitfedError} `USAGE` where there is none.
 */
export async function readStatusTip(repository: Repository, objects: ObjectReader): Promise<string> {
  const { branch, elsewhere, tip } = await lookForTip(repository, objects);
  if (tip === undefined) throw missingStatus(branch, elsewhere, undefined);
  return tip;
}

/** As {@link readStatusTip}; `undefined` where there is none. */
export async function findStatusTip(repository: Repository, objects: ObjectReader): Promise<string | undefined> {
  return (await lookForTip(repository, objects)).tip;
}

async function lookForTip(repository: Repository, objects: ObjectReader) {
  const head = await resolveCommit(repository, 'HEAD', objects).catch(() => undefined);
  const { elsewhere, ...place } = await readStatusPlace(repository, head, objects);
  const branch = await findStatusBranch(repository, { ...place, elsewhere });
  return { branch, elsewhere, tip: await tipToShow(branch, await readTips(branch)) };
}

/** What is here, or what is there: what contains the other, else what was written last. */
export async function tipToShow(
  { repository }: TrackedBranch,
  { local, seen }: BranchTips,
): Promise<string | undefined> {
  if (local === undefined || seen === undefined || local === seen) return local ?? seen;
  if ((await isAncestor(repository, local, seen)) === true) return seen;
  if ((await isAncestor(repository, seen, local)) === true) return local;
  await using objects = new ObjectReader(repository.gitDir);
  const [here, there] = await Promise.all([readCommitDetails(objects, local), readCommitDetails(objects, seen)]);
  return here.committedAt >= there.committedAt ? local : seen;
}

/** What to say where nothing is known of a branch. */
export function missingStatus(
  { name, remote }: TrackedBranch,
  elsewhere: string | undefined,
  fetchProblem: string | undefined,
): GitfedError {
  if (fetchProblem !== undefined) return new GitfedError('GIT', `The branch ${name} is not here: ${fetchProblem}`);
  const there = elsewhere === undefined ? remote?.address : withoutCredentials(elsewhere);
  const where = there === undefined ? '' : `, nor was one fetched from ${withoutCredentials(there)}`;
  const fetching = there === undefined ? '' : ' To fetch it: gitfed status --fetch.';
  return new GitfedError('USAGE', `There is no branch ${name} here${where}. gitfed sync writes it.${fetching}`);
}
