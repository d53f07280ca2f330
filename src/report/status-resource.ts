import { type FederatedObject, isNamespaceType, type Model } from '../api/index.ts';
import { isJsonObject, type JsonObject, jsonEquals } from '../core/index.ts';
import { type Condition, isSameCondition, previousCondition, timeOf } from './status-conditions.ts';

/** A cluster in the status of a federated object; `''` is in order. */
export interface ClusterStatus {
  readonly name: string;
  readonly status: string;
}

/** A federated object with its status as KubeFed shows it: condition Propagation, and the clusters where it is or should be. */
export function resourceDocument(
  object: FederatedObject,
  clusters: readonly ClusterStatus[],
  model: Model,
  previous: JsonObject | undefined,
  now: string,
): JsonObject {
  const { id, type } = object;
  const { group, version } = type.federated;
  const condition = propagation(object, clusters, model);
  const listed = clusters.map(({ name, status }) => (status === '' ? { name } : { name, status }));
  return {
    apiVersion: `${group}/${version}`,
    kind: id.kind,
    metadata: { name: id.name, ...(id.namespace === '' ? {} : { namespace: id.namespace }) },
    status: {
      conditions: [{ ...condition, ...times(condition, listed, previous, now) }],
      ...(listed.length === 0 ? {} : { clusters: listed }),
    },
  };
}

function propagation(object: FederatedObject, clusters: readonly ClusterStatus[], model: Model): Condition {
  const reason = whyNotPropagated(object, clusters, model);
  return reason === undefined
    ? { type: 'Propagation', status: 'True' }
    : { type: 'Propagation', status: 'False', reason };
}

/** The first of these counts, as in KubeFed. */
function whyNotPropagated(
  { placement, type, id }: FederatedObject,
  clusters: readonly ClusterStatus[],
  { kubeFedConfig, namespaces }: Model,
): string | undefined {
  if (!placement.ok) return 'ComputePlacementFailed';
  const needsNamespace =
    kubeFedConfig.scope === 'Cluster' && type.target.scope === 'Namespaced' && !isNamespaceType(type);
  if (needsNamespace && !namespaces.has(id.namespace)) return 'NamespaceNotFederated';
  return clusters.some(({ status }) => status !== '') ? 'CheckClusters' : undefined;
}

/** The transition's time changes with the condition, the update's with the clusters too. */
function times(
  condition: Condition,
  clusters: readonly JsonObject[],
  previous: JsonObject | undefined,
  now: string,
): JsonObject {
  const before = previousCondition(previous, condition.type);
  const isSame = before !== undefined && isSameCondition(condition, before);
  const lastTransitionTime = (isSame ? timeOf(before, 'lastTransitionTime') : undefined) ?? now;
  const status = previous?.status;
  const known = isJsonObject(status) && Array.isArray(status.clusters) ? status.clusters : [];
  const isUnchanged = isSame && jsonEquals(known, clusters);
  const lastUpdateTime = (isUnchanged ? timeOf(before, 'lastUpdateTime') : undefined) ?? now;
  return { lastTransitionTime, lastUpdateTime };
}
