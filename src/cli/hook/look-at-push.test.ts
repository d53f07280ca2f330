import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../../test/helpers/git-repository.ts';
import { openRepository } from '../../git/index.ts';
import type { Io, Output } from '../io.ts';
import { decidePush } from './decide-push.ts';
import { folderInRepository, fullRef, lookAtPush, unfollowedNote } from './look-at-push.ts';
import type { HookSettings } from './settings.ts';

const SETTINGS: HookSettings = { timeoutMs: 50_000, onTimeout: 'allow', onFailure: 'allow', onErrors: 'refuse' };

/** Looks at a push with a program in place of gitfed. @returns the exit code, and what was said. */
async function decide(code: string, settings: Partial<HookSettings>): Promise<readonly [number, string]> {
  const repository = await openRepository(new TestRepository({ bare: true }).folder);
  let said = '';
  const stderr: Output = {
    isTTY: false,
    write: async (text) => {
      said += text;
    },
  };
  const self = [process.execPath, '-e', code, '--'];
  const io: Io = { stdout: stderr, stderr, cwd: '/', env: {}, self, interruption: () => new AbortController().signal };
  const update = { ref: 'refs/heads/main', after: 'a'.repeat(40) };
  const all = { ...SETTINGS, ...settings };
  const request = { hook: 'pre-receive', path: '', update, refusesErrors: true, repository } as const;
  const look = await lookAtPush({ ...request, timeoutMs: all.timeoutMs }, io);
  return [await decidePush(look, all, { refusal: 'It is refused' }, io), said];
}

describe('a push that nobody could look at', () => {
  it.each<[title: string, code: string, says: string]>([
    [
      'because gitfed crashed',
      'process.kill(process.pid, "SIGSEGV")',
      'gitfed failed without a word: a signal ended it.',
    ],
    [
      'because gitfed could not go on',
      'console.error("gitfed: the disk is full"); process.exit(2)',
      'gitfed: the disk is full',
    ],
    [
      'because gitfed ended in the middle',
      'console.log("{\\"te")',
      'gitfed failed without a word: it ended with code 0.',
    ],
    ['because gitfed wrote to the terminal', 'console.error("\\u001b[2J"); process.exit(1)', '\\u{1b}[2J'],
  ])('%s goes through with a note, or is refused', async (_title, code, says) => {
    expect(await decide(code, {})).toEqual([
      0,
      `${says}\ngitfed: The push goes through, and nobody looked at it (--on-failure allow).\n`,
    ]);
    expect(await decide(code, { onFailure: 'refuse' })).toEqual([
      1,
      `${says}\ngitfed: It is refused (--on-failure refuse).\n`,
    ]);
  });

  it('because gitfed computes for ever goes through with a note, or is refused', async () => {
    const late = 'gitfed: Gave up after 0.1 s: it takes longer to see what the push means.\n';
    expect(await decide('for (;;);', { timeoutMs: 100, onFailure: 'refuse' })).toEqual([
      0,
      `${late}gitfed: The push goes through, and nobody looked at it (--on-timeout allow).\n`,
    ]);
    expect(await decide('for (;;);', { timeoutMs: 100, onTimeout: 'refuse' })).toEqual([
      1,
      `${late}gitfed: It is refused (--on-timeout refuse).\n`,
    ]);
  });
});

describe('what a hook is told', () => {
  it.each([
    ['main', 'refs/heads/main'],
    ['team/production', 'refs/heads/team/production'],
    ['refs/heads/main', 'refs/heads/main'],
  ])('the branch %s is %s', (name, ref) => {
    expect(fullRef(name)).toBe(ref);
  });

  it.each([
    [undefined, ''],
    ['.', ''],
    ['./fleet//shop/', 'fleet/shop'],
  ])('the folder %s is %j', (name, folder) => {
    expect(folderInRepository(name)).toBe(folder);
  });

  it.each(['..', 'a/../../b', '/etc'])('the folder %s is none of the repository', (name) => {
    expect(() => folderInRepository(name)).toThrow('--path must be a folder of the repository');
  });

  it('branches that are new are worth a note where the one that is followed is not there, and tags are not', () => {
    const after = 'a'.repeat(40);
    expect(unfollowedNote('refs/heads/main', [{ ref: 'refs/tags/v1', after }])).toBeUndefined();
    expect(unfollowedNote('refs/heads/main', [{ ref: 'refs/heads/a', before: after, after }])).toBeUndefined();
    expect(
      unfollowedNote('refs/heads/main', [
        { ref: 'refs/heads/a', after },
        { ref: 'refs/heads/b', after },
      ]),
    ).toContain('did not look at a, b.');
  });
});
