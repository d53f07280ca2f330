import type { Warn } from './lint-input.ts';
import type { FederatedObject } from './model.ts';
import { quote } from './wording.ts';

/** What the placement of an object is judged against. */
export interface PlacementSurroundings {
  /** Whether its namespace is federated, or need not be. */
  readonly hasNamespace: boolean;
  /** Whether a ReplicaSchedulingPreference decides the placement. */
  readonly isPreferred: boolean;
  readonly knownClusters: ReadonlySet<string>;
}

export function lintPlacement(
  object: FederatedObject,
  { hasNamespace, isPreferred, knownClusters }: PlacementSurroundings,
  warn: Warn,
): void {
  const { namespace } = object.target;
  if (!hasNamespace) {
    const text = `goes nowhere: namespace ${namespace} is not federated. Add a FederatedNamespace named ${namespace} in namespace ${namespace}.`;
    warn('NamespaceNotFederated', ['metadata', 'namespace'], text);
  }
  if (!isPreferred) {
    lintEmptyPlacement(object, warn);
    lintRetainedReplicas(object, warn);
  }
  lintClusterNames(object, knownClusters, warn);
  lintOverridePaths(object, warn);
}

function lintEmptyPlacement({ placement }: FederatedObject, warn: Warn): void {
  if (!placement.ok) return;
  const { clusters, clusterSelector, invalidSelector } = placement.value;
  const hasSelector = clusterSelector !== undefined || invalidSelector !== undefined;
  if (clusters?.length === 0) {
    const unused = hasSelector ? ' The clusterSelector beside it is not used: remove clusters to use it.' : '';
    const text = `spec.placement.clusters is an empty list, which selects no cluster.${unused}`;
    warn('EmptyPlacement', ['spec', 'placement', 'clusters'], text);
  } else if (clusters === undefined && !hasSelector) {
    const text =
      'spec.placement has neither clusters nor clusterSelector, which selects no cluster. For all of them write clusterSelector: {}.';
    warn('EmptyPlacement', ['spec', 'placement'], text);
  }
}

/** With a preference it is that which sets the number, and which is warned about. */
function lintRetainedReplicas({ retainReplicas, overrides }: FederatedObject, warn: Warn): void {
  if (!retainReplicas || !overrides.ok) return;
  for (const { clusterName, operations, index } of overrides.value) {
    for (const [at, { op, path }] of operations.entries()) {
      if (op === 'remove' || path !== '/spec/replicas') continue;
      const text = `spec.retainReplicas: true leaves the number of replicas to the member cluster, and spec.overrides[${index}].clusterOverrides[${at}] sets it: the override wins. Remove one of the two.`;
      const where = ['spec', 'overrides', index, 'clusterOverrides', at, 'path'];
      warn('RetainReplicasConflict', where, text, clusterName);
    }
  }
}

function lintClusterNames(object: FederatedObject, known: ReadonlySet<string>, warn: Warn): void {
  const seen = new Set<string>();
  if (object.placement.ok) {
    for (const [index, name] of (object.placement.value.clusters ?? []).entries()) {
      if (known.has(name) || seen.has(name)) continue;
      seen.add(name);
      warn(
        'UnregisteredCluster',
        ['spec', 'placement', 'clusters', index],
        unregistered('spec.placement.clusters', name),
        name,
      );
    }
  }
  if (!object.overrides.ok) return;
  for (const { clusterName, index } of object.overrides.value) {
    if (known.has(clusterName)) continue;
    const path = ['spec', 'overrides', index, 'clusterName'];
    warn('UnregisteredCluster', path, unregistered(`spec.overrides[${index}]`, clusterName), clusterName);
  }
}

/** One sentence for every place that names a cluster. */
export function unregistered(where: string, name: string): string {
  if (name === '') return `${where} names no cluster: it has no effect.`;
  return `${where} names ${quote(name)}, and there is no KubeFedCluster of that name: it has no effect.`;
}

function lintOverridePaths({ overrides }: FederatedObject, warn: Warn): void {
  if (!overrides.ok) return;
  for (const { operations, index } of overrides.value) {
    for (const [at, { path }] of operations.entries()) {
      if (path === '' || path.startsWith('/')) continue;
      const effective = path.includes('/') ? quote(path.slice(path.indexOf('/'))) : 'nothing: it fails';
      const text = `spec.overrides[${index}].clusterOverrides[${at}].path ${quote(path)} does not begin with a slash: the first part is lost, and it means ${effective}. Write ${quote(`/${path}`)}.`;
      warn('OverridePathWithoutSlash', ['spec', 'overrides', index, 'clusterOverrides', at, 'path'], text);
    }
  }
}
