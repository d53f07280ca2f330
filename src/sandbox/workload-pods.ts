import { isJsonObject, type JsonObject, jsonEquals } from '../core/index.ts';
import type { WorkloadChange } from './types.ts';
import { compareAge, conditionOf, isDeleted, listAt, mappingAt, textAt } from './workload-objects.ts';

/** Whether a Pod counts: it is neither done nor being deleted. */
export function isActive(pod: JsonObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return !isDeleted(pod) && phase !== 'Succeeded' && phase !== 'Failed';
}

export function isRunning(pod: JsonObject): boolean {
  return textAt(pod, 'status', 'phase') === 'Running';
}

export function isReady(pod: JsonObject): boolean {
  return conditionOf(pod, 'Ready')?.['status'] === 'True';
}

/** Whether a Pod has been ready for long enough. */
export function isAvailable(pod: JsonObject, minReadySeconds: number, now: string): boolean {
  if (!isReady(pod)) return false;
  const since = textAt(conditionOf(pod, 'Ready'), 'lastTransitionTime');
  return minReadySeconds === 0 || Date.parse(now) - Date.parse(since) >= minReadySeconds * 1000;
}

/**
 * What becomes of the Pods: as many run as fit, those that do already first, then the oldest. A Pod that does not run a moment later stands
 * for one that cannot be scheduled, and containers never fail.
 */
export function planPods(pods: readonly JsonObject[], capacity: number, now: string): readonly WorkloadChange[] {
  const ended = pods.filter((pod) => isDeleted(pod) && listAt(pod, 'metadata', 'finalizers').length === 0);
  const ranked = pods.filter(isActive).sort((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || compareAge(a, b));
  const statuses = ranked.flatMap((pod, index): readonly WorkloadChange[] => {
    const status = index < capacity ? runningStatus(pod, now) : unschedulableStatus(pod, now);
    return jsonEquals(pod['status'], status) ? [] : [{ type: 'updateStatus', object: { ...pod, status } }];
  });
  return [...ended.map((object): WorkloadChange => ({ type: 'delete', object })), ...statuses];
}

function runningStatus(pod: JsonObject, now: string): JsonObject {
  const startTime = textAt(pod, 'status', 'startTime') || now;
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  return {
    ...mappingAt(pod, 'status'),
    phase: 'Running',
    conditions: conditions.map((type) => condition(pod, { type, status: 'True' }, now)),
    startTime,
    containerStatuses: listAt(pod, 'spec', 'containers').map((container) => ({
      name: textAt(container, 'name'),
      image: textAt(container, 'image'),
      imageID: '',
      ready: true,
      restartCount: 0,
      started: true,
      state: { running: { startedAt: startTime } },
    })),
  };
}

function unschedulableStatus(pod: JsonObject, now: string): JsonObject {
  const { startTime: _startTime, containerStatuses: _containerStatuses, ...rest } = mappingAt(pod, 'status');
  const unscheduled = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: '0/1 nodes are available: 1 Too many pods.',
  };
  return { ...rest, phase: 'Pending', conditions: [condition(pod, unscheduled, now)] };
}

/** Its time is when its status became what it is. */
function condition(pod: JsonObject, wanted: JsonObject, now: string): JsonObject {
  const before = conditionOf(pod, textAt(wanted, 'type'));
  const isSame = isJsonObject(before) && before['status'] === wanted['status'];
  return { ...wanted, lastTransitionTime: (isSame && textAt(before, 'lastTransitionTime')) || now };
}
