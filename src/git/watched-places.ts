import path from 'node:path';
import { GitProcessError } from './errors.ts';
import { findRepository, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Where it shows that a path of a repository has changed. All names are absolute. */
export interface WatchedPlaces {
  /** `undefined` for a plain folder. */
  readonly repository: Repository | undefined;
  /** Names are told relative to it. */
  readonly root: string;
  /** Files and folders of the working tree. */
  readonly files: readonly string[];
  /** Files and folders that change with the commit that is checked out, and with branches and tags. */
  readonly refs: readonly string[];
}

/** The places of a path, which need not be there. */
export async function findWatchedPlaces(folder: string): Promise<WatchedPlaces> {
  const repository = await findRepository(folder);
  if (repository === undefined) return { repository, root: folder, files: [folder], refs: [] };
  const { directory, gitDir, prefix } = repository;
  return {
    repository,
    root: directory,
    files: repository.isBare ? [] : [path.join(directory, prefix), ...rulesAbove(directory, prefix)],
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
  // It lists folders too of which only the present contents are ignored.
  const ignored = await checkIgnored(repository, listed);
  return new Set([...ignored].map((name) => path.join(repository.directory, name)));
}

/** Files without those that git ignores. */
export async function withoutIgnored(
  { repository }: WatchedPlaces,
  files: readonly string[],
): Promise<readonly string[]> {
  if (repository === undefined || repository.isBare) return files;
  const { directory } = repository;
  const isInside = (file: string): boolean => !path.relative(directory, file).startsWith('..');
  const names = new Map(files.filter(isInside).map((file) => [path.relative(directory, file), file]));
  const ignored = await checkIgnored(repository, [...names.keys()]);
  return files.filter((file) => !ignored.has(path.relative(directory, file)));
}

async function checkIgnored(repository: Repository, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  try {
    const input = names.map((name) => `${name}\0`).join('');
    const text = await runGit(repository.directory, ['check-ignore', '-z', '--stdin'], { input });
    return new Set(text.split('\0').filter((name) => name !== ''));
  } catch (error) {
    // That it ignores none of them is a failure, without a word of git's.
    if (error instanceof GitProcessError && !/fatal:|error:|ENOENT/.test(error.stderr)) return new Set();
    throw error;
  }
}
