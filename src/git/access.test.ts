import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../test/cluster/certificates.ts';
import { type GitServer, startGitServer } from '../../test/git-server/git-server.ts';
import { createServedRepository } from '../../test/git-server/served-repository.ts';
import { traceGit } from '../../test/git-server/traced-git.ts';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import {
  checkUrl,
  fetchAgain,
  fetchRepository,
  GitAccess,
  type GitAccessOptions,
  lsRemote,
  pushCommit,
  type Repository,
  resolveCommit,
  writeCommit,
} from './index.ts';

const TOKEN = 'canary-t0ken/with+signs';

function file(content: string): string {
  const name = path.join(temporaryFolder(), 'file');
  writeFileSync(name, content, { mode: 0o600 });
  return name;
}

function clone(): string {
  return path.join(temporaryFolder(), 'clone');
}

function fetch(url: string, options: GitAccessOptions = {}): Promise<Repository> {
  return fetchRepository(url, clone(), { access: new GitAccess(options, url) });
}

/** What every file below a folder holds. */
function contents(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, 'latin1'))
    .join('\n');
}

async function failure(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'it did not fail',
    (error: unknown) => `${String(error)} ${JSON.stringify(error)}`,
  );
}

/** With its userinfo. */
function addressWith(server: GitServer, userinfo: string): string {
  return `${server.url.replace('://', `://${userinfo}@`)}/fleet.git`;
}

type Way = (server: GitServer) => { readonly url: string; readonly options: GitAccessOptions; readonly user: string };
const encoded = encodeURIComponent(TOKEN);
const WAYS: readonly (readonly [title: string, way: Way])[] = [
  [
    'a file',
    ({ url }) => ({ url: `${url}/fleet.git`, options: { tokenFile: file(`${TOKEN}\n`) }, user: 'x-access-token' }),
  ],
  [
    'the environment',
    ({ url }) => ({ url: `${url}/fleet.git`, options: { token: TOKEN, username: 'me' }, user: 'me' }),
  ],
  [
    'a file for several hosts',
    ({ url }) => ({
      url: `${url}/fleet.git`,
      options: {
        credentialsFile: file(
          `# mine\nhttps://a:b@other.example\n${url.replace('://', `://bot:${encoded}@`)}\n${url.replace('://', '://later:no@')}\n`,
        ),
      },
      user: 'bot',
    }),
  ],
  ['a URL', (server) => ({ url: addressWith(server, `me:${encoded}`), options: {}, user: 'me' })],
  [
    'a file, for the user that a URL names',
    (server) => ({ url: addressWith(server, 'oauth2'), options: { tokenFile: file(TOKEN) }, user: 'oauth2' }),
  ],
];

