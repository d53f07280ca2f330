import { isJsonObject, type JsonArray, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { isList, isWhole } from './field-values.ts';
import { itemElement } from './path-elements.ts';
import type { MergeNode } from './types.ts';

/**
 * A live value with an applied one merged into it: nothing is removed. `live` itself where that changes nothing.
 *
 * @returns `undefined` where the applied value says that there is none.
 */
export function mergeValues(live: JsonValue | undefined, applied: JsonValue, node: MergeNode): JsonValue | undefined {
  if (applied === null) return mergeNull(live, node);
  if (live === undefined || live === null) return withoutNulls(applied, node);
  if (isWhole(applied, node)) return jsonEquals(live, applied) ? live : applied;
  if (isList(applied)) return isList(live) ? mergeLists(live, applied, node) : withoutNulls(applied, node);
  return isJsonObject(live) ? mergeMappings(live, applied as JsonObject, node) : withoutNulls(applied, node);
}

/** Nothing that is in a mapping or a list is removed by merging nothing into it. */
function mergeNull(live: JsonValue | undefined, node: MergeNode): JsonValue | undefined {
  if (live === undefined || live === null) return node.isNullable ? null : undefined;
  const isKept = isList(live) ? live.length > 0 : isJsonObject(live) && Object.keys(live).length > 0;
  if (isKept && !isWhole(live, node)) return live;
  return node.isNullable ? null : undefined;
}

function withoutNulls(value: JsonValue, node: MergeNode): JsonValue {
  if (typeof value !== 'object' || value === null || isWhole(value, node)) return value;
  if (isList(value))
    return sameOr(
      value,
      value.map((item) => withoutNulls(item, node.items)),
    );
  let result: [string, JsonValue][] | undefined;
  const entries = Object.entries(value);
  for (const [index, [name, child]] of entries.entries()) {
    const left = child === null && !node.field(name).isNullable ? undefined : withoutNulls(child, node.field(name));
    if (left === child) {
      result?.push([name, child]);
      continue;
    }
    result ??= entries.slice(0, index);
    if (left !== undefined) result.push([name, left]);
  }
  return result === undefined ? value : Object.fromEntries(result);
}

function sameOr(before: JsonArray, after: JsonArray): JsonArray {
  return after.length === before.length && after.every((item, index) => item === before[index]) ? before : after;
}

function mergeMappings(live: JsonObject, applied: JsonObject, node: MergeNode): JsonObject {
  let changed: Map<string, JsonValue | undefined> | undefined;
  for (const name of Object.keys(applied)) {
    const before = Object.hasOwn(live, name) ? live[name] : undefined;
    const after = mergeValues(before, applied[name] ?? null, node.field(name));
    if (after === before) continue;
    changed ??= new Map();
    changed.set(name, after);
  }
  if (changed === undefined) return live;
  const kept = Object.entries(live).filter(([name]) => !changed.has(name) || changed.get(name) !== undefined);
  const entries = new Map<string, JsonValue>(kept);
  for (const [name, value] of changed) if (value !== undefined) entries.set(name, value);
  return Object.fromEntries(entries);
}

/**
 * Items keep their places as far as they can: those that were applied come in the order of the manifest, and others before the one that
 * they stood before.
 */
function mergeLists(live: JsonArray, applied: JsonArray, node: MergeNode): JsonArray {
  if (live.length === 0 || applied.length === 0)
    return live.length === 0 ? (withoutNulls(applied, node) as JsonArray) : live;
  const left = live.map((item) => itemElement(item, node) ?? '');
  const right = applied.map((item) => itemElement(item, node) ?? '');
  const liveItems = uniqueItems(left, live);
  const appliedItems = new Set(right);
  const shared = right.filter((element) => liveItems.has(element));
  const done = new Set<string>();
  const result: JsonValue[] = [];
  let next = 0;
  const takeApplied = (index: number): void => {
    const element = right[index] ?? '';
    const merged = mergeValues(liveItems.get(element), applied[index] ?? null, node.items);
    if (merged !== undefined) result.push(merged);
    done.add(element);
    if (shared[next] === element) next += 1;
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const element = left[l] ?? '';
    if (l < left.length && r < right.length && element === right[r]) {
      takeApplied(r);
      l += 1;
      r += 1;
      continue;
    }
    if (l < left.length && !appliedItems.has(element)) {
      result.push(live[l] ?? null);
      l += 1;
      continue;
    }
    // A shared item which is not the next one comes at its place in the manifest.
    if (l < left.length && r < right.length && next < shared.length && shared[next] !== element) {
      l += 1;
      continue;
    }
    if (l < left.length && done.has(element)) l += 1;
    if (r < right.length) {
      takeApplied(r);
      r += 1;
    }
  }
  return sameOr(live, result);
}

/** Items by their elements; `undefined` for those that are there twice, which nothing is merged into. */
function uniqueItems(elements: readonly string[], items: JsonArray): ReadonlyMap<string, JsonValue | undefined> {
  const found = new Map<string, JsonValue | undefined>();
  for (const [index, element] of elements.entries()) found.set(element, found.has(element) ? undefined : items[index]);
  return found;
}
