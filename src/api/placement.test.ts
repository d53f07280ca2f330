import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/index.ts';
import { readPlacement } from './placement.ts';
import { formatFieldPath } from './wording.ts';

const EVERYWHERE = { matchLabels: {}, matchExpressions: [] };
const BROKEN = { matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }] };
const PROBLEM =
  'placement.clusterSelector.matchExpressions[0].operator "in" is not one of In, NotIn, Exists, DoesNotExist (case matters)';

function read(value: JsonValue | undefined, isPlanned = false): { placement: unknown; problems: string[] } {
  const problems: string[] = [];
  const placement = readPlacement(value, ['placement'], isPlanned, (path, problem) => {
    problems.push(`${formatFieldPath(path)} ${problem}`);
  });
  return { placement: placement.ok ? placement.value : 'error', problems };
}

describe('a placement', () => {
  it.each<[string, JsonValue | undefined, unknown]>([
    ['that is absent', undefined, {}],
    ['that is null', null, {}],
    ['that is empty', {}, {}],
    ['with null in both fields', { clusters: null, clusterSelector: null }, {}],
    ['with an empty list', { clusters: [] }, { clusters: [] }],
    ['with an empty selector', { clusterSelector: {} }, { clusterSelector: EVERYWHERE }],
    ['with both', { clusters: [{ name: 'a' }], clusterSelector: {} }, { clusters: ['a'], clusterSelector: EVERYWHERE }],
    [
      'with odd entries',
      { clusters: [{ name: 'b' }, {}, { name: null }, null, { name: 'b' }] },
      { clusters: ['b', '', '', '', 'b'] },
    ],
    ['with more fields in an entry', { clusters: [{ name: 'a', weight: 1 }] }, { clusters: ['a'] }],
    ['in another case', { Clusters: [{ NAME: 'a' }] }, { clusters: ['a'] }],
    [
      'with a list beside a broken selector',
      { clusters: [{ name: 'a' }], clusterSelector: BROKEN },
      { clusters: ['a'], invalidSelector: PROBLEM },
    ],
  ])('%s is read without a problem', (_title, value, placement) => {
    expect(read(value)).toEqual({ placement, problems: [] });
  });

  it.each<[string, JsonValue, string]>([
    ['that is a list', [], 'placement must be a mapping, not a list'],
    [
      'with names as text',
      { clusters: ['a'] },
      'placement.clusters[0] must be a mapping like {name: eu-1}, not a string',
    ],
    ['with a mapping for the list', { clusters: { name: 'a' } }, 'placement.clusters must be a list, not a mapping'],
    [
      'with a name that is a number',
      { clusters: [{ name: 1 }] },
      'placement.clusters[0].name must be a string, not a number: put it in quotes',
    ],
    [
      'with a selector that is text',
      { clusterSelector: 'a=b' },
      'placement.clusterSelector must be a mapping, not a string',
    ],
    [
      'with a label that YAML read as a boolean',
      { clusterSelector: { matchLabels: { a: true } } },
      'placement.clusterSelector.matchLabels.a must be a string, not a boolean: put it in quotes',
    ],
    ['with a broken selector', { clusterSelector: BROKEN }, PROBLEM],
    [
      'with a list and a selector of the wrong type',
      { clusters: [], clusterSelector: 5 },
      'placement.clusterSelector must be a mapping, not a number',
    ],
  ])('%s is an error', (_title, value, problem) => {
    expect(read(value)).toEqual({ placement: 'error', problems: [problem] });
  });

  it('may have a broken selector where a preference chooses the clusters', () => {
    expect(read({ clusterSelector: BROKEN }, true)).toEqual({ placement: { invalidSelector: PROBLEM }, problems: [] });
  });
});
