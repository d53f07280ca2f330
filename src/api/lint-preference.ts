import { isJsonObject } from '../core/index.ts';
import type { FederatedTypes } from './federated-types.ts';
import { field } from './fields.ts';
import { type Judged, judge } from './finding-collector.ts';
import { TYPES_GROUP } from './groups.ts';
import { preferenceTarget, valueAt, type Warn, warner } from './lint-input.ts';
import { unregistered } from './lint-placement.ts';
import type { ClusterPreference, Configuration, FederatedObject, ReplicaSchedulingPreference } from './model.ts';
import { quote } from './wording.ts';

/** The kinds that KubeFed plans for. */
const KUBEFED_KINDS = ['FederatedDeployment', 'FederatedReplicaSet'];

/** Built-in kinds that have `spec.replicas` even where a template leaves it out. */
const REPLICAS_KINDS: readonly string[] = ['StatefulSet', 'ReplicationController'];

/** Whether a preference can plan for a federated object: KubeFed's two kinds, or any with `spec.replicas` (a setting, on by default). */
export function supportsPreference(
  object: FederatedObject,
  { scheduling }: { readonly scheduling: Pick<Configuration['scheduling'], 'anyReplicasKind'> },
): boolean {
  if (KUBEFED_KINDS.includes(object.id.kind)) return true;
  if (!scheduling.anyReplicasKind) return false;
  if (REPLICAS_KINDS.includes(object.type.target.kind) || !object.template.ok) return true;
  const spec = field(object.template.value, 'spec');
  return isJsonObject(spec) && Object.hasOwn(spec, 'replicas');
}

/** Whether replicas can be planned for objects of a federated kind. */
export function isPlannable(kind: string, types: FederatedTypes, anyReplicasKind: boolean): boolean {
  const isKind =
    types.find(TYPES_GROUP, kind) !== undefined || types.configured.some(({ federated }) => federated.kind === kind);
  return isKind && (KUBEFED_KINDS.includes(kind) || anyReplicasKind);
}

/**
 * Warnings about one preference. Pure: nothing else of the repository counts.
 *
 * @param target the federated object, if it is rendered.
 * @param isKind see {@link isPlannable}.
 * @param isThere whether its target is in the repository, in error or not.
 * @param anyReplicasKind `scheduling.anyReplicasKind`.
 * @param knownClusters names of clusters that are in the repository.
 * @param clusterNames names of clusters that are registered.
 */
export function lintPreference(
  preference: ReplicaSchedulingPreference,
  target: FederatedObject | undefined,
  isKind: boolean,
  isThere: boolean,
  anyReplicasKind: boolean,
  knownClusters: ReadonlySet<string>,
  clusterNames: readonly string[],
): Judged<void> {
  return judge((collector) => {
    const label = `ReplicaSchedulingPreference/${preference.namespace}/${preference.name}`;
    const warn = warner(preference.source, label, collector);
    lintTarget(preference, target, { isKind, isThere, anyReplicasKind }, warn);
    lintBounds(preference, clusterNames, warn);
    for (const [name, cluster] of preference.clusters) {
      const isKnown = name === '*' || knownClusters.has(name);
      if (!isKnown) warn('UnregisteredCluster', ['spec', 'clusters', name], unregistered('spec.clusters', name), name);
      lintHiddenDefault(preference, name, cluster, warn);
    }
  });
}

function lintTarget(
  preference: ReplicaSchedulingPreference,
  target: FederatedObject | undefined,
  {
    isKind,
    isThere,
    anyReplicasKind,
  }: { readonly isKind: boolean; readonly isThere: boolean; readonly anyReplicasKind: boolean },
  warn: Warn,
): void {
  const { targetKind } = preference;
  if (!isKind || (target !== undefined && !supportsPreference(target, { scheduling: { anyReplicasKind } }))) {
    const kinds = anyReplicasKind ? 'a federated kind with spec.replicas' : KUBEFED_KINDS.join(' or ');
    const text = `spec.targetKind ${quote(targetKind)} has no replicas to plan: it must be ${kinds}. The preference has no effect.`;
    warn('UnsupportedTarget', ['spec', 'targetKind'], text);
  } else if (!isThere) {
    const text = `there is no ${preferenceTarget(preference)} in the repository: the preference has no effect. It must have the name and namespace of its target.`;
    warn('TargetMissing', ['spec', 'targetKind'], text);
  } else if (target?.retainReplicas === true) {
    const text = `${preferenceTarget(preference)} has retainReplicas: true, which leaves the number to the member cluster, and this preference sets it: the preference wins. Remove one of the two.`;
    warn('RetainReplicasConflict', [], text);
  }
}

function lintBounds(preference: ReplicaSchedulingPreference, clusterNames: readonly string[], warn: Warn): void {
  const { clusters, totalReplicas } = preference;
  if (totalReplicas < 0) warn('ReplicaBounds', ['spec', 'totalReplicas'], 'spec.totalReplicas is negative.');
  for (const [name, { minReplicas, maxReplicas, weight }] of clusters) {
    const where = `spec.clusters[${quote(name)}]`;
    if (maxReplicas !== undefined && minReplicas > maxReplicas) {
      const text = `${where} has minReplicas ${minReplicas} above maxReplicas ${maxReplicas}: the minimum is planned first and the maximum then does not count.`;
      warn('ReplicaBounds', ['spec', 'clusters', name, 'minReplicas'], text);
    }
    if (minReplicas < 0n || weight < 0n || (maxReplicas ?? 0n) < 0n) {
      warn('ReplicaBounds', ['spec', 'clusters', name], `${where} has a negative number.`);
    }
  }
  const minimums = clusterNames.map((name) => (clusters.get(name) ?? clusters.get('*'))?.minReplicas ?? 0n);
  const sum = minimums.reduce((total, minimum) => total + minimum, 0n);
  if (totalReplicas < 0 || sum <= BigInt(totalReplicas)) return;
  const text = `the minReplicas of all clusters add up to ${sum}, more than spec.totalReplicas ${totalReplicas}: some clusters get less than their minimum.`;
  warn('ReplicaBounds', ['spec', 'totalReplicas'], text);
}

/** An entry of its own replaces `*` as a whole; one without a weight gets nothing beyond its minimum. */
function lintHiddenDefault(
  { clusters, source }: ReplicaSchedulingPreference,
  name: string,
  { minReplicas }: ClusterPreference,
  warn: Warn,
): void {
  const weight = clusters.get('*')?.weight ?? 0n;
  const item = valueAt(source, ['spec', 'clusters', name]);
  if (name === '*' || weight <= 0n || (isJsonObject(item) && field(item, 'weight') !== undefined)) return;
  const text = `spec.clusters[${quote(name)}] has no weight, which counts as 0: it replaces "*" (weight ${weight}) as a whole, so this cluster gets at most its minReplicas ${minReplicas}. Write the weight here too.`;
  warn('PreferenceHidesDefault', ['spec', 'clusters', name], text);
}
