import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { JsonObject } from '../core/index.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { findingToJson } from '../render/index.ts';
import { countObjects } from './sync-counts.ts';

/** The result of a pass as `gitfed sync -o json` prints it; see `docs/cli.md`. Unchanged objects are counted, not listed. */
export function syncToJson({ commit, inventory, clusters, findings, status, ok }: SyncResult): JsonObject {
  return {
    ok,
    commit,
    inventory,
    clusters: Object.fromEntries(clusters.map((cluster) => [cluster.cluster, clusterToJson(cluster)])),
    status: {
      branch: status.branch,
      ...(status.commit === undefined ? {} : { commit: status.commit }),
      ...(status.pushed === undefined ? {} : { pushed: status.pushed }),
      ...(status.problem === undefined ? {} : { problem: status.problem }),
    },
    findings: findings.map(findingToJson),
  };
}

function clusterToJson(cluster: ClusterResult): JsonObject {
  const { state, health, kubernetesVersion, message, prune, objects } = cluster;
  return {
    state,
    ...(health === undefined ? {} : { health }),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(message === undefined ? {} : { message }),
    counts: { ...countObjects(cluster) },
    ...(prune === undefined ? {} : { prune: { ...prune } }),
    objects: objects.filter(({ action, status }) => action !== 'unchanged' || status !== '').map(objectToJson),
  };
}

function objectToJson({ id, federated, action, status, message, released }: ObjectResult): JsonObject {
  return {
    group: id.group,
    kind: id.kind,
    namespace: id.namespace,
    name: id.name,
    ...(federated === undefined ? {} : { federated }),
    action,
    status,
    ...(message === undefined ? {} : { message }),
    ...(released === undefined ? {} : { released }),
  };
}
