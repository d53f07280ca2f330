import { describe, expect, it } from 'vitest';
import { gitFailure, withoutCredentials } from './errors.ts';

describe('what git says', () => {
  it.each([
    ['fatal: not a tree object\n', 'not a tree object'],
    ['Receiving objects:  12% (3/25)\rReceiving objects: 100% (25/25), done.\nerror: no space\n', 'no space'],
    [
      'remote: Enumerating objects: 5, done.        \nremote: Counting objects: 100% (5/5)\rremote: Total 5 (delta 0)\nfatal: early EOF',
      'early EOF',
    ],
    ['remote: error: GH006: Protected branch update failed\n! [remote rejected] a -> a', 'remote: error: GH006:'],
    ['', 'it gave no reason'],
    ['fatal: Authentication failed for https://a:b@x.example/', 'refused the credentials: Authentication failed'],
    ['block timeout reached', 'git gave no answer in time.'],
  ])('%j is told as %j', (stderr, told) => {
    const { message } = gitFailure(new Error(stderr), 'fetch');
    expect(message).toContain('git fetch failed: ');
    expect(message).toContain(told);
    expect(message).not.toContain('a:b@');
  });

  it('goes on without the credentials of any URL', () => {
    expect(withoutCredentials('from https://user:p@ss@x.example/r and ssh://git@y.example')).not.toMatch(
      /user|p@ss|git@/,
    );
  });
});
