import { describe, expect, it, vi } from 'vitest';
import { breakGit, KILLED, WITHOUT_RESOURCES } from '../../test/helpers/broken-git.ts';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import {
  acceptedCommit,
  GitProcessError,
  isDescendant,
  mergeBase,
  openRepository,
  type Repository,
  recordAccepted,
  resolveCommit,
} from './index.ts';
import { mergeBaseOf } from './tracked-branch.ts';

interface Asked {
  readonly repository: Repository;
  readonly first: string;
  readonly second: string;
}

const QUESTIONS: readonly [what: string, command: string, ask: (asked: Asked) => Promise<unknown>][] = [
  ['which commit was accepted', 'show-ref', ({ repository }) => acceptedCommit(repository, 'main')],
  [
    'whether a commit descends from another',
    'merge-base',
    ({ repository, first, second }) => isDescendant(repository, second, first),
  ],
  [
    'where two histories parted',
    'merge-base',
    ({ repository, first, second }) => mergeBaseOf(repository, first, second),
  ],
  [
    'what two commits have in common',
    'merge-base',
    ({ repository, first, second }) => mergeBase(repository, first, second),
  ],
  ['what a revision means', 'rev-parse', ({ repository, second }) => resolveCommit(repository, second)],
];

async function asked(): Promise<Asked> {
  const work = new TestRepository();
  const first = work.write({ a: '1' }).commit();
  const second = work.write({ a: '2' }).commit();
  const repository = await openRepository(work.folder);
  await recordAccepted(repository, 'main', second);
  return { repository, first, second };
}

describe('a git process that breaks off', () => {
  const HOW = { 'was killed': KILLED, 'lacks resources': WITHOUT_RESOURCES };
  const rows = Object.entries(HOW).flatMap(([why, how]) => QUESTIONS.map((row) => [why, ...row, how] as const));

  it.each(rows)('because it %s is no answer to %s', async (_why, _what, where, ask, how) => {
    const repository = await asked();
    const mend = breakGit({ where, how });
    await expect(ask(repository)).rejects.toThrow(GitProcessError);
    mend();
    await expect(ask(repository)).resolves.toBeTruthy();
  });

  it.each(QUESTIONS)('because there is no git is no answer to %s', async (_what, _command, ask) => {
    const repository = await asked();
    vi.stubEnv('PATH', temporaryFolder());
    await expect(ask(repository)).rejects.toThrow(/git was not found/);
    vi.unstubAllEnvs();
  });
});
