import { describe, expect, it } from 'vitest';
import type { FieldStep, JsonObject } from '../core/index.ts';
import type { FieldDrift } from './field-drift.ts';
import { putBack } from './put-back.ts';

const item = (name: string): FieldStep => ({ key: [['name', name]] });

describe('an object whose drift is put back', () => {
  it.each<[title: string, live: JsonObject, drift: readonly FieldDrift[], result: JsonObject | undefined]>([
    [
      'has the desired value',
      { a: { b: 1, c: 2 } },
      [{ type: 'changed', path: ['a', 'b'], desired: 5, live: 1 }],
      { a: { b: 5, c: 2 } },
    ],
    [
      'has what was missing, with what is around it',
      { a: 1 },
      [{ type: 'missing', path: ['b', 'c'], desired: [1] }],
      { a: 1, b: { c: [1] } },
    ],
    [
      'lacks what somebody added',
      { a: { b: 1, c: 2 } },
      [{ type: 'added', path: ['a', 'b'], live: 1 }],
      { a: { c: 2 } },
    ],
    ['keeps what is only somebody else’s', { a: 1 }, [{ type: 'taken', path: ['a'], desired: 1 }], { a: 1 }],
    [
      'has items where they were',
      {
        list: [
          { name: 'x', v: 1 },
          { name: 'y', v: 1 },
          { name: 'z', v: 1 },
        ],
      },
      [
        { type: 'changed', path: ['list', item('y'), 'v'], desired: 2, live: 1 },
        { type: 'added', path: ['list', item('x')], live: {} },
        { type: 'missing', path: ['list', item('new')], desired: { name: 'new' } },
      ],
      { list: [{ name: 'y', v: 2 }, { name: 'z', v: 1 }, { name: 'new' }] },
    ],
    [
      'keeps a key of JavaScript as data',
      {},
      [{ type: 'missing', path: ['__proto__', 'a'], desired: 1 }],
      Object.fromEntries([['__proto__', { a: 1 }]]),
    ],
    [
      'is not known where an item has no key',
      { list: [1] },
      [{ type: 'changed', path: ['list', 0], desired: 2 }],
      undefined,
    ],
  ])('%s', (_title, live, drift, result) => {
    expect(putBack(live, drift)).toStrictEqual(result);
  });
});
