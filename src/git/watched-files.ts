import type { Stats } from 'node:fs';
import path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { compareText } from '../core/index.ts';

/** Of what was removed no more is known than whether it was a folder: it is `other`, as is a link. */
export type WatchedKind = 'folder' | 'file' | 'other';

/** What is watched, and what of it does not matter. Paths are absolute. */
export interface WatchRequest {
  /** Files and folders, which may be missing. */
  readonly paths: readonly string[];
  /** What never matters. Asked anew for each change, since the rules of what is ignored change too. */
  readonly isIgnored: (name: string, kind: WatchedKind) => boolean;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** So long nothing may change before a change is told: editors write in steps, and git checks out file by file. */
const QUIET_MS = 100;

/** However much goes on changing, it is told after so long. */
const PATIENCE_MS = 2000;

/** Files of a repository, and when they change. */
export class WatchedFiles {
  readonly #request: WatchRequest;
  #watcher: FSWatcher;
  #changed = new Set<string>();
  #since = 0;
  #quiet: NodeJS.Timeout | undefined;
  #isSettled = false;
  #wake: () => void = () => undefined;
  #failure: unknown;

  private constructor(request: WatchRequest) {
    this.#request = request;
    this.#watcher = this.#start();
    request.signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** Begins to watch. What changes from now on is told. */
  static async open(request: WatchRequest): Promise<WatchedFiles> {
    const files = new WatchedFiles(request);
    await untilReady(files.#watcher);
    return files;
  }

  /** Begins anew: something that was ignored may count now. */
  async reopen(): Promise<void> {
    await this.#watcher.close();
    this.#watcher = this.#start();
    await untilReady(this.#watcher);
  }

  /**
   * Waits until something has changed, and then for quiet.
   *
   * @returns what changed, sorted; nothing at all where the signal ended the waiting.
   * @throws what made watching impossible, such as the system's limit of watches.
   */
  async next(): Promise<readonly string[]> {
    const { signal } = this.#request;
    // Where there is nothing to watch yet, nothing else would keep the process.
    const waiting = setInterval(() => undefined, 60_000);
    while (!this.#isSettled && !signal.aborted && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearInterval(waiting);
    if (this.#failure !== undefined) throw this.#failure;
    if (signal.aborted) return [];
    const changed = [...this.#changed].sort(compareText);
    this.#changed = new Set();
    this.#isSettled = false;
    return changed;
  }

  async close(): Promise<void> {
    clearTimeout(this.#quiet);
    await this.#watcher.close();
  }

  #start(): FSWatcher {
    const { paths, isIgnored } = this.#request;
    const watcher = watch([...paths], {
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      // Asked twice of what is there, first without knowing what it is.
      ignored: (name, stats) => stats !== undefined && isIgnored(name, kindOf(stats)),
    });
    watcher.on('all', (event, name) => {
      const isFolder = event === 'addDir' || event === 'unlinkDir';
      // Of what lies in a folder its files tell, except that it is a repository of its own.
      if (!isFolder || paths.includes(name) || path.basename(name) === '.git') {
        this.#note(path.resolve(name), isFolder ? 'folder' : 'other');
      }
    });
    watcher.on('error', (error) => {
      this.#failure = error;
      this.#wake();
    });
    return watcher;
  }

  #note(name: string, kind: WatchedKind): void {
    if (this.#request.isIgnored(name, kind)) return;
    if (this.#changed.size === 0) this.#since = performance.now();
    this.#changed.add(name);
    this.#isSettled = false;
    clearTimeout(this.#quiet);
    const left = this.#since + PATIENCE_MS - performance.now();
    this.#quiet = setTimeout(
      () => {
        this.#isSettled = true;
        this.#wake();
      },
      Math.max(0, Math.min(QUIET_MS, left)),
    );
  }
}

function kindOf(stats: Stats): WatchedKind {
  if (stats.isDirectory()) return 'folder';
  return stats.isFile() ? 'file' : 'other';
}

function untilReady(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.once('ready', () => resolve());
    watcher.once('error', () => resolve());
  });
}
