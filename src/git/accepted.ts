import { keepCommit, keptCommit, type Repository } from './repository.ts';

/**
 * The commit of a branch that was accepted last, by this process or an earlier one. Its ref keeps the commit, whatever becomes of the branch.
 * `undefined`: none, or it is gone.
 */
export async function acceptedCommit(repository: Repository, branch: string): Promise<string | undefined> {
  return await keptCommit(repository, followedRef(branch));
}

/** @throws {GitfedError} `GIT`. */
export async function recordAccepted(repository: Repository, branch: string, commit: string): Promise<void> {
  await keepCommit(repository, followedRef(branch), commit);
}

function followedRef(branch: string): string {
  return `refs/gitfed/followed/${branch}`;
}
