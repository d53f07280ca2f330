import type { LineHistory } from '../git/index.ts';
import type { ClusterExplanation, Explanation, FieldOrigin, Place } from '../render/index.ts';
import type { FieldGroup } from './explain-fields.ts';
import { count, list } from './wording.ts';

/** What `gitfed explain` shows. */
export interface ExplainView {
  readonly explanation: Explanation;
  /** The clusters that were asked for; absent: all of them. */
  readonly clusters?: readonly string[];
  readonly field?: { readonly text: string; readonly groups: readonly FieldGroup[] };
  /** Whose observations were planned with, as a person calls it: `the status branch`; absent where nothing was observed. */
  readonly observedFrom?: string;
  /** Who wrote a line, by {@link placeKey}; without what git does not know. */
  readonly history: ReadonlyMap<string, LineHistory>;
}

/** Names of clusters, of many the first ones: -o json has all of them. */
export function clusterNames(names: readonly string[]): string {
  const most = 12;
  return names.length > most ? `${count(names.length, 'cluster')}: ${list(names, most)}` : list(names, most);
}

export function placeKey({ file, line }: Place): string {
  return `${line} ${file}`;
}

/** The clusters that are shown, in their order. */
export function shownClusters({ explanation, clusters }: ExplainView): readonly ClusterExplanation[] {
  if (clusters === undefined) return explanation.clusters;
  return explanation.clusters.filter(({ cluster }) => clusters.includes(cluster));
}

/** Whether the object is held back because of an error, in what is shown. */
export function isInError(view: ExplainView): boolean {
  const rules = shownClusters(view).flatMap((cluster) => cluster.rules);
  return (
    rules.some(({ effect, code }) => effect === 'Holds' && code !== 'PropagationDisabled') ||
    view.explanation.findings.some(({ severity, cluster }) => {
      return severity === 'error' && (cluster === undefined || (view.clusters?.includes(cluster) ?? true));
    })
  );
}

/** Where fields come from, in the order in which they are shown: what to ask git about. */
export function originPlaces(groups: readonly FieldGroup[]): readonly Place[] {
  return groups.flatMap(({ field }) => originsOf(field).flatMap((origin) => placeOfOrigin(origin) ?? []));
}

function originsOf({ origin, insteadOf, removedBy, changedBelow }: FieldGroup['field']): readonly FieldOrigin[] {
  return [origin, insteadOf, removedBy, ...changedBelow].filter((item) => item !== undefined);
}

function placeOfOrigin(origin: FieldOrigin): Place | undefined {
  return origin.type === 'Gitfed' ? undefined : origin.place;
}
