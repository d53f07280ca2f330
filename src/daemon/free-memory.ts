import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (how: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/** Bytes that the operating system has given to this process. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}

/**
 * Collects all garbage, and gives what it took back to the operating system. V8 itself keeps the memory of a burst for the next one: what
 * it collects by itself, or is asked to collect in the usual way, stays resident.
 */
export function freeMemory(): void {
  if (collect === undefined) {
    // There is no other way to it in a process that was started without the option.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
