import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cloneJson,
  compareFields,
  compareSecrets,
  type JsonObject,
  type JsonValue,
  jsonEquals,
} from '../../src/core/index.ts';

const key = fc.oneof(
  fc.constantFrom('name', 'data', 'metadata', 'type', '__proto__', 'constructor', 'port'),
  fc.string(),
);
const { json } = fc.letrec<{ json: JsonValue; object: JsonObject }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 'a', 'b', 1, 2n ** 63n),
    fc.string(),
    fc.array(tie('json'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(key, tie('json')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
}));
const object = fc
  .array(fc.tuple(key, json), { maxLength: 5 })
  .map((entries): JsonObject => Object.fromEntries(entries));

describe('compareFields', () => {
  it('finds nothing between a value and its copy', () => {
    fc.assert(fc.property(json, (value) => compareFields(value, cloneJson(value)).length === 0));
  });

  it('finds something between values that differ', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(compareFields(before, after).length > 0).toBe(!jsonEquals(before, after));
      }),
    );
  });
});

describe('compareSecrets', () => {
  const CANARY = 'canary-5b1f';

  it('finds something exactly where two Secrets differ', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        expect(compareSecrets(before, after).length > 0).toBe(!jsonEquals(before, after));
      }),
    );
  });

  it('never shows a scalar of data, stringData or an unknown field, however malformed', () => {
    const poison = (value: JsonValue): JsonValue => {
      if (Array.isArray(value)) return value.map(poison);
      if (typeof value !== 'object' || value === null) return CANARY;
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poison(item)]));
    };
    const field = fc.constantFrom('data', 'stringData', 'Data', 'spec', 'binaryData');
    fc.assert(
      fc.property(field, json, json, (name, before, after) => {
        const differences = compareSecrets(
          { kind: 'Secret', [name]: poison(before) },
          { kind: 'Secret', [name]: poison(after) },
        );
        expect(JSON.stringify(differences)).not.toContain(CANARY);
      }),
    );
  });
});
