import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createServedRepository } from '../../test/git-server/served-repository.ts';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import { fetchAgain, fetchRepository, resolveCommit, tidyRepository } from './index.ts';
import { mendLocks } from './stale-locks.ts';

function lock(folder: string, name: string, ageMs: number): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  const time = (Date.now() - ageMs) / 1000;
  utimesSync(file, time, time);
  return file;
}

const LOCKS = ['config.lock', 'HEAD.lock', 'packed-refs.lock', 'shallow.lock', 'refs/remotes/origin/main.lock'];

describe('locks that a killed git left behind', () => {
  it.each(LOCKS)('%s stops neither the next start nor the next fetch', async (name) => {
    const served = createServedRepository({ 'a.yaml': 'a' });
    const directory = path.join(temporaryFolder(), 'clone');
    const url = `file://${served.bare}`;
    await fetchRepository(url, directory);
    const left = lock(directory, name, 60_000);
    const next = served.commit({ 'a.yaml': 'b' });
    const repository = await fetchRepository(url, directory);
    expect(await resolveCommit(repository, 'HEAD')).toBe(next);
    expect(existsSync(left)).toBe(false);
    const again = lock(directory, name, 60_000);
    const last = served.commit({ 'a.yaml': 'c' });
    served.work.git('push', '--quiet', served.bare, 'HEAD:refs/heads/more');
    await fetchAgain(repository);
    expect(await resolveCommit(repository, 'main')).toBe(last);
    // What is not in the way is removed with the next start.
    await fetchRepository(url, directory);
    expect(existsSync(again)).toBe(false);
  });

  it('are told from those that are held: these are waited for', async () => {
    const folder = temporaryFolder();
    const held = lock(folder, 'packed-refs.lock', 0);
    const [old, future] = [lock(folder, 'refs/heads/x.lock', 60_000), lock(folder, 'HEAD.lock', -60_000)];
    let hasEnded = false;
    const mending = mendLocks(folder).finally(() => {
      hasEnded = true;
    });
    while (existsSync(old) || existsSync(future)) await new Promise(setImmediate);
    expect([existsSync(held), hasEnded]).toEqual([true, false]);
    rmSync(held);
    expect(await mending).toBe(true);
    expect(await mendLocks(folder)).toBe(false);
  });

  it('are waited for no longer than anybody wants', async () => {
    const folder = temporaryFolder();
    lock(folder, 'HEAD.lock', 0);
    await expect(mendLocks(folder, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a clone that is kept', () => {
  it('is packed when it holds many small objects, and keeps what it has', async () => {
    const served = createServedRepository({ 'a.yaml': 'a' });
    const repository = await fetchRepository(`file://${served.bare}`, path.join(temporaryFolder(), 'clone'));
    const blobs = Array.from({ length: 5_000 }, (_, at) => `blob\ndata <<E\n${at}\nE\n`);
    const files = blobs.map((_, at) => `M 100644 :${at + 1} f/${at}\n`).join('');
    const marked = blobs.map((blob, at) => blob.replace('blob\n', `blob\nmark :${at + 1}\n`)).join('');
    const stream = `${marked}commit refs/heads/many\ncommitter a <a@b> 0 +0000\ndata 1\nx\n${files}`;
    served.work.gitWith(
      stream,
      '--git-dir',
      repository.gitDir,
      '-c',
      'fastimport.unpackLimit=100000',
      'fast-import',
      '--quiet',
    );
    const loose = (): string => served.work.git('--git-dir', repository.gitDir, 'count-objects');
    expect(Number.parseInt(loose(), 10)).toBeGreaterThan(5_000);
    await tidyRepository(repository);
    expect(loose()).toMatch(/^0 objects/);
    expect(served.work.git('--git-dir', repository.gitDir, 'rev-parse', 'many:f/4999')).toMatch(/^[0-9a-f]{40}$/);
  });
});
