import {
  type FieldStep,
  type ItemKey,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEquals,
} from '../core/index.ts';
import type { FieldDrift } from './field-drift.ts';

/**
 * What a live object is once its drift is put back. Values of Secrets are masked in what was put back, as they are in drift, and
 * nowhere else. `undefined` where an item without a key drifted: its place in the live list is not known.
 */
export function putBack(live: JsonObject, drift: readonly FieldDrift[]): JsonObject | undefined {
  const changes = drift.flatMap(toChange);
  if (changes.some(({ path }) => path.some((step) => typeof step === 'number'))) return undefined;
  const result = apply(live, changes);
  return isJsonObject(result) ? result : undefined;
}

interface Change {
  readonly path: readonly FieldStep[];
  /** `undefined` takes the field away. */
  readonly value: JsonValue | undefined;
}

/** A field that is taken from somebody keeps its value. */
function toChange({ type, path, desired }: FieldDrift): readonly Change[] {
  if (type === 'taken') return [];
  return [{ path, value: type === 'added' ? undefined : desired }];
}

function apply(value: JsonValue | undefined, changes: readonly Change[]): JsonValue | undefined {
  const whole = changes.find(({ path }) => path.length === 0);
  if (whole !== undefined) return whole.value;
  const items = changes.some(({ path: [step] }) => typeof step === 'object');
  return items ? applyToItems(Array.isArray(value) ? value : [], changes) : applyToFields(value, changes);
}

function below(changes: readonly Change[]): readonly Change[] {
  return changes.map(({ path, value }) => ({ path: path.slice(1), value }));
}

function applyToFields(value: JsonValue | undefined, changes: readonly Change[]): JsonObject {
  const old = isJsonObject(value) ? value : {};
  const byField = Map.groupBy(changes, ({ path: [step] }) => (typeof step === 'string' ? step : ''));
  const entries = [...new Set([...Object.keys(old), ...byField.keys()])].flatMap((key): [string, JsonValue][] => {
    const own = Object.hasOwn(old, key) ? old[key] : undefined;
    const group = byField.get(key);
    const next = group === undefined ? own : apply(own, below(group));
    return next === undefined ? [] : [[key, next]];
  });
  return Object.fromEntries(entries);
}

function applyToItems(items: readonly JsonValue[], changes: readonly Change[]): readonly JsonValue[] {
  const byItem = Map.groupBy(changes, ({ path: [step] }) => {
    const key = typeof step === 'object' ? step.key : [];
    const index = items.findIndex((item) => hasKey(item, key));
    return index < 0 ? items.length : index;
  });
  const stayed = items.flatMap((item, index) => {
    const group = byItem.get(index);
    const next = group === undefined ? item : apply(item, below(group));
    return next === undefined ? [] : [next];
  });
  const come = (byItem.get(items.length) ?? []).flatMap((change) => {
    const next = apply(undefined, below([change]));
    return next === undefined ? [] : [next];
  });
  return [...stayed, ...come];
}

function hasKey(item: JsonValue, key: ItemKey): boolean {
  if (!isJsonObject(item)) return false;
  return key.every(([field, value]) => Object.hasOwn(item, field) && jsonEquals(item[field], value));
}
