import type { FieldStep } from './field-path.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonEquals } from './json.ts';
import { type ItemKey, itemKey, keyText, listKey } from './list-keys.ts';
import { compareText } from './text-order.ts';

/** A field that differs between two manifests. For `reordered`, `before` and `after` are the keys of the list's items. */
export interface FieldDifference {
  readonly type: 'added' | 'removed' | 'changed' | 'reordered';
  readonly path: readonly FieldStep[];
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/**
 * Where two manifests differ, as deep as it can be told. Pure; empty exactly when they are equal.
 *
 * Mappings are compared key by key in the order of their keys. Items of a list are matched by their key (`name` and the
 * like) where they have one, by position where the lists are equally long; otherwise the list has changed as a whole.
 * fast-json-patch's `compare` goes by position and refuses a key `__proto__`: one inserted container would read as a
 * change of all that follow.
 */
export function compareFields(before: JsonValue, after: JsonValue): readonly FieldDifference[] {
  const differences: FieldDifference[] = [];
  compareAt([], before, after, differences);
  return differences;
}

function compareAt(path: readonly FieldStep[], before: JsonValue, after: JsonValue, found: FieldDifference[]): void {
  if (jsonEquals(before, after)) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    compareMappings(path, before, after, found);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(path, before, after, found);
  } else {
    found.push({ type: 'changed', path, before, after });
  }
}

function compareMappings(
  path: readonly FieldStep[],
  before: JsonObject,
  after: JsonObject,
  found: FieldDifference[],
): void {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const key of [...keys].sort(compareText)) {
    compareEntry([...path, key], own(before, key), own(after, key), found);
  }
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function compareEntry(
  path: readonly FieldStep[],
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  found: FieldDifference[],
): void {
  if (before === undefined && after !== undefined) found.push({ type: 'added', path, after });
  else if (before !== undefined && after === undefined) found.push({ type: 'removed', path, before });
  else if (before !== undefined && after !== undefined) compareAt(path, before, after, found);
}

function compareLists(
  path: readonly FieldStep[],
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  found: FieldDifference[],
): void {
  const fields = listKey(before, after);
  if (fields !== undefined) {
    compareKeyed(path, keyItems(before, fields), keyItems(after, fields), found);
  } else if (before.length === after.length && [...before, ...after].every((item) => typeof item === 'object')) {
    for (const [index, item] of before.entries()) compareEntry([...path, index], item, after[index], found);
  } else {
    found.push({ type: 'changed', path, before, after });
  }
}

interface KeyedItem {
  readonly key: ItemKey;
  readonly item: JsonValue;
}

function keyItems(items: readonly JsonValue[], fields: readonly string[]): ReadonlyMap<string, KeyedItem> {
  return new Map(
    items.map((item) => {
      const key = (isJsonObject(item) && itemKey(item, fields)) || [];
      return [keyText(key), { key, item }];
    }),
  );
}

function compareKeyed(
  path: readonly FieldStep[],
  before: ReadonlyMap<string, KeyedItem>,
  after: ReadonlyMap<string, KeyedItem>,
  found: FieldDifference[],
): void {
  for (const [text, { key, item }] of before) compareEntry([...path, { key }], item, after.get(text)?.item, found);
  for (const [text, { key, item }] of after) {
    if (!before.has(text)) compareEntry([...path, { key }], undefined, item, found);
  }
  const stayedBefore = [...before.keys()].filter((text) => after.has(text));
  const stayedAfter = [...after.keys()].filter((text) => before.has(text));
  if (stayedBefore.some((text, index) => text !== stayedAfter[index])) {
    found.push({ type: 'reordered', path, before: keyValues(before), after: keyValues(after) });
  }
}

function keyValues(items: ReadonlyMap<string, KeyedItem>): JsonValue {
  return [...items.values()].map(({ key }) => key.map(([, value]) => `${value}`).join('/'));
}
