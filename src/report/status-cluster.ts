import { type KubeFedCluster, withoutUserInfo } from '../api/index.ts';
import type { ClusterResult } from '../apply/types.ts';
import { isJsonObject, type JsonObject, LAST_APPLIED_ANNOTATION } from '../core/index.ts';
import { type Condition, isSameCondition, previousCondition, timeOf } from './status-conditions.ts';

/**
 * A KubeFedCluster with its status as KubeFed's health check writes it. Times change with a transition only, and a probe's time is that of
 * its transition: when nothing happens, nothing changes.
 *
 * @param result of this pass; `undefined`, or one whose health is not known, keeps what the previous file says.
 */
export function clusterDocument(
  cluster: KubeFedCluster,
  result: ClusterResult | undefined,
  previous: JsonObject | undefined,
  now: string,
): JsonObject {
  const wasAsked = result !== undefined && result.state !== 'Suspended' && result.health !== 'Unknown';
  const known = previous !== undefined && isJsonObject(previous.status) ? { status: previous.status } : {};
  const status = wasAsked ? { status: clusterStatus(result, previous, now) } : known;
  return { ...publicObject(cluster.object), ...status };
}

function clusterStatus(result: ClusterResult, previous: JsonObject | undefined, now: string): JsonObject {
  const conditions = conditionsOf(result).map((condition): JsonObject => {
    const before = previousCondition(previous, condition.type);
    const isSame = before !== undefined && isSameCondition(condition, before);
    const time = (isSame ? timeOf(before, 'lastTransitionTime') : undefined) ?? now;
    return { ...condition, lastProbeTime: time, lastTransitionTime: time };
  });
  const { kubernetesVersion, locality } = result;
  return {
    conditions,
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(locality ?? recordedLocality(previous)),
  };
}

/** A cluster stays where it is, also while nobody reaches it. */
function recordedLocality(document: JsonObject | undefined): JsonObject {
  const { region, zones } = isJsonObject(document?.status) ? document.status : {};
  return { ...(region === undefined ? {} : { region }), ...(zones === undefined ? {} : { zones }) };
}

/** The version of Kubernetes with which region and zones were last read; `undefined` where they never were. */
export function localityVersion(document: JsonObject | undefined): string | undefined {
  const { kubernetesVersion, zones } = isJsonObject(document?.status) ? document.status : {};
  return zones !== undefined && typeof kubernetesVersion === 'string' ? kubernetesVersion : undefined;
}

/** KubeFed's three outcomes of a probe, and the one of a configuration that leads nowhere. */
function conditionsOf({ health }: ClusterResult): readonly Condition[] {
  switch (health) {
    case undefined:
      return [{ type: 'Ready', status: 'True', reason: 'ClusterReady', message: '/healthz responded with ok' }];
    case 'NotReady':
      return [
        { type: 'Ready', status: 'False', reason: 'ClusterNotReady', message: '/healthz responded without ok' },
        { type: 'Offline', status: 'False', reason: 'ClusterReachable', message: 'cluster is reachable' },
      ];
    case 'Offline':
      return [{ type: 'Offline', status: 'True', reason: 'ClusterNotReachable', message: 'cluster is not reachable' }];
    case 'ConfigMalformed':
      return [
        {
          type: 'ConfigMalformed',
          status: 'True',
          reason: 'ClusterConfigMalformed',
          message: "cluster's configuration may be malformed",
        },
      ];
    // What the file says stays.
    case 'Unknown':
      return [];
    default:
      return health satisfies never;
  }
}

/** The object of the repository, without what does not belong on another branch. */
function publicObject(object: JsonObject): JsonObject {
  const { status: _status, metadata, spec, ...rest } = object;
  return {
    ...rest,
    ...(isJsonObject(metadata) ? { metadata: withoutLastApplied(metadata) } : {}),
    ...(isJsonObject(spec) ? { spec: publicSpec(spec) } : {}),
  };
}

function withoutLastApplied(metadata: JsonObject): JsonObject {
  const { annotations } = metadata;
  if (!isJsonObject(annotations) || !Object.hasOwn(annotations, LAST_APPLIED_ANNOTATION)) return metadata;
  const { [LAST_APPLIED_ANNOTATION]: _lastApplied, ...kept } = annotations;
  return { ...metadata, annotations: kept };
}

function publicSpec(spec: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => {
      const isUrl = (key === 'proxyURL' || key === 'apiEndpoint') && typeof value === 'string';
      return [key, isUrl ? withoutUserInfo(value) : value];
    }),
  );
}

/** Whether a cluster's file says that it is ready; one that was never asked is not. */
export function isReadyDocument(document: JsonObject | undefined): boolean {
  return previousCondition(document, 'Ready')?.status === 'True';
}
