import { changedBlobs, isAncestor, lastChanges, type Repository } from '../git/index.ts';
import { OBSERVATIONS_FOLDER } from '../report/status-path.ts';
import { TRUTH_FOLDERS, truthCluster } from './status-files.ts';

/** What somebody else knows better than the commits that wait here. */
export interface Overtaken {
  /** Clusters that were looked at later there. */
  readonly clusters: ReadonlySet<string>;
  /** Whether somebody planned later, from what was observed then. */
  readonly plan: boolean;
}

export const NOTHING_OVERTAKEN: Overtaken = { clusters: new Set(), plan: false };

/**
 * What both sides wrote of since they parted, and the other side last. The files of a cluster belong together, and so do all observations;
 * in the same second, what others have seen already counts.
 */
export async function overtakenBy(
  repository: Repository,
  theirs: string,
  { base, local }: { readonly base: string; readonly local: string },
): Promise<Overtaken> {
  const [there, here] = await Promise.all([
    lastChanges(repository, { from: base, to: theirs, folders: TRUTH_FOLDERS }),
    lastChanges(repository, { from: base, to: local, folders: TRUTH_FOLDERS }),
  ]);
  const changed = await withoutOld(repository, there, { base, theirs });
  const [ours, others] = [timesByKey(here), timesByKey(changed)];
  const isLater = (key: string): boolean => (others.get(key) ?? -Infinity) >= (ours.get(key) ?? -Infinity);
  return {
    clusters: new Set([...ours.keys()].filter((key) => key !== OBSERVATIONS_FOLDER && isLater(key))),
    plan: others.has(OBSERVATIONS_FOLDER) && isLater(OBSERVATIONS_FOLDER),
  };
}

/** A history that was replaced begins with everything that there was: what is as before was not found out later. */
async function withoutOld(
  repository: Repository,
  times: ReadonlyMap<string, number>,
  { base, theirs }: { readonly base: string; readonly theirs: string },
): Promise<ReadonlyMap<string, number>> {
  if (times.size === 0 || (await isAncestor(repository, base, theirs)) === true) return times;
  const differing = await changedBlobs(repository, { from: base, to: theirs, folders: TRUTH_FOLDERS });
  return new Map([...times].filter(([path]) => differing.has(path)));
}

function timesByKey(times: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const [path, time] of times) {
    const key = path.startsWith(OBSERVATIONS_FOLDER) ? OBSERVATIONS_FOLDER : truthCluster(path);
    if (key !== undefined) latest.set(key, Math.max(time, latest.get(key) ?? time));
  }
  return latest;
}
