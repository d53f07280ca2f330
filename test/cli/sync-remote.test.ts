import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGitServer } from '../git-server/git-server.ts';
import { createServedRepository, type ServedRepository } from '../git-server/served-repository.ts';
import { traceGit } from '../git-server/traced-git.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { documents, federatedNamespace } from '../helpers/model-of.ts';
import { createFolder, git, gitfed } from './run-gitfed.ts';

/** Nobody listens on port 1. */
const CLUSTER = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: down, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: down-credentials}}
`;

const TOKEN = 'canary-token-of-git';

function createFleet(): ServedRepository {
  return createServedRepository({
    'fleet.yaml': documents(CLUSTER, federatedNamespace('shop')),
    'gitfed.yaml': 'inventory: shop\n',
  });
}

function status(fleet: ServedRepository, format: string): string {
  return git(fleet.bare, 'log', '-1', `--format=${format}`, 'gitfed/status');
}

describe('gitfed sync of a URL', () => {
  it('reads and reports with the token of the environment, and shows it nowhere', async () => {
    const fleet = createFleet();
    await using server = await startGitServer({ folder: fleet.folder, token: TOKEN });
    const trace = traceGit();
    const url = `${server.url}/${fleet.name}`;
    const args = [
      'sync',
      url,
      '--credentials-dir',
      createFolder(),
      '--status-author',
      'Fleet Bot <bot@gitfed.example>',
    ];
    const { code, stdout, stderr } = await gitfed(args, temporaryFolder(), { GITFED_GIT_TOKEN: TOKEN });
    expect(code, stderr).toBe(1);
    expect(status(fleet, '%an <%ae>')).toBe('Fleet Bot <bot@gitfed.example>');
    expect(server.log.every(({ credentials }) => credentials === 'right')).toBe(true);
    const seen = trace.trace() + stdout + stderr + git(fleet.bare, 'log', '--all', '-p', '--format=%B%an%ae');
    expect(seen).not.toContain(TOKEN);
    expect(seen).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'));
  });

  it('takes the password of a URL off before it says anything', async () => {
    const fleet = createFleet();
    await using server = await startGitServer({ folder: fleet.folder, token: TOKEN });
    const url = `${server.url.replace('://', `://me:${TOKEN}@`)}/${fleet.name}`;
    const { code, stdout, stderr } = await gitfed(['sync', url, '--ref', 'nowhere'], temporaryFolder());
    expect(code).toBe(2);
    expect(stderr).toContain(`There is no commit named "nowhere" in ${server.url}/${fleet.name}`);
    expect(stdout + stderr).not.toContain(TOKEN);
  });

  it('says which option is missing where the server asks for a credential', async () => {
    const fleet = createFleet();
    await using server = await startGitServer({ folder: fleet.folder, token: TOKEN });
    const { code, stderr } = await gitfed(['sync', `${server.url}/${fleet.name}`], temporaryFolder());
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^gitfed: git fetch failed: http:.*\(401\).*--git-token-file/),
    });
  });

  it('pushes from a path with a token, to the server of its remote only', async () => {
    const fleet = createFleet();
    await using server = await startGitServer({ folder: fleet.folder, token: TOKEN });
    await using other = await startGitServer({ folder: fleet.folder });
    const { folder } = fleet.work;
    git(folder, 'remote', 'add', 'origin', `${server.url}/${fleet.name}`);
    const args = ['sync', folder, '--push', '--credentials-dir', createFolder()];
    const pushed = await gitfed(args, temporaryFolder(), { GITFED_GIT_TOKEN: TOKEN });
    expect(pushed.stdout + pushed.stderr).not.toMatch(/refused|401/);
    expect(status(fleet, '%H')).toBe(git(folder, 'rev-parse', 'gitfed/status'));
    expect(server.log.every(({ credentials }) => credentials === 'right')).toBe(true);

    // What is fetched from is not what is pushed to.
    git(folder, 'remote', 'set-url', '--push', 'origin', `${other.url}/${fleet.name}`);
    fleet.work.write({ 'gitfed.yaml': 'inventory: shop2\n' }).commit();
    await gitfed(args, temporaryFolder(), { GITFED_GIT_TOKEN: TOKEN });
    expect(other.log.length).toBeGreaterThan(0);
    expect(other.log.every(({ user }) => user === undefined)).toBe(true);
  });

  it.each([
    [['--verify-commits'], /--allowed-signers FILE or --allowed-gpg-keys FILE is missing/],
    [['--allowed-signers', 'x'], /--verify-commits is missing/],
    [['--status-author', 'nobody'], /--status-author must be of the form 'Name <mail>'/],
    [['--git-token-file', '/nowhere'], /--git-token-file cannot be read: .*nowhere/],
  ])('%j is told to be wrong', async (args, told) => {
    const fleet = createFleet();
    await using server = await startGitServer({ folder: fleet.folder, token: TOKEN });
    const { code, stderr } = await gitfed(['sync', `${server.url}/${fleet.name}`, ...args], temporaryFolder());
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
    expect(server.log).toEqual([]);
  });
});

describe('gitfed sync --verify-commits', () => {
  it('security row 24: applies what is signed, and stops at an unsigned commit below a signed one', async () => {
    const fleet = createFleet();
    await using server = await startGitServer({ folder: fleet.folder });
    const key = join(temporaryFolder(), 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ann', '-f', key]);
    const allowed = createFolder({
      signers: `ann ${execFileSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' })}`,
    });
    for (const setting of ['gpg.format=ssh', `user.signingKey=${key}`])
      fleet.work.git('config', ...(setting.split('=') as [string, string]));
    const signed = (isSigned: boolean, content: string): string => {
      fleet.work.git('config', 'commit.gpgSign', String(isSigned));
      return fleet.commit({ 'note.md': content });
    };
    const sync = (...more: readonly string[]) =>
      gitfed(
        [
          'sync',
          `${server.url}/${fleet.name}`,
          '--verify-commits',
          '--allowed-signers',
          join(allowed, 'signers'),
          ...more,
        ],
        temporaryFolder(),
      );

    const first = await sync();
    expect(first.code).toBe(2);
    expect(first.stderr).toMatch(/is not accepted: it is not signed. Nothing was applied/);
    const start = signed(true, 'one');
    const accepted = await sync('--credentials-dir', createFolder());
    expect(accepted.code, accepted.stderr).toBe(1);
    expect(status(fleet, '%B')).toContain(`Source-Commit: ${start}`);

    const unsigned = signed(false, 'two');
    signed(true, 'three');
    const refused = await sync();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`Commit ${unsigned.slice(0, 12)} is not accepted: it is not signed`);

    // The status branch is as safe as those who may push to it; a clone that is kept remembers by itself.
    const data = ['--data-dir', temporaryFolder()];
    git(fleet.bare, 'update-ref', 'refs/heads/main', start);
    expect((await sync(...data)).code).toBe(1);
    git(fleet.bare, 'update-ref', 'refs/heads/main', fleet.work.git('rev-parse', 'HEAD'));
    const forged = git(fleet.bare, 'commit-tree', '-m', `x\n\nSource-Commit: ${unsigned}`, 'gitfed/status^{tree}');
    git(fleet.bare, 'update-ref', 'refs/heads/gitfed/status', forged);
    expect((await sync(...data)).stderr).toContain(`Commit ${unsigned.slice(0, 12)} is not accepted`);
  });
});
