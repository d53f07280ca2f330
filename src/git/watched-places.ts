import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isNo } from './errors.ts';
import { findRepository, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import { decidesReading } from './tree-listing.ts';

/** Where it shows that a path of a repository has changed. All names are absolute. */
export interface WatchedPlaces {
  /** `undefined` for a plain folder. */
  readonly repository: Repository | undefined;
  /** Names are told relative to it. */
  readonly root: string;
  /** What is read: the folder, or a file. */
  readonly chosen: string;
  /** Files and folders of the working tree. */
  readonly files: readonly string[];
  /** Files and folders that change with the commit that is checked out, and with branches and tags. */
  readonly refs: readonly string[];
}

/** The places of a path, which need not be there. */
export async function findWatchedPlaces(folder: string): Promise<WatchedPlaces> {
  const repository = await findRepository(folder);
  if (repository === undefined) {
    // A link that is chosen is followed.
    const chosen = await realpath(folder).catch(() => folder);
    return { repository, root: chosen, chosen, files: [chosen], refs: [] };
  }
  const { directory, gitDir, prefix } = repository;
  const chosen = path.join(directory, prefix);
  return {
    repository,
    root: directory,
    chosen,
    files: repository.isBare ? [] : [chosen, ...rulesAbove(directory, prefix)],
    refs: await refPlaces(gitDir),
  };
}

/** What counts from above the chosen path: the configuration at the root, and what git ignores. */
function rulesAbove(root: string, prefix: string): readonly string[] {
  if (prefix === '') return [];
  const folders = prefix.split('/').map((_, depth, parts) => path.join(root, ...parts.slice(0, depth)));
  return [path.join(root, 'gitfed.yaml'), ...folders.map((folder) => path.join(folder, '.gitignore'))];
}

/** A linked work tree has a HEAD of its own, and shares the branches. */
async function refPlaces(gitDir: string): Promise<readonly string[]> {
  const common = (await runGit(gitDir, ['rev-parse', '--git-common-dir'])).replace(/\n$/, '');
  const shared = path.resolve(gitDir, common);
  return [path.join(gitDir, 'HEAD'), ...['refs', 'packed-refs', 'reftable'].map((name) => path.join(shared, name))];
}

/** Folders of which git ignores whatever may come to lie in them. */
export async function ignoredFolders({ repository }: WatchedPlaces): Promise<ReadonlySet<string>> {
  if (repository === undefined || repository.isBare) return new Set();
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z', '--full-name'];
  const listed = (await runGit(repository.directory, args)).split('\0').filter((name) => name.endsWith('/'));
  // It lists folders too of which only the present contents are ignored. With a slash behind it, a folder would be judged by its own rules.
  const ignored = await checkIgnored(
    repository,
    listed.map((name) => name.slice(0, -1)),
  );
  return new Set([...ignored].map((name) => path.join(repository.directory, name)));
}

/** Files without those that git ignores. What says what is read stays: git may ignore that too, by its own word. */
export async function withoutIgnored(
  { repository }: WatchedPlaces,
  files: readonly string[],
): Promise<readonly string[]> {
  if (repository === undefined || repository.isBare) return files;
  const { directory } = repository;
  const isInside = (file: string): boolean => !path.relative(directory, file).startsWith('..');
  const names = new Map(files.filter(isInside).map((file) => [path.relative(directory, file), file]));
  const ignored = await checkIgnored(repository, [...names.keys()]);
  return files.filter((file) => decidesReading(path.basename(file)) || !ignored.has(path.relative(directory, file)));
}

async function checkIgnored(repository: Repository, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  try {
    const input = names.map((name) => `${name}\0`).join('');
    const text = await runGit(repository.directory, ['check-ignore', '-z', '--stdin'], { input });
    return new Set(text.split('\0').filter((name) => name !== ''));
  } catch (error) {
    // That it ignores none of them is a failure, without a word of git's.
    if (isNo(error)) return new Set();
    throw error;
  }
}
