import type {
  FederatedObject,
  KubeFedCluster,
  LabelRequirement,
  LabelSelector,
  Model,
  Placement,
} from '../api/index.ts';
import { isNamespaceType } from '../api/index.ts';
import { isSameList, Memo } from '../core/index.ts';

/** Names of the selected clusters, in the order of the clusters that were asked; or why nothing can be said. */
export type Selection =
  | { readonly ok: true; readonly clusters: readonly string[] }
  | { readonly ok: false; readonly reason: string };

export function isSameSelection(a: Selection, b: Selection): boolean {
  return a.ok ? b.ok && isSameList(a.clusters, b.clusters) : !b.ok && a.reason === b.reason;
}

export interface SelectOptions {
  /** Uses the selector alone, as a preference with `intersectWithClusterSelector` does: `clusters` is not looked at. Default false. */
  readonly selectorOnly?: boolean;
}

/**
 * The clusters that a placement selects: names beat the selector, neither selects nothing, an empty selector selects all.
 * Names that are not registered select nothing. Pure; never throws.
 */
export function selectClusters(
  placement: Placement,
  clusters: readonly KubeFedCluster[],
  { selectorOnly = false }: SelectOptions = {},
): Selection {
  if (placement.clusters !== undefined && !selectorOnly) {
    const names = new Set(placement.clusters);
    return { ok: true, clusters: clusters.filter(({ name }) => names.has(name)).map(({ name }) => name) };
  }
  if (placement.invalidSelector !== undefined) return { ok: false, reason: placement.invalidSelector };
  const selector = placement.clusterSelector;
  if (selector === undefined) return { ok: true, clusters: [] };
  return { ok: true, clusters: clusters.filter(({ labels }) => matches(selector, labels)).map(({ name }) => name) };
}

/**
 * What the namespace of an object allows: a selection; `everywhere`, where nothing bounds it (a cluster-scoped target, or a
 * namespace that is not federated with `scope: Namespaced`); `missing`, where it is not federated and has to be.
 */
export type NamespaceBound = Selection | 'everywhere' | 'missing';

/** The clusters of an object within the bound of its namespace. An error of the object's own placement counts in any case. */
export function selectWithinNamespace(own: Selection, bound: NamespaceBound): Selection {
  if (!own.ok || bound === 'everywhere') return own;
  if (bound === 'missing') return { ok: true, clusters: [] };
  if (!bound.ok) return bound;
  const allowed = namesOf.get(bound.clusters);
  return { ok: true, clusters: own.clusters.filter((name) => allowed.has(name)) };
}

/** Everything in a namespace is held against the same list. */
const namesOf = new Memo((clusters: readonly string[]) => new Set(clusters));

/** Whether the placement of a FederatedNamespace bounds that of the object: everything but cluster-scoped targets. */
export function isBoundByNamespace(object: FederatedObject): boolean {
  return object.type.target.scope === 'Namespaced' && !isNamespaceType(object.type);
}

/** The clusters in which the namespace of an object lets it be. Where its FederatedNamespace is in error, nothing is said against any. */
export function landingIn(object: FederatedObject, model: NamespacesOfModel): ReadonlySet<string> | 'everywhere' {
  if (!isBoundByNamespace(object)) return 'everywhere';
  const namespace = model.namespaces.get(object.id.namespace);
  if (namespace === undefined) return model.kubeFedConfig.scope === 'Namespaced' ? 'everywhere' : NOWHERE;
  const selection = selected.get(namespace, model.clusters);
  return selection.ok ? namesOf.get(selection.clusters) : 'everywhere';
}

const NOWHERE: ReadonlySet<string> = new Set();

export type NamespacesOfModel = Pick<Model, 'namespaces' | 'kubeFedConfig' | 'clusters'>;

const selected = new Memo((namespace: FederatedObject, clusters: readonly KubeFedCluster[]): Selection => {
  return namespace.placement.ok
    ? selectClusters(namespace.placement.value, clusters)
    : { ok: false, reason: 'its placement is in error' };
});

function matches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return unmetRequirement(selector, labels) === undefined;
}

/** What of a selector labels do not meet, `undefined` where they meet all of it. An entry of `matchLabels` is a key. */
export function unmetRequirement(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
): LabelRequirement | string | undefined {
  for (const key of Object.keys(selector.matchLabels)) {
    if (!Object.hasOwn(labels, key) || labels[key] !== selector.matchLabels[key]) return key;
  }
  return selector.matchExpressions.find((requirement) => !meets(requirement, labels));
}

function meets({ key, operator, values }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return operator satisfies never;
  }
}
