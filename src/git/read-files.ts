import { GitfedError } from '../errors.ts';
import { ObjectReader } from './cat-file.ts';
import type { Repository } from './repository.ts';

interface Blob {
  readonly path: string;
  readonly id: string;
}

/**
 * The files below a folder of a commit, by path inside the repository.
 *
 * @param objects a reader to use and leave open; without one a reader of its own.
 * @throws {GitfedError} `GIT` when the commit, a folder or a file cannot be read: never taken for one that is empty.
 */
export async function readFilesAt(
  repository: Repository,
  commit: string,
  { folder = '', objects }: { readonly folder?: string; readonly objects?: ObjectReader } = {},
): Promise<ReadonlyMap<string, string>> {
  const reader = objects ?? new ObjectReader(repository.gitDir);
  try {
    const root = await reader.find(`${commit}^{tree}`);
    if (root === undefined) throw missing(commit, '');
    const tree = folder === '' ? root : await reader.find(`${commit}:${folder}`);
    if (tree?.type !== 'tree') return new Map();
    const blobs = await listBlobs(reader, commit, { id: tree.id, content: tree.content, path: folder });
    const files = blobs.map(async ({ path, id }) => {
      const object = await reader.read(id);
      if (object === undefined) throw missing(commit, path);
      return [path, Buffer.from(object.content).toString('utf8')] as const;
    });
    return new Map(await Promise.all(files));
  } finally {
    if (objects === undefined) await reader.close();
  }
}

function missing(commit: string, path: string): GitfedError {
  const what = path === '' ? 'a commit' : path;
  return new GitfedError('GIT', `${what} is missing from the repository at ${commit}.`);
}

/** A tree's folders are asked for at once: as many round trips as the folders are deep. */
async function listBlobs(
  reader: ObjectReader,
  commit: string,
  { id: treeId, content, path: folder }: Blob & { readonly content: Uint8Array },
): Promise<readonly Blob[]> {
  const entries = parseTree(content, treeId.length / 2).map(async ({ mode, name, id }): Promise<readonly Blob[]> => {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (mode === SUBMODULE) return [];
    if (mode !== FOLDER) return [{ path, id }];
    const tree = await reader.read(id);
    if (tree?.type !== 'tree') throw missing(commit, path);
    return await listBlobs(reader, commit, { id, content: tree.content, path });
  });
  return (await Promise.all(entries)).flat();
}

const FOLDER = '40000';
const SUBMODULE = '160000';

interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** Each entry is its mode, a space, its name, NUL and its id in bytes. @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
function parseTree(content: Uint8Array, idBytes: number): readonly TreeEntry[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const entries: TreeEntry[] = [];
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(0x20, start);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0) throw new GitfedError('GIT', 'git cat-file answered with a tree that cannot be read.');
    const mode = bytes.toString('latin1', start, space);
    const name = bytes.toString('utf8', space + 1, end);
    entries.push({ mode, name, id: bytes.toString('hex', end + 1, end + 1 + idBytes) });
    start = end + 1 + idBytes;
  }
  return entries;
}
