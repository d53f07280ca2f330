import { hash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GitFault, startGitServer } from '../../test/git-server/git-server.ts';
import { createServedRepository } from '../../test/git-server/served-repository.ts';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import { fetchAgain, fetchRepository, GitProcessError, pushCommit, resolveCommit } from './index.ts';
import { explainRemote } from './remote-failures.ts';

function clone(): string {
  return path.join(temporaryFolder(), 'clone');
}

describe('a remote that cannot be read', () => {
  it.each<[what: string, fault: GitFault, told: RegExp]>([
    ['has no such repository', { kind: 'status', status: 404 }, /no such repository there \(404\)/],
    ['asks for a credential', { kind: 'status', status: 401 }, /asks for a credential \(401\).*--git-token-file/],
    ['forbids it', { kind: 'status', status: 403 }, /forbids it \(403\)/],
    ['has had too many requests', { kind: 'status', status: 429 }, /takes no more requests for now/],
    ['has a problem', { kind: 'status', status: 502 }, /problem of its own \(502\)/],
    ['breaks off', { kind: 'cut', afterBytes: 30 }, /the connection broke off|is not reached/],
    ['sends elsewhere', { kind: 'redirect', location: 'http://127.0.0.1:1' }, /sends on to another address/],
  ])('%s: says so, and what next', async (_what, fault, told) => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder });
    const url = `${server.url}/${name}`;
    server.fault(fault);
    const failed = await fetchRepository(url, clone()).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(GitProcessError);
    expect(String(failed)).toMatch(told);
    expect(String(failed)).toContain(url);
  });

  it('is down, and is read again when it is back; what was fetched serves meanwhile', async () => {
    const { folder, name, commit } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder });
    const repository = await fetchRepository(`${server.url}/${name}`, clone());
    const before = await resolveCommit(repository, 'HEAD');
    await server.stop();
    const next = commit({ 'a.yaml': 'b' });
    await expect(fetchAgain(repository)).rejects.toThrow(/nobody answers there/);
    expect(await resolveCommit(repository, 'HEAD')).toBe(before);
    await server.start();
    await fetchAgain(repository);
    expect(await resolveCommit(repository, 'HEAD')).toBe(next);
  });

  it.each([100, 5_000, 100_000])(
    'breaks off after %i bytes of a large pack: the next fetch has it all',
    async (afterBytes) => {
      const { folder, name, commit } = createServedRepository({ 'a.yaml': 'a' });
      await using server = await startGitServer({ folder });
      const repository = await fetchRepository(`${server.url}/${name}`, clone());
      const before = await resolveCommit(repository, 'HEAD');
      const noise = Array.from({ length: 10_000 }, (_, at) => hash('sha256', `${at}`)).join('\n');
      const next = commit({ 'b.yaml': noise });
      server.fault({ kind: 'cut', afterBytes, to: ({ method }) => method === 'POST' });
      await expect(fetchAgain(repository)).rejects.toThrow(GitProcessError);
      expect(await resolveCommit(repository, 'HEAD')).toBe(before);
      server.fault(undefined);
      await fetchAgain(repository);
      expect(await resolveCommit(repository, 'HEAD')).toBe(next);
    },
  );

  it('may be given up on', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder });
    const repository = await fetchRepository(`${server.url}/${name}`, clone());
    const abort = new AbortController();
    server.log.length = 0;
    const giveUp = (): boolean => {
      abort.abort();
      return true;
    };
    server.fault({ kind: 'silent', to: giveUp });
    await expect(fetchAgain(repository, { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('forbids a push in words that whoever reads the status can act on', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder });
    const url = `${server.url}/${name}`;
    const repository = await fetchRepository(url, clone());
    const commit = await resolveCommit(repository, 'HEAD');
    server.fault({ kind: 'status', status: 403, to: ({ service }) => service === 'git-receive-pack' });
    const result = await pushCommit(repository, url, commit, 'gitfed/status');
    expect(result).toMatchObject({
      result: 'refused',
      words: expect.stringContaining('to push takes the right to write'),
    });
  });

  const attempt = { url: 'ssh://git@git.example/x', directory: '/data', hasCredential: true };
  it.each([
    ['error: file write error: No space left on device\nfatal: unpack-objects failed', /the disk is full at \/data/],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", /name of the server is not known here/],
    ['ssh: connect to host x port 22: Connection timed out', /gave no answer in time/],
    ['ssh: connect to host x port 22: Connection refused', /is not reached/],
    ['fatal: Authentication failed for https://x', /does not accept the token or password/],
    ['fatal: refusing to merge', undefined],
    ['remote: certificate SSL 401\n ! [remote rejected] timed out -> main (pre-receive hook declined)', undefined],
    [
      'remote: Permission denied to you.\nfatal: unable to access: The requested URL returned error: 403',
      /says: Permission/,
    ],
  ])('%j is explained', (words, told) => {
    const explained = explainRemote(words, attempt);
    if (told === undefined) expect(explained).toBeUndefined();
    else expect(explained).toMatch(told);
  });
});
