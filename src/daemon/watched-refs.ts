import { WatchedFiles } from '../git/watched-files.ts';
import { findWatchedPlaces } from '../git/watched-places.ts';

/**
 * Tells when branches of a repository on this machine move, until it is stopped. What is saved in its working tree moves none.
 *
 * @throws what makes watching impossible, such as the system's limit of watches: then only looking at intervals is left.
 */
export async function watchRefs(folder: string, onMove: () => void, signal: AbortSignal): Promise<void> {
  const { refs } = await findWatchedPlaces(folder);
  // While a ref is locked it has not moved yet.
  const files = await WatchedFiles.open({ paths: refs, isIgnored: (name) => name.endsWith('.lock'), signal });
  try {
    while (!signal.aborted) {
      await files.next();
      if (!signal.aborted) onMove();
    }
  } finally {
    await files.close();
  }
}
