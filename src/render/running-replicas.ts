import type { FederatedObject } from '../api/index.ts';
import { isJsonObject, type JsonObject, type ObjectId } from '../core/index.ts';
import { workloadKey } from './observations.ts';
import { REPLICAS_PATH } from './planned-object.ts';
import type { Observations, RenderedObject } from './types.ts';

/** Kinds for which the API server fills in one replica. */
const ONE_BY_DEFAULT = new Set(['apps/Deployment', 'apps/ReplicaSet', 'apps/StatefulSet', '/ReplicationController']);
/** Kinds that run pods and have no number of replicas. */
const WITHOUT_REPLICAS = new Set(['apps/DaemonSet', 'batch/CronJob', 'batch/Job', '/Pod']);

/** How many replicas a manifest asks for; `unknown` for a workload that does not say; `undefined` for what is no workload. */
export function replicasIn(
  { id, manifest, federated, scheduledReplicas }: RenderedObject,
  cluster: string,
  observations: Observations,
): bigint | 'unknown' | undefined {
  const kind = `${id.group}/${id.kind}`;
  if (WITHOUT_REPLICAS.has(kind)) return 'unknown';
  const written = writtenReplicas(manifest) ?? (ONE_BY_DEFAULT.has(kind) ? 1n : undefined);
  if (written === undefined || !federated.retainReplicas || scheduledReplicas !== undefined) return written;
  return observedReplicas(id, cluster, observations) ?? 'unknown';
}

function writtenReplicas({ spec }: JsonObject): bigint | undefined {
  const replicas = isJsonObject(spec) ? spec['replicas'] : undefined;
  if (typeof replicas === 'bigint') return replicas;
  return typeof replicas === 'number' && Number.isInteger(replicas) ? BigInt(replicas) : undefined;
}

function observedReplicas({ kind, namespace, name }: ObjectId, cluster: string, observations: Observations) {
  return observations.clusters.get(cluster)?.workloads.get(workloadKey(kind, namespace, name))?.specReplicas;
}

/**
 * Whether the number of replicas in a manifest is what was planned, whatever was planned: no override can have the last word about it.
 * Where that is not certain, the answer is no.
 */
export function isPlannedNumberKept({ overrides, template }: FederatedObject): boolean {
  if (!overrides.ok || !template.ok || !isJsonObject(template.value['spec'])) return false;
  return overrides.value.every(({ operations }) =>
    operations.every(({ op, path, value }) => {
      if (path === REPLICAS_PATH) return ['', 'add', 'replace'].includes(op) && isInteger(value);
      return op !== 'test' && /^\/(?!(?:spec)?$)/.test(path);
    }),
  );
}

function isInteger(value: unknown): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}
