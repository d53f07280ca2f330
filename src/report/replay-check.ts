import { federatedObjectName, type Model } from '../api/index.ts';
import { compareText, objectIdKey } from '../core/index.ts';
import type { WorkloadPlan } from '../render/index.ts';
import { parseObjectsFile } from './objects-file.ts';
import { isReadyDocument } from './status-cluster.ts';
import { StatusMemo } from './status-memo.ts';
import { type ObjectState, readDocument } from './status-objects.ts';
import { clusterStatusPath, objectsStatusPath } from './status-path.ts';

/** A number of replicas that the status branch has otherwise than it is planned. */
export interface ReplayDifference {
  /** `FederatedDeployment/shop/web`. */
  readonly object: string;
  readonly cluster: string;
  /** Absent: nothing is planned there. */
  readonly planned?: bigint;
  /** Absent: nothing planned was applied there. */
  readonly applied?: bigint;
}

/** A plan, held against what a status commit says was applied. */
export interface ReplayCheck {
  /** Clusters whose numbers were compared. Sorted. */
  readonly compared: readonly string[];
  /** Clusters of which the commit does not say what was applied: they were not reached, or took no part. Sorted. */
  readonly unknown: readonly string[];
  /** Sorted by object and cluster. */
  readonly differences: readonly ReplayDifference[];
}

/**
 * @param files of the status commit: those of its folders `clusters` and `objects`, by path.
 * @param notReady clusters that took no part in the plan.
 */
export function checkReplay(
  { clusters, objects }: Pick<Model, 'clusters' | 'objects'>,
  plans: readonly WorkloadPlan[],
  files: ReadonlyMap<string, string>,
  notReady: readonly string[],
): ReplayCheck {
  const memo = new StatusMemo();
  const recorded = clusters.map(({ name }) => {
    // One that is back and takes no part yet keeps what it had.
    return { name, states: notReady.includes(name) ? undefined : readApplied(name, files, memo) };
  });
  const targets = new Map(objects.map((object) => [federatedObjectName(object), objectIdKey(object.target)]));
  const differences = recorded.flatMap(({ name, states }) => {
    return states === undefined ? [] : differencesIn(name, states, plans, targets);
  });
  return {
    compared: recorded.filter(({ states }) => states !== undefined).map(({ name }) => name),
    unknown: recorded.filter(({ states }) => states === undefined).map(({ name }) => name),
    differences: differences.sort((a, b) => compareText(a.object, b.object) || compareText(a.cluster, b.cluster)),
  };
}

type Applied = ReadonlyMap<string, ObjectState>;

/** What preferences scheduled there, by the identity of the object; `undefined` where the cluster was not reached. */
function readApplied(cluster: string, files: ReadonlyMap<string, string>, memo: StatusMemo): Applied | undefined {
  const [clusterPath, objectsPath] = [clusterStatusPath(cluster), objectsStatusPath(cluster)];
  const [clusterText, objectsText] = [files.get(clusterPath), files.get(objectsPath)];
  if (clusterText === undefined || objectsText === undefined) return undefined;
  if (!isReadyDocument(readDocument(clusterPath, clusterText))) return undefined;
  const { objects } = parseObjectsFile(objectsPath, objectsText, memo.objects);
  const scheduled = objects.filter(({ scheduledReplicas }) => scheduledReplicas !== undefined);
  return new Map(scheduled.map((state) => [objectIdKey(state.id), state]));
}

function differencesIn(
  cluster: string,
  applied: Applied,
  plans: readonly WorkloadPlan[],
  targets: ReadonlyMap<string, string>,
): readonly ReplayDifference[] {
  const left = new Map(applied);
  const differences: ReplayDifference[] = [];
  for (const { object, clusters } of plans) {
    const key = targets.get(object) ?? '';
    const found = left.get(key)?.scheduledReplicas;
    left.delete(key);
    // What is planned where the namespace is not placed goes nowhere.
    const planned = clusters.find((one) => one.cluster === cluster && one.isPlaced)?.replicas;
    if (found === undefined ? planned === undefined : BigInt(found) === planned) continue;
    differences.push({
      object,
      cluster,
      ...(planned === undefined ? {} : { planned }),
      ...(found === undefined ? {} : { applied: BigInt(found) }),
    });
  }
  for (const { id, federated, scheduledReplicas = 0 } of left.values()) {
    differences.push({
      object: federated ?? `${id.kind}/${id.namespace}/${id.name}`,
      cluster,
      applied: BigInt(scheduledReplicas),
    });
  }
  return differences;
}
