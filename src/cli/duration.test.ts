import { describe, expect, it } from 'vitest';
import { parseTimeout } from './duration.ts';

describe('parseTimeout', () => {
  it.each([
    ['15s', 15_000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
  ])('reads %s as %d ms', (text, expected) => {
    expect(parseTimeout('--request-timeout', text)).toBe(expected);
  });

  it.each([['15'], [''], ['0s'], ['-1s'], ['1s '], ['1d'], ['x1s'], ['1sx'], ['600h']])('refuses "%s"', (text) => {
    expect(() => parseTimeout('--request-timeout', text)).toThrow(/--request-timeout must be a time with a unit/);
  });
});
