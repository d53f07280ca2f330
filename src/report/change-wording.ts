import { compareText, formatObjectId, type ObjectId, stringifyJson } from '../core/index.ts';
import type { NamedRisk, Risk } from './change-risks.ts';
import type { ChangeSet, ObjectChange } from './change-set.ts';
import { count } from './wording.ts';

export interface ChangeTotals {
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
}

/** Objects, counted in every cluster. */
export function countChanges(objects: readonly ObjectChange[]): ChangeTotals {
  const total = (type: ObjectChange['type']): number =>
    objects.filter((change) => change.type === type).reduce((sum, change) => sum + change.clusters.length, 0);
  return { created: total('created'), changed: total('changed'), deleted: total('deleted') };
}

/** Clusters in which the same numbers of objects change. */
export interface ClusterTotals extends ChangeTotals {
  readonly clusters: readonly string[];
}

/** What happens in each cluster; clusters with the same numbers are one entry, and the fewest come first. */
export function countByCluster(objects: readonly ObjectChange[]): readonly ClusterTotals[] {
  const totals = new Map<string, Record<ObjectChange['type'], number>>();
  for (const { type, clusters } of objects) {
    for (const cluster of clusters) {
      const numbers = totals.get(cluster) ?? { created: 0, changed: 0, deleted: 0 };
      numbers[type] += 1;
      totals.set(cluster, numbers);
    }
  }
  const names = [...totals.keys()].sort(compareText);
  const equal = Map.groupBy(names, (name) => JSON.stringify(totals.get(name)));
  return [...equal.values()]
    .map((clusters) => ({ clusters, ...(totals.get(clusters[0] ?? '') ?? { created: 0, changed: 0, deleted: 0 }) }))
    .sort((a, b) => a.clusters.length - b.clusters.length);
}

/** `2 objects in 5 clusters: 2 created, 1 changed, 1 deleted.` */
export function formatTotals({ objects }: ChangeSet): string {
  if (objects.length === 0) return 'No object changes.';
  const totals = countChanges(objects);
  const clusters = new Set(objects.flatMap((change) => change.clusters));
  const parts = (['created', 'changed', 'deleted'] as const)
    .filter((type) => totals[type] > 0)
    .map((type) => `${totals[type]} ${type}`);
  return `${count(new Set(objects.map(({ id }) => formatObjectId(id))).size, 'object')} in ${count(clusters.size, 'cluster')}: ${parts.join(', ')}.`;
}

/** Every risk of a change set: of clusters, then of objects. */
export function allRisks({ objects, risks }: ChangeSet): readonly NamedRisk[] {
  return [...risks, ...objects.flatMap(({ id, risks: own }) => own.map((risk) => ({ ...risk, id })))];
}

/** A risk that several objects share in the same clusters. */
export interface FoldedRisk extends Risk {
  /** Empty where it is about whole clusters. */
  readonly ids: readonly ObjectId[];
}

/** Every risk of a change set for people: what is the same of many objects is said once. */
export function foldRisks(changes: ChangeSet): readonly FoldedRisk[] {
  const folded = Map.groupBy(allRisks(changes), ({ code, field = '', message, keys = [], clusters }) =>
    stringifyJson([code, field, message, keys, clusters]),
  );
  return [...folded.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ ...first, ids: [first, ...rest].flatMap(({ id }) => id ?? []) }],
  );
}

/** What stands between the phrase of a risk and its clusters: `the workload leaves 2 clusters`, `replicas go to zero in eu-1`. */
export function riskJoint({ code }: Risk): string {
  return code === 'WorkloadLeaves' || code === 'PlacementEmpty' ? ' ' : ' in ';
}

/** What is the same is said with the name that both have: `shop/web → shop/store` or `web → store`. */
export function newName(from: ObjectId, to: ObjectId): string {
  return from.namespace === to.namespace ? to.name : `${to.namespace}/${to.name}`;
}
