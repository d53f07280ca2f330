import { describe, expect, it } from 'vitest';
import { cloneJson, type JsonObject, jsonEquals, parseJson, parseJsonObject, stringifyJson } from './json.ts';
import { compareObjectIds, formatObjectId, objectIdKey } from './object-id.ts';

describe('JSON values', () => {
  it('keep every digit of an integer', () => {
    expect(stringifyJson(parseJson('{"a":18446744073709551615,"b":1.5,"c":9007199254740993}'))).toBe(
      '{"a":18446744073709551615,"b":1.5,"c":9007199254740993}',
    );
  });

  it.each([
    ['a bigint and a number of the same value', 1n, 1, true],
    ['a bigint and another number', 9007199254740993n, 9007199254740992, false],
    ['a bigint and a string', 1n, '1', false],
    ['mappings in another order', { a: 1, b: [null] }, { b: [null], a: 1 }, true],
    ['a list and a mapping', [], {}, false],
    ['a missing key', { a: null }, {}, false],
  ])('compares %s', (_title, a, b, expected) => {
    expect(jsonEquals(a, b)).toBe(expected);
    expect(jsonEquals(b, a)).toBe(expected);
  });

  it.each<[string, string, JsonObject | undefined]>([
    ['a mapping', '{"a":[1]}', { a: [1] }],
    ['a mapping with all digits', '{"a":9007199254740993}', { a: 9007199254740993n }],
    ['no list', '[1]', undefined],
    ['no null', 'null', undefined],
    ['no text that ends early', '{"a":', undefined],
    ['no empty text', '', undefined],
  ])('as a mapping, reads %s', (_title, text, expected) => {
    expect(parseJsonObject(text)).toEqual(expected);
  });

  it('copies a key named __proto__ as data', () => {
    const copy = cloneJson(parseJson('{"__proto__":{"a":1}}'));
    expect(Object.keys(copy as object)).toEqual(['__proto__']);
    expect(jsonEquals(copy, parseJson('{"__proto__":{"a":1}}'))).toBe(true);
  });
});

describe('object ids', () => {
  const web = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const reader = { group: '', kind: 'Namespace', namespace: '', name: 'shop' };

  it('are printed for people', () => {
    expect([formatObjectId(web), formatObjectId(reader)]).toEqual(['Deployment.apps/shop/web', 'Namespace/shop']);
  });

  it('have a total order and a key', () => {
    expect([web, reader].toSorted(compareObjectIds)).toEqual([reader, web]);
    expect(objectIdKey(web)).not.toBe(objectIdKey(reader));
  });
});
