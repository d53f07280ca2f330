import type { IgnoreRule } from '../api/index.ts';
import {
  decodePointerToken,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  type ObjectId,
} from '../core/index.ts';
import { type FieldSet, isEmptySet, type ManagedFieldsEntry } from './field-set.ts';
import { isManagedBy, isOurs, type ManagedPath } from './foreign-fields.ts';

/** A field of a manifest that a rule leaves to others where the object exists. */
export interface IgnoredField {
  /** Position in `ignoreDifferences`. */
  readonly rule: number;
  /** Keys and indices into the manifest. */
  readonly path: readonly (string | number)[];
  readonly managedPath: ManagedPath;
}

/** Whether a rule is about an object. */
export function isRuleFor(
  { group, kind, namespace, name, clusters }: IgnoreRule,
  id: ObjectId,
  cluster: string,
): boolean {
  return (
    (group === undefined || group === id.group) &&
    (kind === undefined || kind === id.kind) &&
    (namespace === undefined || namespace === id.namespace) &&
    (name === undefined || name === id.name) &&
    (clusters === undefined || clusters.includes(cluster))
  );
}

/** The fields of a manifest that rules leave to others; each once, by the first rule that says so. Pure. */
export function findIgnored(
  manifest: JsonObject,
  rules: readonly { readonly index: number; readonly rule: IgnoreRule }[],
  entries: readonly ManagedFieldsEntry[],
): readonly IgnoredField[] {
  const own = entries.find(isOurs)?.fieldsV1 ?? {};
  const found = rules.flatMap(({ index, rule }) => [
    ...rule.jsonPointers.flatMap((pointer) => atPointer(manifest, pointer, own).map((at) => ({ rule: index, ...at }))),
    ...entries
      .filter((entry) => !isOurs(entry) && isManagedBy(entry, rule.managers))
      .flatMap(({ fieldsV1 = {} }) => takenFields(manifest, fieldsV1, own).map((at) => ({ rule: index, ...at }))),
  ]);
  const seen = new Set<string>();
  return found.filter(({ path }) => {
    const key = JSON.stringify(path);
    return seen.has(key) ? false : seen.add(key);
  });
}

type Place = Pick<IgnoredField, 'path' | 'managedPath'>;

function atPointer(manifest: JsonObject, pointer: string, own: FieldSet): readonly Place[] {
  const tokens = pointer.split('/').slice(1);
  let value: JsonValue = manifest;
  let set: FieldSet = own;
  const path: (string | number)[] = [];
  const managedPath: string[] = [];
  for (const token of tokens) {
    const key = decodePointerToken(token);
    // What the manifest does not have may be added there by others.
    const step: Step | undefined = stepInto(value, key, set) ?? (Array.isArray(value) ? undefined : absent(key));
    if (step === undefined) return [];
    value = step.value;
    set = Object.hasOwn(set, step.managedKey) ? (set[step.managedKey] ?? {}) : {};
    path.push(step.key);
    managedPath.push(step.managedKey);
  }
  // The object itself, and what names it, cannot be left to others.
  return path.length === 0 || isIdentity(path) ? [] : [{ path, managedPath }];
}

interface Step {
  readonly key: string | number;
  readonly value: JsonValue;
  readonly managedKey: string;
}

function stepInto(value: JsonValue, token: string, set: FieldSet): Step | undefined {
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[];
    const index = /^(?:0|[1-9]\d{0,8})$/.test(token) ? Number(token) : -1;
    const item = list[index];
    return item === undefined ? undefined : { key: index, value: item, managedKey: itemKeyIn(set, item) ?? '' };
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, token)) return undefined;
  return { key: token, value: value[token] ?? null, managedKey: `f:${token}` };
}

function absent(key: string): Step {
  return { key, value: {}, managedKey: `f:${key}` };
}

function isIdentity(path: readonly (string | number)[]): boolean {
  if (path[0] === 'apiVersion' || path[0] === 'kind') return true;
  return path[0] === 'metadata' && (path.length === 1 || path[1] === 'name' || path[1] === 'namespace');
}

/** The key under which a set has an item of a list. */
export function itemKeyIn(set: FieldSet, item: JsonValue): string | undefined {
  return Object.keys(set).find((name) => {
    if (!name.startsWith('k:') || !isJsonObject(item)) return false;
    const keys = JSON.parse(name.slice(2)) as JsonObject;
    return Object.entries(keys).every(([key, value]) => !Object.hasOwn(item, key) || item[key] === value);
  });
}

