import type { RepositorySnapshot } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { ObjectReader } from './cat-file.ts';
import { describeRepository, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import { type ListedFile, readListing, type TreeListing } from './tree-listing.ts';

const CONFIGURATION = 'gitfed.yaml';

interface TreeFile extends ListedFile {
  readonly objectId: string;
}

/**
 * Reads the chosen path of a commit straight from git's objects: nothing is checked out, no link is followed, no filter is run.
 *
 * @param objects a reader to use and leave open; without one a reader of its own.
 * @throws {GitfedError} `USAGE` when the commit has nothing at that path, `GIT` when its tree cannot be read.
 */
export async function readCommit(
  repository: Repository,
  commit: string,
  objects?: ObjectReader,
): Promise<RepositorySnapshot> {
  const { prefix } = repository;
  const listed = await listTree(repository, commit, prefix === '' ? [] : [prefix, CONFIGURATION]);
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
    return await readListing(await prefetched(listing), prefix);
  } finally {
    if (objects === undefined) await reader.close();
  }
}

function isAt(path: string, prefix: string): boolean {
  return prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
}

/** Asks for all small documents at once: the answers stream in while the first ones are looked at. */
async function prefetched(listing: TreeListing): Promise<TreeListing> {
  const PREFETCHED_BYTES = 1_048_576;
  const answers = new Map<ListedFile, ReturnType<TreeListing['read']>>();
  for (const file of listing.files) {
    if (file.kind !== 'file' || file.size > PREFETCHED_BYTES || !/\.(?:ya?ml|json)$/.test(file.path)) continue;
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

async function listTree(
  repository: Repository,
  commit: string,
  paths: readonly string[],
): Promise<readonly TreeFile[]> {
  const text = await runGit(repository.directory, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...paths]);
  return text.split('\0').flatMap((line) => (line === '' ? [] : [readTreeLine(line)]));
}

function readTreeLine(line: string): TreeFile {
  const groups = /^(?<mode>\d+) (?<type>\w+) (?<objectId>[0-9a-f]+) +(?<size>\d+|-)\t(?<path>.*)$/s.exec(line)?.groups;
  if (groups === undefined) throw new GitfedError('GIT', 'git ls-tree answered with a line that cannot be understood.');
  const { mode = '', objectId = '', size = '0', path = '' } = groups;
  return { path, objectId, kind: kindOf(mode), size: size === '-' ? 0 : Number(size) };
}

function kindOf(mode: string): ListedFile['kind'] {
  if (mode === '120000') return 'symlink';
  if (mode === '160000') return 'submodule';
  return mode.startsWith('100') ? 'file' : 'other';
}
