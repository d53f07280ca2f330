import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { openRepository } from '../git/index.ts';
import { isAllowedByOption, isAllowedSince, readAllowances } from './allowances.ts';

const ALLOW = 'Gitfed-Allow: maxClusters';

/** Gates and reasons of the commits from `base` to HEAD. */
async function allowed(repository: TestRepository, base: string | undefined): Promise<readonly string[]> {
  const allowances = await readAllowances(await openRepository(repository.folder), base, 'HEAD');
  return allowances.map(({ gate, reason }) => `${gate}: ${reason}`);
}

describe('what commits allow', () => {
  it('is what those say that the newer side has and the older one has not, the newest first', async () => {
    const repository = new TestRepository();
    repository.commit(`Before\n\n${ALLOW} long ago`);
    const base = repository.commit(`The base\n\n${ALLOW} it is the base's`);
    repository.commit(`One\n\n${ALLOW} the first`);
    const head = repository.commit(
      'Two\n\nSigned-off-by: Ann <ann@shop.example>\nGITFED-allow: protected, maxDeletions\n  folded reason',
    );
    const found = await readAllowances(await openRepository(repository.folder), base, 'HEAD');
    expect(found).toEqual([
      { gate: 'protected', reason: 'folded reason', commit: { id: head, author: 'Test' } },
      { gate: 'maxDeletions', reason: 'folded reason', commit: { id: head, author: 'Test' } },
      { gate: 'maxClusters', reason: 'the first', commit: { id: expect.any(String), author: 'Test' } },
    ]);
  });

  it.each([
    ['in the subject alone', ALLOW],
    ['before the last paragraph', `One\n\n${ALLOW}\n\nAnd more.`],
    ['in the middle of a sentence', `One\n\nSomebody wrote ${ALLOW} here.`],
    ['without a gate', 'One\n\nGitfed-Allow:'],
  ])('does not count %s', async (_title, message) => {
    const repository = new TestRepository();
    const base = repository.commit();
    repository.commit(message);
    expect(await allowed(repository, base)).toEqual([]);
  });

  it('counts on a merged branch, and on the merge', async () => {
    const repository = new TestRepository();
    const base = repository.commit();
    repository.git('checkout', '--quiet', '-b', 'topic');
    repository.commit(`One\n\n${ALLOW} of the branch`);
    repository.git('checkout', '--quiet', 'main');
    repository.commit('Meanwhile');
    repository.git('merge', '--quiet', '--no-ff', '-m', `Merge\n\n${ALLOW} of the merge`, 'topic');
    expect(await allowed(repository, base)).toEqual(['maxClusters: of the merge', 'maxClusters: of the branch']);
  });

  it.each([
    ['there is none', undefined],
    ['it is not known here', '1'.repeat(40)],
  ])('is what the newest commit says where %s to count from', async (_title, base) => {
    const repository = new TestRepository();
    repository.commit(`Before\n\n${ALLOW} long ago`);
    repository.commit(`Now\n\n${ALLOW} now`);
    expect(await allowed(repository, base)).toEqual(['maxClusters: now']);
  });

  it('is nothing on the way back', async () => {
    const repository = new TestRepository();
    const first = repository.commit();
    const second = repository.commit(`One\n\n${ALLOW}`);
    expect(await readAllowances(await openRepository(repository.folder), second, first)).toEqual([]);
  });

  it.each([
    ['maxDeletions', true],
    ['MaxDeletions: the shop closes', true],
    ['maxClusters, maxDeletions the shop closes', true],
    ['maxClusters because of maxDeletions', false],
    ['protected', false],
  ])('lets deletions through with %j: %s', async (value, isAllowed) => {
    const repository = new TestRepository();
    const base = repository.commit();
    const head = repository.commit(`One\n\nGitfed-Allow: ${value}`);
    const opened = await openRepository(repository.folder);
    expect(await isAllowedSince(opened, base, head)).toBe(isAllowed);
    // What a member says of itself is no revision.
    expect(await isAllowedSince(opened, '--all', head)).toBe(isAllowed);
  });
});

it.each<[allow: readonly string[] | undefined, isAllowed: boolean]>([
  [undefined, false],
  [['maxClusters'], false],
  [['maxClusters', 'prune.maxDeletions'], true],
])('the options %j let deletions through: %s', (allow, isAllowed) => {
  expect(isAllowedByOption(allow === undefined ? {} : { allow }, 'maxDeletions')).toBe(isAllowed);
});
