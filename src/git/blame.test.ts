import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { blameLines } from './blame.ts';
import { openRepository } from './repository.ts';

/** `1`: one character of history for each line, in order. */
async function authorsOf(repository: TestRepository, file: string, lines: readonly number[], commit?: string) {
  const found = await blameLines(await openRepository(repository.folder), file, lines, commit);
  return lines.map((line) => {
    const history = found.get(line);
    if (history === undefined) return 'unknown';
    return history.committed ? `${history.subject} by ${history.author}` : 'not committed';
  });
}

describe('who wrote a line', () => {
  it('is the author of the commit that changed it last', async () => {
    const repository = new TestRepository().write({ 'a b.yaml': 'one\ntwo\n' });
    const first = repository.commit('First');
    repository.write({ 'a b.yaml': 'one\n2\n' }).commit('Second');

    expect(await authorsOf(repository, 'a b.yaml', [1, 2])).toEqual(['First by Test', 'Second by Test']);
    expect(await authorsOf(repository, 'a b.yaml', [2], first)).toEqual(['First by Test']);
    const histories = await blameLines(await openRepository(repository.folder), 'a b.yaml', [1]);
    expect(histories.get(1)).toEqual({
      committed: true,
      commit: first,
      author: 'Test',
      date: '2026-01-01T00:00:00Z',
      subject: 'First',
      isOldest: false,
    });
  });

  it('is nobody yet where the working tree differs from the commit', async () => {
    const repository = new TestRepository().write({ 'a.yaml': 'one\ntwo\n' });
    repository.commit('First');
    repository.write({ 'a.yaml': 'one\n2\n', 'new.yaml': 'three\n' });

    expect(await authorsOf(repository, 'a.yaml', [1, 2])).toEqual(['First by Test', 'not committed']);
    expect(await authorsOf(repository, 'new.yaml', [1])).toEqual(['not committed']);
  });

  it('is nobody yet in a repository without a commit', async () => {
    const repository = new TestRepository().write({ 'a.yaml': 'one\n' });
    expect(await authorsOf(repository, 'a.yaml', [1])).toEqual(['not committed']);
  });

  it('is not known of a line or a file that is not there', async () => {
    const repository = new TestRepository().write({ 'a.yaml': 'one\n' });
    const commit = repository.commit('First');
    expect(await authorsOf(repository, 'a.yaml', [7])).toEqual(['unknown']);
    expect(await authorsOf(repository, 'b.yaml', [1], commit)).toEqual(['unknown']);
  });

  it('may be somebody before the beginning of a shallow clone', async () => {
    const origin = new TestRepository().write({ 'a.yaml': 'one\n' });
    origin.commit('First');
    origin.write({ 'b.yaml': 'two\n' }).commit('Second');
    const clone = new TestRepository();
    clone.git('fetch', '--quiet', '--depth=1', `file://${origin.folder}`, 'main');
    clone.git('checkout', '--quiet', '-B', 'main', 'FETCH_HEAD');

    const found = await blameLines(await openRepository(clone.folder), 'a.yaml', [1]);
    expect(found.get(1)).toMatchObject({ subject: 'Second', isOldest: true });
  });

  it('reads no file through a program that the repository names', async () => {
    const repository = new TestRepository().write({ 'a.yaml': 'one\n', '.gitattributes': '*.yaml diff=shout\n' });
    repository.git('config', 'diff.shout.textconv', 'false');
    repository.commit('First');
    expect(await authorsOf(repository, 'a.yaml', [1])).toEqual(['First by Test']);
  });
});