/** Fields of a manifest that another manager owns and we do not. */
function takenFields(value: JsonValue, theirs: FieldSet, ours: FieldSet | undefined): readonly Place[] {
  return Object.entries(theirs).flatMap(([managedKey, field]): readonly Place[] => {
    const step = managedStep(value, managedKey);
    if (step === undefined) return [];
    const own = ours !== undefined && Object.hasOwn(ours, managedKey) ? (ours[managedKey] ?? {}) : undefined;
    if (!isEmptySet(field)) {
      return takenFields(step.value, field, own).map(({ path, managedPath }) => ({
        path: [step.key, ...path],
        managedPath: [managedKey, ...managedPath],
      }));
    }
    return own === undefined && !isIdentity([step.key]) ? [{ path: [step.key], managedPath: [managedKey] }] : [];
  });
}

function managedStep(value: JsonValue, managedKey: string): Step | undefined {
  if (managedKey.startsWith('f:')) {
    const key = managedKey.slice(2);
    return isJsonObject(value) && Object.hasOwn(value, key)
      ? { key, value: value[key] ?? null, managedKey }
      : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const list = value as readonly JsonValue[];
  const index = list.findIndex((item) => itemKeyIn({ [managedKey]: {} }, item) !== undefined);
  return index < 0 ? undefined : { key: index, value: list[index] ?? null, managedKey };
}

/** A manifest without these fields. */
export function withoutFields(manifest: JsonObject, paths: readonly (readonly (string | number)[])[]): JsonObject {
  const left = paths.length === 0 ? manifest : drop(manifest, paths);
  return isJsonObject(left) ? left : manifest;
}

function drop(value: JsonValue, paths: readonly (readonly (string | number)[])[]): JsonValue {
  if (paths.length === 0) return value;
  const byKey = Map.groupBy(paths, ([key]) => key);
  const rest = (key: string | number): readonly (readonly (string | number)[])[] | undefined =>
    byKey.get(key)?.map(([, ...below]) => below);
  const isDropped = (key: string | number): boolean => rest(key)?.some((below) => below.length === 0) ?? false;
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[];
    return list.flatMap((item, index) => (isDropped(index) ? [] : [drop(item, rest(index) ?? [])]));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (isDropped(key) ? [] : [[key, drop(item, rest(key) ?? [])]])),
  );
}

/** Differences that a rule hides. */
export interface IgnoredCount {
  /** Position in `ignoreDifferences`. */
  readonly rule: number;
  readonly count: number;
}

/**
 * How many of the fields that are left to others differ in truth, by rule.
 *
 * @param live the whole object, or its metadata alone: a field that someone took from us is then counted, as it was changed to be taken.
 */
export function countIgnored(
  ignored: readonly IgnoredField[],
  manifest: JsonObject,
  live: JsonObject,
): readonly IgnoredCount[] {
  const isWhole = Object.keys(live).some((key) => key !== 'metadata' && key !== 'apiVersion' && key !== 'kind');
  const differing = ignored.filter(({ path, managedPath }) => {
    if (!isWhole) return true;
    const wanted = valueAt(manifest, path);
    const found = managedValueAt(live, managedPath, path);
    return wanted === undefined ? found !== undefined : !contains(found, wanted);
  });
  return [...Map.groupBy(differing, ({ rule }) => rule)]
    .map(([rule, { length: count }]) => ({ rule, count }))
    .sort((a, b) => a.rule - b.rule);
}

function valueAt(value: JsonValue | undefined, path: readonly (string | number)[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(entryOf, value);
}

function entryOf(value: JsonValue | undefined, key: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, `${key}`) ? value[key] : undefined;
}

function managedValueAt(
  live: JsonObject,
  managedPath: ManagedPath,
  path: readonly (string | number)[],
): JsonValue | undefined {
  return managedPath.reduce<JsonValue | undefined>((value, key, index) => {
    if (value === undefined) return undefined;
    // An item that no set names by a key is taken by its position.
    return key === '' ? entryOf(value, path[index] ?? 0) : managedStep(value, key)?.value;
  }, live);
}

/** Whether a value is as wanted, but for what the server added to it. */
function contains(found: JsonValue | undefined, wanted: JsonValue): boolean {
  if (found === undefined) return false;
  if (isJsonObject(wanted)) {
    return isJsonObject(found) && Object.entries(wanted).every(([key, item]) => contains(entryOf(found, key), item));
  }
  if (Array.isArray(wanted)) {
    const [left, right] = [found as readonly JsonValue[], wanted as readonly JsonValue[]];
    return Array.isArray(found) && left.length === right.length && right.every((item, at) => contains(left[at], item));
  }
  return jsonEquals(found, wanted);
}
