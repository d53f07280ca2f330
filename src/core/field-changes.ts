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
  return new FieldComparer().compare(before, after);
}

const NONE: readonly FieldDifference[] = [];

/**
 * Compares many manifests as {@link compareFields} does. Those of several clusters share what their overrides leave alone: what was
 * compared once is found again by reference.
 */
export class FieldComparer {
  readonly #known = new Map<object, { readonly after: object; readonly differences: readonly FieldDifference[] }>();

  compare(before: JsonValue, after: JsonValue): readonly FieldDifference[] {
    if (before === after) return NONE;
    if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) {
      return jsonEquals(before, after) ? NONE : [{ type: 'changed', path: [], before, after }];
    }
    const known = this.#known.get(before);
    if (known?.after === after) return known.differences;
    const differences = this.#compareStructures(before, after);
    this.#known.set(before, { after, differences });
    return differences;
  }

  #compareStructures(
    before: JsonObject | readonly JsonValue[],
    after: JsonObject | readonly JsonValue[],
  ): readonly FieldDifference[] {
    if (Array.isArray(before) && Array.isArray(after)) return this.#compareLists(before, after);
    if (isJsonObject(before) && isJsonObject(after)) return this.#compareMappings(before, after);
    return [{ type: 'changed', path: [], before: before as JsonValue, after: after as JsonValue }];
  }

  #compareMappings(before: JsonObject, after: JsonObject): readonly FieldDifference[] {
    const found: FieldDifference[] = [];
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of [...keys].sort(compareText)) this.#addEntry(key, own(before, key), own(after, key), found);
    return found;
  }

  #addEntry(
    step: FieldStep,
    before: JsonValue | undefined,
    after: JsonValue | undefined,
    found: FieldDifference[],
  ): void {
    if (before === undefined && after !== undefined) found.push({ type: 'added', path: [step], after });
    else if (before !== undefined && after === undefined) found.push({ type: 'removed', path: [step], before });
    else if (before !== undefined && after !== undefined) {
      for (const one of this.compare(before, after)) found.push({ ...one, path: [step, ...one.path] });
    }
  }

  #compareLists(before: readonly JsonValue[], after: readonly JsonValue[]): readonly FieldDifference[] {
    const fields = listKey(before, after);
    if (fields !== undefined) return this.#compareKeyed(keyItems(before, fields), keyItems(after, fields));
    if (before.length === after.length && [...before, ...after].every((item) => typeof item === 'object')) {
      const found: FieldDifference[] = [];
      for (const [index, item] of before.entries()) this.#addEntry(index, item, after[index], found);
      return found;
    }
    if (jsonEquals(before as JsonValue, after as JsonValue)) return NONE;
    return [{ type: 'changed', path: [], before: before as JsonValue, after: after as JsonValue }];
  }

  #compareKeyed(
    before: ReadonlyMap<string, KeyedItem>,
    after: ReadonlyMap<string, KeyedItem>,
  ): readonly FieldDifference[] {
    const found: FieldDifference[] = [];
    for (const [text, { key, item }] of before) this.#addEntry({ key }, item, after.get(text)?.item, found);
    for (const [text, { key, item }] of after) {
      if (!before.has(text)) this.#addEntry({ key }, undefined, item, found);
    }
    const stayedBefore = [...before.keys()].filter((text) => after.has(text));
    const stayedAfter = [...after.keys()].filter((text) => before.has(text));
    if (stayedBefore.some((text, index) => text !== stayedAfter[index])) {
      found.push({ type: 'reordered', path: [], before: keyValues(before), after: keyValues(after) });
    }
    return found;
  }
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
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

function keyValues(items: ReadonlyMap<string, KeyedItem>): JsonValue {
  return [...items.values()].map(({ key }) => key.map(([, value]) => `${value}`).join('/'));
}
