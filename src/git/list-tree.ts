import { GitfedError } from '../errors.ts';
import { GitProcessError } from './errors.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import type { ListedFile } from './tree-listing.ts';

/** A file of a commit. */
export interface TreeFile extends ListedFile {
  readonly objectId: string;
}

/** The files of a commit, to list another one from: git compares the two by the ids of their trees, and looks below those that differ only. */
export interface ListedTree {
  readonly commit: string;
  readonly paths: readonly string[];
  readonly files: ReadonlyMap<string, TreeFile>;
}

/**
 * Everything below some paths of a commit; below its root where there are none.
 *
 * @param known an earlier listing of the same paths.
 */
export async function listTree(
  repository: Repository,
  commit: string,
  paths: readonly string[],
  known?: ListedTree,
): Promise<ListedTree> {
  if (known !== undefined && known.paths.join('\0') === paths.join('\0')) {
    if (known.commit === commit) return known;
    const changed = await listChanges(repository, known, commit);
    if (changed !== undefined) return { commit, paths, files: changed };
  }
  const args = ['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...paths];
  const lines = (await runGit(repository.directory, args)).split('\0').filter((line) => line !== '');
  return { commit, paths, files: new Map(lines.map(readTreeLine).map((file) => [file.path, file])) };
}

function readTreeLine(line: string): TreeFile {
  const groups = /^(?<mode>\d+) (?<type>\w+) (?<objectId>[0-9a-f]+) +(?<size>\d+|-)\t(?<path>.*)$/s.exec(line)?.groups;
  if (groups === undefined) throw notUnderstood('ls-tree');
  const { mode = '', objectId = '', size = '0', path = '' } = groups;
  return treeFile({ mode, objectId, path }, size === '-' ? 0 : Number(size));
}

interface TreeEntry {
  readonly mode: string;
  readonly objectId: string;
  readonly path: string;
}

function treeFile({ mode, objectId, path }: TreeEntry, size: number): TreeFile {
  return { path, objectId, kind: kindOf(mode), size, stamp: `${mode} ${objectId}` };
}

function kindOf(mode: string): ListedFile['kind'] {
  if (mode === '120000') return 'symlink';
  if (mode === '160000') return 'submodule';
  return mode.startsWith('100') ? 'file' : 'other';
}

/** The listing with what is different in another commit; `undefined` where that cannot be told: the whole of it then has to be listed. */
async function listChanges(
  repository: Repository,
  known: ListedTree,
  commit: string,
): Promise<ReadonlyMap<string, TreeFile> | undefined> {
  const scope = known.paths.map((path) => `:(literal,top)${path}`);
  const options = ['-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--ignore-submodules=none', '--no-relative'];
  let text: string;
  try {
    text = await runGit(repository.directory, ['diff-tree', ...options, known.commit, commit, '--', ...scope]);
  } catch (error) {
    if (error instanceof GitProcessError) return undefined;
    throw error;
  }
  // Of names that are not UTF-8 several may look the same.
  if (text.includes('\uFFFD')) return undefined;
  const files = new Map(known.files);
  const changed: TreeEntry[] = [];
  const fields = text.split('\0');
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const path = fields[at + 1] ?? '';
    const groups = /^:\d+ (?<mode>\d+) [0-9a-f]+ (?<objectId>[0-9a-f]+) (?<status>[AMDT])$/.exec(
      fields[at] ?? '',
    )?.groups;
    if (groups === undefined) throw notUnderstood('diff-tree');
    const { mode = '', objectId = '', status } = groups;
    if (status === 'D') files.delete(path);
    else changed.push({ mode, objectId, path });
  }
  const sizes = await sizesOf(repository, changed);
  for (const entry of changed) {
    const size = kindOf(entry.mode) === 'submodule' ? 0 : sizes.get(entry.objectId);
    if (size === undefined) return undefined;
    files.set(entry.path, treeFile(entry, size));
  }
  return files;
}

/** Bytes of blobs by their ids; without those that git does not have. */
async function sizesOf(repository: Repository, entries: readonly TreeEntry[]): Promise<ReadonlyMap<string, number>> {
  const ids = entries.filter(({ mode }) => kindOf(mode) !== 'submodule').map(({ objectId }) => objectId);
  if (ids.length === 0) return new Map();
  const args = ['cat-file', '--batch-check=%(objectname) %(objectsize)'];
  const text = await runGit(repository.directory, args, { input: `${ids.join('\n')}\n` });
  return new Map(
    text.split('\n').flatMap((line): [string, number][] => {
      const [, id = '', size] = /^([0-9a-f]+) (\d+)$/.exec(line) ?? [];
      return size === undefined ? [] : [[id, Number(size)]];
    }),
  );
}

function notUnderstood(command: string): GitfedError {
  return new GitfedError('GIT', `git ${command} answered with a line that cannot be understood.`);
}
