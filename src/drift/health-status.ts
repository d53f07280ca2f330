import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** Whether an object has become what it should be. `message` is a fixed sentence: no name in it, and nothing that a server wrote. */
export interface ObjectHealth {
  readonly status: 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';
  readonly message: string;
}

export function current(message: string): ObjectHealth {
  return { status: 'Current', message };
}

export function inProgress(message: string): ObjectHealth {
  return { status: 'InProgress', message };
}

export function failed(message: string): ObjectHealth {
  return { status: 'Failed', message };
}

/** What is at a path of keys, `undefined` where there is nothing. */
export function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let found = value;
  for (const key of path) found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}

export function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

export function mappings(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

export function conditionsOf(object: JsonObject): readonly JsonObject[] {
  return mappings(at(object, 'status', 'conditions'));
}

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

const COUNTS = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'fullyLabeledReplicas',
  'currentNumberScheduled',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberReady',
  'succeeded',
  'active',
  'failed',
] as const;

/** The numbers of Pods in a status; absent ones are 0, as servers leave those out. */
export function podCounts(object: JsonObject): Readonly<Record<(typeof COUNTS)[number], number>> {
  const counts = COUNTS.map((name) => [name, count(at(object, 'status', name)) ?? 0] as const);
  return Object.fromEntries(counts) as Record<(typeof COUNTS)[number], number>;
}
