import type { Model } from '../api/index.ts';
import type { ClusterResult } from '../apply/types.ts';
import { compareText } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';
import type { HeldRevision } from './held-revision.ts';
import { computeStatus } from './status-compute.ts';
import { StatusMemo } from './status-memo.ts';
import { clusterOfPath } from './status-path.ts';
import { statusTruth, truthPaths } from './status-truth.ts';

export { type RecordedObjects, recordedLocalityVersion, recordedObjects } from './recorded-objects.ts';
export { StatusMemo } from './status-memo.ts';

export interface StatusInput {
  readonly model: Model;
  readonly rendering: Rendering;
  /** The source commit. */
  readonly commit: string;
  /** The first line of its message. */
  readonly subject?: string;
  readonly inventory: string;
  /** A newer commit that a gate holds back. */
  readonly held?: HeldRevision;
  /** Clusters that seem lost, and so many at once that their replicas do not move. */
  readonly suspect?: readonly string[];
  /** Of this pass; clusters that it left out keep their files. */
  readonly results: readonly ClusterResult[];
  /** RFC 3339, in seconds, UTC. */
  readonly now: string;
  /** The files of the branch as they are. */
  readonly previous: ReadonlyMap<string, string>;
  /** What is remembered of the last tree of this branch. Without it everything is read and written anew; the files are the same. */
  readonly memo?: StatusMemo;
}

/** Folders and files of the branch that belong to {@link statusTree}; others are left as they are. */
export function isStatusPath(path: string): boolean {
  return /^(?:clusters|objects|drift|resources)\//.test(path) || path === 'README.md' || path === 'status.json';
}

/**
 * The files of the status branch after a pass, by path. Pure: `previous` and the results decide, and a pass that changed nothing gives the
 * same files again.
 *
 * The results decide about the files of their clusters, and those of all clusters about the rest. While something hides objects or clusters,
 * files of what is not seen now are kept.
 */
export function statusTree({ memo = new StatusMemo(), ...input }: StatusInput): ReadonlyMap<string, string> {
  const { model, previous, results, now } = input;
  const kept = Map.groupBy(keptFiles(input), ([path]) => clusterOfPath(path) !== undefined);
  const truth = new Map(kept.get(true));
  for (const [path, text] of statusTruth({ clusters: model.clusters, results, now, previous, memo })) {
    if (text === undefined) truth.delete(path);
    else truth.set(path, text);
  }
  const computed = computeStatus({ ...input, truth, memo });
  return new Map(
    [...new Map([...(kept.get(false) ?? []), ...truth, ...computed])].sort(([a], [b]) => compareText(a, b)),
  );
}

/** Without a hold, what the repository no longer has goes. */
function keptFiles({
  model,
  previous,
}: Pick<StatusInput, 'model' | 'previous'>): readonly (readonly [string, string])[] {
  if (model.holds.length > 0) {
    return [...previous].filter(([path]) => clusterOfPath(path) !== undefined || path.startsWith('resources/'));
  }
  return model.clusters.flatMap(({ name }) =>
    truthPaths(name).flatMap((path): readonly (readonly [string, string])[] => {
      const text = previous.get(path);
      return text === undefined ? [] : [[path, text]];
    }),
  );
}
