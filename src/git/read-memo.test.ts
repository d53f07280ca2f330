import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import type { RepositorySnapshot } from '../api/index.ts';
import { openRepository, ReadMemo, type Repository, readCommit, readWorkingTree, resolveCommit } from './index.ts';

const FILES = { 'a.yaml': 'a', 'deep/b.yaml': 'b', 'deep/er/c.yml': 'c', 'gitfed.yaml': '', 'x.txt': 'x' };

class Reading {
  readonly memo = new ReadMemo();
  readonly #repository: Repository;
  readonly #prefix: string;

  constructor(repository: Repository) {
    this.#repository = repository;
    this.#prefix = repository.prefix;
  }

  /** Reads HEAD, as it is without a memo. */
  async commit(): Promise<RepositorySnapshot> {
    const commit = await resolveCommit(this.#repository, 'HEAD');
    const snapshot = await readCommit(this.#repository, commit, undefined, this.memo);
    expect(snapshot).toEqual(await readCommit(this.#repository, commit));
    return snapshot;
  }

  /** Reads the working tree, as it is without a memo. */
  async workingTree(): Promise<RepositorySnapshot> {
    const folder = path.join(this.#repository.directory, this.#prefix);
    const snapshot = await readWorkingTree(folder, this.memo);
    expect(snapshot).toEqual(await readWorkingTree(folder));
    return snapshot;
  }
}

async function readingOf(repository: TestRepository, folder = ''): Promise<Reading> {
  return new Reading(await openRepository(path.join(repository.folder, folder)));
}

function entry(snapshot: RepositorySnapshot, name: string): unknown {
  return snapshot.entries.find((one) => one.path === name);
}

describe('a commit that is read after another one', () => {
  it('opens the files that differ, and keeps the others as they are', async () => {
    const repository = new TestRepository().write(FILES);
    repository.commit();
    const reading = await readingOf(repository);
    const first = await reading.commit();
    expect(reading.memo.read).toBe(4);
    repository.write({ 'deep/b.yaml': 'changed', 'deep/er/new.yaml': 'new', 'a.yaml': null }).commit();
    const second = await reading.commit();
    expect(reading.memo.read).toBe(6);
    expect(entry(second, 'deep/er/c.yml')).toBe(entry(first, 'deep/er/c.yml'));
    expect(second.configuration).toBe(first.configuration);
  });

  it('leaves out a folder while an index says that it is output', async () => {
    const repository = new TestRepository().write({ ...FILES, 'deep/.gitfed-index': 'b.yaml\n' });
    repository.commit();
    const reading = await readingOf(repository);
    expect(entry(await reading.commit(), 'deep/b.yaml')).toBeUndefined();
    repository.write({ 'deep/.gitfed-index': null }).commit();
    expect(entry(await reading.commit(), 'deep/b.yaml')).toBeDefined();
    expect(entry(await reading.workingTree(), 'deep/b.yaml')).toBeDefined();
    repository.write({ 'deep/.gitfed-index': '' }).commit();
    expect(entry(await reading.workingTree(), 'deep/b.yaml')).toBeUndefined();
    expect(entry(await reading.commit(), 'deep/b.yaml')).toBeUndefined();
  });

  it('opens a file once more that was renamed, and none whose commit is the same', async () => {
    const repository = new TestRepository().write(FILES);
    repository.commit();
    const reading = await readingOf(repository);
    await reading.commit();
    await reading.commit();
    expect(reading.memo.read).toBe(4);
    repository.write({ 'a.yaml': null, 'moved.yaml': 'a' }).commit();
    await reading.commit();
    expect(reading.memo.read).toBe(5);
  });

  it('is listed anew where git has lost the one before', async () => {
    const repository = new TestRepository().write(FILES);
    repository.commit();
    const reading = await readingOf(repository);
    await reading.commit();
    repository.write({ 'a.yaml': 'changed' });
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '--amend', '-m', 'other');
    repository.git('reflog', 'expire', '--expire=now', '--all');
    repository.git('gc', '--quiet', '--prune=now');
    await reading.commit();
    expect(reading.memo.read).toBe(5);
  });

  it('is read below a folder, with the configuration at the root', async () => {
    const repository = new TestRepository().write({ ...FILES, 'deep/[x]/y.yaml': 'y', 'deep/é.yaml': 'é' });
    repository.commit();
    const reading = await readingOf(repository, 'deep');
    await reading.commit();
    repository.write({ 'deep/[x]/y.yaml': 'changed', 'a.yaml': 'elsewhere', 'gitfed.yaml': '{}' }).commit();
    await reading.commit();
    repository.write({ 'deep/é.yaml': 'changed' }).commit();
    await reading.commit();
    expect(reading.memo.read).toBe(5 + 2 + 1);
  });

  it('can have links and folders where files were, and the other way round', async () => {
    const repository = new TestRepository().write(FILES);
    repository.commit();
    const reading = await readingOf(repository);
    await reading.commit();
    repository.write({ 'a.yaml': null, deep: null }).write({ 'a.yaml/inside.yaml': 'i', deep: { link: 'x.txt' } });
    repository.commit();
    await reading.commit();
    repository.write({ 'a.yaml': null, deep: null }).write(FILES).commit();
    await reading.commit();
  });

  it('is what reading all of it gives, whatever was committed', async () => {
    const name = fc.constantFrom('a.yaml', 'b/a.yaml', 'b/c/d.json', '.gitfedignore', 'b/Chart.yaml', 'gitfed.yaml');
    const edits = fc.array(fc.tuple(name, fc.option(fc.constantFrom('a.yaml', 'd.json', 'x'), { nil: null })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 3 }), async (commits) => {
        const repository = new TestRepository();
        repository.commit();
        const reading = await readingOf(repository);
        await reading.commit();
        for (const files of commits) {
          for (const [file, text] of files) {
            const target = path.join(repository.folder, file);
            if (text === null) rmSync(target, { force: true });
            else repository.write({ [file]: text });
          }
          await reading.workingTree();
          repository.commit();
          await reading.commit();
        }
      }),
      { numRuns: 8 },
    );
  });
});

describe('a working tree that is read again', () => {
  it('opens the files that changed', async () => {
    const repository = new TestRepository().write(FILES);
    const reading = await readingOf(repository);
    const first = await reading.workingTree();
    repository.write({ 'a.yaml': 'b' });
    const second = await reading.workingTree();
    expect(entry(second, 'a.yaml')).not.toBe(entry(first, 'a.yaml'));
    expect(entry(second, 'deep/b.yaml')).toBe(entry(first, 'deep/b.yaml'));
  });

  it('opens none that was last changed long before it was read', async () => {
    const memo = new ReadMemo();
    const example = path.resolve(import.meta.dirname, '../../examples/repo');
    const first = await readWorkingTree(example, memo);
    const { read } = memo;
    expect(read).toBeGreaterThan(0);
    expect(await readWorkingTree(example, memo)).toEqual(first);
    expect(memo.read).toBe(read);
  });

  it('sees a change of the same size at the same time', async () => {
    const repository = new TestRepository().write(FILES);
    const reading = await readingOf(repository);
    for (const content of ['b', 'c', 'd', 'e']) {
      writeFileSync(path.join(repository.folder, 'a.yaml'), content);
      expect(entry(await reading.workingTree(), 'a.yaml')).toMatchObject({
        content: new Uint8Array(Buffer.from(content)),
      });
    }
  });

  it('keeps what it shares with a commit', async () => {
    const repository = new TestRepository().write(FILES);
    repository.commit();
    const reading = await readingOf(repository);
    const commit = await reading.commit();
    repository.write({ 'a.yaml': 'changed' });
    const tree = await reading.workingTree();
    expect(entry(tree, 'deep/b.yaml')).toBe(entry(commit, 'deep/b.yaml'));
    expect(entry(tree, 'a.yaml')).not.toBe(entry(commit, 'a.yaml'));
  });
});
