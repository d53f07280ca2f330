import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { JsonObject } from '../core/index.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { findingToJson } from '../render/index.ts';
import { fieldDriftToJson } from './drift-json.ts';
import { ignoredByRule } from './drift-text.ts';
import { gateReportToJson } from './gates-json.ts';
import { countObjects } from './sync-counts.ts';

/** The result of a pass as `gitfed sync -o json` prints it; see `docs/cli.md`. Unchanged objects are counted, not listed. */
export function syncToJson(result: SyncResult): JsonObject {
  const { mode, commit, inventory, clusters, findings, gates, held, status, ok } = result;
  return {
    ok,
    ...(mode === 'dryRun' ? { dryRun: true } : {}),
    commit,
    inventory,
    ...(held === undefined ? {} : { held: { ...held } }),
    ...(gates === undefined ? {} : { gates: gateReportToJson(gates) }),
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
  const ignored = ignoredByRule(objects);
  return {
    state,
    ...(health === undefined ? {} : { health }),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(message === undefined ? {} : { message }),
    counts: { ...countObjects(cluster) },
    ...(prune === undefined ? {} : { prune: { ...prune } }),
    objects: objects.filter(({ action, status }) => action !== 'unchanged' || status !== '').map(objectToJson),
    ...(ignored.size === 0 ? {} : { ignored: Object.fromEntries(ignored) }),
  };
}

function objectToJson({ id, federated, action, status, message, released, drift = [] }: ObjectResult): JsonObject {
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
    ...(drift.length === 0 ? {} : { drift: drift.map(fieldDriftToJson) }),
  };
}
