import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../cluster/certificates.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { startGitServer } from './git-server.ts';
import { createServedRepository } from './served-repository.ts';
import { startSshServer } from './ssh-server.ts';

const run = promisify(execFile);

async function lsRemote(url: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await run('git', ['ls-remote', url], {
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0', ...env },
  });
  return stdout;
}

describe('the git server of tests', () => {
  it('lets whoever has the token read and push, and says who asked', async () => {
    const { folder, name, work } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder, token: 's3cret' });
    const authorized = `${server.url.replace('//', '//me:s3cret@')}/${name}`;
    expect(await lsRemote(authorized)).toContain('refs/heads/main');
    const commit = work.commit('second');
    await run('git', ['push', '--quiet', authorized, 'main'], { cwd: work.folder });
    expect(await lsRemote(authorized)).toContain(commit);
    expect(server.log.map(({ credentials }) => credentials)).toContain('none');
    expect(server.log.at(-1)).toMatchObject({ credentials: 'right', user: 'me', status: 200 });

    server.rotate('other');
    await expect(lsRemote(authorized)).rejects.toThrow(/Authentication failed/);
    expect(server.log.at(-1)).toMatchObject({ credentials: 'wrong', status: 401 });
  });

  it('fails as wanted, stops, and is back at the same port', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startGitServer({ folder });
    const url = `${server.url}/${name}`;
    server.fault({ kind: 'status', status: 503 });
    await expect(lsRemote(url)).rejects.toThrow(/503/);
    server.fault({ kind: 'cut', afterBytes: 20 });
    await expect(lsRemote(url)).rejects.toThrow();
    server.fault(undefined);
    await server.stop();
    await expect(lsRemote(url)).rejects.toThrow(/Failed to connect|refused/);
    await server.start();
    expect(await lsRemote(url)).toContain('refs/heads/main');
  });

  it('shows a certificate of an authority of the test', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    const authority = createAuthority();
    await using server = await startGitServer({ folder, tls: authority.issue() });
    const file = path.join(temporaryFolder(), 'ca.crt');
    writeFileSync(file, authority.certificate);
    const url = `${server.url}/${name}`;
    expect(await lsRemote(url, { GIT_SSL_CAINFO: file })).toContain('refs/heads/main');
    await expect(lsRemote(url)).rejects.toThrow(/certificate/);
  });

  it('serves over ssh, under a host key of its own', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startSshServer({ folder });
    const [key, hosts] = [path.join(temporaryFolder(), 'key'), path.join(temporaryFolder(), 'known_hosts')];
    writeFileSync(key, server.clientKey, { mode: 0o600 });
    writeFileSync(hosts, `${server.knownHost}\n`);
    const ssh = `ssh -F /dev/null -i ${key} -o UserKnownHostsFile=${hosts} -o StrictHostKeyChecking=yes -o BatchMode=yes`;
    expect(await lsRemote(`${server.url}/${name}`, { GIT_SSH_COMMAND: ssh })).toContain('refs/heads/main');
    expect(server.log).toEqual([`git-upload-pack '/${name}'`]);
  });
});
