import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RepositorySnapshot } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import type { ReadMemo } from './read-memo.ts';
import { findRepository, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import { type ListedFile, readListing, type TreeListing } from './tree-listing.ts';

/**
 * Reads the chosen path as it stands on the disk, by the rules that hold for a commit; in a repository without the files that git ignores, since no
 * commit will ever have them. A plain folder is its own root.
 *
 * @param memo what an earlier reading left: only files that changed since are opened.
 * @throws {GitfedError} `USAGE` when there is nothing at the path.
 */
export async function readWorkingTree(folder: string, memo?: ReadMemo): Promise<RepositorySnapshot> {
  const absolute = path.resolve(folder);
  // A link that is chosen is followed to a folder; one that leads nowhere is there all the same.
  const stats = await stat(absolute)
    .catch(() => lstat(absolute))
    .catch(() => undefined);
  if (stats === undefined)
    throw new GitfedError('USAGE', `There is nothing at ${folder}. Name the folder of a repository.`);
  const repository = await findRepository(absolute);
  if (repository?.isBare === true)
    throw new GitfedError('USAGE', `${folder} is a bare repository, without a working tree: name a commit with --ref.`);
  const { root, prefix } = locateRoot(repository, absolute, stats.isDirectory());
  const ignoring = repository === undefined ? Promise.resolve(new Set<string>()) : ignoredByGit(repository);
  // Whoever waits for it below sees its failure.
  ignoring.catch(() => undefined);
  const files: ListedFile[] = [];
  const chosen = prefix === '' ? undefined : inspect(root, prefix);
  if (chosen === undefined || chosen.kind === 'directory') await list(root, prefix, files);
  else files.push(chosen);
  const ignored = await ignoring;
  const rootConfiguration = prefix === '' ? undefined : inspect(root, 'gitfed.yaml');
  const listing: TreeListing = {
    files: ignored.size === 0 ? files : files.filter((file) => !isListed(ignored, file.path)),
    rootConfiguration: rootConfiguration?.kind === 'directory' ? undefined : rootConfiguration,
    read: (file) => readRegularFile(path.join(root, file.path)),
    readLink: (file) => readlink(path.join(root, file.path)).catch(() => '/'),
  };
  return await readListing(listing, prefix, memo);
}

function locateRoot(
  repository: Repository | undefined,
  absolute: string,
  isDirectory: boolean,
): { readonly root: string; readonly prefix: string } {
  if (repository !== undefined) return { root: repository.directory, prefix: repository.prefix };
  return isDirectory
    ? { root: absolute, prefix: '' }
    : { root: path.dirname(absolute), prefix: path.basename(absolute) };
}

type Inspected = ListedFile | { readonly path: string; readonly kind: 'directory' };

/** What lies at a path, without following a link; `undefined` when nothing does. */
function inspect(root: string, name: string): Inspected | undefined {
  const stats = inspectEntry(path.join(root, name));
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return { path: name, kind: 'directory' };
  const kind = stats.isSymbolicLink() ? 'symlink' : stats.isFile() ? 'file' : 'other';
  const stamp = kind === 'file' ? stampOf(stats) : undefined;
  return {
    path: name,
    kind,
    size: kind === 'file' ? Number(stats.size) : 0,
    ...(stamp === undefined ? {} : { stamp }),
  };
}

/** Synchronous: ten times as fast as asking the thread pool for each of thousands of files. */
function inspectEntry(name: string): BigIntStats | undefined {
  try {
    return lstatSync(name, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * What the system knows of a file, as git's index keeps it. A file that was just changed may be changed again without that it shows, since
 * clocks of file systems tick slowly: such a one has no stamp, and is opened again.
 */
function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string | undefined {
  const settled = BigInt(Date.now() - SETTLING_MS) * 1_000_000n;
  return mtimeNs < settled && ctimeNs < settled ? `stat ${ino} ${size} ${mtimeNs} ${ctimeNs}` : undefined;
}

const SETTLING_MS = 3000;

async function list(root: string, folder: string, files: ListedFile[]): Promise<void> {
  let names: string[];
  try {
    names = await readdir(path.join(root, folder));
  } catch (error) {
    // What a folder holds is not known: its objects may not be taken for deleted.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new GitfedError('USAGE', `The folder ${folder === '' ? root : folder} cannot be read (${code}).`, {
      cause: error,
    });
  }
  for (const name of names.toSorted()) {
    // Dot-folders are never read; a dot-file may be .gitfedignore.
    const child = folder === '' ? name : `${folder}/${name}`;
    const found = inspect(root, child);
    if (found === undefined) files.push({ path: child, kind: 'other', size: 0 });
    else if (found.kind !== 'directory') files.push(found);
    else if (name.startsWith('.')) continue;
    else if (isSubmodule(root, child)) files.push({ path: child, kind: 'submodule', size: 0 });
    else await list(root, child, files);
  }
}

/** A folder with a repository of its own: git keeps it as a submodule, if at all. */
function isSubmodule(root: string, folder: string): boolean {
  return inspect(root, `${folder}/.git`) !== undefined;
}

async function ignoredByGit(repository: Repository): Promise<ReadonlySet<string>> {
  const scope = repository.prefix === '' ? [] : [`:(literal,top)${repository.prefix}`];
  const args = [
    'ls-files',
    '--others',
    '--ignored',
    '--exclude-standard',
    '--directory',
    '-z',
    '--full-name',
    '--',
    ...scope,
  ];
  return new Set((await runGit(repository.directory, args)).split('\0').filter((name) => name !== ''));
}

/** Whether git names the file, or a folder above it (with a slash behind it). */
function isListed(ignored: ReadonlySet<string>, file: string): boolean {
  if (ignored.has(file)) return true;
  for (let slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1)) {
    if (ignored.has(file.slice(0, slash + 1))) return true;
  }
  return false;
}

/** O_NOFOLLOW, so that a file which became a link since it was listed is not followed; O_NONBLOCK, so that a pipe does not hang us. */
async function readRegularFile(name: string): ReturnType<TreeListing['read']> {
  try {
    const handle = await open(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) return { problem: 'This is no longer a regular file.' };
      return { content: new Uint8Array(await handle.readFile()) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { problem: `The file cannot be read (${code}).` };
  }
}
