import { type FieldStep, isJsonObject, type JsonObject, type JsonValue, listKey } from '../core/index.ts';
import { isEquivalent, isHollow, isZero } from './equivalent-values.ts';
import {
  type ComparisonContext,
  type FieldDrift,
  type FieldPlace,
  placeBelow,
  shownDepth,
  writtenBy,
} from './field-drift.ts';
import { fieldBelow, isWhole, keyedItems, otherOwner, valuedItems } from './field-owners.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';
import { type ItemPair, pairByKey, pairByValue } from './list-items.ts';

/** Compares every field of a mapping of the manifest. What the live one has besides is not looked at. */
export function compareEntries(
  context: ComparisonContext,
  place: FieldPlace,
  desired: JsonObject,
  live: JsonObject,
): readonly FieldDrift[] {
  return Object.entries(desired).flatMap(([key, value]) => {
    return compareAt(context, placeBelow(place, key, `f:${key}`), value, entryOf(live, key));
  });
}

function entryOf(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function compareAt(
  context: ComparisonContext,
  place: FieldPlace,
  desired: JsonValue,
  live: JsonValue | undefined,
): readonly FieldDrift[] {
  if (desired === null) return [];
  if (live === undefined || live === null) return isMissing(context, place.own, desired) ? missing(place, desired) : [];
  if (isStillOurs(context, place)) return compareOurs(context, place, desired, live);
  if (isEmpty(desired)) return compareEmpty(context, place, desired, live);
  if (isOpaque(context, place.path)) return compareWhole(context, place, desired, live);
  if (isJsonObject(desired) && isJsonObject(live) && !isAtomic(place)) {
    return compareEntries(context, place, desired, live);
  }
  const pairs = Array.isArray(desired) && Array.isArray(live) ? pairItems(place, desired, live) : undefined;
  return pairs === undefined
    ? compareWhole(context, place, desired, live)
    : pairs.flatMap((pair) => compareAt(context, placeBelow(place, pair.step, pair.name), pair.desired, pair.live));
}

function isOpaque({ isHidden }: ComparisonContext, path: readonly FieldStep[]): boolean {
  return isHidden && path.length >= shownDepth(path);
}

function isEmpty(value: JsonValue): boolean {
  return isHollow(value) && (Array.isArray(value) || Object.keys(Object(value)).length === 0);
}

function isAtomic({ known }: FieldPlace): boolean {
  return known !== undefined && isWhole(known);
}

function isStillOurs({ isApplied }: ComparisonContext, place: FieldPlace): boolean {
  return isApplied && place.own !== undefined && isWhole(place.own) && isAtomic(place);
}

/**
 * A mapping that is ours without anything below it is one that is owned as a whole, or one that lost all its fields: an entry of a
 * free mapping is owned beside what is in it. So only what is gone is looked for.
 */
function compareOurs(
  context: ComparisonContext,
  place: FieldPlace,
  desired: JsonValue,
  live: JsonValue,
): readonly FieldDrift[] {
  if (!isJsonObject(desired) || !isJsonObject(live) || isOpaque(context, place.path)) return [];
  return Object.entries(desired).flatMap(([key, value]) => {
    const found = entryOf(live, key) ?? null;
    const below = { ...placeBelow(place, key, `f:${key}`), own: place.own, known: place.known };
    if (found !== null) return compareOurs(context, below, value, found);
    return isHollow(value) || isZero(value) ? [] : missing(below, value);
  });
}

/** An empty mapping or list is owned as a whole by whoever wrote it last; where nobody did, the server filled it with defaults. */
function compareEmpty(
  context: ComparisonContext,
  place: FieldPlace,
  desired: JsonValue,
  live: JsonValue,
): readonly FieldDrift[] {
  const isSameType = Array.isArray(desired) ? Array.isArray(live) : isJsonObject(live);
  if (isSameType && (place.own !== undefined || !isAtomic(place))) return [];
  if (!isSameType || !isHollow(live)) {
    return [{ type: 'changed', path: place.path, desired, live, ...writtenBy(ownerOf(context, place)) }];
  }
  return compareWhole(context, place, desired, live);
}

/**
 * A field is missing once, however much of it the manifest has. What is still ours is what the server leaves out, and before it was
 * applied so may be whatever is nothing: `hostNetwork: false`.
 */
function isMissing(context: ComparisonContext, own: FieldSet | undefined, desired: JsonValue): boolean {
  if (isHollow(desired)) return false;
  if (own !== undefined && isWhole(own) && context.isApplied) return false;
  if (isZero(desired)) return own === undefined && context.isApplied;
  if (!isJsonObject(desired)) return true;
  return Object.entries(desired).some(([key, value]) => {
    return isMissing(context, own !== undefined && isWhole(own) ? own : fieldBelow(own, `f:${key}`), value);
  });
}

function missing({ path }: FieldPlace, desired: JsonValue): readonly FieldDrift[] {
  return [{ type: 'missing', path, desired }];
}

function pairItems(
  { known }: FieldPlace,
  desired: readonly JsonValue[],
  live: readonly JsonValue[],
): readonly ItemPair[] | undefined {
  if (known === undefined) {
    const fields = listKey(desired, live);
    return fields === undefined ? undefined : pairByKey(desired, live, fields, new Map());
  }
  const keys = keyedItems(known);
  const [key] = keys.values();
  if (key !== undefined) return pairByKey(desired, live, Object.keys(key), keys);
  const values = valuedItems(known);
  return values.size === 0 ? undefined : pairByValue(desired, live, values);
}

function ownerOf({ managedFields }: ComparisonContext, { names }: FieldPlace): ManagedFieldsEntry | undefined {
  return otherOwner(managedFields, names);
}

function compareWhole(
  context: ComparisonContext,
  place: FieldPlace,
  desired: JsonValue,
  live: JsonValue,
): readonly FieldDrift[] {
  const { path, own } = place;
  const taker = context.isApplied && own === undefined ? ownerOf(context, place) : undefined;
  // What is in it besides was written by whoever has it now, and is no default.
  const isExact = taker !== undefined;
  if (!isEquivalent(path, desired, live, { kind: context.kind, isExact })) {
    return [{ type: 'changed', path, desired, live, ...writtenBy(taker ?? ownerOf(context, place)) }];
  }
  return taker === undefined ? [] : [{ type: 'taken', path, desired, live, ...writtenBy(taker) }];
}
