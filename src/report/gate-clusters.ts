import type { Configuration } from '../api/index.ts';
import { compareText } from '../core/index.ts';
import type { ChangeSet } from './change-set.ts';
import type { GatedChange, GateFinding } from './gates.ts';
import { count } from './wording.ts';

/** `gates.maxClusters`: in how many clusters anything changes; those that leave count too. */
export function judgeClusters({ changes }: GatedChange, { gates }: Configuration): GateFinding | undefined {
  const { maxClusters } = gates;
  if (maxClusters === undefined) return undefined;
  const clusters = touchedClusters(changes);
  const isOver = clusters.length > maxClusters;
  return {
    isOver,
    limit: `${maxClusters}`,
    actual: clusters.length,
    message: `Something changes in ${count(clusters.length, 'cluster')}; gates.maxClusters is ${maxClusters}.`,
    clusters: isOver ? clusters : [],
    objects: [],
  };
}

/** Clusters in which an object changes, or that nobody sees to any more. Sorted. */
function touchedClusters({ clusters, objects }: ChangeSet): readonly string[] {
  const touched = new Set([...clusters.removed, ...objects.flatMap((change) => change.clusters)]);
  return [...touched].sort(compareText);
}
