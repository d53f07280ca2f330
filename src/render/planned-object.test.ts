import { describe, expect, it } from 'vitest';
import { federatedOf, operationOf, overridesOf } from '../../test/helpers/render-input.ts';
import type { OverrideOperation } from '../api/index.ts';
import type { JsonValue } from '../core/index.ts';
import { withSchedule } from './planned-object.ts';

type Entries = Readonly<Record<string, readonly OverrideOperation[]>>;

function write(entries: Entries, replicas: Readonly<Record<string, bigint>>) {
  const overrides = overridesOf(entries);
  const object = federatedOf({ overrides });
  return withSchedule(object, overrides.ok ? overrides.value : [], new Map(Object.entries(replicas)));
}

function operationsAfter(entries: Entries, replicas: Readonly<Record<string, bigint>>) {
  const { overrides } = write(entries, replicas);
  return overrides.ok
    ? overrides.value.map(({ clusterName, operations }) => [
        clusterName,
        operations.map(({ op, path, value }): JsonValue => [op, path, value]),
      ])
    : [];
}

const IMAGE = operationOf('add', '/x', 1);
const REPLICAS = '/spec/replicas';

describe('withSchedule', () => {
  it('places the object in the clusters of the schedule, sorted, and keeps its selector', () => {
    const { placement } = write({}, { b: 0n, a: 1n });

    expect(placement).toEqual({
      ok: true,
      value: { clusters: ['a', 'b'], clusterSelector: { matchLabels: {}, matchExpressions: [] } },
    });
  });

  it.each<[string, Entries, Record<string, bigint>, JsonValue]>([
    ['adds an entry', {}, { c2: 2n }, [['c2', [['replace', REPLICAS, 2]]]]],
    [
      'takes the number from a cluster that gets none, and keeps its other operations',
      { c1: [operationOf('', REPLICAS, 5), IMAGE] },
      { c2: 2n },
      [
        ['c1', [['add', '/x', 1]]],
        ['c2', [['replace', REPLICAS, 2]]],
      ],
    ],
    [
      'leaves an entry that becomes empty',
      { c1: [operationOf('', REPLICAS, 5)] },
      { c2: 2n },
      [
        ['c1', []],
        ['c2', [['replace', REPLICAS, 2]]],
      ],
    ],
    [
      'appends at the end of an entry',
      { c1: [IMAGE] },
      { c1: 3n },
      [
        [
          'c1',
          [
            ['add', '/x', 1],
            ['replace', REPLICAS, 3],
          ],
        ],
      ],
    ],
    [
      'replaces a number in its place',
      { c1: [operationOf('add', REPLICAS, 5), IMAGE] },
      { c1: 3n },
      [
        [
          'c1',
          [
            ['add', REPLICAS, 3],
            ['add', '/x', 1],
          ],
        ],
      ],
    ],
    [
      'keeps the operation, even remove',
      { c1: [operationOf('remove', REPLICAS)] },
      { c1: 3n },
      [['c1', [['remove', REPLICAS, 3]]]],
    ],
    ['replaces what is no number', { c1: [operationOf('', REPLICAS, '3')] }, { c1: 3n }, [['c1', [['', REPLICAS, 3]]]]],
    [
      'compares whole numbers, so 2.7 stays for 2',
      { c1: [operationOf('', REPLICAS, 2.7)] },
      { c1: 2n },
      [['c1', [['', REPLICAS, 2.7]]]],
    ],
    [
      'rewrites 2.7 where another cluster changes',
      { c1: [operationOf('', REPLICAS, 2.7)] },
      { c1: 2n, c2: 0n },
      [
        ['c1', [['', REPLICAS, 2]]],
        ['c2', [['replace', REPLICAS, 0]]],
      ],
    ],
    [
      'knows no other spelling of the path',
      { c1: [operationOf('', 'spec/replicas', 5)] },
      { c1: 3n },
      [
        [
          'c1',
          [
            ['', 'spec/replicas', 5],
            ['replace', REPLICAS, 3],
          ],
        ],
      ],
    ],
    ['keeps all digits', {}, { c1: 2n ** 60n }, [['c1', [['replace', REPLICAS, 2n ** 60n]]]]],
  ])('%s', (_title, entries, replicas, expected) => {
    expect(operationsAfter(entries, replicas)).toEqual(expected);
  });
});
