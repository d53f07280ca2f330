import type { FieldChange } from './change-set.ts';
import { count, list } from './wording.ts';

/** `eu-1`, `2 clusters: eu-1, us-1`, `37 clusters`. */
export function clusterNames(clusters: readonly string[]): string {
  return clusters.length === 1 ? list(clusters) : `${count(clusters.length, 'cluster')}${naming(clusters)}`;
}

function naming(clusters: readonly string[]): string {
  return clusters.length > 6 ? '' : `: ${list(clusters)}`;
}

/** `same in 37 clusters`. The names are told where they are few and not those of the title, and of outliers always. */
export function fieldScope({ clusters }: FieldChange, group: readonly FieldChange[], all: number): string {
  if (clusters.length === 1) return `in ${list(clusters)}`;
  const same = `same in ${count(clusters.length, 'cluster')}`;
  if (clusters.length === all) return same;
  const isOutlier = group.some((other) => other.clusters.length > clusters.length);
  return `${same}${isOutlier ? `: ${list(clusters)}` : naming(clusters)}`;
}

/** The scope of a field of several objects that are not in the same clusters. */
export const IN_ALL = 'in all of them';