describe('a token', () => {
  it.each(WAYS)('of %s reads and pushes, and is in no command line, file or output', async (_title, way) => {
    const { folder, commit } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: TOKEN });
    const { url, options, user } = way(server);
    const git = traceGit();
    const directory = clone();
    const repository = await fetchRepository(url, directory, { access: new GitAccess(options, url) });
    const next = commit({ 'a.yaml': 'b' });
    expect((await lsRemote(repository, ['main'])).branches.get('main')).toBe(next);
    await fetchAgain(repository);
    expect(await resolveCommit(repository, 'HEAD')).toBe(next);
    const status = await writeCommit(repository, {
      parent: undefined,
      changes: new Map([['a.md', 'a']]),
      message: 'm',
      time: new Date(0),
    });
    const pushed = await pushCommit(repository, repository.remote?.url ?? '', status ?? '', 'gitfed/status');
    expect(pushed).toEqual({ result: 'pushed' });

    expect(server.log.length).toBeGreaterThan(5);
    // Shown at once: nobody is asked twice.
    expect(new Set(server.log.map(({ credentials, user: shown }) => `${credentials} ${shown}`))).toEqual(
      new Set([`right ${user}`]),
    );
    const seen = git.trace() + contents(directory) + JSON.stringify(repository);
    expect(seen).toContain('git-remote-http');
    for (const form of [TOKEN, encoded, Buffer.from(`${user}:${TOKEN}`).toString('base64')]) {
      expect(seen).not.toContain(form);
    }
  });

  it('opens repositories whose names look like settings of git', async () => {
    const name = 'alias/include.path/core.editor/diff.external/url.insteadOf/pager.git';
    const { folder, bare } = createServedRepository({ 'a.yaml': 'a' });
    cpSync(bare, path.join(folder, name), { recursive: true });
    await using server = await startGitServer({ folder, token: TOKEN });
    await fetch(`${server.url}/${name}`, { tokenFile: file(TOKEN) });
    expect(server.log.at(-1)).toMatchObject({ credentials: 'right', status: 200 });
  });

  it('is read again each time, so that it can be replaced', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: 'first' });
    const tokenFile = file('first');
    const repository = await fetch(`${server.url}/${name}`, { tokenFile });
    server.rotate('second');
    expect(await failure(fetchAgain(repository))).toMatch(/does not accept the token or password \(401\)/);
    writeFileSync(tokenFile, 'second\n');
    await fetchAgain(repository);
    expect(server.log.at(-1)).toMatchObject({ credentials: 'right' });
  });

  it('security row 9: goes to no other server, port or scheme', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: TOKEN });
    await using other = await startGitServer({ folder });
    const url = addressWith(server, `me:${encoded}`);
    const access = new GitAccess({ tokenFile: file(TOKEN), token: TOKEN, credentialsFile: file(`${url}\n`) }, url);
    await fetchRepository(`${other.url}/${name}`, clone(), { access });
    await fetchRepository(addressWith(other, 'somebody'), clone(), { access });
    expect(other.log.length).toBeGreaterThan(3);
    expect(other.log.every(({ credentials, user }) => credentials === 'right' && user === undefined)).toBe(true);
    const secure = await access.prepare(`${server.url.replace('http:', 'https:')}/${name}`);
    expect(secure).toMatchObject({ hasCredential: false, secrets: [] });
  });

  it.each(['another server', 'the same one'])('security row 9: follows no redirect to %s', async (target) => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: TOKEN });
    await using other = await startGitServer({ folder, token: TOKEN });
    const location = `${target === 'another server' ? other.url : server.url}/elsewhere`;
    server.fault({ kind: 'redirect', location, to: ({ path: asked }) => !asked.startsWith('/elsewhere') });
    const failed = await failure(fetch(`${server.url}/${name}`, { tokenFile: file(TOKEN) }));
    expect(failed).toMatch(/sends on to another address, which is not followed/);
    expect(failed).not.toContain(TOKEN);
    expect(other.log).toEqual([]);
    expect(server.log.map((request) => request.path)).not.toContainEqual(expect.stringContaining('elsewhere'));
  });

  it('security row 11: is not in what a server says that repeats it', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: TOKEN });
    const basic = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    for (const status of [403, 418]) {
      server.fault({ kind: 'status', status, body: `no ${TOKEN} or ${basic} here\n` });
      const failed = await failure(fetch(`${server.url}/${name}`, { tokenFile: file(TOKEN) }));
      expect(failed).toMatch(new RegExp(`${status}`));
      expect(failed).not.toContain(TOKEN);
      expect(failed).not.toContain(basic);
    }
  });

  it.each<[title: string, options: (url: string) => GitAccessOptions]>([
    ['a token file', () => ({ tokenFile: file(`${TOKEN}\nhost=evil.example\n`) })],
    ['the environment', () => ({ token: `${TOKEN}\rhost=evil.example` })],
    [
      'a line of credentials',
      (url) => ({ credentialsFile: file(`${url.replace('://', `://a:${encoded}%0ahost=x@`)}\n`) }),
    ],
    ['a line that is none', () => ({ credentialsFile: file(`${TOKEN}\n`) })],
    ['an empty token file', () => ({ tokenFile: file('\n') })],
    ['a file that is not there', () => ({ tokenFile: '/nowhere' })],
  ])('security row 9: %s with something else in it is refused before anything is sent', async (_title, options) => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: TOKEN });
    const failed = await failure(fetch(`${server.url}/${name}`, options(server.url)));
    expect(failed).toMatch(/GitfedError/);
    expect(failed).not.toContain(TOKEN);
    expect(server.log).toEqual([]);
  });

  it.each([
    'https://user:a%0ahost=evil@git.example/x',
    'https://us%0der@git.example/x',
    'https://git.example%0a.evil.example/x',
    'https://git.example\\@evil.example/x',
    'ssh://-oProxyCommand=id/x',
    'ssh://-oProxyCommand=id@host/x',
    '-oProxyCommand=id@host:x',
    'ssh://git:passw0rd@git.example/x',
  ])('security rows 7 and 9: the URL %j is refused', (url) => {
    expect(() => checkUrl(url)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => checkUrl(url)).not.toThrow(/passw0rd/);
  });
});

