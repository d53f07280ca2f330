import type { RepositorySnapshot } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { ObjectReader } from './cat-file.ts';
import { listTree, type TreeFile } from './list-tree.ts';
import type { ReadMemo } from './read-memo.ts';
import { describeRepository, type Repository } from './repository.ts';
import { type ListedFile, readListing, type TreeListing } from './tree-listing.ts';

const CONFIGURATION = 'gitfed.yaml';

/**
 * Reads the chosen path of a commit straight from git's objects: nothing is checked out, no link is followed, no filter is run.
 *
 * @param objects a reader to use and leave open; without one a reader of its own.
 * @param memo what an earlier reading of this path left: only files that differ are asked for.
 * @throws {GitfedError} `USAGE` when the commit has nothing at that path, `GIT` when its tree cannot be read.
 */
export async function readCommit(
  repository: Repository,
  commit: string,
  objects?: ObjectReader,
  memo?: ReadMemo,
): Promise<RepositorySnapshot> {
  const { prefix } = repository;
  const tree = await listTree(repository, commit, prefix === '' ? [] : [prefix, CONFIGURATION], memo?.tree);
  if (memo !== undefined) memo.tree = tree;
  const listed = [...tree.files.values()];
  const files = listed.filter(({ path }) => isAt(path, prefix));
  if (prefix !== '' && files.length === 0) {
    throw new GitfedError(
      'USAGE',
      `${describeRepository(repository)} has nothing at ${prefix} in commit ${commit.slice(0, 12)}.`,
    );
  }
  const rootConfiguration = prefix === '' ? undefined : listed.find(({ path }) => path === CONFIGURATION);
  const reader = objects ?? new ObjectReader(repository.gitDir);
  try {
    const listing: TreeListing = {
      files,
      rootConfiguration,
      read: (file) => readBlob(reader, file as TreeFile),
      readLink: (file) => readLink(reader, file as TreeFile),
    };
    return await readListing(prefetched(listing, memo), prefix, memo);
  } finally {
    if (objects === undefined) await reader.close();
  }
}

function isAt(path: string, prefix: string): boolean {
  return prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
}

/** Asks for all small documents at once: the answers stream in while the first ones are looked at. */
function prefetched(listing: TreeListing, memo: ReadMemo | undefined): TreeListing {
  const PREFETCHED_BYTES = 1_048_576;
  const answers = new Map<ListedFile, ReturnType<TreeListing['read']>>();
  for (const file of listing.files) {
    if (file.kind !== 'file' || file.size > PREFETCHED_BYTES || !/\.(?:ya?ml|json)$/.test(file.path)) continue;
    if (memo?.find(file.path, file.stamp) !== undefined) continue;
    const answer = listing.read(file);
    // Whoever reads the file sees the failure; nobody may.
    answer.catch(() => undefined);
    answers.set(file, answer);
  }
  return { ...listing, read: (file) => answers.get(file) ?? listing.read(file) };
}

async function readBlob(reader: ObjectReader, file: TreeFile): ReturnType<TreeListing['read']> {
  const object = await reader.read(file.objectId);
  if (object?.type === 'blob') return { content: object.content };
  return { problem: 'Its object is missing from the repository: run git fsck, and fetch it again.' };
}

/** The blob of a symbolic link holds its target. */
async function readLink(reader: ObjectReader, file: TreeFile): Promise<string> {
  const LONGEST_TARGET = 4096;
  const object = file.size > LONGEST_TARGET ? undefined : await reader.read(file.objectId);
  return object === undefined ? '/' : Buffer.from(object.content).toString('utf8');
}
