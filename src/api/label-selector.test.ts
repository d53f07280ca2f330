import { expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

it.each([
  ['null', null, { matchLabels: {}, matchExpressions: [] }],
  ['an empty mapping', {}, { matchLabels: {}, matchExpressions: [] }],
  ['empty parts', { matchLabels: {}, matchExpressions: [] }, { matchLabels: {}, matchExpressions: [] }],
  ['parts that are null', { matchLabels: null, matchExpressions: null }, { matchLabels: {}, matchExpressions: [] }],
  ['labels', { matchLabels: { 'a.b/c': '', d: 'e' } }, { matchLabels: { 'a.b/c': '', d: 'e' }, matchExpressions: [] }],
  [
    'every operator',
    {
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'a', operator: 'NotIn', values: ['z'] },
        { key: 'a', operator: 'Exists' },
        { key: 'a', operator: 'DoesNotExist', values: [] },
      ],
    },
    {
      matchLabels: {},
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'a', operator: 'NotIn', values: ['z'] },
        { key: 'a', operator: 'Exists', values: [] },
        { key: 'a', operator: 'DoesNotExist', values: [] },
      ],
    },
  ],
  [
    'fields in any case, as Go reads them',
    { MatchExpressions: [{ Key: 'a', OPERATOR: 'Exists' }] },
    { matchLabels: {}, matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] },
  ],
])('reads a selector with %s', (_title, value, selector) => {
  expect(parseLabelSelector(value)).toEqual({ ok: true, value: selector });
});

it.each([
  ['text', 'a'],
  ['a list', []],
  ['labels that are a list', { matchLabels: [] }],
  ['a label that is a number', { matchLabels: { a: 1 } }],
  ['a bad key', { matchLabels: { '-a': 'b' } }],
  ['a bad value', { matchLabels: { a: '-b' } }],
  ['an expression that is null', { matchExpressions: [null] }],
  ['an expression that is text', { matchExpressions: ['a in (b)'] }],
  ['an operator in lower case', { matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }] }],
  ['an operator of node selectors', { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }],
  ['no operator', { matchExpressions: [{ key: 'a' }] }],
  ['no key', { matchExpressions: [{ operator: 'Exists' }] }],
  ['In without values', { matchExpressions: [{ key: 'a', operator: 'In' }] }],
  ['NotIn with no values', { matchExpressions: [{ key: 'a', operator: 'NotIn', values: [] }] }],
  ['Exists with values', { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }],
  ['a value that is a number', { matchExpressions: [{ key: 'a', operator: 'In', values: [1] }] }],
  ['a value that is no label value', { matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }] }],
])('refuses a selector with %s', (_title, value) => {
  expect(parseLabelSelector(value)).toEqual({ ok: false });
});
