import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGitServer } from '../../test/git-server/git-server.ts';
import { createServedRepository, type ServedRepository } from '../../test/git-server/served-repository.ts';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import {
  defaultBranch,
  fetchAgain,
  fetchRepository,
  isDescendant,
  lsRemote,
  openRepository,
  type Repository,
  resolveCommit,
} from './index.ts';

async function follow(served: ServedRepository): Promise<Repository> {
  return await fetchRepository(`file://${served.bare}`, path.join(temporaryFolder(), 'clone'));
}

/** A ref of the bare repository. */
function setRef(served: ServedRepository, ref: string, commit: string): void {
  served.work.git('push', '--quiet', '--force', served.bare, `${commit}:${ref}`);
}

describe('following a remote', () => {
  it('asks where the branches are at once, and fetches nothing', async () => {
    const served = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder: served.folder });
    const repository = await fetchRepository(`${server.url}/${served.name}`, path.join(temporaryFolder(), 'clone'));
    const next = served.commit({ 'a.yaml': 'b' });
    // Ends alike, and is another ref.
    setRef(served, 'refs/heads/refs/heads/other', next);
    server.log.length = 0;
    const refs = await lsRemote(repository, ['main', 'other', 'gitfed/status']);
    expect(refs).toEqual({ defaultBranch: 'main', branches: new Map([['main', next]]) });
    expect(server.log.map(({ method, service }) => `${method} ${service}`)).toEqual([
      'GET git-upload-pack',
      'POST git-upload-pack',
    ]);
    await expect(resolveCommit(repository, next)).rejects.toThrow(/There is no commit/);
  });

  it('follows the default branch when it is another one', async () => {
    const served = createServedRepository({ 'a.yaml': 'a' });
    const repository = await follow(served);
    const old = await resolveCommit(repository, 'HEAD');
    served.work.git('checkout', '--quiet', '-b', 'trunk');
    const renamed = served.work.write({ 'a.yaml': 'b' }).commit();
    setRef(served, 'refs/heads/trunk', renamed);
    served.work.git('--git-dir', served.bare, 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
    await fetchAgain(repository);
    expect(await resolveCommit(repository, await defaultBranch(repository))).toBe(renamed);
    expect(await resolveCommit(repository, 'main')).toBe(old);
    expect((await lsRemote(repository, [])).defaultBranch).toBe('trunk');
    served.work.git('--git-dir', served.bare, 'update-ref', '-d', 'refs/heads/main');
    await fetchAgain(repository);
    await expect(resolveCommit(repository, 'main')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('tells a commit that goes on from one that does not', async () => {
    const repository = new TestRepository();
    const [first, second] = [repository.commit('first'), repository.commit('second')];
    repository.git('checkout', '--quiet', '--orphan', 'other');
    const other = repository.commit('other');
    const opened = await openRepository(repository.folder);
    expect(await isDescendant(opened, second, first)).toBe(true);
    expect(await isDescendant(opened, first, first)).toBe(true);
    expect(await isDescendant(opened, first, second)).toBe(false);
    expect(await isDescendant(opened, other, first)).toBe(false);
    expect(await isDescendant(opened, first, '1'.repeat(40))).toBe(false);
    await expect(isDescendant(opened, '1'.repeat(40), first)).rejects.toMatchObject({ code: 'GIT' });
  });

  it.each<[title: string, revision: string, meant: 'branch' | 'tag' | undefined]>([
    ['a branch before a tag', 'both', 'branch'],
    ['a branch by its full name', 'refs/heads/both', 'branch'],
    ['a tag by its full name', 'refs/tags/both', 'tag'],
    ['a tag', 'v1', 'tag'],
    ['no tag that is called as the ref of a branch', 'gone', undefined],
    ['no tag that is called as a branch is', 'refs/heads/gone', undefined],
    ['no tag that is called HEAD of a remote', 'origin', undefined],
    ['no description that ends in a commit', 'x-gCOMMIT', undefined],
    ['no log of a ref', 'both@{0}', undefined],
    ['no file', 'both:a.yaml', undefined],
    ['an ancestor of a branch', 'next~1', 'branch'],
    ['the parent of a tag', 'after^', 'tag'],
    ['a commit', 'COMMIT', 'branch'],
  ])('security row 8: takes for a revision %s', async (_title, revision, meant) => {
    const served = createServedRepository({ 'a.yaml': 'a' });
    const branch = served.work.git('rev-parse', 'HEAD');
    const next = served.work.commit('next');
    served.work.git('checkout', '--quiet', '--orphan', 'tagged');
    const tag = served.work.commit('tagged');
    const after = served.work.commit('after');
    const refs = {
      'refs/heads/both': branch,
      'refs/tags/both': tag,
      'refs/heads/next': next,
      'refs/tags/after': after,
      'refs/tags/v1': tag,
      'refs/tags/refs/remotes/origin/gone': tag,
      'refs/tags/refs/heads/gone': tag,
      'refs/tags/origin/gone': tag,
    };
    for (const [ref, commit] of Object.entries(refs)) setRef(served, ref, commit);
    const repository = await follow(served);
    const resolved = resolveCommit(repository, revision.replace('COMMIT', branch.slice(0, 12)));
    if (meant === undefined) await expect(resolved).rejects.toMatchObject({ code: 'USAGE' });
    else expect(await resolved).toBe({ branch, tag }[meant]);
  });

  it('security row 8: takes no tag for the HEAD of a remote that has none', async () => {
    const served = createServedRepository({ 'a.yaml': 'a' });
    const commit = served.work.git('rev-parse', 'HEAD');
    for (const ref of ['refs/tags/HEAD', 'refs/tags/refs/remotes/origin/nowhere']) setRef(served, ref, commit);
    served.work.git('--git-dir', served.bare, 'symbolic-ref', 'HEAD', 'refs/heads/nowhere');
    served.work.git('--git-dir', served.bare, 'update-ref', '-d', 'refs/heads/main');
    await expect(resolveCommit(await follow(served), 'HEAD')).rejects.toMatchObject({ code: 'USAGE' });
  });
});
