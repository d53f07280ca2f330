import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { moveRefs, openRepository, writeCommit } from '../../src/git/index.ts';
import { documents } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, startGitfed, writeFiles } from './run-gitfed.ts';
import { onTerminal } from './terminal.ts';

/** Nobody has a credential for it: it is not asked. */
const CLUSTER = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: down, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: down-credentials}}
`;

const SUMMARY = {
  inventory: 'shop',
  clusters: {
    'eu-1': { state: 'Synced', kubernetesVersion: 'v1.36.3', objects: 3, problems: 0 },
    'eu-2': { state: 'Failed', objects: 2, problems: 1 },
  },
};

const OBJECTS = `
objects:
- {group: apps, kind: Deployment, namespace: shop, name: web, status: UpdateFailed, message: It is refused.}
- {kind: Secret, namespace: shop, name: key}
`;

const DRIFT = `
objects:
- group: apps
  kind: Deployment
  namespace: shop
  name: web
  federated: FederatedDeployment/shop/web
  type: differs
  state: corrected
  fields:
  - {type: changed, path: .spec.replicas, desired: 3, live: 7, manager: kubectl-edit, time: "2026-01-01T00:00:00Z"}
`;

const REPORTED = `
objects:
- {kind: ConfigMap, namespace: shop, name: "a\\e[31mb", type: missing, state: reported}
`;

/** Writes the next commit of a status branch. */
async function writeStatus(
  folder: string,
  {
    source,
    files,
    branch = 'gitfed/status',
  }: { readonly source: string; readonly files: object; readonly branch?: string },
): Promise<string> {
  const repository = await openRepository(folder);
  const ref = `refs/heads/${branch}`;
  const parent = git(folder, 'for-each-ref', '--format=%(objectname)', ref) || undefined;
  const message = `eu-2 out of order [skip ci]\n\nSource-Commit: ${source}\n`;
  const changes = new Map(Object.entries(files));
  const commit = await writeCommit(repository, { parent, changes, message, time: new Date('2026-01-01T00:00:00Z') });
  await moveRefs(repository, [{ ref, to: commit ?? '' }]);
  return commit ?? '';
}

async function fleet(): Promise<{ readonly folder: string; readonly source: string; readonly status: string }> {
  const folder = createFolder({ 'a.yaml': '' });
  const source = commitAll(folder);
  const files = {
    'status.json': JSON.stringify(SUMMARY),
    'objects/eu-2.yaml': OBJECTS,
    'drift/eu-1.yaml': DRIFT,
  };
  return { folder, source, status: await writeStatus(folder, { source, files }) };
}

describe('gitfed status', () => {
  it('breaks lines that are too long for the terminal between words', async () => {
    const { folder } = await fleet();
    for (const args of [['status'], ['drift', '--from-status']]) {
      const wide = await onTerminal(args, folder, { columns: 400, env: { NO_COLOR: '1' } });
      const narrow = await onTerminal(args, folder, { columns: 60, env: { NO_COLOR: '1' } });
      expect(wide.screen.split('\n').some((line) => line.length > 60)).toBe(true);
      expect(narrow.screen.split('\n').filter((line) => line.length > 60)).toEqual([]);
      expect(narrow.screen.replaceAll(/\n +(?=\S)/g, ' ').split(/\s+/)).toEqual(wide.screen.split(/\s+/));
    }
  });

  it('shows the clusters, what is not in order, what differed, and how old that is', async () => {
    const { folder, source, status } = await fleet();
    git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'Next');
    const head = git(folder, 'rev-parse', '--short=12', 'HEAD');
    const run = await gitfed(['status'], folder);
    expect(run).toMatchObject({ code: 1, stderr: '' });
    expect(run.stdout.replace(/\(\d+ \w+ ago\)/, '(AGE ago)')).toBe(
      [
        'CLUSTER  STATE   VERSION  OBJECTS  PROBLEMS  DRIFT',
        'eu-1     Synced  v1.36.3        3         0      1',
        'eu-2     Failed                 2         1      0',
        '',
        'eu-2: Deployment.apps/shop/web: UpdateFailed: It is refused.',
        '',
        'eu-1: Deployment.apps/shop/web differed, and was put back',
        '    .spec.replicas: 7, should be 3  (kubectl-edit, 2026-01-01T00:00:00Z)',
        '',
        `Status of commit ${source.slice(0, 12)}, written 2026-01-01T00:00:00Z (AGE ago): ${status.slice(0, 12)} on gitfed/status.`,
        `HEAD (${head}) is 1 commit ahead of it.`,
        '',
      ].join('\n'),
    );
  });

  it('prints the same for programs, of one cluster, with exit code 0 where it is in order', async () => {
    const { folder, source, status } = await fleet();
    const run = await gitfed(['status', '--cluster', 'eu-1', '-o', 'json'], folder);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toEqual({
      ok: true,
      branch: 'gitfed/status',
      statusCommit: status,
      time: '2026-01-01T00:00:00Z',
      commit: source,
      inventory: 'shop',
      head: { commit: source, ahead: 0 },
      clusters: {
        'eu-1': {
          state: 'Synced',
          kubernetesVersion: 'v1.36.3',
          objects: 3,
          problems: [],
          drift: [
            {
              type: 'differs',
              group: 'apps',
              kind: 'Deployment',
              namespace: 'shop',
              name: 'web',
              federated: 'FederatedDeployment/shop/web',
              state: 'corrected',
              fields: [
                {
                  type: 'changed',
                  path: '.spec.replicas',
                  desired: 3,
                  live: 7,
                  manager: 'kubectl-edit',
                  time: '2026-01-01T00:00:00Z',
                },
              ],
            },
          ],
        },
      },
    });
    const other = await gitfed(['status', '--cluster', 'nope'], folder);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('It has: eu-1, eu-2') });
  });

  it('says what to do where there is no branch', async () => {
    const folder = createFolder({ 'a.yaml': '' });
    commitAll(folder);
    const run = await gitfed(['status'], folder);
    expect(run).toEqual({
      code: 2,
      stdout: '',
      stderr: 'gitfed: There is no branch gitfed/status here. gitfed sync writes it.\n',
    });
  });

  it('says how a folder gets a branch whose name makes none', async () => {
    const folder = createFolder({ 'a shop/a.yaml': '' });
    commitAll(folder);
    const { code, stderr } = await gitfed(['status', 'a shop'], folder);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'gitfed: "gitfed/status-a shop" cannot be the name of a branch. Name another one in gitfed.yaml: status.branch.\n',
    );
  });

  it('is of the branch that gitfed.yaml names, and of the folder that is chosen', async () => {
    const folder = createFolder({ 'gitfed.yaml': 'status: {branch: fleet/state}\n', 'shop/a.yaml': '' });
    const source = commitAll(folder);
    await writeStatus(folder, { source, branch: 'fleet/state', files: { 'status.json': '{}' } });
    expect((await gitfed(['status'], folder)).stdout).toContain('on fleet/state.');
    writeFiles(folder, { 'gitfed.yaml': '', 'shop/gitfed.yaml': '' });
    commitAll(folder);
    await writeStatus(folder, { source, branch: 'gitfed/status-shop', files: { 'status.json': '{}' } });
    expect((await gitfed(['status', 'shop'], folder)).stdout).toContain('on gitfed/status-shop.');
  });

  it('is there in any clone once it was fetched, and shows what is later', async () => {
    const { folder } = await fleet();
    const clone = createFolder();
    git(clone, 'clone', '--quiet', '--single-branch', '--branch', 'main', folder, '.');
    const before = await gitfed(['status'], clone);
    expect(before).toMatchObject({ code: 2, stderr: expect.stringContaining('To fetch it: gitfed status --fetch') });
    expect((await gitfed(['status', '--fetch'], clone)).stdout).toContain('eu-1');
    git(clone, 'branch', 'gitfed/status', 'refs/remotes/origin/gitfed/status');
    await writeStatus(folder, { source: '0'.repeat(40), files: { 'status.json': '{}' } });
    expect((await gitfed(['status'], clone)).stdout).toContain('eu-1');
    expect((await gitfed(['status', '--fetch'], clone)).stdout).toContain('No cluster is registered.');
    const url = await gitfed(['status', pathToFileURL(folder).href], clone);
    expect(url.stdout).toContain(`HEAD (${git(folder, 'rev-parse', '--short=12', 'HEAD')}) does not descend`);
  });

  it('shows what is known where the remote cannot be reached, and says so', async () => {
    const { folder } = await fleet();
    git(folder, 'remote', 'add', 'origin', 'https://me:hunter2@127.0.0.1:1/x.git');
    const run = await gitfed(['status', '--fetch'], folder);
    expect(run.stdout).toContain('eu-1');
    expect(run.stderr).toMatch(/^This may be old: git fetch failed: /);
    expect(run.stderr).not.toContain('hunter2');
  });

  it('shows the next state when the branch moves', async () => {
    const { folder, source } = await fleet();
    const watching = startGitfed(['status', '--watch'], folder);
    await watching.until(({ stdout }) => stdout.includes('HEAD is that commit.'));
    await writeStatus(folder, { source, files: { 'objects/eu-2.yaml': OBJECTS.replace('UpdateFailed', 'PruneHeld') } });
    await watching.until(({ stdout }) => stdout.includes('PruneHeld'));
    expect(await watching.interrupt()).toBe(130);
  });
});

describe('gitfed drift --from-status', () => {
  it('tells what was found last, and fails for what is not put back', async () => {
    const { folder, source } = await fleet();
    const before = await gitfed(['drift', '--from-status'], folder);
    expect(before).toMatchObject({ code: 0, stdout: expect.stringMatching(/eu-1 +0 +0 +1\n/) });
    await writeStatus(folder, { source, files: { 'drift/eu-2.yaml': REPORTED } });
    const run = await gitfed(['drift', '--from-status'], folder);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('is not there\n');
    expect(run.stdout).not.toContain('\u001b');
    const json = await gitfed(['drift', '--from-status', '--cluster', 'eu-2', '-o', 'json'], folder);
    expect(JSON.parse(json.stdout)).toMatchObject({
      commit: source,
      drift: true,
      clusters: { 'eu-2': { state: 'Failed', objects: [{ type: 'missing', kind: 'ConfigMap', state: 'reported' }] } },
    });
  });

  it('takes no option that is for members', async () => {
    const { folder } = await fleet();
    const run = await gitfed(['drift', '--from-status', '--kubeconfig', 'x'], folder);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('--kubeconfig has no meaning') });
  });
});

describe('status.repository', () => {
  it('takes the status of a source that is only read, and gives it back', async () => {
    const home = createFolder();
    git(home, 'init', '--quiet', '--bare');
    const configuration = `status: {repository: "${pathToFileURL(home).href}"}\n`;
    const folder = createFolder({ 'fleet.yaml': documents(CLUSTER), 'gitfed.yaml': configuration });
    commitAll(folder);
    // Nobody may push to it.
    writeFileSync(path.join(folder, '.git/hooks/pre-receive'), '#!/bin/sh\nexit 1\n');
    chmodSync(path.join(folder, '.git/hooks/pre-receive'), 0o755);
    const url = pathToFileURL(folder).href;
    const first = await gitfed(['sync', url, '-o', 'json'], folder);
    const { status } = JSON.parse(first.stdout);
    expect(status).toEqual({ branch: 'gitfed/status', commit: git(home, 'rev-parse', 'gitfed/status'), pushed: true });
    expect(git(folder, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    // What is there is read again: nothing new.
    expect(JSON.parse((await gitfed(['sync', url, '-o', 'json'], folder)).stdout).status).toEqual({
      branch: 'gitfed/status',
    });
    expect((await gitfed(['sync'], folder)).stdout).toContain('Nothing new for gitfed/status.');
    expect((await gitfed(['status', url], folder)).stdout).toMatch(/down +NotReady/);
  });

  it.each([
    ['--upload-pack=x', /status\.repository is a value, which does not look like this/],
    ['ext::sh -c true', /status\.repository is a value, which does not look like this/],
    ['ext::sh', /StatusPushRefused|is not a URL/],
    ['../home', /is not a URL/],
    ['https://me:hunter2@127.0.0.1:1/x.git', /StatusPushRefused/],
  ])('may not be %s, and what follows is told, without a password', async (repository, words) => {
    const folder = createFolder({
      'fleet.yaml': documents(CLUSTER),
      'gitfed.yaml': `inventory: shop\nstatus: {repository: "${repository}"}\n`,
    });
    commitAll(folder);
    const run = await gitfed(['sync'], folder);
    expect(`${run.stdout}${run.stderr}`).toMatch(words);
    expect(run.stdout + run.stderr).not.toContain('hunter2');
  });

  it('is not pushed to with status.mode local, and not written with off', async () => {
    const home = createFolder();
    git(home, 'init', '--quiet', '--bare');
    const folder = createFolder({ 'fleet.yaml': documents(CLUSTER) });
    for (const mode of ['local', 'off']) {
      const configuration = `status: {mode: "${mode}", repository: "${pathToFileURL(home).href}"}\n`;
      writeFiles(folder, { 'gitfed.yaml': configuration });
      commitAll(folder, mode);
      const { status } = JSON.parse((await gitfed(['sync', '-o', 'json'], folder)).stdout);
      expect(status).toEqual({
        branch: 'gitfed/status',
        ...(mode === 'local' ? { commit: expect.stringMatching(/^[0-9a-f]{40}$/) } : {}),
      });
    }
    expect(git(home, 'for-each-ref')).toBe('');
  });
});
