import { describe, expect, it } from 'vitest';
import { operationOf } from '../../test/helpers/render-input.ts';
import { type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { applyPatch } from './json-patch.ts';

const DOCUMENT = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'shop' },
  spec: { replicas: 1, l: [1, 2, 3], n: null, o: { a: 'b' }, s: 'str' },
};

type Operation = readonly [op: string, path: string, value?: JsonValue];

function patch(operations: readonly Operation[], document: JsonValue = DOCUMENT) {
  return applyPatch(
    document,
    operations.map(([op, path, value]) => operationOf(op, path, value)),
  );
}

function specAfter(...operations: readonly Operation[]): JsonValue | undefined {
  const result = patch(operations);
  return result.ok ? (result.value as JsonObject).spec : undefined;
}

const { spec } = DOCUMENT;

describe('applyPatch', () => {
  it.each<[string, Operation, JsonObject]>([
    ['replace adds a key that is missing', ['replace', '/spec/zz', 5], { ...spec, zz: 5 }],
    ['no operation means replace', ['', '/spec/replicas', 5], { ...spec, replicas: 5 }],
    [
      'remove takes a key whose value is null',
      ['remove', '/spec/n'],
      { replicas: 1, l: [1, 2, 3], o: { a: 'b' }, s: 'str' },
    ],
    ['add with - appends', ['add', '/spec/l/-', 9], { ...spec, l: [1, 2, 3, 9] }],
    ['add at the length appends', ['add', '/spec/l/3', 9], { ...spec, l: [1, 2, 3, 9] }],
    ['add at -1 appends', ['add', '/spec/l/-1', 9], { ...spec, l: [1, 2, 3, 9] }],
    ['add at -4 of three prepends', ['add', '/spec/l/-4', 9], { ...spec, l: [9, 1, 2, 3] }],
    ['add inserts before an index', ['add', '/spec/l/1', 9], { ...spec, l: [1, 9, 2, 3] }],
    ['add overwrites a key', ['add', '/spec/s', 9], { ...spec, s: 9 }],
    ['replace at -1 changes the last item', ['replace', '/spec/l/-1', 9], { ...spec, l: [1, 2, 9] }],
    ['an index may be 01', ['replace', '/spec/l/01', 9], { ...spec, l: [1, 9, 3] }],
    ['an index may be +1', ['replace', '/spec/l/+1', 9], { ...spec, l: [1, 9, 3] }],
    ['an index may be -0', ['replace', '/spec/l/-0', 9], { ...spec, l: [9, 2, 3] }],
    ['remove at -3 takes the first of three', ['remove', '/spec/l/-3'], { ...spec, l: [2, 3] }],
    ['replace without a value writes null', ['replace', '/spec/replicas'], { ...spec, replicas: null }],
    ['add with null writes null', ['add', '/spec/replicas', null], { ...spec, replicas: null }],
    ['0 is kept', ['replace', '/spec/replicas', 0], { ...spec, replicas: 0 }],
    ['false is kept', ['replace', '/spec/replicas', false], { ...spec, replicas: false }],
    ['an empty text is kept', ['replace', '/spec/replicas', ''], { ...spec, replicas: '' }],
    [
      'a big integer keeps its digits',
      ['replace', '/spec/replicas', 9007199254740993n],
      { ...spec, replicas: 9007199254740993n },
    ],
    ['an empty key is a key', ['add', '/spec/', 9], { ...spec, '': 9 }],
    ['~1 is a slash', ['add', '/spec/a~1b', 9], { ...spec, 'a/b': 9 }],
    ['~0 is a tilde', ['add', '/spec/a~0b', 9], { ...spec, 'a~b': 9 }],
    ['~01 is ~1, decoded once', ['add', '/spec/~01', 9], { ...spec, '~1': 9 }],
    ['~~1 is ~/', ['add', '/spec/~~1', 9], { ...spec, '~/': 9 }],
    ['~2 stays', ['add', '/spec/~2', 9], { ...spec, '~2': 9 }],
    ['test of an equal value passes', ['test', '/spec/o', { a: 'b' }], spec],
    ['test of a null passes', ['test', '/spec/n', null], spec],
  ])('%s', (_title, operation, expected) => {
    expect(specAfter(operation)).toEqual(expected);
  });

  it.each<[string, Operation, string]>([
    ['replace below a missing key', ['replace', '/spec/zz/y', 5], '"/spec/zz/y": there is no "/spec/zz"'],
    ['add below a missing key', ['add', '/spec/zz/y', 5], '"/spec/zz/y": there is no "/spec/zz"'],
    ['add below null', ['add', '/spec/n/y', 5], '"/spec/n/y": "/spec/n" is null and has nothing below it'],
    ['add below a text', ['add', '/spec/s/y', 5], '"/spec/s/y": "/spec/s" is a string and has nothing below it'],
    [
      'add below a number',
      ['add', '/spec/replicas/y', 5],
      '"/spec/replicas/y": "/spec/replicas" is a number and has nothing below it',
    ],
    ['remove of a missing key', ['remove', '/spec/zz'], '"/spec/zz": there is nothing to remove'],
    ['add beyond the end', ['add', '/spec/l/4', 9], '"/spec/l/4": "4" is no index of the list, which has 3 items'],
    [
      'add before the beginning',
      ['add', '/spec/l/-5', 9],
      '"/spec/l/-5": "-5" is no index of the list, which has 3 items',
    ],
    [
      'replace beyond the end',
      ['replace', '/spec/l/3', 9],
      '"/spec/l/3": "3" is no index of the list, which has 3 items',
    ],
    [
      'replace before the beginning',
      ['replace', '/spec/l/-4', 9],
      '"/spec/l/-4": "-4" is no index of the list, which has 3 items',
    ],
    ['replace of -', ['replace', '/spec/l/-', 9], '"/spec/l/-": "-" is no index of the list, which has 3 items'],
    ['remove of -', ['remove', '/spec/l/-'], '"/spec/l/-": "-" is no index of the list, which has 3 items'],
    [
      'an index with letters',
      ['replace', '/spec/l/1x', 9],
      '"/spec/l/1x": "1x" is no index of the list, which has 3 items',
    ],
    ['an empty index', ['replace', '/spec/l/', 9], '"/spec/l/": "" is no index of the list, which has 3 items'],
    [
      'a way through an item that is no container',
      ['replace', '/spec/l/0/x', 9],
      '"/spec/l/0/x": "/spec/l/0" is a number and has nothing below it',
    ],
    ['a path without any slash', ['replace', 'replicas', 9], 'path "replicas" has no slash'],
    ['a way through an empty key', ['replace', '//kind', 9], '"//kind": there is no "/"'],
    ['add of the whole object', ['add', '', {}], 'the path is empty: add needs one'],
    ['remove of the whole object', ['remove', ''], 'the path is empty: remove needs one'],
    [
      'replace of the whole object without a value',
      ['replace', ''],
      'the path is empty and there is no value to replace the whole object with',
    ],
    ['move', ['move', '/spec/s', 1], 'there is no operation "move"'],
    ['Add with a capital', ['Add', '/spec/s', 1], 'there is no operation "Add"'],
    ['test of another value', ['test', '/spec/s', 'other'], '"/spec/s" is not what is tested for'],
    ['test below a missing key', ['test', '/spec/zz/y', 5], '"/spec/zz/y": there is no "/spec/zz"'],
    [
      'a key that every JavaScript object has',
      ['remove', '/spec/constructor'],
      '"/spec/constructor": there is nothing to remove',
    ],
    [
      'a way through the prototype',
      ['add', '/__proto__/polluted', 1],
      '"/__proto__/polluted": there is no "/__proto__"',
    ],
  ])('%s is an error', (_title, operation, reason) => {
    expect(patch([operation])).toEqual({ ok: false, index: 0, reason });
  });

  it.each<[string, Operation, JsonValue]>([
    [
      'a path without a leading slash loses its first part',
      ['replace', 'spec/replicas', 5],
      { ...DOCUMENT, replicas: 5 },
    ],
    ['so the ban on /kind can be passed', ['replace', 'x/kind', 'Other'], { ...DOCUMENT, kind: 'Other' }],
    ['a slash alone is the empty key', ['add', '/', 5], { ...DOCUMENT, '': 5 }],
    ['a mapping replaces the whole object', ['replace', '', { kind: 'X' }], { kind: 'X' }],
    ['a list replaces the whole object', ['replace', '', [1]], [1]],
    ['a scalar does not replace the whole object', ['replace', '', 'x'], DOCUMENT],
  ])('%s', (_title, operation, value) => {
    expect(patch([operation])).toEqual({ ok: true, value });
  });

  it('says which operation failed', () => {
    expect(
      patch([
        ['add', '/spec/x', 1],
        ['remove', '/spec/y'],
      ]),
    ).toMatchObject({ ok: false, index: 1 });
  });

  it('changes a value that an earlier operation put in, and not the value itself', () => {
    const value = { a: { b: 1 } };

    expect(specAfter(['add', '/spec/new', value], ['replace', '/spec/new/a/b', 2])).toEqual({
      ...spec,
      new: { a: { b: 2 } },
    });
    expect(value).toEqual({ a: { b: 1 } });
  });

  it('shares what is not on the path', () => {
    const document = { metadata: { name: 'w' }, spec: { replicas: 1, template: { a: 1 } } };
    const result = patch([['replace', '/spec/replicas', 2]], document);

    const value = (result.ok ? result.value : {}) as typeof document;
    expect(value.metadata).toBe(document.metadata);
    expect(value.spec.template).toBe(document.spec.template);
    expect(document.spec.replicas).toBe(1);
  });

  it('keeps and changes a key __proto__ as data', () => {
    const document = parseJson('{"data":{"__proto__":"a","constructor":"b"}}');
    const result = patch(
      [
        ['replace', '/data/__proto__', 'c'],
        ['add', '/data/x', 'd'],
      ],
      document,
    );

    const data = ((result.ok ? result.value : {}) as JsonObject).data as JsonObject;
    expect(Object.entries(data)).toEqual([
      ['__proto__', 'c'],
      ['constructor', 'b'],
      ['x', 'd'],
    ]);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });

  it('removes a key __proto__', () => {
    const result = patch([['remove', '/data/__proto__']], parseJson('{"data":{"__proto__":"a","b":"c"}}'));

    expect(result.ok && Object.entries((result.value as JsonObject).data as JsonObject)).toEqual([['b', 'c']]);
  });
});
