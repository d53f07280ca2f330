import type { RepositorySnapshot } from '../api/index.ts';
import { objectAt, type Repository, readCommit } from '../git/index.ts';
import { type RenderedState, RepositoryMemo } from './repository-memo.ts';

/** Two commits of a branch that is pushed, rendered. */
export interface PushedChange {
  readonly before: RenderedState;
  readonly after: RenderedState;
}

/** A push of a branch that stays, or is new. */
export interface PushedCommits {
  /** Absent where there is nothing to compare with. */
  readonly before?: string;
  readonly after: string;
}

/** Reads both commits from git's objects, also those that are not accepted yet, and renders them. */
export async function readPushedChange(
  repository: Repository,
  { before, after }: PushedCommits,
): Promise<PushedChange> {
  const memo = new RepositoryMemo();
  const read = async (commit: string | undefined): Promise<RepositorySnapshot> => {
    const isThere = commit !== undefined && (await objectAt(repository, commit, repository.prefix)) !== undefined;
    return isThere ? await readCommit(repository, commit, undefined, memo.reading) : NOTHING;
  };
  const old = memo.render(await read(before));
  return { before: old, after: memo.render(await read(after)) };
}

const NOTHING: RepositorySnapshot = { entries: [], complete: true };
