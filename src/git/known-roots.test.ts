import { expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { KnownRoots, ObjectReader, openRepository, rootCommits } from './index.ts';

/** A history, each commit of which is followed in turn: its commits, in order, from a repository with one. */
type History = (repository: TestRepository) => readonly string[];

const commit = (repository: TestRepository, name: string): string => repository.write({ [name]: name }).commit();

it.each<readonly [title: string, history: History]>([
  ['a branch that goes on', (repository) => ['a', 'b', 'c'].map((name) => commit(repository, name))],
  [
    'a commit that is there twice',
    (repository) => Array.from({ length: 2 }, () => repository.git('rev-parse', 'HEAD')),
  ],
  [
    'a branch that was far away',
    (repository) => {
      const first = commit(repository, 'a');
      for (const name of ['b', 'c', 'd']) commit(repository, name);
      return [first, commit(repository, 'z')];
    },
  ],
  [
    'a branch into which another history was merged',
    (repository) => {
      const first = commit(repository, 'a');
      repository.git('checkout', '--quiet', '--orphan', 'other');
      commit(repository, 'b');
      repository.git('checkout', '--quiet', 'main');
      repository.git('merge', '--quiet', '--allow-unrelated-histories', '-m', 'merge', 'other');
      return [first, repository.git('rev-parse', 'HEAD'), commit(repository, 'c')];
    },
  ],
  [
    'a branch that was replaced by another history',
    (repository) => {
      const first = commit(repository, 'a');
      repository.git('checkout', '--quiet', '--orphan', 'other');
      return [first, commit(repository, 'b')];
    },
  ],
])('the root commits of %s are those that git finds', async (_title, history) => {
  const repository = new TestRepository();
  repository.write({ first: '1' }).commit();
  const commits = history(repository);
  const opened = await openRepository(repository.folder);
  await using objects = new ObjectReader(opened.gitDir);
  const known = new KnownRoots(2);
  for (const one of commits) expect(await known.of(opened, one, objects)).toEqual(await rootCommits(opened, one));
});
