import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createServedRepository } from '../../test/git-server/served-repository.ts';
import { startSshServer } from '../../test/git-server/ssh-server.ts';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import {
  fetchRepository,
  GitAccess,
  type GitAccessOptions,
  pushCommit,
  type Repository,
  resolveCommit,
} from './index.ts';
import { sshCommand } from './ssh-command.ts';

function file(content: string, name = 'file', mode = 0o600): string {
  const full = path.join(temporaryFolder(), name);
  writeFileSync(full, content, { mode });
  return full;
}

function fetch(url: string, options: GitAccessOptions): Promise<Repository> {
  return fetchRepository(url, path.join(temporaryFolder(), 'clone'), { access: new GitAccess(options, url) });
}

describe('ssh', () => {
  it('reads and pushes with the key and the host keys of files whose names are anything', async () => {
    const { folder, name, bare, work } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startSshServer({ folder });
    const options = {
      sshKeyFile: file(server.clientKey, "it's %d $HOME; a `key`"),
      sshKnownHostsFile: file(`${server.knownHost}\n`, "known 'hosts' %h"),
    };
    const url = `${server.url}/${name}`;
    const repository = await fetch(url, options);
    const commit = work.git('rev-parse', 'HEAD');
    expect(await resolveCommit(repository, 'main')).toBe(commit);
    expect(await pushCommit(repository, url, commit, 'copy')).toEqual({ result: 'pushed' });
    expect(readFileSync(path.join(bare, 'refs/heads/copy'), 'utf8').trim()).toBe(commit);
    expect(new Set(server.log)).toEqual(new Set([`git-upload-pack '/${name}'`, `git-receive-pack '/${name}'`]));
  });

  it('security row 10: talks to no server whose host key is unknown or another one, and says how to know it', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startSshServer({ folder });
    await using impostor = await startSshServer({ folder });
    const port = /:(\d+)$/.exec(server.url)?.[1];
    const url = `${server.url}/${name}`;
    const sshKeyFile = file(server.clientKey);
    const sshKnownHostsFile = file('');
    const unknown = fetch(url, { sshKeyFile, sshKnownHostsFile });
    await expect(unknown).rejects.toThrow(
      new RegExp(`host key of 127.0.0.1 is not known.*ssh-keyscan -p ${port} 127.0.0.1 >> FILE.*ssh-keygen -lf`),
    );
    expect(readFileSync(sshKnownHostsFile, 'utf8')).toBe('');
    const [, ...key] = impostor.knownHost.split(' ');
    writeFileSync(sshKnownHostsFile, `[127.0.0.1]:${port} ${key.join(' ')}\n`);
    await expect(fetch(url, { sshKeyFile, sshKnownHostsFile })).rejects.toThrow(/is not the one that is known/);
    // Without a file of ours the person's own counts, and nothing is learnt either.
    await expect(fetch(url, { sshKeyFile })).rejects.toThrow(/is not known/);
    expect(server.log).toEqual([]);
  });

  it('says what to do about a key that is not accepted, not there, or that others can read', async () => {
    const { folder, name } = createServedRepository({ 'a.yaml': 'a' });
    await using server = await startSshServer({ folder });
    await using other = await startSshServer({ folder });
    const sshKnownHostsFile = file(`${server.knownHost}\n`);
    const url = `${server.url}/${name}`;
    const wrong = fetch(url, { sshKnownHostsFile, sshKeyFile: file(other.clientKey) });
    await expect(wrong).rejects.toThrow(/accepts none of the SSH keys/);
    const open = fetch(url, { sshKnownHostsFile, sshKeyFile: file(server.clientKey, 'key', 0o644) });
    await expect(open).rejects.toThrow(/chmod 600/);
    const sshKeyFile = `${sshKnownHostsFile}.not-there`;
    const missing = fetch(url, { sshKnownHostsFile, sshKeyFile });
    await expect(missing).rejects.toThrow(`ssh cannot read the key ${sshKeyFile} (No such file or directory)`);
  });

  it.each(['a"b', 'a\\b', 'a\nb', `a$${'{HOME}'}b`])('security row 7: refuses %j as the name of a file', (name) => {
    expect(() => sshCommand({ sshKeyFile: name })).toThrow(/ssh cannot read a file of this name/);
    expect(() => sshCommand({ sshKnownHostsFile: name })).toThrow(/ssh cannot read a file of this name/);
  });
});
