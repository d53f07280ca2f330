import { describe, expect, it } from 'vitest';
import { CONTROL_PLANE_ONLY, readSelector, selects } from './federation-v1-selector.ts';
import type { V1Cluster } from './federation-v1-types.ts';

const CLUSTERS = [
  cluster('a', {}),
  cluster('b', { tier: 'gold', cpus: '4' }),
  cluster('c', { tier: 'tin', cpus: '16', old: '' }),
];

function cluster(name: string, labels: V1Cluster['labels']): V1Cluster {
  return { name, labels, region: '', zones: [], isReady: true };
}

function one(key: string, operator: string, values?: readonly string[]): string {
  return JSON.stringify([{ key, operator, ...(values === undefined ? {} : { values }) }]);
}

/** Names of the clusters that are selected now. */
function chosen(text: string | undefined): string {
  const selector = readSelector(text, CLUSTERS);
  return CLUSTERS.filter((known) => selects(selector, known))
    .map(({ name }) => name)
    .join('');
}

const IN_GOLD = { matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold'] }] };
const NOT_GOLD = { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['gold'] }] };

describe('a cluster selector of Federation v1', () => {
  it.each([
    ['in', one('tier', 'in', ['gold']), IN_GOLD, 'b'],
    ['In', one('tier', 'In', ['gold']), IN_GOLD, 'b'],
    ['=', one('tier', '=', ['gold']), { matchLabels: { tier: 'gold' } }, 'b'],
    ['==', one('tier', '==', ['gold']), { matchLabels: { tier: 'gold' } }, 'b'],
    ['notin', one('tier', 'notin', ['gold']), NOT_GOLD, 'ac'],
    ['NotIn', one('tier', 'NotIn', ['gold']), NOT_GOLD, 'ac'],
    ['!=', one('tier', '!=', ['gold']), NOT_GOLD, 'ac'],
    ['exists', one('tier', 'exists'), { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, 'bc'],
    ['Exists', one('old', 'Exists', []), { matchExpressions: [{ key: 'old', operator: 'Exists' }] }, 'c'],
    ['!', one('tier', '!'), { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, 'a'],
    [
      'DoesNotExist',
      one('tier', 'DoesNotExist'),
      { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
      'a',
    ],
  ])('with the operator %s selects by labels', (_, text, selector, names) => {
    expect(readSelector(text, CLUSTERS)).toEqual({ type: 'labels', selector });
    expect(chosen(text)).toBe(names);
  });

  it.each([
    ['gt', '4', 'c', ['16']],
    ['Gt', '3', 'bc', ['16', '4']],
    ['>', '3', 'bc', ['16', '4']],
    ['lt', '16', 'b', ['4']],
    ['Lt', '17', 'bc', ['16', '4']],
    ['<', '5', 'b', ['4']],
  ])('with the operator %s %s is frozen to the clusters of now', (operator, value, names, values) => {
    const read = readSelector(one('cpus', operator, [value]), CLUSTERS);
    const selector = { matchExpressions: [{ key: 'cpus', operator: 'In', values }] };
    expect(read).toEqual({ type: 'frozen', clusters: [...names], selector });
    expect(chosen(one('cpus', operator, [value]))).toBe(names);
  });

  it('that compares with what no cluster has selects none, then and later', () => {
    expect(readSelector(one('cpus', 'gt', ['99']), CLUSTERS)).toEqual({
      type: 'frozen',
      clusters: [],
      selector: {
        matchExpressions: [
          { key: 'cpus', operator: 'Exists' },
          { key: 'cpus', operator: 'DoesNotExist' },
        ],
      },
    });
  });

  it('ands its requirements, of which two equalities of one key cannot both be labels', () => {
    const text = JSON.stringify([
      { Key: 'tier', Operator: '=', Values: ['gold'] },
      { KEY: 'tier', OPERATOR: '=', VALUES: ['tin'] },
    ]);
    expect(readSelector(text, CLUSTERS)).toEqual({
      type: 'labels',
      selector: {
        matchLabels: { tier: 'gold' },
        matchExpressions: [{ key: 'tier', operator: 'In', values: ['tin'] }],
      },
    });
    expect(chosen(text)).toBe('');
  });

  it.each([
    ['no annotation', undefined],
    ['an empty list', '[]'],
    ['null', 'null'],
  ])('of %s selects everything', (_, text) => {
    expect(readSelector(text, CLUSTERS)).toEqual({ type: 'everywhere' });
    expect(chosen(text)).toBe('abc');
  });

  it('that says federation-control-plane keeps the object where it is', () => {
    expect(readSelector(CONTROL_PLANE_ONLY, CLUSTERS)).toEqual({ type: 'controlPlaneOnly' });
    expect(chosen(CONTROL_PLANE_ONLY)).toBe('');
  });

  it.each([
    ['no JSON', 'tier=gold'],
    ['nothing', ''],
    ['an object', '{}'],
    ['a requirement that is a text', '["tier"]'],
    ['an operator that there is not', one('tier', 'IN', ['gold'])],
    ['no operator', '[{"key":"tier","values":["gold"]}]'],
    ['a value that is a number', '[{"key":"tier","operator":"in","values":[1]}]'],
    ['in without values', one('tier', 'in', [])],
    ['= with two values', one('tier', '=', ['a', 'b'])],
    ['exists with a value', one('tier', 'exists', ['a'])],
    ['gt with two values', one('cpus', 'gt', ['1', '2'])],
    ['gt with what is no value of a label', one('cpus', 'gt', ['-1'])],
    ['gt with a word', one('cpus', 'gt', ['many'])],
    ['a key that is none', one('-tier', 'exists')],
    ['a value that no label has', one('tier', 'in', ['no spaces'])],
    ['no key', '[{"operator":"exists"}]'],
  ])('with %s selects nothing', (_, text) => {
    expect(readSelector(text, CLUSTERS).type).toBe('invalid');
    expect(chosen(text)).toBe('');
  });
});
