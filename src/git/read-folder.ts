import type { RepositorySnapshot } from '../api/index.ts';
import { readCommit } from './read-commit.ts';
import type { ReadMemo } from './read-memo.ts';
import { readWorkingTree } from './read-working-tree.ts';
import { openRepository, resolveCommit } from './repository.ts';

/**
 * Reads a folder: at a commit, branch or tag, or its working tree.
 *
 * @throws {GitfedError} `USAGE` or `GIT` where there is nothing to read.
 */
export async function readFolder(
  folder: string,
  ref: string | undefined,
  memo?: ReadMemo,
): Promise<RepositorySnapshot> {
  if (ref === undefined) return await readWorkingTree(folder, memo);
  const repository = await openRepository(folder);
  return await readCommit(repository, await resolveCommit(repository, ref), undefined, memo);
}
