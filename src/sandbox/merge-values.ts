import { isJsonObject, type JsonArray, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { isList, isWhole } from './field-values.ts';
import { itemElement } from './path-elements.ts';
import type { MergeNode } from './types.ts';

/**
 * A live value with an applied one merged into it: nothing is removed. `live` itself where that changes nothing. `null` and what is empty
 * stays as it was sent: see `storedForm`.
 */
export function mergeValues(live: JsonValue | undefined, applied: JsonValue, node: MergeNode): JsonValue {
  if (live === undefined || live === null) return live === applied ? live : applied;
  if (applied === null) return isEmptied(live, node) ? null : live;
  if (isWhole(applied, node)) return jsonEquals(live, applied) ? live : applied;
  if (isList(applied)) return isList(live) ? mergeLists(live, applied, node) : applied;
  return isJsonObject(live) ? mergeMappings(live, applied as JsonObject, node) : applied;
}

/** Nothing that is in a mapping or a list is removed by merging nothing into it. */
function isEmptied(live: JsonValue, node: MergeNode): boolean {
  if (isWhole(live, node)) return true;
  return isList(live) ? live.length === 0 : Object.keys(live as JsonObject).length === 0;
}

function sameOr(before: JsonArray, after: JsonArray): JsonArray {
  return after.length === before.length && after.every((item, index) => item === before[index]) ? before : after;
}

function mergeMappings(live: JsonObject, applied: JsonObject, node: MergeNode): JsonObject {
  let changed: [string, JsonValue][] | undefined;
  for (const name of Object.keys(applied)) {
    const before = Object.hasOwn(live, name) ? live[name] : undefined;
    const after = mergeValues(before, applied[name] ?? null, node.field(name));
    if (after === before) continue;
    changed ??= [];
    changed.push([name, after]);
  }
  return changed === undefined ? live : { ...live, ...Object.fromEntries(changed) };
}

/**
 * Items keep their places as far as they can: those that were applied come in the order of the manifest, and others before the one that
 * they stood before.
 */
function mergeLists(live: JsonArray, applied: JsonArray, node: MergeNode): JsonArray {
  if (applied.length === 0) return live;
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
    result.push(mergeValues(liveItems.get(element), applied[index] ?? null, node.items));
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
