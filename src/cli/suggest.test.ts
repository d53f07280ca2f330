import { describe, expect, it } from 'vitest';
import { suggest } from './suggest.ts';

const WORDS = ['init', 'validate', 'render', 'diff', 'sync', 'schema', 'version'];

describe('suggest', () => {
  it.each([
    ['redner', 'render'],
    ['dif', 'diff'],
    ['validat', 'validate'],
    ['snyc', 'sync'],
    ['shcema', 'schema'],
    ['frobnicate', undefined],
    ['', undefined],
    ['x', undefined],
  ])('takes "%s" for %s', (word, expected) => {
    expect(suggest(word, WORDS)).toBe(expected);
  });
});
