import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { compareText } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { INDEX_FILE } from '../git/index.ts';
import { formatIndex, readIndex } from './output-index.ts';

/**
 * A directory of which gitfed owns the files that its index lists, and no others.
 *
 * Nothing outside of it is ever touched: paths with `..` are refused, and no symbolic link in it is followed. The
 * directory itself may be one: the person named it. Calls are synchronous, which is the fastest way to write many small files.
 */
export class OwnedDirectory {
  readonly #root: string;
  readonly #owned: ReadonlySet<string>;
  /** Nothing was in it: nothing can stand in the way. */
  readonly #isNew: boolean;
  /** Directories that were seen to be real ones. */
  readonly #checked = new Set<string>(['']);

  private constructor(root: string, owned: ReadonlySet<string>, isNew = false) {
    this.#root = root;
    this.#isNew = isNew;
    this.#owned = owned;
  }

  /** @throws {GitfedError} `USAGE` where the directory holds files and no index: they are somebody else's. */
  static open(root: string): OwnedDirectory {
    mkdirSync(root, { recursive: true });
    const index = path.join(root, INDEX_FILE);
    if (!existsSync(index)) {
      if (readdirSync(root).length === 0) return new OwnedDirectory(root, new Set(), true);
      throw new GitfedError(
        'USAGE',
        `${root} has files that gitfed did not write (it has no ${INDEX_FILE}): name an empty or a new directory`,
      );
    }
    if (!lstatSync(index).isFile()) throw new GitfedError('USAGE', `${index} is not a file: nothing was written`);
    return new OwnedDirectory(root, readIndex(readFileSync(index, 'utf8')));
  }

  /** What the index lists, sorted. */
  get owned(): readonly string[] {
    return [...this.#owned].sort(compareText);
  }

  /** Lists files as ours. Written before the first of them is, so that a run that is interrupted leaves nothing unlisted. */
  writeIndex(paths: Iterable<string>): void {
    const temporary = path.join(this.#root, `${INDEX_FILE}.new`);
    rmSync(temporary, { force: true });
    writeFileSync(temporary, formatIndex(paths), { flag: 'wx' });
    renameSync(temporary, path.join(this.#root, INDEX_FILE));
  }

  /** @throws {GitfedError} `USAGE` where something stands at a path that is not ours. */
  expectFree(name: string): void {
    if (this.#isNew || this.#owned.has(name)) return;
    const target = path.join(this.#root, name);
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return;
    throw new GitfedError('USAGE', `${target} was not written by gitfed: move it away, or name another directory`);
  }

  /**
   * Writes a file, unless it holds that content already.
   *
   * @throws {GitfedError} `USAGE` where a symbolic link or a directory stands in the way.
   */
  write(name: string, content: string): 'written' | 'unchanged' {
    this.#makeDirectories(name);
    const target = path.join(this.#root, name);
    if (this.#owned.has(name) && holds(target, content)) return 'unchanged';
    try {
      writeFileSync(target, content, { encoding: 'utf8', flag: OVERWRITE });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ELOOP' && code !== 'EISDIR') throw error;
      throw new GitfedError('USAGE', `${target} is not a plain file: move it away, or name another directory`);
    }
    return 'written';
  }

  /** Removes one of our files, and the directories that it leaves empty. False where it is gone, or is no file any more. */
  remove(name: string): boolean {
    const target = path.join(this.#root, name);
    if (!this.#owned.has(name) || !this.#leadsThroughDirectories(name)) return false;
    if (lstatSync(target, { throwIfNoEntry: false })?.isFile() !== true) return false;
    unlinkSync(target);
    for (let parent = path.posix.dirname(name); parent !== '.'; parent = path.posix.dirname(parent)) {
      const directory = path.join(this.#root, parent);
      if (readdirSync(directory).length > 0) break;
      rmdirSync(directory);
      this.#checked.delete(parent);
    }
    return true;
  }

  #makeDirectories(name: string): void {
    const parent = path.posix.dirname(name);
    if (this.#checked.has(parent === '.' ? '' : parent)) return;
    this.#makeDirectories(parent);
    const directory = path.join(this.#root, parent);
    const found = lstatSync(directory, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(directory);
    else if (!found.isDirectory()) {
      throw new GitfedError('USAGE', `${directory} is not a directory: move it away, or name another directory`);
    }
    this.#checked.add(parent);
  }

  #leadsThroughDirectories(name: string): boolean {
    const parent = path.posix.dirname(name);
    if (parent === '.' || this.#checked.has(parent)) return true;
    const found = lstatSync(path.join(this.#root, parent), { throwIfNoEntry: false });
    return found?.isDirectory() === true && this.#leadsThroughDirectories(parent);
  }
}

/** As a number, which `writeFileSync` takes and its type does not know; with an encoding, it then opens, writes and closes in one call. */
const OVERWRITE = (constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_TRUNC |
  constants.O_NOFOLLOW) as unknown as string;

function holds(target: string, content: string): boolean {
  const bytes = Buffer.from(content);
  let file: number;
  try {
    file = openSync(target, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return false;
  }
  try {
    const { size } = fstatSync(file);
    return size === bytes.length && readFileSync(file).equals(bytes);
  } finally {
    closeSync(file);
  }
}
