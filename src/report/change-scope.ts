import type { FieldChange } from './change-set.ts';
import { count, list } from './wording.ts';

/** `eu-1`, `2 clusters: eu-1, us-1`, `37 clusters`. */
export function clusterNames(clusters: readonly string[]): string {
  return clusters.length === 1 ? list(clusters) : `${count(clusters.length, 'cluster')}${naming(clusters)}`;
}

function naming(clusters: readonly string[]): string {
  return clusters.length > 6 ? '' : `: ${list(clusters)}`;
}

/** As {@link clusterNames}, where it matters which they are: `25 clusters: c00, c01, … and 6 more`. */
export function namedClusters(clusters: readonly string[]): string {
  return clusters.length === 1 ? list(clusters) : `${count(clusters.length, 'cluster')}: ${list(clusters, MOST_NAMED)}`;
}

/** So many names are told where it matters which they are. */
export const MOST_NAMED = 20;
/** A field in nearly all clusters is told by the others, while they are so few. */
const MOST_OTHERS = 3;

/**
 * `same in 37 clusters`. The names are told where they are few and not those of the title, and of outliers always: of all but
 * what is left over when the others are told.
 *
 * @param group what becomes of the field; the most clusters come last.
 * @param all clusters of the change.
 */
export function fieldScope(field: FieldChange, group: readonly FieldChange[], all: readonly string[]): string {
  const { clusters } = field;
  if (clusters.length === 1) return `in ${list(clusters)}`;
  const same = `same in ${count(clusters.length, 'cluster')}`;
  if (clusters.length === all.length) return same;
  const told = group.reduce((sum, other) => sum + other.clusters.length, 0);
  if (told === all.length && field === group.at(-1)) return `${same}${naming(clusters)}`;
  const own = new Set(clusters);
  const others = all.filter((cluster) => !own.has(cluster));
  const isNearlyAll = naming(clusters) === '' && others.length <= MOST_OTHERS;
  return isNearlyAll ? `${same}: all but ${list(others)}` : `${same}: ${list(clusters, MOST_NAMED)}`;
}

/** The scope of a field of several objects that are not in the same clusters. */
export const IN_ALL = 'in all of them';
