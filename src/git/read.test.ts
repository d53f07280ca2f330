import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import type { RepositorySnapshot } from '../api/index.ts';
import { openRepository, readCommit, readWorkingTree, resolveCommit } from './index.ts';

/** What a snapshot holds, one line an entry. */
function summary(snapshot: RepositorySnapshot): string[] {
  const lines = snapshot.entries.map((entry) => {
    if (entry.kind === 'file') return `file ${entry.path} ${Buffer.from(entry.content).toString('utf8').trim()}`;
    return entry.kind === 'unreadable' ? `${entry.reason} ${entry.path}` : `${entry.kind} ${entry.path}`;
  });
  return snapshot.configuration === undefined ? lines : [...lines, `configuration ${snapshot.configuration.path}`];
}

async function readBoth(repository: TestRepository, prefix = ''): Promise<string[]> {
  const commit = repository.commit();
  const folder = path.join(repository.folder, prefix);
  const opened = await openRepository(folder);
  const fromCommit = await readCommit(opened, await resolveCommit(opened, commit));
  const fromDisk = await readWorkingTree(folder);
  expect(fromDisk).toEqual(fromCommit);
  return summary(fromCommit);
}

describe('a commit and the working tree that it was made of read the same', () => {
  it.each<
    [string, ConstructorParameters<typeof Map<string, string>>[0] | Record<string, string | { link: string }>, string[]]
  >([
    [
      'yaml, yml and json, nothing else',
      { 'a.yaml': 'a', 'b/c.yml': 'c', 'b/d.json': 'd', 'e.txt': 'e', 'f.YAML': 'f' },
      ['file a.yaml a', 'file b/c.yml c', 'file b/d.json d'],
    ],
    [
      'no dot-folders, but dot-files',
      { '.github/w.yaml': 'w', 'a/.x/y.yaml': 'y', '.a.yaml': 'a' },
      ['file .a.yaml a'],
    ],
    [
      'no folders of Kustomize and Helm, reported once',
      {
        'k/kustomization.yaml': 'k',
        'k/a.yaml': 'a',
        'k/deep/Chart.yaml': 'c',
        'h/Chart.yaml': 'h',
        'h/t/b.yaml': 'b',
        'z.yaml': 'z',
      },
      ['foreignDirectory h', 'foreignDirectory k', 'file z.yaml z'],
    ],
    [
      'no folders that gitfed wrote; the chosen path is read whatever it holds',
      {
        '.gitfed-index': 'x.yaml\n',
        'a.yaml': 'a',
        'out/.gitfed-index': 'eu-1/shop/ConfigMap-web.yaml\n',
        'out/eu-1/shop/ConfigMap-web.yaml': 'w',
        'out/eu-1/Chart.yaml': 'c',
        'outer/b.yaml': 'b',
      },
      ['file a.yaml a', 'foreignDirectory out', 'file outer/b.yaml b'],
    ],
    [
      'not what .gitfedignore names',
      {
        '.gitfedignore': '*.tmp.yaml\n/drafts/\n',
        'a.tmp.yaml': 'a',
        'drafts/b.yaml': 'b',
        'deep/drafts/c.yaml': 'c',
        'deep/.gitfedignore': '!keep.tmp.yaml\n',
        'deep/keep.tmp.yaml': 'k',
      },
      ['file deep/drafts/c.yaml c', 'file deep/keep.tmp.yaml k'],
    ],
    [
      'gitfed.yaml apart',
      { 'gitfed.yaml': 'templateAnnotations: Drop', 'a.yaml': 'a' },
      ['file a.yaml a', 'configuration gitfed.yaml'],
    ],
    [
      'pointers of Git LFS as unreadable',
      { 'a.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' },
      ['UnreadableFile a.yaml'],
    ],
    [
      'names with spaces, quotes, newlines and a leading dash',
      { '-a b.yaml': '1', 'q"\'\n.yaml': '2', 'é.yaml': '3' },
      ['file -a b.yaml 1', 'file q"\'\n.yaml 2', 'file é.yaml 3'],
    ],
    ['an empty repository', {}, []],
    [
      'security row 2: a symlink out of the repository is reported and never followed',
      { 'a.yaml': { link: '/etc/passwd' }, d: { link: '/etc' }, 'b.yaml': 'b' },
      ['symlink a.yaml', 'file b.yaml b', 'symlink d'],
    ],
    [
      'security row 4: a file over the limit is not loaded',
      { 'gitfed.yaml': 'limits: {fileBytes: 10}', 'a.yaml': 'x'.repeat(11), 'b.yaml': 'b' },
      ['FileTooLarge a.yaml', 'file b.yaml b', 'configuration gitfed.yaml'],
    ],
  ])('%s', async (_title, files, expected) => {
    const repository = new TestRepository().write(files as Record<string, string>);
    expect(await readBoth(repository)).toEqual(expected);
  });

  it('a path inside, with the configuration of the root', async () => {
    const repository = new TestRepository().write({
      'gitfed.yaml': 'inventory: a',
      'a.yaml': 'a',
      'in/b.yaml': 'b',
      'inner/c.yaml': 'c',
    });
    expect(await readBoth(repository, 'in')).toEqual(['file in/b.yaml b', 'configuration gitfed.yaml']);
  });

  it('a path inside with a configuration of its own', async () => {
    const repository = new TestRepository().write({
      'gitfed.yaml': 'inventory: a',
      'in/gitfed.yaml': 'inventory: b',
      'in/b.yaml': 'b',
    });
    expect(await readBoth(repository, 'in')).toEqual(['file in/b.yaml b', 'configuration in/gitfed.yaml']);
  });

  it('a path inside that gitfed wrote, and one above another', async () => {
    const repository = new TestRepository().write({
      'in/.gitfed-index': 'a.yaml\n',
      'in/a.yaml': 'a',
      'in/out/.gitfed-index': 'b.yaml\n',
      'in/out/b.yaml': 'b',
    });
    expect(await readBoth(repository, 'in')).toEqual(['file in/a.yaml a', 'foreignDirectory in/out']);
    expect(await readBoth(repository, 'in/out/b.yaml')).toEqual(['file in/out/b.yaml b']);
  });

  it('a single file', async () => {
    const repository = new TestRepository().write({ 'in/a.yaml': 'a', 'in/b.yaml': 'b' });
    expect(await readBoth(repository, 'in/b.yaml')).toEqual(['file in/b.yaml b']);
  });

  it('a link that names a folder of the repository is that folder', async () => {
    const repository = new TestRepository().write({ 'real/a.yaml': 'a', current: { link: 'real' }, 'b.yaml': 'b' });
    expect(await readBoth(repository, 'current')).toEqual(['file real/a.yaml a']);
  });

  it('a submodule is reported and not read', async () => {
    const inner = new TestRepository().write({ 'x.yaml': 'x' });
    inner.commit();
    const repository = new TestRepository().write({ 'a.yaml': 'a' });
    repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.folder, 'sub');
    expect(await readBoth(repository)).toEqual(['file a.yaml a', 'submodule sub']);
  });

  it('more files than the limit make the snapshot incomplete', async () => {
    const repository = new TestRepository().write({
      'gitfed.yaml': 'limits: {files: 2}',
      'a.yaml': 'a',
      'b.yaml': 'b',
      'c.yaml': 'c',
    });
    repository.commit();
    expect((await readWorkingTree(repository.folder)).complete).toBe(false);
    const opened = await openRepository(repository.folder);
    expect((await readCommit(opened, await resolveCommit(opened, 'HEAD'))).complete).toBe(false);
  });
});

