import { type FieldStep, isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { isQuantityField, isSameQuantity } from './quantity.ts';

/** Null, and mappings and lists without anything in them: servers drop these. */
export function isHollow(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || (isJsonObject(value) && Object.values(value).every(isHollow));
}

/** What a server leaves out of an answer where the field has no default. */
export function isZero(value: JsonValue): boolean {
  return value === false || value === '' || value === 0 || value === 0n;
}

export interface Comparison {
  readonly kind: string;
  /** Whether entries of a live mapping that the manifest has not make it another value. Otherwise they are defaults. */
  readonly isExact: boolean;
}

/** Whether a server holds what a manifest says, however it writes that. */
export function isEquivalent(
  path: readonly FieldStep[],
  desired: JsonValue,
  live: JsonValue | undefined,
  how: Comparison,
): boolean {
  if (live === undefined || live === null) return isHollow(desired) || isZero(desired);
  if (Array.isArray(desired)) return Array.isArray(live) && hasSameItems(path, desired, live, how);
  if (isJsonObject(desired)) return isJsonObject(live) && hasSameEntries(path, desired, live, how);
  if (jsonEquals(desired, live)) return true;
  return isQuantityField(how.kind, path) && isSameQuantity(desired, live);
}

function hasSameItems(
  path: readonly FieldStep[],
  desired: readonly JsonValue[],
  live: readonly JsonValue[],
  how: Comparison,
): boolean {
  if (desired.length !== live.length) return false;
  return desired.every((item, index) => {
    return item === null ? live[index] === null : isEquivalent([...path, index], item, live[index], how);
  });
}

function hasSameEntries(path: readonly FieldStep[], desired: JsonObject, live: JsonObject, how: Comparison): boolean {
  const isSame = Object.entries(desired).every(([key, value]) => {
    const other = Object.hasOwn(live, key) ? live[key] : undefined;
    return value === null || isEquivalent([...path, key], value, other, how);
  });
  if (!isSame || !how.isExact) return isSame;
  return Object.entries(live).every(([key, value]) => Object.hasOwn(desired, key) || isHollow(value));
}
