import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/index.ts';
import { compareQuantities, isSameQuantity, parseQuantity } from './quantity.ts';

describe('parseQuantity', () => {
  it.each([
    ['0', 0n, 0],
    ['-0.000Ki', 0n, 0],
    ['1', 1n, 0],
    ['+1', 1n, 0],
    ['007', 7n, 0],
    ['1.', 1n, 0],
    ['.5', 5n, -1],
    ['-1.50', -15n, -1],
    ['1n', 1n, -9],
    ['1u', 1n, -6],
    ['1500m', 15n, -1],
    ['1k', 1n, 3],
    ['1M', 1n, 6],
    ['1G', 1n, 9],
    ['1T', 1n, 12],
    ['1P', 1n, 15],
    ['1E', 1n, 18],
    ['1Ki', 1024n, 0],
    ['1Mi', 1048576n, 0],
    ['1Gi', 1073741824n, 0],
    ['1Ti', 1099511627776n, 0],
    ['1Pi', 1125899906842624n, 0],
    ['1Ei', 1152921504606846976n, 0],
    ['0.5Ki', 512n, 0],
    ['1.5Gi', 1610612736n, 0],
    ['1e3', 1n, 3],
    ['1E3', 1n, 3],
    ['12e-3', 12n, -3],
    ['1.25E+2', 125n, 0],
    ['9223372036854775808', 9223372036854775808n, 0],
  ])('reads %s', (text, mantissa, exponent) => {
    expect(parseQuantity(text)).toEqual({ mantissa, exponent });
  });

  it.each([
    ['nothing', ''],
    ['a sign alone', '-'],
    ['a point alone', '.'],
    ['a suffix alone', 'Gi'],
    ['a space', '1 Gi'],
    ['a line behind it', '1\n'],
    ['two points', '1.2.3'],
    ['two suffixes', '1kk'],
    ['the suffix K, which is none', '1K'],
    ['the suffix ki, which is none', '1ki'],
    ['an exponent and a suffix', '1e3k'],
    ['an exponent that is no integer', '1e1.5'],
    ['a lone e', '1e'],
    ['an exponent beyond measure', '1e1000001'],
    ['a text beyond measure', '1'.repeat(129)],
    ['words', 'constructor'],
  ])('refuses %s', (_title, text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });
});

describe('compareQuantities', () => {
  it.each([
    ['999m', '1', -1],
    ['1Gi', '1G', 1],
    ['-1', '-999m', -1],
    ['-2', '1m', -1],
    ['0', '1n', -1],
    ['0', '-1n', 1],
    ['0', '0Gi', 0],
    ['1e1000000', '1Ei', 1],
    ['-1e1000000', '-1Ei', -1],
    ['1e-1000000', '0', 1],
    ['1', '1e999999', -1],
    ['1000000000000000000000000001', '1000000000000000000000000002', -1],
  ])('puts %s and %s in order', (a, b, expected) => {
    const left = parseQuantity(a);
    const right = parseQuantity(b);
    if (left === undefined || right === undefined) throw new Error('No quantities.');
    expect(Math.sign(compareQuantities(left, right))).toBe(expected);
    expect(Math.sign(compareQuantities(right, left)) + expected).toBe(0);
  });
});

describe('isSameQuantity', () => {
  it.each<readonly [string, JsonValue, JsonValue, boolean]>([
    ['1000m and 1 are', '1000m', '1', true],
    ['a number and its text are', 1, '1', true],
    ['a large integer and its text are', 18446744073709551615n, '18446744073709551615', true],
    ['a tiny number and its text are', 1e-7, '100n', true],
    ['1Gi and 1024Mi are', '1Gi', '1024Mi', true],
    ['1G and 1Gi are not', '1G', '1Gi', false],
    ['equal words are not', 'web', 'web', false],
    ['true and true are not', true, true, false],
    ['null and 0 are not', null, 0, false],
  ])('%s', (_title, a, b, expected) => {
    expect(isSameQuantity(a, b)).toBe(expected);
  });
});
