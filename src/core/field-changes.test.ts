import { describe, expect, it } from 'vitest';
import { compareFields } from './field-changes.ts';
import { formatFieldPath } from './field-path.ts';
import { type JsonValue, parseJson } from './json.ts';

function changesOf(before: JsonValue, after: JsonValue): string[] {
  const text = (value: JsonValue | undefined): string =>
    value === undefined ? '' : JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `${item}n` : item));
  return compareFields(before, after).map(
    (change) => `${change.type} ${formatFieldPath(change.path)} ${text(change.before)}→${text(change.after)}`,
  );
}

describe('compareFields', () => {
  it.each<[title: string, before: JsonValue, after: JsonValue, expected: readonly string[]]>([
    ['finds nothing in equal values', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['does not care for the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [
      'tells added, removed and changed keys apart',
      { a: 1, b: 2 },
      { b: 3, c: 4 },
      ['removed .a 1→', 'changed .b 2→3', 'added .c →4'],
    ],
    ['takes null for a value', { a: null }, {}, ['removed .a null→']],
    ['shows an added branch as a whole', {}, { a: { b: { c: 1 } } }, ['added .a →{"b":{"c":1}}']],
    ['quotes keys that are no plain words', { 'a/b': { '0': 1 } }, { 'a/b': { '0': 2 } }, ['changed ["a/b"]["0"] 1→2']],
    ['sees a change of type', { a: '1' }, { a: 1 }, ['changed .a "1"→1']],
    [
      'keeps the digits of large integers',
      { a: 9007199254740993n },
      { a: 9007199254740992 },
      ['changed .a "9007199254740993n"→9007199254740992'],
    ],
    ['takes an equal bigint for equal', { a: 3n }, { a: 3 }, []],
    [
      'matches containers by name wherever they stand',
      { c: [{ name: 'web', image: 'a' }] },
      { c: [{ name: 'log' }, { name: 'web', image: 'b' }] },
      ['changed .c[name="web"].image "a"→"b"', 'added .c[name="log"] →{"name":"log"}'],
    ],
    [
      'matches ports by number and protocol',
      {
        p: [
          { port: 80, protocol: 'TCP', targetPort: 1 },
          { port: 80, protocol: 'UDP', targetPort: 1 },
        ],
      },
      {
        p: [
          { port: 80, protocol: 'TCP', targetPort: 1 },
          { port: 80, protocol: 'UDP', targetPort: 2 },
        ],
      },
      ['changed .p[port=80,protocol="UDP"].targetPort 1→2'],
    ],
    [
      'says that a list with keys was reordered',
      { e: [{ name: 'A' }, { name: 'B' }] },
      { e: [{ name: 'B' }, { name: 'A' }] },
      ['reordered .e ["A","B"]→["B","A"]'],
    ],
    [
      'compares by position where names are not unique',
      {
        e: [
          { name: 'A', v: 1 },
          { name: 'A', v: 1 },
        ],
      },
      {
        e: [
          { name: 'A', v: 1 },
          { name: 'A', v: 2 },
        ],
      },
      ['changed .e[1].v 1→2'],
    ],
    [
      'takes a list of words as one value',
      { args: ['a', 'b'] },
      { args: ['a', 'c'] },
      ['changed .args ["a","b"]→["a","c"]'],
    ],
    ['takes an emptied list as one value', { a: [{ name: 'x' }] }, { a: [] }, ['changed .a [{"name":"x"}]→[]']],
  ])('%s', (_title, before, after, expected) => {
    expect(changesOf(before, after)).toEqual(expected);
  });

  it('treats __proto__ and constructor as the data keys that they are', () => {
    const before = parseJson('{"__proto__": {"a": 1}, "constructor": 1}');
    const after = parseJson('{"__proto__": {"a": 2}}');
    expect(changesOf(before, after)).toEqual(['changed .__proto__.a 1→2', 'removed .constructor 1→']);
    expect(changesOf({}, after)).toEqual(['added .__proto__ →{"a":2}']);
  });
});
