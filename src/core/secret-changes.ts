import type { FieldDifference } from './field-changes.ts';
import type { FieldStep } from './field-path.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonEquals } from './json.ts';
import { LAST_APPLIED_ANNOTATION } from './kubernetes.ts';
import type { ObjectId } from './object-id.ts';
import { compareText } from './text-order.ts';

/** Stands for every value of a Secret. */
export const MASK = '***';

/** All scalars that may be shown of a Secret. An allow-list, because a misspelt `data` holds the same values. */
const SHOWN_FIELDS = new Set(['apiVersion', 'kind', 'type', 'immutable']);
const SHOWN_METADATA = new Set(['name', 'namespace', 'generateName']);

/** Whether values of an object have to be masked: by what it is called, or by what an override made of it. */
export function isSecret(id: ObjectId, ...manifests: readonly JsonObject[]): boolean {
  return (id.group === '' && id.kind === 'Secret') || manifests.some(isSecretManifest);
}

function isSecretManifest(manifest: JsonObject): boolean {
  const version = manifest.apiVersion;
  return manifest.kind === 'Secret' && (typeof version !== 'string' || !version.includes('/'));
}

/**
 * Where two Secrets differ, without a value of either: changed keys are named, values are {@link MASK}. Pure; empty exactly
 * when they are equal.
 *
 * Holds for malformed Secrets too: what is not known to be harmless is masked as a whole, and a mapping one level below
 * the root shows its keys only. `kubectl apply` copies the whole object into an annotation, so that is masked as well.
 */
export function compareSecrets(before: JsonObject, after: JsonObject): readonly FieldDifference[] {
  const left = new Map(secretEntries(before).map((entry) => [JSON.stringify(entry.path), entry]));
  const right = new Map(secretEntries(after).map((entry) => [JSON.stringify(entry.path), entry]));
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort(compareText);
  return paths.flatMap((path) => compareEntries(left.get(path), right.get(path)));
}

/**
 * Two Secrets without a value of either, for those who compare whole manifests: they differ in the fields that
 * {@link compareSecrets} names, and nowhere else. Pure.
 */
export function maskSecrets(before: JsonObject, after: JsonObject): readonly [JsonObject, JsonObject] {
  const left = secretEntries(before);
  const right = secretEntries(after);
  return [maskEntries(left, right, ' (before)'), maskEntries(right, left, ' (after)')];
}

function maskEntries(entries: readonly SecretEntry[], others: readonly SecretEntry[], note: string): JsonObject {
  const other = new Map(others.map((entry) => [JSON.stringify(entry.path), entry.value]));
  const masked = entries.map((entry): SecretEntry => {
    const counterpart = other.get(JSON.stringify(entry.path));
    const isChanged = counterpart !== undefined && !jsonEquals(entry.value, counterpart);
    return { ...entry, value: show(entry, isChanged ? note : '') };
  });
  return nestEntries(masked, 0);
}

function nestEntries(entries: readonly SecretEntry[], depth: number): JsonObject {
  const byStep = Map.groupBy(entries, ({ path }) => path[depth] ?? '');
  return Object.fromEntries(
    [...byStep].map(([step, group]) => {
      const leaf = group.find(({ path }) => path.length === depth + 1);
      return [step, leaf === undefined ? nestEntries(group, depth + 1) : leaf.value];
    }),
  );
}

interface SecretEntry {
  readonly path: readonly string[];
  readonly value: JsonValue;
  readonly shown: boolean;
}

function compareEntries(before: SecretEntry | undefined, after: SecretEntry | undefined): readonly FieldDifference[] {
  const path: readonly FieldStep[] = before?.path ?? after?.path ?? [];
  if (before !== undefined && after !== undefined) {
    if (jsonEquals(before.value, after.value)) return [];
    return [{ type: 'changed', path, before: show(before, ' (before)'), after: show(after, ' (after)') }];
  }
  if (after !== undefined) return [{ type: 'added', path, after: show(after, '') }];
  return before === undefined ? [] : [{ type: 'removed', path, before: show(before, '') }];
}

function show({ value, shown }: SecretEntry, note: string): JsonValue {
  return shown ? value : `${MASK}${note}`;
}

/** A Secret as a flat list of what can be told about it. */
function secretEntries(manifest: JsonObject): readonly SecretEntry[] {
  return Object.entries(manifest).flatMap(([field, value]) => {
    if (isJsonObject(value) && Object.keys(value).length > 0) {
      return field === 'metadata' ? metadataEntries(value) : hiddenEntries(field, value);
    }
    const isShown = SHOWN_FIELDS.has(field) && isScalar(value) && (field !== 'immutable' || typeof value === 'boolean');
    return [{ path: [field], value, shown: isShown }];
  });
}

function hiddenEntries(field: string, mapping: JsonObject): readonly SecretEntry[] {
  return Object.entries(mapping).map(([key, value]) => ({ path: [field, key], value, shown: false }));
}

function metadataEntries(metadata: JsonObject): readonly SecretEntry[] {
  return Object.entries(metadata).flatMap(([field, value]): readonly SecretEntry[] => {
    const path = ['metadata', field];
    if ((field !== 'labels' && field !== 'annotations') || !isJsonObject(value) || Object.keys(value).length === 0) {
      return [{ path, value, shown: SHOWN_METADATA.has(field) && isScalar(value) }];
    }
    return Object.entries(value).map(([key, item]) => {
      return { path: [...path, key], value: item, shown: key !== LAST_APPLIED_ANNOTATION && isScalar(item) };
    });
  });
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== 'object' || value === null;
}
