/**
 * A JSON value as gitfed keeps it in memory.
 *
 * Integers outside ±(2^53−1) are `bigint`, everything else numeric is `number`: so no digit of an
 * int64 or uint64 is lost, and ordinary values stay ordinary. Objects may own a `__proto__` key: build them
 * with spread, `Object.fromEntries` or `Object.defineProperty`, never with `o[key] = value`.
 */
export type JsonValue = null | boolean | number | bigint | string | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Whether a value is a JSON mapping (not a list, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON values; objects without order, `1n` equals `1`. */
export function jsonEquals(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    return isInteger(a) && isInteger(b) && BigInt(a) === BigInt(b);
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => jsonEquals(item, b[index]))
    );
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && jsonEquals(left[key], right[key]))
  );
}

function isInteger(value: JsonValue | undefined): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** A deep copy that keeps `__proto__` keys as data. */
export function cloneJson<T extends JsonValue>(value: T): T;
export function cloneJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => cloneJson(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cloneJson(item)]));
}

interface RawJson {
  rawJSON(text: string): unknown;
}

/** JSON text of a value; a bigint is written with all its digits. `indent` as in `JSON.stringify`. */
export function stringifyJson(value: JsonValue, indent?: number): string {
  // JSON.rawJSON is in every Node that gitfed supports, and not yet in TypeScript's library.
  const { rawJSON } = JSON as unknown as RawJson;
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? rawJSON(`${item}`) : item), indent);
}

/**
 * Reads JSON text, integers outside ±(2^53−1) as `bigint`.
 *
 * @throws {SyntaxError} when the text is not JSON. Its message may quote the text: never print it for a Secret.
 */
export function parseJson(text: string): JsonValue {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as JsonValue;
}

/** Reads the text of a JSON mapping as {@link parseJson} does; `undefined` for anything else. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
