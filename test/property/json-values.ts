import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/index.ts';

/** Keys that paths, numbers or prototypes could be confused with. */
const key = fc.constantFrom('a', 'b', 'a/b', 'm~n', '~1', '', '0', '1', '-', '__proto__', 'constructor');

/** Any JSON value, bigint and `__proto__` keys included. */
export const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, 0, -1, 1.5, 'x', '', 2n ** 60n),
    fc.array(tie('value'), { maxLength: 4 }),
    jsonObjectOf(tie('value')),
  ),
})).value;

export const jsonObject: fc.Arbitrary<JsonObject> = jsonObjectOf(jsonValue);

function jsonObjectOf(value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries): JsonObject => Object.fromEntries(entries));
}

/** A path of an override: often one that is there or nearly. */
export const patchPath: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', 'a~1b', 'm~0n', '~01', '', '0', '1', '-1', '+1', '01', '-', '__proto__'), {
    maxLength: 4,
  })
  .chain((tokens) => fc.constantFrom(...['', 'x'].map((first) => [first, ...tokens].join('/'))));

/** Makes every change of a value throw. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  const items: readonly unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  for (const item of items) deepFreeze(item);
  return value;
}

/** The value at a path of keys and indices, `undefined` where there is none. */
export function valueAt(value: JsonValue, path: readonly (string | number)[]): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const part of path) {
    if (Array.isArray(current)) current = (current as readonly JsonValue[])[Number(part)];
    else current = isJsonObject(current) && Object.hasOwn(current, part) ? current[part] : undefined;
  }
  return current;
}
