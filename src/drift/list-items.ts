import {
  type FieldStep,
  isJsonObject,
  itemKey,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  stringifyJson,
} from '../core/index.ts';

/** An item of a desired list, and the one of the live list that it stands for. */
export interface ItemPair {
  readonly step: FieldStep;
  /** In a set of managed fields. */
  readonly name: string;
  readonly desired: JsonValue;
  readonly live: JsonValue | undefined;
}

/** The one default that Kubernetes has for a key of its own lists. */
const DEFAULT_KEYS: JsonObject = { protocol: 'TCP' };

function keyValue(item: JsonObject, field: string): JsonValue | undefined {
  if (Object.hasOwn(item, field)) return item[field];
  return Object.hasOwn(DEFAULT_KEYS, field) ? DEFAULT_KEYS[field] : undefined;
}

/** Whether an item has a key. What it lacks of that was defaulted by a server. */
export function hasKey(item: JsonValue, key: JsonObject): boolean {
  if (!isJsonObject(item)) return false;
  return Object.entries(key).every(([field, value]) => {
    const own = keyValue(item, field);
    return own === undefined || jsonEquals(own, value);
  });
}

/**
 * Matches items by their keys, whatever their order.
 *
 * @param names the keys of the items in a set of managed fields
 * @returns `undefined` for a list with items that have no keys.
 */
export function pairByKey(
  desired: readonly JsonValue[],
  live: readonly JsonValue[],
  fields: readonly string[],
  names: ReadonlyMap<string, JsonObject>,
): readonly ItemPair[] | undefined {
  if (!desired.every(isJsonObject)) return undefined;
  const left = new Set(live.filter(isJsonObject));
  const found = new Map<number, JsonObject>();
  // Those that have their whole key choose first.
  const order = [...desired.keys()].toSorted((a, b) => lacking(desired[a], fields) - lacking(desired[b], fields));
  for (const index of order) {
    const own = desired[index] ?? {};
    const match = [...left].find((item) => hasFields(item, fields) && hasKey(own, keyOf(item, fields)));
    if (match === undefined) continue;
    left.delete(match);
    found.set(index, match);
  }
  return desired.map((item, index): ItemPair => {
    const match = found.get(index);
    const key = { ...keyOf(item, fields), ...(match === undefined ? {} : keyOf(match, fields)) };
    return { step: keyStep(key, index), name: keyName(key, names), desired: item, live: match };
  });
}

/** Of what has no key at all, nothing can be said. */
function hasFields(item: JsonObject, fields: readonly string[]): boolean {
  return fields.some((field) => Object.hasOwn(item, field));
}

function lacking(item: JsonObject | undefined, fields: readonly string[]): number {
  return fields.filter((field) => item === undefined || !Object.hasOwn(item, field)).length;
}

function keyOf(item: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = keyValue(item, field);
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
}

/** A key of other values than texts and numbers cannot be shown as one. */
export function keyStep(key: JsonObject, index: number): FieldStep {
  const shown = itemKey(key, Object.keys(key));
  return shown === undefined || shown.length === 0 ? index : { key: shown };
}

function keyName(key: JsonObject, names: ReadonlyMap<string, JsonObject>): string {
  return [...names].find(([, known]) => jsonEquals(known, key))?.[0] ?? `k:${stringifyJson(key)}`;
}

/** Matches items of a set by their values. */
export function pairByValue(
  desired: readonly JsonValue[],
  live: readonly JsonValue[],
  names: ReadonlyMap<string, JsonValue>,
): readonly ItemPair[] {
  return desired.map((item, index): ItemPair => {
    const name = [...names].find(([, known]) => jsonEquals(known, item))?.[0] ?? `v:${stringifyJson(item)}`;
    return { step: index, name, desired: item, live: live.find((other) => jsonEquals(other, item)) };
  });
}
