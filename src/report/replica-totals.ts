import { isJsonObject, type JsonObject, type ObjectId } from '../core/index.ts';
import type { RenderedObject } from '../render/types.ts';

/** How many replicas a cluster is to run, of the workloads whose number the repository says. */
export interface ReplicaTotals {
  readonly before: number;
  readonly after: number;
}

const KINDS: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController']);

/** The replicas of a workload; 0 for what is none, or leaves the number to the cluster. */
export function replicasOf({ id, manifest, federated }: RenderedObject): number {
  return federated.retainReplicas ? 0 : writtenReplicas(id, manifest);
}

function writtenReplicas({ kind, group }: ObjectId, { spec }: JsonObject): number {
  if (!KINDS.has(kind) || (group !== 'apps' && group !== '')) return 0;
  const replicas = isJsonObject(spec) ? spec.replicas : undefined;
  // An API server makes one replica of none that is said.
  if (replicas === undefined || replicas === null) return 1;
  return typeof replicas === 'number' || typeof replicas === 'bigint' ? Number(replicas) : 0;
}

/** How many more a workload is to run. One whose number the cluster takes over, or gives back, runs what it runs. */
export function replicaChange(before: RenderedObject, after: RenderedObject): number {
  if (before.federated.retainReplicas !== after.federated.retainReplicas) return 0;
  return replicasOf(after) - replicasOf(before);
}

/** All replicas of a list of objects. */
export function countReplicas(objects: readonly RenderedObject[]): number {
  return objects.reduce((sum, object) => sum + replicasOf(object), 0);
}
