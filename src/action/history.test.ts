import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { openRepository } from '../git/index.ts';
import { findRange } from './history.ts';

/** Commits that change nothing, as a chain. @returns the last one. */
function chain(repository: TestRepository, length: number, second: number, ...parents: readonly string[]): string {
  const tree = repository.git('rev-parse', 'HEAD^{tree}');
  let tips = parents;
  for (let index = 0; index < length; index += 1) {
    const text = `tree ${tree}\n${tips.map((tip) => `parent ${tip}\n`).join('')}author A <a@b> ${second + index} +0000\ncommitter A <a@b> ${second + index} +0000\n\n${second + index}\n`;
    tips = [repository.gitWith(text, 'hash-object', '-t', 'commit', '-w', '--stdin').trim()];
  }
  return tips[0] ?? '';
}

describe('findRange', () => {
  it('of a checkout of one commit is what the whole history says, where a fix was merged into both sides', async () => {
    const server = new TestRepository();
    const root = server.write({ 'a.yaml': 'a: b\n' }).commit('A');
    const fix = chain(server, 1, 1_000_000, root);
    const fork = chain(server, 1, 2_000_000, root);
    const base = chain(server, 1, 4_000_000, chain(server, 70, 3_000_000, fork), fix);
    const head = chain(server, 1, 4_000_000, chain(server, 70, 3_100_000, fork), fix);
    server.git('update-ref', 'refs/heads/main', base);
    server.git('update-ref', 'refs/pull/1/head', head);
    expect(server.git('merge-base', base, head)).toBe(fork);

    const folder = temporaryFolder();
    const git = (...args: readonly string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
    git('init', '--quiet');
    git('remote', 'add', 'origin', pathToFileURL(server.folder).href);
    git('fetch', '--quiet', '--depth=1', 'origin', 'refs/pull/1/head');
    git('checkout', '--quiet', 'FETCH_HEAD');
    const pullRequest = { number: 1, base, baseBranch: 'main', head, headBranch: 'topic', isFork: false };
    const event = { name: 'pull_request', owner: 'acme', repository: 'fleet', defaultBranch: 'main', pullRequest };
    const repository = await openRepository(folder);
    const request = { repository, event, base: undefined, head: undefined, commit: undefined };
    expect(await findRange(request)).toEqual({ base: fork, head });
  });
});
