import { expect, it } from 'vitest';
import { shortDigest } from './short-digest.ts';

it.each([
  ['all of a repository', ['https://git.example.com/fleet.git', undefined, undefined, undefined], '6eb322c3fb'],
  ['a folder of a branch, for two clusters', ['/srv/fleet', 'main', 'apps', ['eu-1', 'us-1']], '5459977797'],
])('%s is called the same by daemons of every version', (_, work, expected) => {
  expect(shortDigest(work)).toBe(expected);
});
