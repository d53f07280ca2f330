import { compareText, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { type FieldSet, type ManagedFieldsEntry, unionFields } from './field-set.ts';
import { isOurs } from './foreign-fields.ts';

/** All that is known of how an object's fields are divided: which lists have keys, and what is owned as a whole. */
export function knownFields(entries: readonly ManagedFieldsEntry[], apiVersion: unknown, own: FieldSet): FieldSet {
  // Another version may divide them in another way.
  return entries
    .filter((entry) => entry.apiVersion === apiVersion)
    .reduce<FieldSet>((all, { fieldsV1 }) => unionFields(all, fieldsV1 ?? {}), own);
}

export function fieldBelow(set: FieldSet | undefined, name: string): FieldSet | undefined {
  return set !== undefined && Object.hasOwn(set, name) ? set[name] : undefined;
}

/** A field that is owned as a whole, as far as the set tells. */
export function isWhole(set: FieldSet): boolean {
  return Object.keys(set).every((name) => name === '.');
}

/** The items of a list by their keys: what their names in a set say, by name. Empty for other fields. */
export function keyedItems(set: FieldSet): ReadonlyMap<string, JsonObject> {
  return new Map(
    [...parsedNames(set, 'k:')].flatMap(([name, key]) => (isJsonObject(key) ? [[name, key] as const] : [])),
  );
}

/** The items of a list by their values. Empty for other fields. */
export function valuedItems(set: FieldSet): ReadonlyMap<string, JsonValue> {
  return parsedNames(set, 'v:');
}

function parsedNames(set: FieldSet, prefix: string): ReadonlyMap<string, JsonValue> {
  const names = Object.keys(set).filter((name) => name.startsWith(prefix));
  return new Map(
    names.flatMap((name) => {
      const value = parseName(name.slice(prefix.length));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function parseName(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * The entry, not ours, that holds a field: the latest of those that name it, otherwise the latest of those that hold something around it as a
 * whole.
 *
 * @param path the names of the fields from the root of a set
 */
export function otherOwner(
  entries: readonly ManagedFieldsEntry[],
  path: readonly string[],
): ManagedFieldsEntry | undefined {
  const others = entries
    .filter((entry) => !isOurs(entry))
    .toSorted((a, b) => compareText(b.time ?? '', a.time ?? '') || compareText(a.manager ?? '', b.manager ?? ''));
  return (
    others.find(({ fieldsV1 }) => path.reduce<FieldSet | undefined>(fieldBelow, fieldsV1) !== undefined) ??
    others.find(({ fieldsV1 }) => holdsAround(fieldsV1, path))
  );
}

function holdsAround(root: FieldSet | undefined, path: readonly string[]): boolean {
  let set = root;
  for (const name of path) {
    set = fieldBelow(set, name);
    if (set === undefined) return false;
    if (isWhole(set)) return true;
  }
  return false;
}
