import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Git holds a lock for milliseconds, and waits at most a second for one of somebody else. */
const STALE_MS = 10_000;

/**
 * Removes the locks that a git process left behind when it was killed, from a repository that is gitfed's own. A lock that is young may be held:
 * it is waited for until it is gone, or old enough.
 *
 * @returns whether there was any.
 */
export async function mendLocks(gitDir: string, signal?: AbortSignal): Promise<boolean> {
  let locks = await findLocks(gitDir);
  const found = locks.length > 0;
  while (locks.length > 0) {
    for (const lock of locks) if (await isStale(lock)) await rm(lock, { force: true });
    locks = await findLocks(gitDir);
    if (locks.length > 0) await wait(50, undefined, signal === undefined ? {} : { signal });
  }
  return found;
}

/** Whether git's words blame a lock. */
export function blamesLock(words: string): boolean {
  return /\.lock': File exists|could not lock|cannot lock|[Uu]nable to lock/.test(words);
}

async function findLocks(gitDir: string): Promise<readonly string[]> {
  const places = [
    { folder: gitDir, recursive: false },
    { folder: path.join(gitDir, 'refs'), recursive: true },
    { folder: path.join(gitDir, 'objects'), recursive: false },
    { folder: path.join(gitDir, 'objects/info'), recursive: false },
  ];
  const found = await Promise.all(
    places.map(async ({ folder, recursive }) => {
      const names = await readdir(folder, { recursive }).catch(ifThere([] as string[]));
      // No branch can be called so.
      return names.filter((name) => name.endsWith('.lock')).map((name) => path.join(folder, name));
    }),
  );
  return found.flat();
}

async function isStale(lock: string): Promise<boolean> {
  const status = await stat(lock).catch(ifThere(undefined));
  // A clock may have been set back meanwhile.
  return status !== undefined && Math.abs(Date.now() - status.mtimeMs) > STALE_MS;
}

/** For what somebody else removed, or never made. */
function ifThere<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return otherwise;
    throw error;
  };
}
