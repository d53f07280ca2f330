import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

it.each([
  ['0', 0],
  ['20s', 20],
  ['1m30s', 90],
  ['1.5h', 5400],
  ['.5s', 0.5],
  ['1.s', 1],
  ['500ms', 0.5],
  ['-2s', -2],
  ['+2s', 2],
  ['1h1m1s', 3661],
])('reads %s as %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

it.each(['', '5', 's', '1 s', '1d', '1s1', 'x1s', '1.2.3s', '--1s'])('does not take %j for a duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
