import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { ObjectReader, openRepository, readFilesAt } from './index.ts';

describe('a reader of objects', () => {
  it('finds what a revision names, in the order of the questions, and nothing for what names nothing', async () => {
    const repository = new TestRepository().write({ 'a/b.txt': 'x\n' });
    const commit = repository.commit('first');
    await using objects = new ObjectReader((await openRepository(repository.folder)).gitDir);
    const names = ['HEAD^{commit}', 'no branch 12', 'HEAD:a/b.txt', 'HEAD:none', '', 'HEAD\nHEAD', '--help'];
    const found = await Promise.all(names.map((name) => objects.find(name)));
    expect(found.map((object) => object?.type)).toEqual(['commit', undefined, 'blob', ...Array(4).fill(undefined)]);
    expect(found[0]?.id).toBe(commit);
    expect(Buffer.from(found[2]?.content ?? []).toString()).toBe('x\n');
  });

  it('takes what it is not told for an error, never for nothing', async () => {
    const repository = new TestRepository();
    repository.commit('first');
    const objects = new ObjectReader((await openRepository(repository.folder)).gitDir);
    await objects.close();
    await expect(objects.find('HEAD')).rejects.toMatchObject({ code: 'GIT' });
  });
});

describe('the files at a commit', () => {
  it('are those of every folder, or of one, and their absence is told from a commit that is not there', async () => {
    const repository = new TestRepository().write({ 'a/b/c.txt': 'é', 'a/d.txt': '', 'e.txt': 'e' });
    const commit = repository.commit('files');
    const opened = await openRepository(repository.folder);
    const all = { 'a/b/c.txt': 'é', 'a/d.txt': '', 'e.txt': 'e' };
    expect(Object.fromEntries(await readFilesAt(opened, commit))).toEqual(all);
    expect([...(await readFilesAt(opened, commit, { folder: 'a' })).keys()]).toEqual(['a/b/c.txt', 'a/d.txt']);
    expect(await readFilesAt(opened, commit, { folder: 'none' })).toEqual(new Map());
    await expect(readFilesAt(opened, '1'.repeat(40))).rejects.toMatchObject({ code: 'GIT' });
  });
});
