import { type JsonObject, jsonEquals } from '../core/index.ts';
import type { WorkloadChange } from './types.ts';
import {
  compareAge,
  controllerReference,
  countAt,
  hashOf,
  isDeleted,
  mappingAt,
  textAt,
  valueAt,
  wantedReplicas,
} from './workload-objects.ts';
import { isActive, isAvailable, isReady, isRunning } from './workload-pods.ts';

/** What becomes of a ReplicaSet: as many Pods as it wants, and a status that says how many there are. */
export function planReplicaSet(
  replicaSet: JsonObject,
  pods: readonly JsonObject[],
  { takenNames, now }: { readonly takenNames: ReadonlySet<string>; readonly now: string },
): readonly WorkloadChange[] {
  const active = pods.filter(isActive);
  const surplus = active.length - wantedReplicas(replicaSet);
  const changes = isDeleted(replicaSet) ? [] : planCount(replicaSet, active, surplus, takenNames);
  const status = statusOf(replicaSet, active, now);
  if (jsonEquals(mappingAt(replicaSet, 'status'), status)) return changes;
  return [...changes, { type: 'updateStatus', object: { ...replicaSet, status } }];
}

function planCount(
  replicaSet: JsonObject,
  active: readonly JsonObject[],
  surplus: number,
  takenNames: ReadonlySet<string>,
): readonly WorkloadChange[] {
  if (surplus <= 0) return newPods(replicaSet, -surplus, takenNames).map((object) => ({ type: 'create', object }));
  return [...active]
    .sort((a, b) => Number(isRunning(a)) - Number(isRunning(b)) || compareAge(b, a))
    .slice(0, surplus)
    .map((object) => ({ type: 'delete', object }));
}

function newPods(replicaSet: JsonObject, count: number, takenNames: ReadonlySet<string>): readonly JsonObject[] {
  const name = textAt(replicaSet, 'metadata', 'name');
  const namespace = textAt(replicaSet, 'metadata', 'namespace');
  const template = mappingAt(replicaSet, 'spec', 'template');
  const pods: JsonObject[] = [];
  for (let index = 0; pods.length < count; index += 1) {
    const podName = `${name}-${hashOf([textAt(replicaSet, 'metadata', 'uid'), index], 5)}`;
    if (takenNames.has(`${namespace}/${podName}`)) continue;
    pods.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...mappingAt(template, 'metadata'),
        name: podName,
        generateName: `${name}-`,
        namespace,
        ownerReferences: [controllerReference(replicaSet)],
      },
      spec: mappingAt(template, 'spec'),
      status: { phase: 'Pending' },
    });
  }
  return pods;
}

function statusOf(replicaSet: JsonObject, active: readonly JsonObject[], now: string): JsonObject {
  const labels = Object.entries(mappingAt(replicaSet, 'spec', 'template', 'metadata', 'labels'));
  const minReadySeconds = countAt(replicaSet, 'spec', 'minReadySeconds');
  const count = (matches: (pod: JsonObject) => boolean): number => active.filter(matches).length;
  const counts = {
    fullyLabeledReplicas: count((pod) =>
      labels.every(([key, value]) => valueAt(pod, 'metadata', 'labels', key) === value),
    ),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => isAvailable(pod, minReadySeconds, now)),
  };
  return { replicas: active.length, ...present(counts), ...observed(replicaSet) };
}

/** The API server leaves out what is 0. */
export function present(counts: Readonly<Record<string, number>>): JsonObject {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

export function observed(workload: JsonObject): JsonObject {
  const generation = valueAt(workload, 'metadata', 'generation');
  return generation === undefined ? {} : { observedGeneration: generation };
}
