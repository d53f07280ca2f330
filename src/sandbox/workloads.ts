import type { JsonObject } from '../core/index.ts';
import type { WorkloadChange, WorkloadState } from './types.ts';
import { planDeployment } from './workload-deployments.ts';
import { byController, controllerOf, isDeleted, listAt, mappingAt, textAt } from './workload-objects.ts';
import { planPods } from './workload-pods.ts';
import { planReplicaSet } from './workload-replica-sets.ts';

const FOREGROUND = 'foregroundDeletion';

/**
 * What the controllers of Deployments and ReplicaSets, the scheduler, the kubelet and the garbage collector do next in a cluster whose
 * containers never fail, and where so many Pods fit.
 *
 * Each change is from the objects as they are given. Carried out again and again it ends with none, unless time itself brings one:
 * `minReadySeconds` and the deadline of a rollout.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export function planWorkloads(state: WorkloadState): readonly WorkloadChange[] {
  const { deployments, replicaSets, pods, capacity, now } = state;
  const garbage = planGarbage(state);
  const going = new Set(garbage.filter(({ type }) => type === 'delete').map(({ object }) => object));
  const keptSets = replicaSets.filter((replicaSet) => !going.has(replicaSet));
  const keptPods = pods.filter((pod) => !going.has(pod));
  const setsOf = byController(keptSets);
  const podsOf = byController(keptPods);
  const setNames = namesOf(replicaSets);
  const podNames = namesOf(pods);
  const changes = [
    ...garbage,
    ...deployments.flatMap((deployment) =>
      planDeployment(deployment, setsOf.get(uidOf(deployment)) ?? [], { takenNames: setNames, now }),
    ),
    ...keptSets.flatMap((replicaSet) =>
      planReplicaSet(replicaSet, podsOf.get(uidOf(replicaSet)) ?? [], { takenNames: podNames, now }),
    ),
  ];
  const deleted = new Set(changes.filter(({ type }) => type === 'delete').map(({ object }) => object));
  const stillThere = keptPods.filter((pod) => !deleted.has(pod));
  return [...changes, ...planPods(stillThere, capacity, now)];
}

function uidOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'uid');
}

function namesOf(objects: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(objects.map(({ metadata }) => `${textAt(metadata, 'namespace')}/${textAt(metadata, 'name')}`));
}

/** What is left of owners that are gone, or that wait for what they own to go first. */
function planGarbage({ deployments, replicaSets, pods }: WorkloadState): readonly WorkloadChange[] {
  return [...planOrphans('Deployment', deployments, replicaSets), ...planOrphans('ReplicaSet', replicaSets, pods)];
}

function planOrphans(
  kind: string,
  owners: readonly JsonObject[],
  dependents: readonly JsonObject[],
): readonly WorkloadChange[] {
  const byUid = new Map(owners.map((owner) => [uidOf(owner), owner]));
  const orphans = dependents.filter((dependent) => {
    const reference = controllerOf(dependent);
    if (reference?.['kind'] !== kind || isDeleted(dependent)) return false;
    const owner = byUid.get(textAt(reference, 'uid'));
    return owner === undefined || waitsForDependents(owner);
  });
  const owned = new Set(dependents.map((dependent) => textAt(controllerOf(dependent), 'uid')));
  const released = owners.filter((owner) => waitsForDependents(owner) && !owned.has(uidOf(owner)));
  return [
    ...orphans.map((object): WorkloadChange => ({ type: 'delete', object })),
    ...released.map((object): WorkloadChange => ({ type: 'update', object: withoutForeground(object) })),
  ];
}

function waitsForDependents(owner: JsonObject): boolean {
  return isDeleted(owner) && listAt(owner, 'metadata', 'finalizers').includes(FOREGROUND);
}

function withoutForeground(object: JsonObject): JsonObject {
  const finalizers = listAt(object, 'metadata', 'finalizers').filter((finalizer) => finalizer !== FOREGROUND);
  return { ...object, metadata: { ...mappingAt(object, 'metadata'), finalizers } };
}
