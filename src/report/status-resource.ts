import { type FederatedObject, isNamespaceType, type Model } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonEquals, keepYaml } from '../core/index.ts';
import { type Condition, isSameCondition, isTime, previousCondition, timeOf } from './status-conditions.ts';

/** A cluster in the status of a federated object; `''` is in order. */
export interface ClusterStatus {
  readonly name: string;
  readonly status: string;
  /** Of the object there, of types whose status is collected. */
  readonly remoteStatus?: JsonValue;
}

/** What a pass found of a federated object. */
export interface ResourceStatus {
  readonly object: FederatedObject;
  readonly clusters: readonly ClusterStatus[];
  readonly model: Model;
  /** RFC 3339, in seconds, UTC. */
  readonly now: string;
}

/** When the condition changed, and when the condition or the clusters did. */
export interface ResourceTimes {
  readonly lastTransitionTime: string;
  readonly lastUpdateTime: string;
}

/** A federated object with its status as KubeFed shows it: condition Propagation, and the clusters where it is or should be. */
export function resourceDocument(status: ResourceStatus, previous: JsonObject | undefined): JsonObject {
  return resourceDocumentAt(status, timesSince(status, previous));
}

/** The same with times that are known. */
export function resourceDocumentAt(status: ResourceStatus, times: ResourceTimes): JsonObject {
  const { id, type } = status.object;
  const { group, version } = type.federated;
  const listed = listedClusters(status);
  return {
    apiVersion: `${group}/${version}`,
    kind: id.kind,
    metadata: { name: id.name, ...(id.namespace === '' ? {} : { namespace: id.namespace }) },
    status: {
      conditions: [{ ...propagation(status), ...times }],
      ...(listed.length === 0 ? {} : { clusters: listed }),
    },
  };
}

/** The times of the condition in a file's text: of use to whoever compares the whole text. */
export function timesInText(text: string): ResourceTimes | undefined {
  // Collected statuses have times too, and stand before it.
  const condition = text.lastIndexOf('\n  conditions:');
  const part = condition < 0 ? text : text.slice(condition);
  const lastTransitionTime = /lastTransitionTime: "([^"]+)"/.exec(part)?.[1];
  const lastUpdateTime = /lastUpdateTime: "([^"]+)"/.exec(part)?.[1];
  if (!isTime(lastTransitionTime) || !isTime(lastUpdateTime)) return undefined;
  return { lastTransitionTime, lastUpdateTime };
}

function listedClusters({ clusters }: ResourceStatus): readonly JsonObject[] {
  return clusters.map(listedCluster);
}

/** Those that say the same of many objects are written once. */
const listed = new WeakMap<ClusterStatus, JsonObject>();

function listedCluster(cluster: ClusterStatus): JsonObject {
  const { name, status, remoteStatus } = cluster;
  const known = listed.get(cluster);
  if (known !== undefined) return known;
  const item: JsonObject = {
    name,
    ...(status === '' ? {} : { status }),
    ...(remoteStatus === undefined ? {} : { remoteStatus }),
  };
  if (remoteStatus === undefined) keepYaml(item);
  listed.set(cluster, item);
  return item;
}

function propagation(status: ResourceStatus): Condition {
  const reason = whyNotPropagated(status);
  return reason === undefined
    ? { type: 'Propagation', status: 'True' }
    : { type: 'Propagation', status: 'False', reason };
}

/** The first of these counts, as in KubeFed. */
function whyNotPropagated({
  object: { placement, type, id },
  clusters,
  model: { kubeFedConfig, namespaces },
}: ResourceStatus): string | undefined {
  if (!placement.ok) return 'ComputePlacementFailed';
  const needsNamespace =
    kubeFedConfig.scope === 'Cluster' && type.target.scope === 'Namespaced' && !isNamespaceType(type);
  if (needsNamespace && !namespaces.has(id.namespace)) return 'NamespaceNotFederated';
  const isCollected = type.statusCollection && kubeFedConfig.featureGates.RawResourceStatusCollection;
  // As in KubeFed, a type that never has a status is never propagated then.
  const isOpen = clusters.some(
    ({ status, remoteStatus }) => status !== '' || (isCollected && remoteStatus === undefined),
  );
  return isOpen ? 'CheckClusters' : undefined;
}

/** The transition's time changes with the condition, the update's with the clusters too. */
function timesSince(status: ResourceStatus, previous: JsonObject | undefined): ResourceTimes {
  const { now } = status;
  const condition = propagation(status);
  const before = previousCondition(previous, condition.type);
  const isSame = before !== undefined && isSameCondition(condition, before);
  const lastTransitionTime = (isSame ? timeOf(before, 'lastTransitionTime') : undefined) ?? now;
  const told = previous?.status;
  const known = isJsonObject(told) && Array.isArray(told.clusters) ? told.clusters : [];
  const isUnchanged = isSame && jsonEquals(known, listedClusters(status));
  const lastUpdateTime = (isUnchanged ? timeOf(before, 'lastUpdateTime') : undefined) ?? now;
  return { lastTransitionTime, lastUpdateTime };
}
