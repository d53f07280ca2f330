import { GitfedError } from '../errors.ts';
import { OwnedDirectory } from './owned-directory.ts';

/** A file to write: a path with `/` inside the directory, and what it holds. */
export interface OutputFile {
  readonly path: string;
  /** Asked for once, when it is written. */
  text(): string;
}

/** How many files were written, left alone because they are right, removed, and left although nothing renders them. */
export interface OutputSummary {
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly kept: number;
}

/**
 * Makes a directory hold these files, and removes what an earlier run wrote and this one does not.
 *
 * Removed is exactly what the directory's own index lists, no file of `files` is, and `mayRemove` allows.
 *
 * @throws {GitfedError} `USAGE` where the directory holds files and no index, or something foreign stands in the way;
 * `INTERNAL` where two files have one path.
 */
export function writeOutputDirectory(
  directory: string,
  files: readonly OutputFile[],
  mayRemove: (path: string) => boolean,
): OutputSummary {
  const paths = new Set(files.map((file) => file.path));
  if (paths.size !== files.length) {
    const double = files.find(({ path }, index) => files.findIndex((other) => other.path === path) !== index);
    throw new GitfedError('INTERNAL', `two objects would be written to ${double?.path}`);
  }
  const target = OwnedDirectory.open(directory);
  for (const path of paths) target.expectFree(path);
  target.writeIndex([...target.owned, ...paths]);
  const superfluous = target.owned.filter((path) => !paths.has(path));
  const [old, kept] = [superfluous.filter(mayRemove), superfluous.filter((path) => !mayRemove(path))];
  // Before anything is written: where capitals do not count, one of them may be the old spelling of a new path.
  const removed = old.filter((path) => target.remove(path)).length;
  const written = files.filter((file) => target.write(file.path, file.text()) === 'written').length;
  if (superfluous.length > 0) target.writeIndex([...paths, ...kept]);
  return { written, unchanged: files.length - written, removed, kept: kept.length };
}
