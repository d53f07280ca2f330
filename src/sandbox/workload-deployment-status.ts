import type { JsonObject } from '../core/index.ts';
import { conditionOf, countAt, listAt, mappingAt, textAt, valueAt, wantedReplicas } from './workload-objects.ts';
import { observed, present } from './workload-replica-sets.ts';
import { type Rollout, rolloutLimits } from './workload-rollouts.ts';

/** The greatest deadline there is means none. */
const NO_DEADLINE = 2 ** 31 - 1;
const DEFAULT_DEADLINE = 600;

/** The status of a Deployment as its ReplicaSets have it. */
export function deploymentStatus(rollout: Rollout, now: string): JsonObject {
  const { deployment, current, former } = rollout;
  const all = current === undefined ? former : [...former, current];
  const total = (field: string): number =>
    all.reduce((sum, replicaSet) => sum + countAt(replicaSet, 'status', field), 0);
  const wanted = all.reduce((sum, replicaSet) => sum + wantedReplicas(replicaSet), 0);
  const availableReplicas = total('availableReplicas');
  const counts = {
    replicas: total('replicas'),
    updatedReplicas: countAt(current, 'status', 'replicas'),
    readyReplicas: total('readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, wanted - availableReplicas),
  };
  const conditions = [availability(deployment, availableReplicas, now), progress(rollout, counts, now)].filter(
    (condition) => condition !== undefined,
  );
  const others = listAt(deployment, 'status', 'conditions').filter(
    (condition) => !['Available', 'Progressing'].includes(textAt(condition, 'type')),
  );
  return { ...observed(deployment), ...present(counts), conditions: [...conditions, ...others] };
}

interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** @param isNews whether something has happened although it says the same as before. */
function condition(deployment: JsonObject, verdict: Verdict, now: string, isNews = false): JsonObject {
  const before = conditionOf(deployment, verdict.type);
  const isSame = before?.['status'] === verdict.status;
  const isSameReason = isSame && before['reason'] === verdict.reason && before['message'] === verdict.message;
  return {
    ...verdict,
    lastUpdateTime: (isSameReason && !isNews && textAt(before, 'lastUpdateTime')) || now,
    lastTransitionTime: (isSame && textAt(before, 'lastTransitionTime')) || now,
  };
}

function availability(deployment: JsonObject, available: number, now: string): JsonObject {
  const { maxUnavailable } = rolloutLimits(deployment);
  const isEnough = available >= wantedReplicas(deployment) - maxUnavailable;
  const verdict: Verdict = isEnough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  return condition(deployment, verdict, now);
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

function progress({ deployment, current }: Rollout, counts: Counts, now: string): JsonObject | undefined {
  const before = conditionOf(deployment, 'Progressing');
  const deadline = valueAt(deployment, 'spec', 'progressDeadlineSeconds') ?? DEFAULT_DEADLINE;
  if (deadline === NO_DEADLINE) return undefined;
  const named = `ReplicaSet "${textAt(current, 'metadata', 'name')}"`;
  const verdict = (status: Verdict['status'], reason: string, message: string, isNews = false): JsonObject =>
    condition(deployment, { type: 'Progressing', status, reason, message }, now, isNews);
  if (valueAt(deployment, 'spec', 'paused') === true)
    return verdict('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (current === undefined) return before;
  if (isComplete(deployment, counts)) {
    return verdict('True', 'NewReplicaSetAvailable', `${named} has successfully progressed.`);
  }
  const isNews = hasProgressed(mappingAt(deployment, 'status'), counts);
  const isWaiting = before?.['reason'] === 'ReplicaSetUpdated' || before?.['reason'] === 'NewReplicaSetCreated';
  const isLate = before?.['reason'] === 'ProgressDeadlineExceeded';
  if (!isNews && (isLate || (isWaiting && secondsSince(textAt(before, 'lastUpdateTime'), now) > Number(deadline)))) {
    return verdict('False', 'ProgressDeadlineExceeded', `${named} has timed out progressing.`);
  }
  return verdict('True', 'ReplicaSetUpdated', `${named} is progressing.`, isNews);
}

/** As many as wanted, all of them of the current template, and available. */
function isComplete(deployment: JsonObject, counts: Counts): boolean {
  const wanted = wantedReplicas(deployment);
  const { replicas, updatedReplicas, availableReplicas } = counts;
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
}

function hasProgressed(status: JsonObject, counts: Counts): boolean {
  const formerBefore = countAt(status, 'replicas') - countAt(status, 'updatedReplicas');
  return (
    counts.updatedReplicas > countAt(status, 'updatedReplicas') ||
    counts.replicas - counts.updatedReplicas < formerBefore ||
    counts.readyReplicas > countAt(status, 'readyReplicas') ||
    counts.availableReplicas > countAt(status, 'availableReplicas')
  );
}

function secondsSince(time: string, now: string): number {
  return (Date.parse(now) - Date.parse(time)) / 1000;
}
