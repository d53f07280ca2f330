import { GitfedError } from '../errors.ts';
import {
  branchTip,
  type CommitPolicy,
  commitsBetween,
  isDescendant,
  keepCommit,
  keptCommit,
  type Repository,
  verifyCommits,
} from '../git/index.ts';

/** Of the clone of a URL, where nobody who pushes to the repository gets at it. */
const ACCEPTED = 'refs/gitfed/accepted';

/**
 * Refuses a commit that the policy does not let through. What is accepted is remembered in the clone of a URL; where nothing is remembered, the
 * commit that the status branch tells of is where the range begins.
 *
 * @throws {GitfedError} `GIT` with the commit that is at fault, and why.
 */
export async function acceptCommit(
  repository: Repository,
  {
    commit,
    policy,
    statusBranch,
  }: { readonly commit: string; readonly policy: CommitPolicy; readonly statusBranch: string },
): Promise<void> {
  const isClone = repository.remote !== undefined;
  const kept = isClone ? await keptCommit(repository, ACCEPTED) : undefined;
  const since = policy.mode === 'Head' ? undefined : (kept ?? (await reportedCommit(repository, statusBranch)));
  const verification = await verifyCommits(repository, { ...policy, since, commit });
  if (!verification.ok) {
    throw new GitfedError(
      'GIT',
      `Commit ${verification.commit.slice(0, 12)} is not accepted: ${verification.reason}. Nothing was applied. Have it signed and pushed again, or look at it and run once without --verify-commits.`,
    );
  }
  // What is older than what was accepted is accepted, and moves nothing back.
  if (isClone && (kept === undefined || !(await isDescendant(repository, kept, commit))))
    await keepCommit(repository, ACCEPTED, commit);
}

/** The source commit that the last status tells of. */
export async function reportedCommit(repository: Repository, branch: string): Promise<string | undefined> {
  const tip = await branchTip(repository, branch);
  if (tip === undefined) return undefined;
  const [last] = await commitsBetween(repository, undefined, tip);
  const value = last?.trailers.findLast(({ key }) => key === 'Source-Commit')?.value;
  return value !== undefined && /^[0-9a-f]{40,64}$/.test(value) ? value : undefined;
}
