import {
  isJsonObject,
  itemKey,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  keyText,
  listKey,
  type NodePath,
  type SourceEdit,
} from '../core/index.ts';

/**
 * The edits that make one value of another, as near to the leaves as they can be, so that what does not change keeps its comments and its
 * layout. In order: each is for what those before it leave. Pure.
 */
export function editsBetween(before: JsonValue, after: JsonValue, path: NodePath): readonly SourceEdit[] {
  if (jsonEquals(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) return mappingEdits(before, after, path);
  if (Array.isArray(before) && Array.isArray(after) && before.length > 0 && after.length > 0) {
    return listEdits(before, after, path);
  }
  return [{ type: 'set', path, value: after }];
}

function mappingEdits(before: JsonObject, after: JsonObject, path: NodePath): readonly SourceEdit[] {
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  const edits = Object.entries(after).flatMap(([key, value]): readonly SourceEdit[] => {
    const place = [...path, key];
    if (!Object.hasOwn(before, key)) return [{ type: 'set', path: place, value }];
    return editsBetween(before[key] ?? null, value, place);
  });
  // Removed last: a mapping that loses its only entry on the way would be written anew.
  return [...edits, ...removed.map((key): SourceEdit => ({ type: 'remove', path: [...path, key] }))];
}

function listEdits(before: readonly JsonValue[], after: readonly JsonValue[], path: NodePath): readonly SourceEdit[] {
  const keys = listKey(before, after);
  return keys === undefined ? positionalEdits(before, after, path) : keyedEdits(before, after, { path, keys });
}

function positionalEdits(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  path: NodePath,
): readonly SourceEdit[] {
  const common = Math.min(before.length, after.length);
  const changed = after.slice(0, common).flatMap((item, index) => {
    return editsBetween(before[index] ?? null, item, [...path, index]);
  });
  const removed = before.slice(common).map((_, index): SourceEdit => {
    return { type: 'remove', path: [...path, before.length - 1 - index] };
  });
  const added = after.slice(common).map((value, index): SourceEdit => {
    return { type: 'insert', path: [...path, common + index], value };
  });
  return [...changed, ...removed, ...added];
}

function keyedEdits(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  { path, keys }: { readonly path: NodePath; readonly keys: readonly string[] },
): readonly SourceEdit[] {
  const nameOf = (item: JsonValue): string => keyText((isJsonObject(item) ? itemKey(item, keys) : undefined) ?? []);
  const wanted = new Set(after.map(nameOf));
  const old = new Map(before.map((item) => [nameOf(item), item]));
  const kept = before.map(nameOf).filter((name) => wanted.has(name));
  const inOrder = after.map(nameOf).filter((name) => old.has(name));
  const isMoved = kept.some((name, index) => name !== inOrder[index]);
  if (isMoved || kept.length === 0) return [{ type: 'set', path, value: after }];
  const removed = before
    .flatMap((item, index) => (wanted.has(nameOf(item)) ? [] : [index]))
    .toReversed()
    .map((index): SourceEdit => ({ type: 'remove', path: [...path, index] }));
  const edits = after.flatMap((value, index): readonly SourceEdit[] => {
    const item = old.get(nameOf(value));
    const place = [...path, index];
    return item === undefined ? [{ type: 'insert', path: place, value }] : editsBetween(item, value, place);
  });
  return [...removed, ...edits];
}
