import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { type FieldSet, isEmptySet, type ManagedFieldsEntry, unionFields } from './field-set.ts';
import { isOurs, type ManagedPath } from './foreign-fields.ts';
import { itemKeyIn } from './ignored-fields.ts';

/**
 * Fields that stand in the way of a change and that nobody owns, such as a default of the server that does not go together with what is wanted
 * now: owned by us and left out, they disappear. Pure.
 *
 * @param paths of the server's refusal, such as `spec.strategy.rollingUpdate`; those that the manifest has are refused for themselves.
 */
export function claimedFields(
  paths: readonly string[],
  manifest: JsonObject,
  entries: readonly ManagedFieldsEntry[],
): FieldSet {
  const own = entries.find(isOurs)?.fieldsV1 ?? {};
  return paths.reduce<FieldSet>((all, path) => {
    const managed = managedPath(path, manifest, own);
    return managed === undefined ? all : unionFields(all, setOf(managed));
  }, {});
}

function managedPath(path: string, manifest: JsonObject, own: FieldSet): ManagedPath | undefined {
  let value: JsonValue | undefined = manifest;
  let set: FieldSet | undefined = own;
  const managed: string[] = [];
  for (const token of path.replace(/^\./, '').match(/[^.[\]]+|\[\d+\]/g) ?? []) {
    const index = /^\[(\d+)\]$/.exec(token)?.[1];
    const item: JsonValue | undefined = index === undefined ? undefined : itemAt(value, Number(index));
    const key: string | undefined = index === undefined ? `f:${token}` : itemKeyIn(set ?? {}, item ?? null);
    if (key === undefined) return undefined;
    managed.push(key);
    value = index === undefined ? fieldOf(value, token) : item;
    set = set !== undefined && Object.hasOwn(set, key) ? set[key] : undefined;
  }
  const [root] = managed;
  const isOfOthers = root === undefined || root === 'f:metadata' || root === 'f:status';
  return value !== undefined || isOfOthers ? undefined : managed;
}

function itemAt(value: JsonValue | undefined, index: number): JsonValue | undefined {
  return Array.isArray(value) ? (value as readonly JsonValue[])[index] : undefined;
}

function fieldOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function setOf(path: ManagedPath): FieldSet {
  return path.reduceRight<FieldSet>((below, key) => ({ [key]: below }), {});
}

/** Managed fields with more of them ours. @returns `undefined` where there is nothing to add, or nothing of ours yet. */
export function withClaimed(
  entries: readonly ManagedFieldsEntry[],
  claimed: FieldSet,
): readonly ManagedFieldsEntry[] | undefined {
  if (isEmptySet(claimed) || !entries.some(isOurs)) return undefined;
  return entries.map((entry) =>
    isOurs(entry) ? { ...entry, fieldsV1: unionFields(entry.fieldsV1 ?? {}, claimed) } : entry,
  );
}

/** Managed fields as they were `before`, with what others got since. */
export function givenBack(
  current: readonly ManagedFieldsEntry[],
  before: readonly ManagedFieldsEntry[],
): readonly ManagedFieldsEntry[] {
  const restored = before.map((entry) => {
    const now = current.find((one) => isSameManager(one, entry));
    if (isOurs(entry) || now === undefined) return entry;
    return { ...now, fieldsV1: unionFields(now.fieldsV1 ?? {}, entry.fieldsV1 ?? {}) };
  });
  const since = current.filter((one) => !isOurs(one) && !before.some((entry) => isSameManager(one, entry)));
  return [...restored, ...since];
}

function isSameManager(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    (a.subresource ?? '') === (b.subresource ?? '') &&
    (isOurs(a) || a.apiVersion === b.apiVersion)
  );
}
