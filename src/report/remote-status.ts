import { isJsonObject, type JsonObject, type JsonValue, jsonEquals, stringifyJson } from '../core/index.ts';

/** Times of when somebody looked, and not of when something changed. */
const OF_LOOKING: ReadonlySet<string> = new Set(['lastUpdateTime', 'lastProbeTime', 'lastHeartbeatTime']);

const LONGEST = 100_000;
const DEEPEST = 50;

/** Whether a status is small enough for a file that everybody reads. */
export function isModest(status: JsonValue): boolean {
  return depthOf(status, 0) <= DEEPEST && stringifyJson(status).length <= LONGEST;
}

function depthOf(value: JsonValue, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return depth;
  return Object.values(value).reduce(
    (most: number, item: JsonValue) => Math.max(most, depthOf(item, depth + 1)),
    depth,
  );
}

/**
 * The status to tell of: the one of before where the new one differs only in when somebody looked. So what is told was true as a whole at
 * some time, and a file does not change without a transition.
 */
export function steadyStatus(found: JsonValue, before: JsonValue | undefined): JsonValue {
  if (before === undefined) return found;
  return jsonEquals(withoutLooking(found), withoutLooking(before)) ? before : found;
}

function withoutLooking(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutLooking);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !OF_LOOKING.has(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutLooking(item)])) as JsonObject;
}
