import type { JsonObject, ObjectId } from '../core/index.ts';
import { type ClusterStatus, type FleetStatus, isInOrder } from '../reconcile/fleet-status.ts';
import { fieldDriftToJson } from './drift-json.ts';
import type { DriftRecord } from './recorded-drift.ts';
import type { ObjectState } from './status-objects.ts';

/** The status branch as `gitfed status -o json` prints it; see `docs/cli.md`. */
export function fleetStatusToJson(status: FleetStatus): JsonObject {
  const { branch, repository, statusCommit, writtenAt, waiting, commit, inventory, held, suspect, head, clusters } =
    status;
  return {
    ok: isInOrder(status),
    branch,
    ...(repository === undefined ? {} : { repository }),
    statusCommit,
    time: new Date(writtenAt * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(waiting === undefined ? {} : { waiting }),
    ...(commit === undefined ? {} : { commit }),
    ...(inventory === undefined ? {} : { inventory }),
    ...(held === undefined ? {} : { held: { ...held, gates: held.gates.map((gate) => ({ ...gate })) } }),
    ...(suspect === undefined ? {} : { suspect: [...suspect] }),
    ...(head === undefined ? {} : { head: { ...head } }),
    clusters: Object.fromEntries(clusters.map((cluster) => [cluster.name, clusterToJson(cluster)])),
  };
}

function clusterToJson({ state, kubernetesVersion, objects, problems, drift }: ClusterStatus): JsonObject {
  return {
    state,
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    objects,
    problems: problems.map(problemToJson),
    drift: drift.map(driftRecordToJson),
  };
}

function problemToJson({ id, federated, status, message }: ObjectState): JsonObject {
  return {
    ...identityOf(id, federated),
    status,
    ...(message === undefined ? {} : { message }),
  };
}

/** One object of a file `drift/NAME.yaml`. */
export function driftRecordToJson({ id, federated, type, state, fields, moreFields }: DriftRecord): JsonObject {
  return {
    type,
    ...identityOf(id, federated),
    state,
    ...(fields.length === 0 ? {} : { fields: fields.map(fieldDriftToJson) }),
    ...(moreFields === undefined ? {} : { moreFields }),
  };
}

function identityOf({ group, kind, namespace, name }: ObjectId, federated: string | undefined): JsonObject {
  return { group, kind, namespace, name, ...(federated === undefined ? {} : { federated }) };
}
