import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { parseTime } from './rfc3339.ts';
import type { SeenWorkload } from './seen.ts';

/** What was found of a workload, or why nothing can be said of it: `reason` is a plain sentence without a value of the object. */
export type ObservedWorkload =
  | { readonly ok: true; readonly seen: SeenWorkload }
  | { readonly ok: false; readonly reason: string };

export interface ObserveOptions {
  /** Milliseconds since 1970, by the clock of the member. */
  readonly now: number;
  /** For how long a pod has been unschedulable before it counts. */
  readonly unschedulableAfterMs: number;
}

/** Whether pods have to be looked at to know how many replicas run: unless all that are asked for are ready. */
export function needsPods(workload: JsonObject): boolean {
  const counts = readCounts(workload);
  return counts.ok && counts.spec !== counts.ready;
}

/**
 * How many replicas of a workload run in a member, as KubeFed counts them: all, where as many are ready as are asked for; else its pods
 * in phase Running with a condition Ready, whatever that says, and those that have been unschedulable for longer than the limit.
 *
 * Pure. Nothing in the objects makes it throw.
 *
 * @param pods those of the namespace; they are narrowed by `spec.selector.matchLabels` here, `matchExpressions` do not count.
 */
export function observeWorkload(
  workload: JsonObject,
  pods: readonly JsonObject[],
  { now, unschedulableAfterMs }: ObserveOptions,
): ObservedWorkload {
  const counts = readCounts(workload);
  if (!counts.ok) return counts;
  const { spec, ready } = counts;
  if (spec === ready) {
    const seen = { specReplicas: spec, readyReplicas: ready, runningAndReadyPods: ready, unschedulablePods: 0n };
    return { ok: true, seen: { ...seen, isSettled: true } };
  }
  const labels = mappingAt(workload, 'spec', 'selector', 'matchLabels');
  if (labels === undefined) return { ok: false, reason: 'it has no spec.selector.matchLabels to find its pods by' };
  if (Object.values(labels).some((value) => typeof value !== 'string')) {
    return { ok: false, reason: 'a value of its spec.selector.matchLabels is no text' };
  }
  const selected = pods.filter((pod) => hasLabels(pod, labels));
  const { running, unschedulable, young, inMs } = countPods(selected, now - unschedulableAfterMs);
  const seen = {
    specReplicas: spec,
    readyReplicas: ready,
    runningAndReadyPods: BigInt(running),
    unschedulablePods: BigInt(unschedulable),
  };
  const told = running + unschedulable;
  const isComplete = BigInt(told) === spec || (unschedulable > 0 && told === selected.length && isOrdered(workload));
  const isSettled = young === 0 && isComplete;
  return { ok: true, seen: { ...seen, isSettled, ...(inMs === undefined ? {} : { recheckInMs: inMs }) } };
}

/** A StatefulSet that starts one pod after the other does not make those after one that finds no node. */
function isOrdered(workload: JsonObject): boolean {
  const policy = get(mappingAt(workload, 'spec') ?? {}, 'podManagementPolicy') ?? 'OrderedReady';
  return get(workload, 'kind') === 'StatefulSet' && policy === 'OrderedReady';
}

type Counts =
  | { readonly ok: true; readonly spec: bigint; readonly ready: bigint }
  | { readonly ok: false; readonly reason: string };

function readCounts(workload: JsonObject): Counts {
  const spec = integerOf(workload, 'spec', 'replicas');
  if (spec === undefined) return { ok: false, reason: 'its spec.replicas is no integer' };
  const ready = integerOf(workload, 'status', 'readyReplicas');
  if (ready === undefined) return { ok: false, reason: 'its status.readyReplicas is no integer' };
  return { ok: true, spec, ready };
}

/** What is absent is 0; `undefined` for what is no integer. */
function integerOf(object: JsonObject, section: string, field: string): bigint | undefined {
  const value = get(mappingAt(object, section) ?? {}, field);
  if (value === undefined) return 0n;
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

interface PodCounts {
  readonly running: number;
  /** For longer than the limit. */
  readonly unschedulable: number;
  /** Not for that long yet. */
  readonly young: number;
  /** When the first of the young ones begins to count. */
  readonly inMs?: number;
}

/** @param before what has been unschedulable since before that time counts; exactly that long is not enough. */
function countPods(pods: readonly JsonObject[], before: number): PodCounts {
  let running = 0;
  let unschedulable = 0;
  let young = 0;
  let inMs = Number.POSITIVE_INFINITY;
  for (const pod of pods) {
    const status = mappingAt(pod, 'status') ?? {};
    const conditions = conditionsOf(status);
    if (get(status, 'phase') === 'Running') {
      running += conditions.filter((condition) => get(condition, 'type') === 'Ready').length;
      continue;
    }
    for (const condition of conditions.filter(isUnschedulable)) {
      const since = timeOf(condition);
      if (since < before) {
        unschedulable += 1;
      } else {
        young += 1;
        inMs = Math.min(inMs, since - before + 1);
      }
    }
  }
  return { running, unschedulable, young, ...(Number.isFinite(inMs) ? { inMs } : {}) };
}

function isUnschedulable(condition: JsonObject): boolean {
  return (
    get(condition, 'type') === 'PodScheduled' &&
    get(condition, 'status') === 'False' &&
    get(condition, 'reason') === 'Unschedulable'
  );
}

/** A condition without a time is as old as can be, as in Go. */
function timeOf(condition: JsonObject): number {
  const text = get(condition, 'lastTransitionTime');
  return (typeof text === 'string' ? parseTime(text) : undefined) ?? Number.NEGATIVE_INFINITY;
}

function conditionsOf(status: JsonObject): readonly JsonObject[] {
  const list = get(status, 'conditions');
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function hasLabels(pod: JsonObject, wanted: JsonObject): boolean {
  const labels = mappingAt(pod, 'metadata', 'labels') ?? {};
  return Object.entries(wanted).every(([key, value]) => get(labels, key) === value);
}

function mappingAt(object: JsonObject, ...path: readonly string[]): JsonObject | undefined {
  let value: JsonValue | undefined = object;
  for (const key of path) value = isJsonObject(value) ? get(value, key) : undefined;
  return isJsonObject(value) ? value : undefined;
}

function get(object: JsonObject, field: string): JsonValue | undefined {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}
