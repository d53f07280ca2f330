import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** Text that Go's decoder would not take. Its message says nothing of the text. */
export class GoJsonError extends Error {}

/** Go takes a number for an integer only where it is written as one: `1.0` and `1e2` are none. */
const NO_INTEGER = Number.NaN;

/** Reads JSON as Go's decoder does. @throws {GoJsonError} */
export function parseGoJson(text: string): JsonValue {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number') return value;
    const source = context?.source ?? '';
    return /^-?\d+$/.test(source) ? exactly(BigInt(source)) : NO_INTEGER;
  };
  try {
    return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as JsonValue;
  } catch {
    throw new GoJsonError('it is not JSON');
  }
}

function exactly(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/**
 * What a field of a struct without tags is given: the values under its name in any letter case, in the order in which they are decoded
 * into it, one after the other.
 */
export function goField(object: JsonObject, name: string): readonly JsonValue[] {
  const wanted = fold(name);
  return Object.entries(object).flatMap(([key, value]) => (fold(key) === wanted ? [value] : []));
}

/** The two letters outside of ASCII that Go folds to letters inside. */
function fold(key: string): string {
  return key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}

/** A struct; null is one with nothing in it. @throws {GoJsonError} */
export function goStruct(value: JsonValue): JsonObject {
  if (value === null) return {};
  if (isJsonObject(value)) return value;
  throw new GoJsonError('it is no object');
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** An int64; `undefined` for null. @throws {GoJsonError} */
export function goInteger(value: JsonValue): bigint | undefined {
  if (value === null) return undefined;
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  const integer = isInteger ? BigInt(value) : undefined;
  if (integer !== undefined && integer >= INT64.min && integer <= INT64.max) return integer;
  throw new GoJsonError('a number of it is no integer');
}

/** @throws {GoJsonError} */
export function goText(value: JsonValue): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new GoJsonError('a text of it is none');
}

/** A list of texts, in which null is an empty one. @throws {GoJsonError} */
export function goTexts(value: JsonValue): readonly string[] {
  return goList(value).map((item) => goText(item) ?? '');
}

/** @throws {GoJsonError} */
export function goList(value: JsonValue): readonly JsonValue[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw new GoJsonError('a list of it is none');
}
