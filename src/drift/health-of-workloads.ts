import type { JsonObject } from '../core/index.ts';
import {
  at,
  conditionOf,
  count,
  current,
  failed,
  inProgress,
  type ObjectHealth,
  podCounts,
  text,
} from './health-status.ts';

const NO_DEADLINE = 2 ** 31 - 1;

/** One sentence for all steps of a rollout: which of them it is changes from second to second. */
const ROLLING_OUT = 'Not all of its Pods are up to date and ready.';
const ALL_READY = 'All of its Pods are ready.';

/** The deadline, then as many Pods as wanted, all updated, no old ones, available, ready, then the conditions. */
export function deploymentHealth(object: JsonObject): ObjectHealth {
  const progressing = conditionOf(object, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') return failed('It exceeded its progress deadline.');
  const wanted = count(at(object, 'spec', 'replicas')) ?? 1;
  const { replicas, updatedReplicas, availableReplicas, readyReplicas } = podCounts(object);
  const lacking =
    fewer('exist', replicas, wanted) ??
    fewer('updated', updatedReplicas, wanted) ??
    surplus(replicas, wanted) ??
    fewer('available', availableReplicas, updatedReplicas) ??
    fewer('ready', readyReplicas, wanted);
  if (lacking !== undefined) return lacking;
  if (!hasProgressed(object, progressing)) return inProgress('Its new ReplicaSet is not available yet.', ROLLING_OUT);
  if (conditionOf(object, 'Available')?.status !== 'True')
    return inProgress('Its condition Available is not true.', ROLLING_OUT);
  return current(`Pods available: ${replicas}.`, ALL_READY);
}

/** Without a deadline, or with the greatest one there is, the controller does not set the condition. */
function hasProgressed(object: JsonObject, progressing: JsonObject | undefined): boolean {
  const deadline = count(at(object, 'spec', 'progressDeadlineSeconds')) ?? NO_DEADLINE;
  if (deadline === NO_DEADLINE) return true;
  return progressing?.status === 'True' && progressing.reason === 'NewReplicaSetAvailable';
}

export function statefulSetHealth(object: JsonObject): ObjectHealth {
  const strategy = at(object, 'spec', 'updateStrategy');
  if (at(strategy, 'type') === 'OnDelete') return current('Its Pods are updated when a person deletes them.');
  const wanted = count(at(object, 'spec', 'replicas')) ?? 1;
  const { replicas, readyReplicas, currentReplicas, updatedReplicas } = podCounts(object);
  const lacking =
    fewer('exist', replicas, wanted) ?? fewer('ready', readyReplicas, wanted) ?? surplus(replicas, wanted);
  if (lacking !== undefined) return lacking;
  const partition = count(at(strategy, 'rollingUpdate', 'partition'));
  if (partition !== undefined) {
    return (
      fewer('updated', updatedReplicas, wanted - partition) ?? current(`Pods updated: ${updatedReplicas}.`, ALL_READY)
    );
  }
  const outdated = fewer('current', currentReplicas, wanted);
  if (outdated !== undefined) return outdated;
  if (text(at(object, 'status', 'currentRevision')) !== text(at(object, 'status', 'updateRevision'))) {
    return inProgress('Its Pods are being updated to the latest revision.', ROLLING_OUT);
  }
  return current(`Pods ready: ${readyReplicas}.`, ALL_READY);
}

export function replicaSetHealth(object: JsonObject): ObjectHealth {
  if (conditionOf(object, 'ReplicaFailure')?.status === 'True')
    return inProgress('Its Pods could not be made or deleted.');
  const wanted = count(at(object, 'spec', 'replicas')) ?? 1;
  const { replicas, fullyLabeledReplicas, availableReplicas, readyReplicas } = podCounts(object);
  return (
    fewer('labelled', fullyLabeledReplicas, wanted) ??
    fewer('available', availableReplicas, wanted) ??
    fewer('ready', readyReplicas, wanted) ??
    surplus(replicas, wanted) ??
    current(`Pods available: ${replicas}.`, ALL_READY)
  );
}

/** Its controller always sets the generation that it has seen: without one it has not begun. */
export function daemonSetHealth(object: JsonObject): ObjectHealth {
  const generations = [at(object, 'metadata', 'generation'), at(object, 'status', 'observedGeneration')];
  const wanted = count(at(object, 'status', 'desiredNumberScheduled'));
  if (wanted === undefined || generations.some((generation) => count(generation) === undefined)) {
    return inProgress('Its controller has not seen it yet.');
  }
  const { currentNumberScheduled, updatedNumberScheduled, numberAvailable, numberReady } = podCounts(object);
  return (
    fewer('scheduled', currentNumberScheduled, wanted) ??
    fewer('updated', updatedNumberScheduled, wanted) ??
    fewer('available', numberAvailable, wanted) ??
    fewer('ready', numberReady, wanted) ??
    current(`Pods available: ${wanted}.`, ALL_READY)
  );
}

function fewer(what: string, present: number, wanted: number): ObjectHealth | undefined {
  return present < wanted ? inProgress(`Pods ${what}: ${present}/${wanted}.`, ROLLING_OUT) : undefined;
}

function surplus(present: number, wanted: number): ObjectHealth | undefined {
  return present > wanted ? inProgress(`Pods to be removed: ${present - wanted}.`, ROLLING_OUT) : undefined;
}
