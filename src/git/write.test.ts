import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import {
  branchTip,
  checkUrl,
  commitsBetween,
  EMPTY_TREE,
  fetchAgain,
  fetchBranch,
  fetchRepository,
  isDirty,
  isShallow,
  mergeBase,
  ObjectReader,
  openRepository,
  pushCommit,
  readCommit,
  readFilesAt,
  resolveCommit,
  rootCommits,
  treeId,
  updateBranch,
  withoutCredentials,
  writeCommit,
} from './index.ts';

const time = new Date('2026-01-02T03:04:05Z');

function changes(files: Record<string, string | null>): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(files));
}

describe('a commit without a work tree', () => {
  it('starts a branch, goes on from it, and is none when nothing changes', async () => {
    const repository = new TestRepository();
    repository.commit();
    const opened = await openRepository(repository.folder);
    const message = 'status: one\n\nSource-Commit: abc\n';
    const first = await writeCommit(opened, {
      parent: undefined,
      changes: changes({ 'a/b.yaml': 'b\n', 'q "x".md': 'é' }),
      message,
      time,
    });
    expect(await updateBranch(opened, 'gitfed/status', first ?? '', undefined)).toBe(true);
    expect(await branchTip(opened, 'gitfed/status')).toBe(first);
    expect(repository.git('log', '-1', '--format=%an <%ae> %at %B', 'gitfed/status')).toBe(
      `gitfed <gitfed@localhost> 1767323045 ${message.trim()}`,
    );
    expect(repository.git('status', '--porcelain')).toBe('');

    const same = { parent: first, changes: changes({ 'a/b.yaml': 'b\n' }), message, time };
    expect(await writeCommit(opened, same)).toBeUndefined();
    const second = await writeCommit(opened, {
      parent: first,
      changes: changes({ 'a/b.yaml': null, 'c.md': 'c' }),
      message,
      time,
    });
    expect(await readFilesAt(opened, second ?? '')).toEqual(
      new Map([
        ['c.md', 'c'],
        ['q "x".md', 'é'],
      ]),
    );
    expect(await treeId(opened, first ?? '', 'a')).toBe(repository.git('rev-parse', `${first}:a`));
    expect(await treeId(opened, second ?? '', 'a')).toBe(EMPTY_TREE);
    expect(repository.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/gitfed/status\nrefs/heads/main');
    expect(repository.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it.each(['../x', 'a/../b', '.git/config', 'a/.GIT/x', 'a//b', '', 'a\nb'])(
    'security row 8: refuses the path %j',
    async (name) => {
      const repository = new TestRepository();
      const request = { parent: undefined, changes: changes({ [name]: 'x' }), message: 'm', time };
      await expect(writeCommit(await openRepository(repository.folder), request)).rejects.toMatchObject({
        code: 'INTERNAL',
      });
    },
  );

  it('a branch moves only from where it was expected', async () => {
    const repository = new TestRepository();
    const [a, b] = [repository.commit('a'), repository.commit('b')];
    const opened = await openRepository(repository.folder);
    expect(await updateBranch(opened, 's', a, undefined)).toBe(true);
    expect(await updateBranch(opened, 's', b, undefined)).toBe(false);
    expect(await updateBranch(opened, 's', a, b)).toBe(false);
    expect(await updateBranch(opened, 's', b, a)).toBe(true);
  });

  it.each([
    ['a branch whose name is a ref', 'x', ['refs/heads/refs/heads/x']],
    ['a tag', 'x', ['refs/tags/refs/heads/x']],
    ['the HEAD of a remote', 'x', ['refs/remotes/refs/heads/x/HEAD']],
    ['a ref below refs', 'x', ['refs/refs/heads/x']],
    ['a commit that its name ends in', 'x-gCOMMIT', []],
  ])('%s is not taken for a branch', async (_title, name, others) => {
    const repository = new TestRepository();
    const [first, commit] = [repository.commit('a'), repository.commit('b')];
    for (const other of others) repository.git('update-ref', other, commit);
    const opened = await openRepository(repository.folder);
    await using objects = new ObjectReader(opened.gitDir);
    const branch = name.replace('COMMIT', commit.slice(0, 10));
    expect(repository.git('rev-parse', `refs/heads/${branch}`)).toBe(commit);
    expect([await branchTip(opened, branch), await branchTip(opened, branch, objects)]).toEqual([undefined, undefined]);

    repository.git('branch', branch, first);
    expect([await branchTip(opened, branch), await branchTip(opened, branch, objects)]).toEqual([first, first]);
  });

  it('a branch that is checked out is left alone', async () => {
    const repository = new TestRepository();
    const commit = repository.commit();
    const opened = await openRepository(repository.folder);
    await expect(updateBranch(opened, 'main', commit, commit)).rejects.toThrow(/checked out/);
  });
});

describe('history', () => {
  it('tells root commits, merge bases, dirt and trailers', async () => {
    const repository = new TestRepository().write({ 'a.yaml': 'a' });
    const root = repository.commit('root');
    const next = repository.commit('allow\n\nText: not a trailer, but\nGitfed-Allow: maxDeletions because');
    const opened = await openRepository(repository.folder);
    expect(await rootCommits(opened, next)).toEqual([root]);
    expect(await mergeBase(opened, 'HEAD~1', 'HEAD')).toBe(root);
    expect(await commitsBetween(opened, root, next)).toMatchObject([
      {
        id: next,
        subject: 'allow',
        trailers: expect.arrayContaining([{ key: 'Gitfed-Allow', value: 'maxDeletions because' }]),
      },
    ]);
    expect(await commitsBetween(opened, undefined, root)).toMatchObject([{ id: root, trailers: [] }]);
    expect(await isDirty(opened)).toBe(false);
    repository.write({ 'b.yaml': 'b' });
    expect(await isDirty(opened)).toBe(true);
    expect(await isShallow(opened)).toBe(false);
  });
});

describe('remotes', () => {
  it('a file:// repository is fetched bare, read, and pushed to without force', async () => {
    const origin = new TestRepository({ bare: true });
    const work = new TestRepository().write({ 'a.yaml': 'a' });
    const source = work.commit();
    work.git('push', '--quiet', origin.folder, 'main');
    const url = `file://${origin.folder}`;
    const fetched = await fetchRepository(url, path.join(temporaryFolder(), 'clone'));
    expect(await resolveCommit(fetched, 'HEAD')).toBe(source);
    expect(await resolveCommit(fetched, 'main')).toBe(source);
    expect((await readCommit(fetched, source)).entries).toHaveLength(1);

    const commit = await writeCommit(fetched, {
      parent: undefined,
      changes: changes({ 'a.md': '1' }),
      message: 'm',
      time,
    });
    expect(await pushCommit(fetched, url, commit ?? '', 'gitfed/status')).toEqual({ result: 'pushed' });
    const rival = await writeCommit(fetched, {
      parent: undefined,
      changes: changes({ 'b.md': '2' }),
      message: 'm',
      time,
    });
    expect(await pushCommit(fetched, url, rival ?? '', 'gitfed/status')).toEqual({ result: 'stale' });
    await fetchAgain(fetched);
    expect(await branchTip(fetched, 'gitfed/status')).toBe(commit);

    work.git('remote', 'add', 'origin', origin.folder);
    const local = await openRepository(work.folder);
    expect(await fetchBranch(local, 'origin', 'gitfed/status')).toBe(commit);
    expect(await fetchBranch(local, 'origin', 'none')).toBeUndefined();
  });

  it('a push that a hook refuses gives its words', async () => {
    const origin = new TestRepository({ bare: true });
    origin.write({ 'hooks/pre-receive': '#!/bin/sh\necho "branch is protected" >&2\nexit 1\n' });
    chmodSync(path.join(origin.folder, 'hooks/pre-receive'), 0o755);
    const work = new TestRepository();
    const commit = work.commit();
    const result = await pushCommit(
      await openRepository(work.folder),
      `file://${origin.folder}`,
      commit,
      'gitfed/status',
    );
    expect(result).toMatchObject({ result: 'refused', words: expect.stringContaining('protected') });
  });

  it('security row 8: a repository with an object that is made to do harm is not taken over', async () => {
    const origin = new TestRepository({ bare: true });
    const blob = origin.gitWith('[core]\nfsmonitor = id\n', 'hash-object', '-w', '--stdin');
    const entry = Buffer.concat([Buffer.from('100644 .GIT\0'), Buffer.from(blob, 'hex')]);
    const tree = origin.gitWith(entry, 'hash-object', '-t', 'tree', '--literally', '-w', '--stdin');
    origin.git('update-ref', 'refs/heads/main', origin.git('commit-tree', '-m', 'm', tree));
    const target = path.join(temporaryFolder(), 'clone');
    const fetched = fetchRepository(`file://${origin.folder}`, target);
    await expect(fetched).rejects.toThrow(/made to do harm: object [0-9a-f]{40}: hasDotgit/);
    await expect(resolveCommit(await openRepository(target), tree)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each(['ext::sh -c id', '--upload-pack=id', 'https://a\nb', 'EXT::x', 'javascript:x', 'git://h/x'])(
    'security row 7: %j is refused',
    (url) => {
      expect(() => checkUrl(url)).toThrow();
    },
  );

  it('security row 9: no message holds the credentials of a URL', async () => {
    expect(withoutCredentials('fatal: https://user:s3cret@host/x and ssh://git@h/y')).toBe(
      'fatal: https://host/x and ssh://h/y',
    );
    const target = path.join(temporaryFolder(), 'clone');
    const failed = await fetchRepository('https://user:s3cret@127.0.0.1:1/x', target).catch((error: Error) => error);
    expect(failed).toBeInstanceOf(Error);
    expect(String(failed)).not.toContain('s3cret');
  });
});
