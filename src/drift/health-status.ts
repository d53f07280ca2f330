import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** kstatus' words for how an object is. */
export const HEALTH_STATUSES = ['Current', 'InProgress', 'Failed', 'Terminating', 'NotFound', 'Unknown'] as const;

export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** Whether an object has become what it should be. The sentences are fixed: no name in them, and nothing that a server wrote. */
export interface ObjectHealth {
  readonly status: HealthStatus;
  /** For somebody who waits, with numbers that move. */
  readonly message: string;
  /** For what is kept: the same for every step of a rollout. */
  readonly summary: string;
}

export function current(message: string, summary = message): ObjectHealth {
  return { status: 'Current', message, summary };
}

export function inProgress(message: string, summary = message): ObjectHealth {
  return { status: 'InProgress', message, summary };
}

export function failed(message: string, summary = message): ObjectHealth {
  return { status: 'Failed', message, summary };
}

export function terminating(message: string): ObjectHealth {
  return { status: 'Terminating', message, summary: message };
}

export function unknownHealth(message: string): ObjectHealth {
  return { status: 'Unknown', message, summary: message };
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