describe('the working tree alone', () => {
  it('is read without the files that git ignores', async () => {
    const repository = new TestRepository().write({
      '.gitignore': 'out/\n*.local.yaml\n',
      'out/a.yaml': 'a',
      'b.local.yaml': 'b',
      'c.yaml': 'c',
    });
    expect(summary(await readWorkingTree(repository.folder))).toEqual(['file c.yaml c']);
  });

  it('is read without a repository around it', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'a.yaml'), 'a');
    expect(summary(await readWorkingTree(folder))).toEqual(['file a.yaml a']);
  });

  it('is read through a link that names a folder outside any repository', async () => {
    const folder = temporaryFolder();
    const link = path.join(temporaryFolder(), 'link');
    writeFileSync(path.join(folder, 'a.yaml'), 'a');
    symlinkSync(folder, link);
    expect(summary(await readWorkingTree(link))).toEqual(['file a.yaml a']);
  });

  it('reports a link that names a file or nothing, as it does inside a folder', async () => {
    const repository = new TestRepository().write({
      'a.yaml': { link: '/etc/passwd' },
      'b.yaml': { link: 'nowhere' },
    });
    expect(summary(await readWorkingTree(path.join(repository.folder, 'a.yaml')))).toEqual(['symlink a.yaml']);
    expect(summary(await readWorkingTree(path.join(repository.folder, 'b.yaml')))).toEqual(['symlink b.yaml']);
  });

  it('security row 27: a pipe named .yaml is unreadable, and does not hang', async () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [path.join(folder, 'a.yaml')]);
    expect(summary(await readWorkingTree(folder))).toEqual(['UnreadableFile a.yaml']);
  });

  it('says that there is nothing at a path', async () => {
    await expect(readWorkingTree(path.join(temporaryFolder(), 'nowhere'))).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a commit alone', () => {
  it('security row 27: an object that is missing is unreadable, not absent', async () => {
    const repository = new TestRepository().write({ 'a.yaml': 'a', 'b.yaml': 'b' });
    const commit = repository.commit();
    const blob = repository.git('rev-parse', `${commit}:a.yaml`);
    const object = path.join(repository.folder, '.git/objects', blob.slice(0, 2), blob.slice(2));
    chmodSync(object, 0o600);
    rmSync(object);
    const opened = await openRepository(repository.folder);
    // git ls-tree wants the size of every blob: it may refuse as a whole, which deletes nothing either.
    const read = await readCommit(opened, commit).then(summary, (error: { code: string }) => error.code);
    expect([['UnreadableFile a.yaml', 'file b.yaml b'], 'GIT']).toContainEqual(read);
  });

  it('security row 1: an entry named .. stays inside the tree', async () => {
    const repository = new TestRepository();
    const blob = repository.gitWith('evil', 'hash-object', '-w', '--stdin');
    const line = (mode: string, name: string, id: string): Buffer =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
    const inner = repository.gitWith(
      line('100644', 'x.yaml', blob),
      'hash-object',
      '-w',
      '-t',
      'tree',
      '--literally',
      '--stdin',
    );
    const tree = repository.gitWith(
      line('40000', '..', inner),
      'hash-object',
      '-w',
      '-t',
      'tree',
      '--literally',
      '--stdin',
    );
    const commit = repository.git('commit-tree', tree, '-m', 'evil');
    const opened = await openRepository(repository.folder);
    expect(summary(await readCommit(opened, commit))).toEqual([]);
  });

  it('names that are not UTF-8 are reported', async () => {
    const repository = new TestRepository();
    const blob = repository.gitWith('a', 'hash-object', '-w', '--stdin');
    const name = Buffer.from([0x61, 0xff, 0x2e, 0x79, 0x61, 0x6d, 0x6c]);
    const tree = repository.gitWith(
      Buffer.concat([Buffer.from('100644 '), name, Buffer.from([0]), Buffer.from(blob, 'hex')]),
      'hash-object',
      '-w',
      '-t',
      'tree',
      '--stdin',
    );
    const opened = await openRepository(repository.folder);
    expect(summary(await readCommit(opened, repository.git('commit-tree', tree, '-m', 'x')))).toEqual([
      'UnreadableFile a?.yaml',
    ]);
  });

  it.each([
    ['a revision that looks like an option', '--output=/tmp/x'],
    ['one that names nothing', 'nowhere'],
  ])('security row 7: %s is refused', async (_title, ref) => {
    const repository = new TestRepository();
    repository.commit();
    await expect(resolveCommit(await openRepository(repository.folder), ref)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('a path that the commit lacks is an error, not an empty repository', async () => {
    const repository = new TestRepository().write({ 'a.yaml': 'a' });
    const commit = repository.commit();
    const opened = await openRepository(path.join(repository.folder, 'gone/away'));
    expect(opened.prefix).toBe('gone/away');
    await expect(readCommit(opened, commit)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('a repository without a commit says so', async () => {
    await expect(resolveCommit(await openRepository(new TestRepository().folder), 'HEAD')).rejects.toThrow(
      /no commit yet/,
    );
  });
});
