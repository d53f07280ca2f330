import type { Configuration } from '../api/index.ts';
import { type ObjectId, objectIdKey } from '../core/index.ts';
import type { ClusterRendering } from '../render/types.ts';
import { appliedObjects, countWithNamespaces, isOverGuard } from './deletion-guard.ts';
import type { GatedChange, GateFinding } from './gates.ts';
import { KeptObjects } from './kept-objects.ts';
import { count } from './wording.ts';

/**
 * `prune.maxDeletions`: the guard of a sync, with what the older side renders for a cluster as its inventory. One cluster over the
 * limit is enough.
 */
export function judgeDeletions(change: GatedChange, { prune }: Configuration): GateFinding {
  const { maxDeletions } = prune;
  const { objects, heldTargets } = change.after.model;
  const isEmpty = objects.length === 0 && heldTargets.length === 0;
  const counts = countDeletions(change);
  const over = counts.filter((one) => isEmpty || isOverGuard(one.count, one.all, maxDeletions));
  const most = counts.reduce((number, one) => Math.max(number, one.count), 0);
  const clusters = over.map(({ cluster }) => cluster);
  const limit = `${maxDeletions.count} and ${maxDeletions.percent} %`;
  const inClusters = count(over.length, 'cluster');
  const tooMany = `Up to ${count(most, 'object')} would be deleted in ${inClusters}; prune.maxDeletions is ${limit} of a cluster.`;
  const nothingLeft = `The repository has no federated object any more, so that everything would be deleted in ${inClusters}.`;
  const within = `${most === 0 ? 'Nothing' : `At most ${count(most, 'object')}`} would be deleted in a cluster; prune.maxDeletions is ${limit} of it.`;
  return {
    isOver: over.length > 0,
    limit,
    actual: most,
    message: over.length === 0 ? within : isEmpty ? nothingLeft : tooMany,
    clusters,
    objects: over.length === 0 ? [] : deletedIn(change, new Set(clusters)),
  };
}

interface DeletionCount {
  readonly cluster: string;
  /** With everything that goes with a Namespace. */
  readonly count: number;
  /** Objects that the older side has there. */
  readonly all: number;
}

/** In the order of the clusters; only those in which something goes. */
function countDeletions({ changes, before, after }: GatedChange): readonly DeletionCount[] {
  const leaving = new Map<string, ObjectId[]>();
  for (const { type, id, clusters } of changes.objects) {
    if (type !== 'deleted') continue;
    for (const cluster of clusters) {
      const ids = leaving.get(cluster) ?? [];
      ids.push(id);
      leaving.set(cluster, ids);
    }
  }
  const kept = new KeptObjects(before.model.configuration.keepLive, after.model.configuration.keepLive);
  return before.rendering.clusters.flatMap((rendered: ClusterRendering) => {
    const ids = leaving.get(rendered.cluster);
    if (ids === undefined) return [];
    const keys = new Set(ids.map(objectIdKey));
    return [
      {
        cluster: rendered.cluster,
        count: countWithNamespaces(ids, rendered.objects, kept, ({ id }) => keys.has(objectIdKey(id))),
        all: appliedObjects(rendered.objects, kept).length,
      },
    ];
  });
}

function deletedIn({ changes }: GatedChange, clusters: ReadonlySet<string>): readonly ObjectId[] {
  return changes.objects.flatMap((change) =>
    change.type === 'deleted' && change.clusters.some((name) => clusters.has(name)) ? [change.id] : [],
  );
}
