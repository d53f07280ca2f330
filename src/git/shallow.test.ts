import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { openRepository, type Repository } from './repository.ts';
import { commitAtRemote, copyBranch, fetchHistory, isCutOff, missingCommits } from './shallow.ts';

/** A repository with five commits on main, and a clone of the last one. */
async function shallowClone(): Promise<{
  readonly server: TestRepository;
  readonly commits: readonly string[];
  readonly clone: Repository;
}> {
  const server = new TestRepository();
  const commits = ['1', '2', '3', '4', '5'].map((text) => server.write({ file: text }).commit(text));
  const folder = temporaryFolder();
  execFileSync('git', ['clone', '--quiet', '--depth=1', pathToFileURL(server.folder).href, folder]);
  return { server, commits, clone: await openRepository(folder) };
}

describe('a shallow clone', () => {
  it('is completed as deep as it was asked for, and as a whole', async () => {
    const { commits, clone } = await shallowClone();
    const last = commits.at(-1) ?? '';
    expect(await missingCommits(clone, commits)).toEqual(commits.slice(0, 4));
    await fetchHistory(clone, 'origin', [last], 3);
    expect(await missingCommits(clone, commits)).toEqual(commits.slice(0, 2));
    expect(await isCutOff(clone)).toBe(true);
    await fetchHistory(clone, 'origin', [last]);
    expect(await missingCommits(clone, commits)).toEqual([]);
    expect(await isCutOff(clone)).toBe(false);
    // What is whole stays whole.
    await fetchHistory(clone, 'origin', [last], 1);
    expect(await isCutOff(clone)).toBe(false);
  });

  it('gets commits by their id, and none that the remote does not have', async () => {
    const { server, clone } = await shallowClone();
    server.git('checkout', '--quiet', '-b', 'other');
    const other = server.write({ file: 'other' }).commit();
    await fetchHistory(clone, 'origin', [other], 1);
    expect(await missingCommits(clone, [other])).toEqual([]);
    await expect(fetchHistory(clone, 'origin', ['f'.repeat(40)], 1)).rejects.toThrow(/git fetch failed/);
  });

  it('gets the last commit of a branch as a branch, which follows the remote whatever it does', async () => {
    const { server, clone } = await shallowClone();
    const tip = (name: string): string =>
      execFileSync('git', ['rev-parse', `refs/heads/${name}`], { cwd: clone.directory, encoding: 'utf8' }).trim();
    expect(await copyBranch(clone, 'origin', 'rendered')).toBeUndefined();
    server.git('checkout', '--quiet', '--orphan', 'rendered');
    const first = server.commit('first');
    expect(await copyBranch(clone, 'origin', 'rendered')).toBe(first);
    const second = server.commit('second');
    await copyBranch(clone, 'origin', 'rendered');
    expect(tip('rendered')).toBe(second);
    server.git('reset', '--quiet', '--hard', first);
    await copyBranch(clone, 'origin', 'rendered');
    expect(tip('rendered')).toBe(first);
  });
});

describe('commitAtRemote', () => {
  it('finds branches before tags, the commit of an annotated tag, and full refs', async () => {
    const { server, commits, clone } = await shallowClone();
    server.git('tag', '--annotate', '--message', 'One', 'v1', commits[0] ?? '');
    server.git('tag', 'main', commits[1] ?? '');
    const found = ['main', 'v1', 'refs/tags/main', 'refs/heads/main', 'nothing'].map((name) =>
      commitAtRemote(clone, 'origin', name),
    );
    expect(await Promise.all(found)).toEqual([commits[4], commits[0], commits[1], commits[4], undefined]);
  });

  it.each(['--upload-pack=x', 'a b', 'a..b', ''])('refuses %j, which is no name', async (name) => {
    const { clone } = await shallowClone();
    const asked = commitAtRemote(clone, 'origin', name);
    if (name.startsWith('-')) await expect(asked).resolves.toBeUndefined();
    else await expect(asked).rejects.toThrow(/cannot be the name of a branch or tag/);
  });
});
