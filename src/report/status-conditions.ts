import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** A condition without its times. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** What carries a time over: type, status and reason. KubeFed compares the same. */
export function isSameCondition(condition: Condition, previous: JsonObject): boolean {
  return (
    previous.type === condition.type &&
    previous.status === condition.status &&
    (previous.reason ?? '') === (condition.reason ?? '')
  );
}

/** A condition of the previous file, by type. */
export function previousCondition(document: JsonObject | undefined, type: string): JsonObject | undefined {
  const status = document?.status;
  const conditions = isJsonObject(status) ? status.conditions : undefined;
  if (!Array.isArray(conditions)) return undefined;
  return conditions.filter(isJsonObject).find((condition) => condition.type === type);
}

/** A time of a previous condition, if it is one. */
export function timeOf(condition: JsonObject | undefined, key: string): string | undefined {
  const value = condition === undefined || !Object.hasOwn(condition, key) ? undefined : condition[key];
  return isTime(value) ? value : undefined;
}

/** Whether a value is a time as the files have it: RFC 3339, in seconds, UTC. */
export function isTime(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value);
}
