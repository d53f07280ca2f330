import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { openRepository, remoteOf, remoteUrl } from './index.ts';

describe('the remote of a branch', () => {
  it.each<[string, Record<string, string>, string | undefined, string | undefined]>([
    ['is none where there is none', {}, undefined, undefined],
    ['is the only one', { 'remote.up.url': 'https://a.example/x' }, 'up', 'https://a.example/x'],
    ['is origin among others', { 'remote.a.url': 'a', 'remote.origin.url': 'o' }, 'origin', 'o'],
    ['is the first by name without origin', { 'remote.b.url': 'b', 'remote.a.url': 'a' }, 'a', 'a'],
    [
      'is the one that its branch names, dots and all',
      { 'remote.origin.url': 'o', 'remote.my.fork.url': 'f', 'branch.main.remote': 'my.fork' },
      'my.fork',
      'f',
    ],
    [
      'is not one that is not there',
      { 'remote.origin.url': 'o', 'remote.a.url': 'a', 'branch.main.remote': '.' },
      'origin',
      'o',
    ],
    ['may have no URL', { 'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*' }, 'origin', undefined],
    ['is none of the settings for all of them', { 'remote.pushDefault': 'a' }, undefined, undefined],
  ])('%s', async (_what, settings, remote, url) => {
    const repository = new TestRepository();
    for (const [key, value] of Object.entries(settings)) repository.git('config', key, value);
    const opened = await openRepository(repository.folder);
    expect(await remoteOf(opened, 'main')).toBe(remote);
    expect(await remoteUrl(opened)).toBe(url);
  });
});
