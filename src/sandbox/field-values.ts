import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../core/index.ts';
import type { FieldSet } from '../drift/index.ts';
import { addField, isEmpty, isMember, LEAF, type OpenFieldSet } from './field-sets.ts';
import { formatElements, itemElement } from './path-elements.ts';
import type { MergeNode } from './types.ts';

export function isList(value: JsonValue | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** Whether a value is owned as a whole: scalars, what is one value by its kind. */
export function isWhole(value: JsonValue, node: MergeNode): boolean {
  if (isList(value)) return node.listKeys === undefined;
  return isJsonObject(value) ? node.isAtomic : true;
}

/** The fields below a value. Items of a list that have the same keys are one field. */
export function fieldsOf(value: JsonValue, node: MergeNode): FieldSet {
  if (isWhole(value, node)) return {};
  return isList(value) ? fieldsOfItems(value, node) : fieldsOfMapping(value as JsonObject, node);
}

function fieldsOfMapping(mapping: JsonObject, node: MergeNode): FieldSet {
  const set: OpenFieldSet = {};
  for (const name of Object.keys(mapping)) {
    const value = mapping[name] ?? null;
    const child = node.field(name);
    const below = fieldsOf(value, child);
    const isWholeOrEmpty = isWhole(value, child) || (!isList(value) && isEmpty(below));
    addField(set, `f:${name}`, isWholeOrEmpty || !node.declares(name), below);
  }
  return set;
}

function fieldsOfItems(items: JsonArray, node: MergeNode): FieldSet {
  const set: OpenFieldSet = {};
  for (const item of items) {
    const element = itemElement(item, node);
    if (element === undefined) continue;
    if (Object.hasOwn(set, element)) set[element] = LEAF;
    else addField(set, element, true, fieldsOf(item, node.items));
  }
  return set;
}

/** Why a manifest cannot be merged: items of a list that cannot be told apart. `undefined` where it can. */
export function findUnmergeable(value: JsonValue, node: MergeNode, above: readonly string[] = []): string | undefined {
  if (isWhole(value, node)) return undefined;
  if (isList(value)) return findUnmergeableItem(value, node, above);
  for (const [name, child] of Object.entries(value as JsonObject)) {
    if (typeof child !== 'object' || child === null) continue;
    const found = findUnmergeable(child, node.field(name), [...above, `f:${name}`]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findUnmergeableItem(items: JsonArray, node: MergeNode, above: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const element = itemElement(item, node);
    if (element === undefined) {
      const keys = (node.listKeys ?? []).join(', ');
      return `${formatElements(above)}: item ${index} ${keys === '' ? 'of a set is no scalar' : `has none of the keys ${keys}`}`;
    }
    if (seen.has(element)) return `${formatElements(above)}: duplicate entries for key ${formatElements([element])}`;
    seen.add(element);
    const found = findUnmergeable(item, node.items, [...above, element]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value without some of its fields; `null` where nothing is left of it. */
export function removeFields(value: JsonValue, set: FieldSet, node: MergeNode): JsonValue {
  if (isList(value)) return node.listKeys === undefined ? null : removeItems(value, set, node);
  if (!isJsonObject(value)) return value;
  if (node.isAtomic) return null;
  const entries = Object.entries(value).flatMap(([name, child]) => {
    const field = Object.hasOwn(set, `f:${name}`) ? set[`f:${name}`] : undefined;
    if (field === undefined) return [[name, child] as const];
    return isMember(field) ? [] : [[name, removeFields(child, field, node.field(name))] as const];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function removeItems(items: JsonArray, set: FieldSet, node: MergeNode): JsonValue {
  const left = items.flatMap((item) => {
    const element = itemElement(item, node);
    const field = element !== undefined && Object.hasOwn(set, element) ? set[element] : undefined;
    if (field === undefined) return [item];
    return isMember(field) ? [] : [removeFields(item, field, node.items)];
  });
  return left.length === 0 ? null : left;
}
