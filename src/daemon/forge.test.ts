import { describe, expect, it } from 'vitest';
import type { CommitStatus } from './commit-statuses.ts';
import { type Forge, type ForgeSettings, findForge, statusRequest } from './forge.ts';

const COMMIT = 'a'.repeat(40);

describe('the forge of a repository', () => {
  it.each<[settings: ForgeSettings, expected: string]>([
    [{ url: 'https://github.com/octo/fleet.git' }, 'github https://api.github.com octo/fleet'],
    [{ url: 'https://user:secret@github.com/octo/fleet' }, 'github https://api.github.com octo/fleet'],
    [{ url: 'git@github.com:octo/fleet.git' }, 'github https://api.github.com octo/fleet'],
    [{ url: 'ssh://git@github.example:2222/octo/fleet.git' }, 'github https://github.example/api/v3 octo/fleet'],
    [{ url: 'https://gitlab.com/group/sub/fleet.git/' }, 'gitlab https://gitlab.com/api/v4 group/sub/fleet'],
    [{ url: 'git@gitlab.example:group/fleet' }, 'gitlab https://gitlab.example/api/v4 group/fleet'],
    [{ url: 'https://codeberg.org/octo/fleet' }, 'forgejo https://codeberg.org/api/v1 octo/fleet'],
    [{ url: 'https://gitea.example:3000/octo/fleet' }, 'gitea https://gitea.example:3000/api/v1 octo/fleet'],
    [{ url: 'http://127.0.0.1:3000/octo/fleet', forge: 'gitea' }, 'gitea http://127.0.0.1:3000/api/v1 octo/fleet'],
    [{ url: 'https://git.example/octo/fleet', forge: 'github' }, 'github https://git.example/api/v3 octo/fleet'],
    [
      { url: 'https://git.example/octo/fleet', forge: 'gitlab', apiUrl: 'https://git.example/forge/api/v4/' },
      'gitlab https://git.example/forge/api/v4 octo/fleet',
    ],
  ])('%j is %s', (settings, expected) => {
    const { forge, apiUrl, name } = findForge(settings);
    expect(`${forge} ${apiUrl} ${name}`).toBe(expected);
  });

  it.each<[title: string, settings: ForgeSettings, message: RegExp]>([
    ['a folder', { url: '/srv/fleet' }, /set notify\.repository/],
    ['a file', { url: 'file:///srv/octo/fleet' }, /set notify\.repository/],
    ['a host alone', { url: 'https://github.com/' }, /set notify\.repository/],
    ['a name of one part', { url: 'https://git.example/fleet', forge: 'gitea' }, /set notify\.repository/],
    [
      'a way out of the path',
      { url: 'https://git.example/octo/%2e%2e/fleet', forge: 'gitea' },
      /set notify\.repository/,
    ],
    [
      'a host that nobody knows',
      { url: 'https://git.example/octo/fleet' },
      /set notify\.forge to one of github, gitlab/,
    ],
  ])('cannot be told from %s', (_title, settings, message) => {
    expect(() => findForge(settings)).toThrow(message);
  });

  it('is never the real one for a host that only ends or begins like it', () => {
    const urls = [
      'https://github.com.evil.example/o/f',
      'https://evil-github.com/o/f',
      'https://github.com@evil.example/o/f',
    ];
    for (const url of urls) {
      expect(new URL(findForge({ url, forge: 'github' }).apiUrl).hostname).not.toBe('api.github.com');
    }
  });

  it('does not show a password', () => {
    expect(() => findForge({ url: 'https://user:canary@git.example/fleet' })).toThrow(/^(?!.*canary)/);
  });
});

describe('the request that sets a status', () => {
  function request(forge: Forge, state: CommitStatus['state'], targetUrl?: string) {
    const repository = findForge({ url: 'https://git.example/group/a fleet', forge });
    const status = { commit: COMMIT, state, description: 'Applied to 3 clusters' };
    const made = statusRequest({
      repository,
      token: 'token',
      context: 'gitfed/shop',
      status,
      ...(targetUrl === undefined ? {} : { targetUrl }),
    });
    return { ...made, body: JSON.parse(made.body) };
  }

  it.each<[Forge, url: string, authorization: string]>([
    ['github', `https://git.example/api/v3/repos/group/a%20fleet/statuses/${COMMIT}`, 'Bearer token'],
    ['gitlab', `https://git.example/api/v4/projects/group%2Fa%20fleet/statuses/${COMMIT}`, 'Bearer token'],
    ['gitea', `https://git.example/api/v1/repos/group/a%20fleet/statuses/${COMMIT}`, 'token token'],
    ['forgejo', `https://git.example/api/v1/repos/group/a%20fleet/statuses/${COMMIT}`, 'token token'],
  ])('goes to %s where it takes them', (forge, url, authorization) => {
    const made = request(forge, 'success');
    expect(made.url).toBe(url);
    expect(made.headers).toMatchObject({ authorization, 'content-type': 'application/json' });
    expect(made.headers['user-agent']).toMatch(/^gitfed\//);
    expect(made.body).toEqual({ state: 'success', context: 'gitfed/shop', description: 'Applied to 3 clusters' });
  });

  it.each<[Forge, states: readonly string[]]>([
    ['github', ['pending', 'success', 'failure', 'success']],
    ['gitlab', ['running', 'success', 'failed', 'canceled']],
    ['gitea', ['pending', 'success', 'failure', 'success']],
    ['forgejo', ['pending', 'success', 'failure', 'success']],
  ])('is in the words of %s', (forge, states) => {
    const ours = ['pending', 'success', 'failure', 'superseded'] as const;
    expect(ours.map((state) => request(forge, state).body.state)).toEqual(states);
  });

  it('links to where people find more', () => {
    expect(request('github', 'failure', 'https://grafana.example/d').body.target_url).toBe('https://grafana.example/d');
  });

  it('names the version of the API of GitHub', () => {
    const { headers } = request('github', 'pending');
    expect(headers).toMatchObject({ accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' });
  });
});
