import type { FieldSet, ManagedFieldsEntry, ObjectMetadata } from '../cluster/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../core/index.ts';
import { namesHash } from './digest.ts';
import { FIELD_MANAGER, FIELDS_ANNOTATION } from './names.ts';

/** Our entry for what server-side apply wrote in this version of the kind. */
export function ourEntry({ managedFields = [] }: ObjectMetadata, apiVersion: string): ManagedFieldsEntry | undefined {
  return managedFields.find((entry) => isOurs(entry) && entry.apiVersion === apiVersion);
}

function isOurs({ manager, operation, subresource = '' }: ManagedFieldsEntry): boolean {
  return manager === FIELD_MANAGER && operation === 'Apply' && subresource === '';
}

/**
 * Whether every field of a manifest is in a set of managed fields. A field that someone else changed since is not: the server took it from us.
 *
 * Knows no schema: a list without keys in the set is taken as one field, an item is found by those of its keys that it has. Where a server
 * records less than was applied, this is false: see {@link fieldsHash}.
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

/** A hash of our set of fields, without the annotation that holds it. Serves where {@link coversManifest} cannot tell. */
export function fieldsHash(set: FieldSet): string {
  return namesHash(without(set, ['f:metadata', 'f:annotations', `f:${FIELDS_ANNOTATION}`]) as unknown as JsonValue);
}

/** Whether we own the number of replicas by an entry of any version, and the patch that gives it up without a change of its value. */
export function replicasOwnership(metadata: ObjectMetadata): readonly JsonObject[] {
  return (metadata.managedFields ?? []).flatMap((entry, index): JsonObject[] => {
    const set = entry.fieldsV1;
    if (!isOurs(entry) || set === undefined || !Object.hasOwn(set, 'f:spec')) return [];
    if (!Object.hasOwn(set['f:spec'] ?? {}, 'f:replicas')) return [];
    const value = without(set, ['f:spec', 'f:replicas']) as unknown as JsonObject;
    return [{ op: 'replace', path: `/metadata/managedFields/${index}/fieldsV1`, value }];
  });
}

/** A set without one field, and without what is empty then. */
function without(set: FieldSet, path: readonly string[]): FieldSet {
  const [name, ...rest] = path;
  if (name === undefined || !Object.hasOwn(set, name)) return set;
  const below = rest.length === 0 ? {} : without(set[name] ?? {}, rest);
  return Object.fromEntries(
    Object.entries(set).flatMap(([key, value]) => {
      if (key !== name) return [[key, value] as const];
      return Object.keys(below).length === 0 ? [] : [[key, below] as const];
    }),
  );
}
