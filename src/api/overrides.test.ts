import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/index.ts';
import { readOverrides } from './overrides.ts';
import { formatFieldPath } from './wording.ts';

function read(value: JsonValue | undefined): { overrides: unknown; problems: string[] } {
  const problems: string[] = [];
  const overrides = readOverrides(value, ['overrides'], (path, problem, code) => {
    problems.push(`${code} ${formatFieldPath(path)} ${problem}`);
  });
  return { overrides: overrides.ok ? overrides.value : 'error', problems };
}

function forCluster(...operations: readonly JsonValue[]): JsonValue {
  return [{ clusterName: 'a', clusterOverrides: operations }];
}

describe('overrides', () => {
  it.each<[string, JsonValue | undefined, unknown]>([
    ['that are absent', undefined, []],
    ['that are null', null, []],
    ['without operations', [{ clusterName: 'a' }], [{ clusterName: 'a', operations: [], index: 0 }]],
    ['without a cluster', [{}], [{ clusterName: '', operations: [], index: 0 }]],
    [
      'with every op',
      forCluster(
        { path: '/a', value: 1 },
        { op: '', path: '/b', value: 'x' },
        { op: 'add', path: '/c', value: [] },
        { op: 'remove', path: '/d' },
      ),
      [
        {
          clusterName: 'a',
          index: 0,
          operations: [
            { op: 'replace', path: '/a', value: 1, hasValue: true },
            { op: 'replace', path: '/b', value: 'x', hasValue: true },
            { op: 'add', path: '/c', value: [], hasValue: true },
            { op: 'remove', path: '/d', value: null, hasValue: false },
          ],
        },
      ],
    ],
    [
      'with values that are false, empty or null',
      forCluster({ path: '/a', value: false }, { path: '/b', value: '' }, { path: '/c', value: null }),
      [
        {
          clusterName: 'a',
          index: 0,
          operations: [
            { op: 'replace', path: '/a', value: false, hasValue: true },
            { op: 'replace', path: '/b', value: '', hasValue: true },
            { op: 'replace', path: '/c', value: null, hasValue: false },
          ],
        },
      ],
    ],
    [
      'with fields in any case and unknown ones',
      [{ ClusterName: 'a', clusteroverrides: [{ OP: 'add', Path: '/a', VALUE: 1, from: '/b' }], more: 1 }],
      [{ clusterName: 'a', index: 0, operations: [{ op: 'add', path: '/a', value: 1, hasValue: true }] }],
    ],
    [
      'whose path only looks like a banned one',
      forCluster(
        { path: '/metadata', value: {} },
        { path: 'x/kind', value: 'a' },
        { path: '/apiVersion', value: 'v2' },
      ),
      [
        {
          clusterName: 'a',
          index: 0,
          operations: [
            { op: 'replace', path: '/metadata', value: {}, hasValue: true },
            { op: 'replace', path: 'x/kind', value: 'a', hasValue: true },
            { op: 'replace', path: '/apiVersion', value: 'v2', hasValue: true },
          ],
        },
      ],
    ],
  ])('%s are read without a problem', (_title, value, overrides) => {
    expect(read(value)).toEqual({ overrides, problems: [] });
  });

  it.each<[string, JsonValue, string]>([
    ['that are a mapping', {}, 'InvalidOverride overrides must be a list, not a mapping'],
    ['with an entry that is text', ['a'], 'InvalidOverride overrides[0] must be a mapping, not a string'],
    [
      'with a clusterName that is a number',
      [{ clusterName: 1 }],
      'InvalidOverride overrides[0].clusterName must be a string, not a number: put it in quotes',
    ],
    [
      'with a mapping for the operations',
      [{ clusterName: 'a', clusterOverrides: {} }],
      'InvalidOverride overrides[0].clusterOverrides must be a list, not a mapping',
    ],
    [
      'with an operation that is text',
      forCluster('a'),
      'InvalidOverride overrides[0].clusterOverrides[0] must be a mapping with op, path and value, not a string',
    ],
    [
      'with an op that is no string',
      forCluster({ op: 1, path: '/a' }),
      'InvalidOverride overrides[0].clusterOverrides[0].op must be a string, not a number: put it in quotes',
    ],
    [
      'with an op in capitals',
      forCluster({ op: 'Add', path: '/a' }),
      'InvalidOverride overrides[0].clusterOverrides[0].op is "Add"; it must be add, remove or replace (case matters; none means replace)',
    ],
    [
      'with an op of JSON Patch that KubeFed lacks',
      forCluster({ op: 'move', path: '/a' }),
      'InvalidOverride overrides[0].clusterOverrides[0].op is "move"; it must be add, remove or replace (case matters; none means replace)',
    ],
    [
      'without a path',
      forCluster({ value: 1 }),
      'InvalidOverride overrides[0].clusterOverrides[0] has no path: say which field to change, for example /spec/replicas',
    ],
    [
      'with a path that is a number',
      forCluster({ path: 1 }),
      'InvalidOverride overrides[0].clusterOverrides[0].path must be a string, not a number: put it in quotes',
    ],
  ])('%s are an error', (_title, value, problem) => {
    expect(read(value)).toEqual({ overrides: 'error', problems: [problem] });
  });

  it.each(['/metadata/namespace', '/metadata/name', '/metadata/generateName', '/kind'])('may not change %s', (path) => {
    const { overrides, problems } = read(forCluster({ op: 'remove', path }));
    expect(overrides).toBe('error');
    expect(problems).toEqual([
      expect.stringContaining(`InvalidOverridePath overrides[0].clusterOverrides[0].path is ${path},`),
    ]);
  });

  it('may name a cluster once, even without operations', () => {
    const { overrides, problems } = read([{ clusterName: 'a' }, { clusterName: 'b' }, { clusterName: 'a' }]);
    expect(overrides).toBe('error');
    expect(problems).toEqual([
      expect.stringContaining(
        'DuplicateClusterOverride overrides[2].clusterName names cluster "a", as overrides[0] does',
      ),
    ]);
  });

  it('may name a path once in an entry, whatever the op', () => {
    const { problems } = read([
      ...(forCluster({ op: 'remove', path: '/a' }, { op: 'add', path: '/a', value: 1 }) as JsonValue[]),
      { clusterName: 'b', clusterOverrides: [{ path: '/a', value: 1 }] },
    ]);
    expect(problems).toEqual([
      expect.stringContaining(
        'DuplicateOverridePath overrides[0].clusterOverrides[1].path is "/a", as clusterOverrides[0] of cluster "a"',
      ),
    ]);
  });

  it('report all their problems', () => {
    const { problems } = read([{ clusterName: 1, clusterOverrides: [{ path: '/kind' }, 5] }, 'x']);
    expect(problems).toHaveLength(4);
  });
});
