import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import { formatFieldPath, type JsonObject } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { findingToJson } from '../render/index.ts';
import { hasDrift, ignoredByRule } from './drift-text.ts';

/** What differs between the members and the repository, as `gitfed drift -o json` prints it; see `docs/cli.md`. */
export function driftToJson(result: SyncResult): JsonObject {
  return {
    commit: result.commit,
    inventory: result.inventory,
    drift: hasDrift(result),
    clusters: Object.fromEntries(result.clusters.map((cluster) => [cluster.cluster, clusterToJson(cluster)])),
    findings: result.findings.map(findingToJson),
  };
}

function clusterToJson({ state, message, objects }: ClusterResult): JsonObject {
  const ignored = ignoredByRule(objects);
  return {
    state,
    ...(message === undefined ? {} : { message }),
    objects: objects.flatMap(objectToJson),
    ...(ignored.size === 0 ? {} : { ignored: Object.fromEntries(ignored) }),
  };
}

function objectToJson({
  id,
  federated,
  action,
  status,
  message,
  drift = [],
  released,
}: ObjectResult): readonly JsonObject[] {
  const type = typeOf(action, status, released === true);
  if (type === undefined) return [];
  return [
    {
      type,
      group: id.group,
      kind: id.kind,
      namespace: id.namespace,
      name: id.name,
      ...(federated === undefined ? {} : { federated }),
      ...(status === '' ? {} : { status }),
      ...(message === undefined || action === 'configured' ? {} : { message }),
      ...(drift.length === 0 ? {} : { fields: drift.map(fieldDriftToJson) }),
    },
  ];
}

function typeOf(action: ObjectResult['action'], status: string, isReleased: boolean): string | undefined {
  if (status === 'Leftover') return 'leftover';
  if (action === 'created') return 'missing';
  if (action === 'deleted' || isReleased) return 'surplus';
  if (action === 'configured') return 'differs';
  return action === 'skipped' && status !== '' ? 'unknown' : undefined;
}

/** One field; values of Secrets are masked in it. */
export function fieldDriftToJson({
  type,
  path,
  desired,
  live,
  manager,
  operation,
  subresource,
  time,
}: FieldDrift): JsonObject {
  return {
    type,
    path: formatFieldPath(path),
    ...(desired === undefined ? {} : { desired }),
    ...(live === undefined ? {} : { live }),
    ...(manager === undefined ? {} : { manager }),
    ...(operation === undefined ? {} : { operation }),
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
    ...(time === undefined ? {} : { time }),
  };
}
