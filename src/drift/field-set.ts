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

/** What is below a field, without the mark of the field itself. */
function below(set: FieldSet): readonly (readonly [string, FieldSet])[] {
  return Object.entries(set).filter(([key]) => key !== '.');
}

/** A field without anything below it is owned itself; one with something below it is if it says so. */
function isOwned(set: FieldSet): boolean {
  return isLeaf(set) || Object.hasOwn(set, '.');
}

function child(set: FieldSet, key: string): FieldSet | undefined {
  return Object.hasOwn(set, key) ? set[key] : undefined;
}

/** Puts a field together again; `undefined` where nothing of it is left. */
function makeField(owned: boolean, children: readonly (readonly [string, FieldSet])[]): FieldSet | undefined {
  if (children.length === 0) return owned ? {} : undefined;
  return Object.fromEntries([...(owned ? [['.', {}] as const] : []), ...children]);
}

/** Every field of two objects' sets. */
export function unionFields(a: FieldSet, b: FieldSet): FieldSet {
  const keys = new Set([...below(a), ...below(b)].map(([key]) => key));
  const fields = [...keys].map((key): readonly [string, FieldSet] => [key, unite(child(a, key), child(b, key))]);
  return Object.fromEntries(fields);
}

function unite(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet {
  if (a === undefined || b === undefined) return a ?? b ?? {};
  return makeField(isOwned(a) || isOwned(b), Object.entries(unionFields(a, b))) ?? {};
}

/** Those fields of an object's set that another one has not. */
export function subtractFields(a: FieldSet, b: FieldSet): FieldSet {
  return mapFields(a, (field, key) => {
    const other = child(b, key);
    if (other === undefined) return field;
    return makeField(isOwned(field) && !isOwned(other), Object.entries(subtractFields(field, other)));
  });
}

/** A set with every field below the top changed, or left out. */
export function mapFields(set: FieldSet, change: (field: FieldSet, key: string) => FieldSet | undefined): FieldSet {
  return Object.fromEntries(
    below(set).flatMap(([key, field]) => {
      const changed = change(field, key);
      return changed === undefined ? [] : [[key, changed] as const];
    }),
  );
}

/** Whether a set names no field at all. */
export function isEmptySet(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

/**
 * Without the marks of fields that are owned only as the place of others which are in `places`: who made an object first owns
 * `metadata.labels` itself, which says nothing about a label.
 */
export function withoutPlaces(set: FieldSet, places: FieldSet): FieldSet {
  return mapFields(set, (field, key) => {
    const place = child(places, key);
    if (place === undefined) return field;
    return makeField(isOwned(field) && isLeaf(place), Object.entries(withoutPlaces(field, place)));
  });
}

/** Whether a set names a field, by its keys from the root. */
export function hasField(set: FieldSet, path: readonly string[]): boolean {
  let field: FieldSet | undefined = set;
  for (const key of path) field = field === undefined ? undefined : child(field, key);
  return field !== undefined;
}
