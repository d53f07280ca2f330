import { isJsonObject, type JsonArray, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import type { FieldSet } from '../drift/index.ts';
import { addField, isEmpty, LEAF, type OpenFieldSet, unite } from './field-sets.ts';
import { isList, isWhole } from './field-values.ts';
import { itemElement } from './path-elements.ts';
import type { MergeNode } from './types.ts';

/** What became of the fields of a value. */
export interface FieldComparison {
  /** Added, or of another value now. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

interface OpenComparison {
  readonly changed: OpenFieldSet;
  readonly removed: OpenFieldSet;
}

/** Compares two objects field by field, by how their kind is merged. */
export function compareObjects(before: JsonObject, after: JsonObject, node: MergeNode): FieldComparison {
  const found: OpenComparison = { changed: {}, removed: {} };
  compareMappings(before, after, node, found);
  return found;
}

function compareMappings(before: JsonObject, after: JsonObject, node: MergeNode, found: OpenComparison): void {
  for (const name of Object.keys(after)) {
    const child = node.field(name);
    compareField(`f:${name}`, Object.hasOwn(before, name) ? before[name] : child.zero, after[name], child, found);
  }
  for (const name of Object.keys(before)) {
    if (Object.hasOwn(after, name)) continue;
    const child = node.field(name);
    compareField(`f:${name}`, before[name], child.zero, child, found);
  }
}

function compareField(
  element: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  node: MergeNode,
  { changed, removed }: OpenComparison,
): void {
  if (before === after) return;
  if (before === undefined) {
    addField(changed, element, true, fieldsBelow(after ?? null, node));
  } else if (after === undefined) {
    addField(removed, element, true, fieldsBelow(before, node));
  } else if (isLeaf(before, node) && isLeaf(after, node)) {
    if (!jsonEquals(before, after)) changed[element] = LEAF;
  } else {
    const below: OpenComparison = { changed: {}, removed: {} };
    const isChanged = compareParts(before, after, node, below);
    addField(changed, element, isChanged, below.changed);
    addField(removed, element, false, below.removed);
  }
}

/** @returns whether the value itself is another one, because it has another form. */
function compareParts(before: JsonValue, after: JsonValue, node: MergeNode, found: OpenComparison): boolean {
  const mappings = asMapping(before, after);
  if (mappings !== undefined) {
    compareMappings(mappings[0], mappings[1], node, found);
    return false;
  }
  const lists = asLists(before, after);
  if (lists !== undefined) {
    compareItems(lists[0], lists[1], node, found);
    return false;
  }
  if (!isLeaf(before, node)) Object.assign(found.removed, fieldsBelow(before, node));
  if (!isLeaf(after, node)) Object.assign(found.changed, fieldsBelow(after, node));
  return isLeaf(before, node) || isLeaf(after, node);
}

/** Nothing is an empty mapping, or an empty list, whichever the other one is. */
function asMapping(before: JsonValue, after: JsonValue): readonly [JsonObject, JsonObject] | undefined {
  if (isJsonObject(before)) return isJsonObject(after) ? [before, after] : after === null ? [before, {}] : undefined;
  return before === null && isJsonObject(after) ? [{}, after] : undefined;
}

function asLists(before: JsonValue, after: JsonValue): readonly [JsonArray, JsonArray] | undefined {
  if (isList(before)) return isList(after) ? [before, after] : after === null ? [before, []] : undefined;
  return before === null && isList(after) ? [[], after] : undefined;
}

/** What has nothing below it: scalars, what is one value, and what is empty. */
function isLeaf(value: JsonValue, node: MergeNode): boolean {
  if (isWhole(value, node)) return true;
  return isList(value) ? value.length === 0 : Object.keys(value as JsonObject).length === 0;
}

/** Everything below a value that came or went as a whole, each field itself. */
function fieldsBelow(value: JsonValue, node: MergeNode): FieldSet {
  const set: OpenFieldSet = {};
  if (isLeaf(value, node)) return set;
  if (!isList(value)) {
    for (const [name, child] of Object.entries(value as JsonObject)) {
      addField(set, `f:${name}`, true, fieldsBelow(child, node.field(name)));
    }
    return set;
  }
  for (const [element, items] of itemsByElement(value, node)) {
    const [item] = items;
    addField(set, element, true, items.length > 1 || item === undefined ? LEAF : fieldsBelow(item, node.items));
  }
  return set;
}

function itemsByElement(items: JsonArray, node: MergeNode): ReadonlyMap<string, JsonArray> {
  const found = new Map<string, JsonValue[]>();
  for (const item of items) {
    const element = itemElement(item, node);
    if (element === undefined) continue;
    const same = found.get(element);
    if (same === undefined) found.set(element, [item]);
    else same.push(item);
  }
  return found;
}

function compareItems(before: JsonArray, after: JsonArray, node: MergeNode, found: OpenComparison): void {
  const left = itemsByElement(before, node);
  const right = itemsByElement(after, node);
  for (const [element, items] of right) compareSameItems(element, left.get(element) ?? [], items, node.items, found);
  for (const [element, items] of left) {
    if (!right.has(element)) compareSameItems(element, items, [], node.items, found);
  }
}

/** Items with the same keys are one field, which is there as soon as they are two. */
function compareSameItems(
  element: string,
  before: JsonArray,
  after: JsonArray,
  node: MergeNode,
  found: OpenComparison,
): void {
  if (before.length <= 1 && after.length <= 1) {
    compareField(element, before[0], after[0], node, found);
  } else if (before.length > 1 && after.length > 1) {
    if (!jsonEquals(before, after)) found.changed[element] = LEAF;
  } else if (before.length > 1) {
    const [item] = after;
    if (item !== undefined) compareField(element, undefined, item, node, found);
    addMember(found.removed, element);
  } else {
    const [item] = before;
    if (item !== undefined) compareField(element, item, undefined, node, found);
    addMember(found.changed, element);
  }
}

function addMember(set: OpenFieldSet, element: string): void {
  set[element] = isEmpty(set[element] ?? LEAF) ? LEAF : unite(set[element] ?? LEAF, LEAF);
}
