import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { isList } from './field-values.ts';
import type { MergeNode, MergeSchema } from './types.ts';

/**
 * An object as an API server stores what it was sent: without fields that are `null`, and, of Kubernetes' own kinds, without lists and maps
 * that are empty. `object` itself where there are none.
 */
export function storedForm(object: JsonObject, { root }: MergeSchema): JsonObject {
  return storedMapping(object, root);
}

/** @returns `undefined` where the value counts as none. */
function storedValue(value: JsonValue, node: MergeNode): JsonValue | undefined {
  if (value === null) return node.isNullable ? null : undefined;
  if (isList(value)) return storedList(value, node);
  if (!isJsonObject(value)) return value;
  const stored = storedMapping(value, node);
  return node.omitsEmpty && Object.keys(stored).length === 0 ? undefined : stored;
}

function storedList(items: readonly JsonValue[], node: MergeNode): JsonValue | undefined {
  if (items.length === 0) return node.omitsEmpty ? undefined : items;
  // What is in a list is there, even where it is empty.
  const stored = items.map((item) => (isJsonObject(item) ? storedMapping(item, node.items) : item));
  return stored.every((item, index) => item === items[index]) ? items : stored;
}

function storedMapping(mapping: JsonObject, node: MergeNode): JsonObject {
  let isSame = true;
  const entries = Object.entries(mapping).flatMap(([name, value]): [string, JsonValue][] => {
    const stored = typeof value === 'object' ? storedValue(value, node.field(name)) : value;
    if (stored !== value) isSame = false;
    return stored === undefined ? [] : [[name, stored]];
  });
  return isSame ? mapping : Object.fromEntries(entries);
}
