import { expect, it } from 'vitest';
import { formatChoices, formatFieldPath, nearest, quote } from './wording.ts';

it.each([
  [[], 'the object'],
  [['spec', 'overrides', 0, 'path'], 'spec.overrides[0].path'],
  [['metadata', 'labels', 'a.b/c'], 'metadata.labels["a.b/c"]'],
  [['spec', 'clusters', '*'], 'spec.clusters["*"]'],
])('writes the path %j as %s', (path, text) => {
  expect(formatFieldPath(path)).toBe(text);
});

it('quotes text so that a terminal does nothing with it', () => {
  expect(quote('a\u001b[31m\n\u202e\u0085b')).toBe('"a\\u001b[31m\\n\\u202e\\u0085b"');
});

it('cuts long text', () => {
  expect(quote('x'.repeat(1000))).toBe(`"${'x'.repeat(80)}…"`);
});

it.each([
  ['templateAnotations', 'templateAnnotations'],
  ['Suspend', 'suspend'],
  ['zzzzzzzz', undefined],
])('finds for %s the nearest name %s', (text, found) => {
  expect(nearest(text, ['templateAnnotations', 'suspend', 'status'])).toBe(found);
});

it.each([
  [['a'], 'a'],
  [['a', 'b'], 'a or b'],
  [['a', 'b', 'c'], 'a, b or c'],
])('joins %j to %s', (choices, text) => {
  expect(formatChoices(choices)).toBe(text);
});
