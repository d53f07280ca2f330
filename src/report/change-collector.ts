import {
  compareObjectIds,
  compareSecrets,
  compareText,
  FieldComparer,
  type FieldDifference,
  formatFieldPath,
  isSecret,
  type JsonObject,
  maskSecrets,
  type ObjectId,
  objectIdKey,
  stringifyJson,
} from '../core/index.ts';
import { findRenames, type RenameCandidate } from './change-renames.ts';
import { risksOf } from './change-risks.ts';
import type { FieldChange, ObjectChange, ObjectContent } from './change-set.ts';

/** An object that changes. */
export interface NamedObject {
  readonly id: ObjectId;
  /** The federated object, as `FederatedDeployment/shop/web`. */
  readonly federated: string;
  /** Whether it is deleted and made anew where a field of it cannot change; absent where nobody knows. */
  readonly mayRecreate?: boolean;
  /** The number of replicas is the cluster's own in the cluster that it is added for. */
  readonly keepsReplicas?: boolean;
}

/** What changes in an object. Where the manifests are not known, the fields are all there is. */
export interface ContentChange {
  readonly fields: readonly FieldDifference[];
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** It stays, and is not ours any more. */
export const RELEASED: readonly FieldDifference[] = [
  { type: 'removed', path: ['metadata', 'labels', 'kubefed.io/managed'], before: 'true' },
];

const TYPES: readonly ObjectChange['type'][] = ['created', 'changed', 'deleted'];

/** The clusters in which one object differs in one and the same way. */
interface Variant extends ContentChange {
  readonly clusters: string[];
}

interface Fold {
  readonly object: NamedObject;
  readonly type: ObjectChange['type'];
  /** Manifests are shared between clusters, and so are their differences: found again by reference. */
  readonly variants: Map<object, Variant>;
  /** The clusters that keep their own number of replicas. */
  readonly keepers: Set<string>;
}

/** Gathers what changes in which cluster, and folds what is the same. */
export class ChangeCollector {
  readonly #folds = new Map<string, Fold>();
  readonly #comparer = new FieldComparer();
  /** By the older manifest: nearly always there is one newer one for it. */
  readonly #secrets = new Map<
    JsonObject,
    { readonly after: JsonObject; readonly fields: readonly FieldDifference[] }
  >();

  compare(id: ObjectId, before: JsonObject, after: JsonObject): readonly FieldDifference[] {
    if (!isSecret(id, before, after)) return this.#comparer.compare(before, after);
    const known = this.#secrets.get(before);
    if (known?.after === after) return known.fields;
    const fields = compareSecrets(before, after);
    this.#secrets.set(before, { after, fields });
    return fields;
  }

  /** Equal fields of several clusters are folded as they are equal, and found at once where they are one and the same list. */
  add(type: ObjectChange['type'], cluster: string, object: NamedObject, content: ContentChange): void {
    const key = `${type}\n${objectIdKey(object.id)}`;
    const fold = this.#folds.get(key) ?? { object, type, variants: new Map(), keepers: new Set() };
    this.#folds.set(key, fold);
    if (object.keepsReplicas === true) fold.keepers.add(cluster);
    const reference = type === 'changed' ? content.fields : (content.after ?? content.before ?? NO_CONTENT);
    const variant = fold.variants.get(reference) ?? { ...content, clusters: [] };
    fold.variants.set(reference, variant);
    variant.clusters.push(cluster);
  }

  changes(): readonly ObjectChange[] {
    const folds = [...this.#folds.values()].map((fold) => ({ fold, clusters: clustersOf(fold) }));
    const candidates = folds.flatMap(({ fold, clusters }) => candidateOf(fold, clusters) ?? []);
    const renames = findRenames(
      candidates.filter(({ fold }) => fold.type === 'deleted'),
      candidates.filter(({ fold }) => fold.type === 'created'),
    );
    const origins = new Map([...renames].map(([created, deleted]) => [created.fold, deleted.fold]));
    const successors = new Map([...origins].map(([created, deleted]) => [deleted, created]));
    return folds
      .map(({ fold, clusters }) => this.#finish(fold, clusters, origins.get(fold), successors.get(fold)))
      .sort((a, b) => compareObjectIds(a.id, b.id) || TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
  }

  #finish(
    fold: Fold,
    clusters: readonly string[],
    origin: Fold | undefined,
    successor: Fold | undefined,
  ): ObjectChange {
    const { object, type } = fold;
    const variants = origin === undefined ? [...fold.variants.values()] : this.#compareRenamed(origin, fold);
    const fields = foldFields(variants);
    const change = {
      type,
      id: object.id,
      federated: object.federated,
      clusters,
      fields,
      ...(origin === undefined ? {} : { renamedFrom: origin.object.id }),
      ...(successor === undefined ? {} : { renamedTo: successor.object.id }),
      contents: variants.flatMap((variant) => shownContent(object.id, variant)),
    };
    return {
      ...change,
      risks: risksOf(change, { mayRecreate: object.mayRecreate, keepers: fold.keepers, contents: variants }),
    };
  }

  /** The new object against the old one, cluster by cluster. */
  #compareRenamed(origin: Fold, fold: Fold): readonly Variant[] {
    const old = new Map(
      [...origin.variants.values()].flatMap(({ clusters, before }) => clusters.map((c) => [c, before])),
    );
    const variants = new Map<object, Variant>();
    for (const { after, clusters } of fold.variants.values()) {
      for (const cluster of clusters) {
        const before = old.get(cluster);
        if (before === undefined || after === undefined) continue;
        const compared = this.compare(fold.object.id, before, after);
        const fields = compared.filter(({ path }) => !NAMES.has(formatFieldPath(path)));
        const variant = variants.get(compared) ?? { fields, before, after, clusters: [] };
        variants.set(compared, variant);
        variant.clusters.push(cluster);
      }
    }
    return [...variants.values()];
  }
}

const NO_CONTENT = {};
/** What differs by itself under a new name. */
const NAMES = new Set(['.metadata.name', '.metadata.namespace']);

function clustersOf({ variants }: Fold): readonly string[] {
  return [...variants.values()].flatMap(({ clusters }) => clusters).sort(compareText);
}

function candidateOf(fold: Fold, clusters: readonly string[]): (RenameCandidate & { readonly fold: Fold }) | undefined {
  if (fold.type === 'changed') return undefined;
  const first = [...fold.variants.values()].find((variant) => variant.clusters.includes(clusters[0] ?? ''));
  const manifest = first?.after ?? first?.before;
  return manifest === undefined ? undefined : { fold, id: fold.object.id, clusters, manifest };
}

function shownContent(id: ObjectId, { before, after, clusters }: Variant): readonly ObjectContent[] {
  if (before === undefined || after === undefined) return [];
  const [old, fresh] = isSecret(id, before, after) ? maskSecrets(before, after) : [before, after];
  return [{ before: old, after: fresh, clusters: clusters.toSorted(compareText) }];
}

/** Folds field by field: what is the same in all clusters is said once, even where another field differs in each. */
function foldFields(variants: readonly Variant[]): readonly FieldChange[] {
  const folded = new Map<string, FieldChange & { readonly clusters: string[] }>();
  for (const { fields, clusters } of variants) {
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
        a.clusters.length - b.clusters.length ||
        compareText(a.clusters[0] ?? '', b.clusters[0] ?? ''),
    );
}

function foldKey({ type, path, before, after }: Omit<FieldChange, 'clusters'>): string {
  return stringifyJson([type, path, before ?? null, before === undefined, after ?? null, after === undefined]);
}