/** A credential helper that keeps a list of what it was asked and told. */
function createHelper(password: string): { readonly configuration: string; readonly calls: () => string } {
  const folder = temporaryFolder();
  const [script, log] = [path.join(folder, 'helper'), path.join(folder, 'log')];
  writeFileSync(
    script,
    `#!/bin/sh\n{ echo "$1"; cat; } >> ${log}\n[ "$1" = get ] && printf 'username=own\\npassword=%s\\n' '${password}'\n`,
  );
  chmodSync(script, 0o755);
  return {
    configuration: `[credential]\n\thelper = ${script}\n`,
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
  };
}

describe("the person's own credential helper", () => {
  it('is asked where gitfed was given nothing', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: 'own-token' });
    const helper = createHelper('own-token');
    traceGit(helper.configuration);
    await fetch(`${server.url}/${name}`);
    expect(helper.calls()).toMatch(/^get\n/);
    expect(server.log.at(-1)).toMatchObject({ credentials: 'right', user: 'own' });
    await fetch(addressWith(server, 'somebody'));
    expect(helper.calls()).toMatch(/username=somebody/);
  });

  it('security row 9: is neither asked nor told where there is a token, not even when that is refused', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: TOKEN });
    const helper = createHelper(TOKEN);
    const own = helper.configuration.replace('[credential]', `[credential "${server.url}/${name}"]`);
    const header = `[http "${server.url}/${name}"]\n\textraHeader = Authorization: Basic d3Jvbmc6d3Jvbmc=\n`;
    traceGit(`${helper.configuration}${own}${header}`);
    await fetch(`${server.url}/${name}`, { tokenFile: file(TOKEN) });
    expect(server.log.every(({ credentials }) => credentials === 'right')).toBe(true);
    const failed = await failure(fetch(`${server.url}/${name}`, { tokenFile: file('old-token') }));
    expect(failed).toMatch(/does not accept the token or password \(401\)/);
    expect(helper.calls()).toBe('');
  });
});

describe('https', () => {
  it('security row 10: trusts the authority that is named, and no other one', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    const authority = createAuthority();
    await using server = await startGitServer({ folder, token: TOKEN, tls: authority.issue() });
    const url = `${server.url}/${name}`;
    const tokenFile = file(TOKEN);
    await fetch(url, { tokenFile, caFile: file(authority.certificate) });
    server.log.length = 0;
    // What somebody once put there to get on.
    traceGit(`[http]\n\tsslVerify = false\n[http "${url}"]\n\tsslVerify = false\n`);
    for (const options of [{ tokenFile }, { tokenFile, caFile: file(createAuthority().certificate) }]) {
      expect(await failure(fetch(url, options))).toMatch(/no trusted connection .*--git-ca-file/);
    }
    const expired = { folder, token: TOKEN, tls: authority.issue('expired') };
    await using old = await startGitServer(expired);
    const failed = await failure(fetch(`${old.url}/${name}`, { tokenFile, caFile: file(authority.certificate) }));
    expect(failed).toMatch(/no trusted connection/);
    expect(await failure(fetch(url, { tokenFile, caFile: file('nothing') }))).toMatch(/--git-ca-file/);
    expect([...server.log, ...old.log]).toEqual([]);
  });
});
