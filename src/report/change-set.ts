import { federatedObjectName } from '../api/index.ts';
import {
  compareFields,
  compareObjectIds,
  compareSecrets,
  compareText,
  type FieldDifference,
  formatFieldPath,
  isSecret,
  type JsonObject,
  type JsonValue,
  type ObjectId,
  objectIdKey,
  stringifyJson,
} from '../core/index.ts';
import type { RenderedObject, Rendering } from '../render/types.ts';

/** What changes between two renderings: by object, folded over clusters. A value: printable and without secrets. */
export interface ChangeSet {
  /** Clusters that are registered in one of the two only, sorted. */
  readonly clusters: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** By object (`compareObjectIds`), then created, changed, deleted. */
  readonly objects: readonly ObjectChange[];
}

/** One object, and the clusters in which the same happens to it. */
export interface ObjectChange {
  readonly type: 'created' | 'changed' | 'deleted';
  readonly id: ObjectId;
  /** The federated object, as `FederatedDeployment/shop/web`. */
  readonly federated: string;
  /** Sorted, never empty. */
  readonly clusters: readonly string[];
  /** Of a changed object. In the order of the manifest's keys; one field may come several times, for different clusters. */
  readonly fields: readonly FieldChange[];
}

/** A field that changes in the same way in all of `clusters`. Values of Secrets are masked. */
export interface FieldChange {
  readonly type: FieldDifference['type'];
  /** As `.spec.template.spec.containers[name="web"].image`. */
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  readonly clusters: readonly string[];
}

/**
 * What has to change in the member clusters for `before` to become `after`. Pure.
 *
 * An object that is held back in `after` (in error) stays as it is: it is no deletion. Neither is what is in a cluster that
 * is registered no longer: nobody goes there any more.
 */
export function compareRenderings(before: Rendering, after: Rendering): ChangeSet {
  const old = new Map(before.clusters.map((cluster) => [cluster.cluster, cluster]));
  const fresh = new Map(after.clusters.map((cluster) => [cluster.cluster, cluster]));
  const collector = new ChangeCollector();
  for (const { cluster, objects, held } of after.clusters) {
    const keys = new Set(held.map(objectIdKey));
    compareCluster(cluster, old.get(cluster)?.objects ?? [], objects, keys, collector);
  }
  return {
    clusters: {
      added: [...fresh.keys()].filter((name) => !old.has(name)).sort(compareText),
      removed: [...old.keys()].filter((name) => !fresh.has(name)).sort(compareText),
    },
    objects: collector.changes(),
  };
}

/** Whether there is no difference at all. */
export function isEmptyChangeSet({ clusters, objects }: ChangeSet): boolean {
  return objects.length === 0 && clusters.added.length === 0 && clusters.removed.length === 0;
}

function compareCluster(
  cluster: string,
  before: readonly RenderedObject[],
  after: readonly RenderedObject[],
  held: ReadonlySet<string>,
  collector: ChangeCollector,
): void {
  const gone = new Map(before.map((object) => [objectIdKey(object.id), object]));
  for (const object of after) {
    const key = objectIdKey(object.id);
    const old = gone.get(key);
    gone.delete(key);
    if (old === undefined) collector.add('created', cluster, named(object), []);
    else if (old.manifest !== object.manifest) {
      const fields = collector.compare(object.id, old.manifest, object.manifest);
      if (fields.length > 0) collector.add('changed', cluster, named(object), fields);
    }
  }
  for (const [key, object] of gone) {
    if (!held.has(key)) collector.add('deleted', cluster, named(object), []);
  }
}

const TYPES: readonly ObjectChange['type'][] = ['created', 'changed', 'deleted'];

/** The clusters in which one object differs in one and the same way. */
interface Fold {
  readonly object: NamedObject;
  readonly type: ObjectChange['type'];
  /** Manifests are shared between clusters, and so are their differences: found again by reference. */
  readonly clustersByFields: Map<readonly FieldDifference[], string[]>;
}

/** An object that changes. */
export interface NamedObject {
  readonly id: ObjectId;
  /** The federated object, as `FederatedDeployment/shop/web`. */
  readonly federated: string;
}

/** Gathers what changes in which cluster, and folds what is the same. */
export class ChangeCollector {
  readonly #folds = new Map<string, Fold>();
  readonly #compared = new WeakMap<JsonObject, WeakMap<JsonObject, readonly FieldDifference[]>>();

  compare(id: ObjectId, before: JsonObject, after: JsonObject): readonly FieldDifference[] {
    const known = this.#compared.get(before) ?? new WeakMap<JsonObject, readonly FieldDifference[]>();
    this.#compared.set(before, known);
    const fields =
      known.get(after) ?? (isSecret(id, before, after) ? compareSecrets(before, after) : compareFields(before, after));
    known.set(after, fields);
    return fields;
  }

  /** Equal fields of several clusters are folded as they are equal, and found at once where they are one and the same list. */
  add(type: ObjectChange['type'], cluster: string, object: NamedObject, fields: readonly FieldDifference[]): void {
    const key = `${type}\n${objectIdKey(object.id)}`;
    const fold = this.#folds.get(key) ?? { object, type, clustersByFields: new Map() };
    this.#folds.set(key, fold);
    const reference = type === 'changed' ? fields : NO_FIELDS;
    const clusters = fold.clustersByFields.get(reference) ?? [];
    fold.clustersByFields.set(reference, clusters);
    clusters.push(cluster);
  }

  changes(): readonly ObjectChange[] {
    return [...this.#folds.values()]
      .map(finishFold)
      .sort((a, b) => compareObjectIds(a.id, b.id) || TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
  }
}

const NO_FIELDS: readonly FieldDifference[] = [];

function finishFold({ object, type, clustersByFields }: Fold): ObjectChange {
  return {
    type,
    id: object.id,
    federated: object.federated,
    clusters: [...clustersByFields.values()].flat().sort(compareText),
    fields: foldFields(clustersByFields),
  };
}

function named({ id, federated }: RenderedObject): NamedObject {
  return { id, federated: federatedObjectName(federated) };
}

/** Folds field by field: what is the same in all clusters is said once, even where another field differs in each. */
function foldFields(clustersByFields: Fold['clustersByFields']): readonly FieldChange[] {
  const folded = new Map<string, FieldChange & { readonly clusters: string[] }>();
  for (const [fields, clusters] of clustersByFields) {
    for (const { path, ...difference } of fields) {
      const change = { ...difference, path: formatFieldPath(path) };
      const key = foldKey(change);
      const known = folded.get(key);
      if (known === undefined) folded.set(key, { ...change, clusters: [...clusters] });
      else known.clusters.push(...clusters);
    }
  }
  return [...folded.values()]
    .map((change) => ({ ...change, clusters: change.clusters.sort(compareText) }))
    .sort(
      (a, b) =>
        compareText(a.path, b.path) ||
        b.clusters.length - a.clusters.length ||
        compareText(a.clusters[0] ?? '', b.clusters[0] ?? ''),
    );
}

function foldKey({ type, path, before, after }: Omit<FieldChange, 'clusters'>): string {
  return stringifyJson([type, path, before ?? null, before === undefined, after ?? null, after === undefined]);
}
