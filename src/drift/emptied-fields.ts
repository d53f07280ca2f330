import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';
import { ownEntry } from './foreign-fields.ts';

/** A mapping or a list that a manifest has empty, by the keys that lead to it. */
export interface EmptiedField {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

/**
 * Mappings and lists that the manifest has empty, and that held fields of nobody but us. Server-side apply takes the last field out of them
 * and leaves `null`, which the schema of a custom resource refuses, or which stays there.
 *
 * Fields inside of lists are left out: their places move.
 *
 * @see https://github.com/kubernetes-sigs/structured-merge-diff
 */
export function emptiedFields(
  entries: readonly ManagedFieldsEntry[],
  manifest: JsonObject,
  apiVersion: string,
): readonly EmptiedField[] {
  const own = ownEntry(entries, apiVersion);
  const { metadata: _metadata, ...rest } = manifest;
  const others = entries.filter((entry) => entry !== own);
  return findEmptied(own?.fieldsV1 ?? {}, rest, []).filter(
    ({ path }) => !others.some(({ fieldsV1 = {} }) => hasFieldsBelow(fieldsV1, path)),
  );
}

/** Whether there may be any for whoever takes over the fields of others: looked at before it is known. */
export function mayEmptyFields(entries: readonly ManagedFieldsEntry[], manifest: JsonObject): boolean {
  const { metadata: _metadata, ...rest } = manifest;
  return entries.some(({ fieldsV1 = {} }) => findEmptied(fieldsV1, rest, []).length > 0);
}

/** The entries after these mappings and lists were emptied. */
export function withoutEmptied(
  entries: readonly ManagedFieldsEntry[],
  emptied: readonly EmptiedField[],
  apiVersion: string,
): readonly ManagedFieldsEntry[] {
  const own = ownEntry(entries, apiVersion);
  return entries.map((entry) => {
    if (entry !== own) return entry;
    const fieldsV1 = emptied.reduce((set, { path }) => emptyAt(set, path), entry.fieldsV1 ?? {});
    return { ...entry, fieldsV1 };
  });
}

function findEmptied(set: FieldSet, value: JsonObject, path: readonly string[]): readonly EmptiedField[] {
  return Object.entries(value).flatMap(([key, item]): readonly EmptiedField[] => {
    const below = child(set, key);
    if (below === undefined) return [];
    const place = [...path, key];
    if (isEmptyValue(item)) return hasFields(below) ? [{ path: place, value: item }] : [];
    return isJsonObject(item) ? findEmptied(below, item, place) : [];
  });
}

function isEmptyValue(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

function child(set: FieldSet, key: string): FieldSet | undefined {
  return Object.hasOwn(set, `f:${key}`) ? set[`f:${key}`] : undefined;
}

function hasFields(set: FieldSet): boolean {
  return Object.keys(set).some((key) => key !== '.');
}

function hasFieldsBelow(set: FieldSet, path: readonly string[]): boolean {
  let found: FieldSet | undefined = set;
  for (const key of path) found = found === undefined ? undefined : child(found, key);
  return found !== undefined && hasFields(found);
}

function emptyAt(set: FieldSet, path: readonly string[]): FieldSet {
  const [key, ...rest] = path;
  if (key === undefined) return {};
  const name = `f:${key}`;
  return { ...set, [name]: emptyAt(set[name] ?? {}, rest) };
}
