import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { WatchedFiles } from '../git/watched-files.ts';

/** Kubernetes changes all files of a mounted ConfigMap or Secret at once, by pointing this link of their folder elsewhere. */
const MOUNT_LINK = '..data';

/**
 * Tells when files that an operator keeps change, until it is stopped: also when they are replaced, or when a link on the way to them is. Tells
 * once in any case, for they may have changed before anybody watched.
 *
 * @throws what makes watching impossible, such as the system's limit of watches.
 */
export async function watchSettings(
  files: readonly string[],
  onChange: () => void,
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  const real = await Promise.all(files.map((file) => realpath(file).catch(() => file)));
  // Where a mount points at now is gone after the next change: its link tells.
  const places = [...files, ...real.filter((file) => !path.dirname(file).includes(`${path.sep}..`))];
  const folders = new Set(places.map((file) => path.dirname(file)));
  const names = new Set([...places, ...[...folders].map((folder) => path.join(folder, MOUNT_LINK))]);
  const isIgnored = (name: string): boolean => !folders.has(name) && !names.has(name);
  const watched = await WatchedFiles.open({ paths: [...folders], isIgnored, signal });
  try {
    onChange();
    while (!signal.aborted) {
      const changed = await watched.next();
      if (changed.length > 0) onChange();
    }
  } finally {
    await watched.close();
  }
}
