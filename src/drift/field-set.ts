import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../core/index.ts';

/** `f:spec` → set below it. `.` is the field itself, `k:{"name":"web"}` an item of a list by its key, `v:"x"` one by its value. */
export interface FieldSet {
  readonly [key: string]: FieldSet;
}

/**
 * Who wrote which fields of an object, as its `metadata.managedFields` has it.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly fieldsType?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: FieldSet;
}

/**
 * Whether every field of a manifest is in a set of managed fields. A field that someone else changed since is not: the server took it from us.
 *
 * Knows no schema: a list without keys in the set is taken as one field, an item is found by those of its keys that it has. Where a server
 * records less than was applied, this is false: the caller has to remember which.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function coversManifest(set: FieldSet, manifest: JsonObject): boolean {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = manifest;
  const own = isJsonObject(metadata) ? metadata : {};
  const { name: _name, namespace: _namespace, ...recorded } = own;
  return (
    coversEntries(set, rest) &&
    coversEntries(Object.hasOwn(set, 'f:metadata') ? (set['f:metadata'] ?? {}) : {}, recorded)
  );
}

function coversEntries(set: FieldSet, value: JsonObject): boolean {
  return Object.entries(value).every(([key, item]) => {
    const name = `f:${key}`;
    return Object.hasOwn(set, name) && covers(set[name] ?? {}, item);
  });
}

function covers(set: FieldSet, value: JsonValue): boolean {
  if (isLeaf(set)) return true;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).every((item) => coversItem(set, item));
  return !isJsonObject(value) || coversEntries(set, value);
}

/** A field that is owned as a whole. `.` is the item itself. */
function isLeaf(set: FieldSet): boolean {
  return Object.keys(set).every((key) => key === '.');
}

function coversItem(set: FieldSet, item: JsonValue): boolean {
  if (!isJsonObject(item)) return Object.hasOwn(set, `v:${stringifyJson(item)}`);
  return Object.entries(set).some(([name, below]) => {
    if (!name.startsWith('k:')) return false;
    const keys = JSON.parse(name.slice(2)) as JsonObject;
    // A key that the item lacks was defaulted by the server.
    const isSame = Object.entries(keys).every(([key, value]) => !Object.hasOwn(item, key) || item[key] === value);
    return isSame && coversEntries(below, item);
  });
}

/** A set without one field, and without what is empty then. */
export function withoutField(set: FieldSet, path: readonly string[]): FieldSet {
  const [name, ...rest] = path;
  if (name === undefined || !Object.hasOwn(set, name)) return set;
  const below = rest.length === 0 ? {} : withoutField(set[name] ?? {}, rest);
  return Object.fromEntries(
    Object.entries(set).flatMap(([key, value]) => {
      if (key !== name) return [[key, value] as const];
      return Object.keys(below).length === 0 ? [] : [[key, below] as const];
    }),
  );
}
