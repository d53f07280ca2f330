import type { RepositoryEntry } from '../api/index.ts';
import type { ListedTree } from './list-tree.ts';

/** A file whose contents are known. */
export type ReadableFile = Extract<RepositoryEntry, { kind: 'file' }>;

interface Known {
  readonly stamp: string | undefined;
  readonly entry: ReadableFile;
}

/**
 * What is remembered between two readings of one path, of commits and of the working tree alike: a file whose contents are known is not opened
 * again, and one that turns out to be as it was stays the same value. Pass the same one to the next reading.
 *
 * A stamp tells one content of a path from another without opening it. What could not be read is tried again each time.
 */
export class ReadMemo {
  /** The commit that was read last. */
  tree: ListedTree | undefined;
  /** Whether .gitfedignore, as it was read last, leaves a file out. */
  leavesOut: (path: string) => boolean = () => false;
  #known: ReadonlyMap<string, Known> = new Map();
  #next = new Map<string, Known>();
  #read = 0;

  /** How many files were opened. */
  get read(): number {
    return this.#read;
  }

  find(path: string, stamp: string | undefined): ReadableFile | undefined {
    const known = this.#known.get(path);
    return stamp !== undefined && known?.stamp === stamp ? known.entry : undefined;
  }

  begin(): void {
    this.#next = new Map();
  }

  countRead(): void {
    this.#read += 1;
  }

  /** @returns the value of before if it holds the same. */
  keep(stamp: string | undefined, entry: ReadableFile): ReadableFile {
    const before = this.#known.get(entry.path)?.entry;
    const kept = before !== undefined && Buffer.compare(before.content, entry.content) === 0 ? before : entry;
    this.#next.set(entry.path, { stamp, entry: kept });
    return kept;
  }

  /** The reading is complete: what it did not ask for is gone. */
  finish(): void {
    this.#known = this.#next;
  }
}
