import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { DaemonOptions } from '../../src/daemon/daemon.ts';
import { GitAccess } from '../../src/git/index.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { startGitServer } from '../git-server/git-server.ts';
import {
  configMapYaml,
  fleetRepository,
  get,
  grantFor,
  type TestRepository,
  temporaryFolder,
  writeCredentials,
} from './fleet.ts';
import { RemoteStatus } from './remote-status.ts';
import { type RunningDaemon, runDaemon } from './running-daemon.ts';

const MERGE = 'application/merge-patch+json';
const TOKEN = 'token-of-this-test';
const SOON = { timeout: 30_000 };

/** A member is asked how it is each second, and one answer counts. */
const FAST_HEALTH_CHECK = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec:
  scope: Cluster
  clusterHealthCheck: {period: 1s, failureThreshold: 1, successThreshold: 1, timeout: 1s}
`;

const map = (name: string): string => `/api/v1/namespaces/${name}/configmaps/map`;

interface Published {
  readonly repository: TestRepository;
  readonly credentialsDir: string;
  readonly status: RemoteStatus;
}

async function publishFleet(
  clusters: readonly Cluster[],
  name: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Published> {
  const repository = fleetRepository(clusters, name, { 'map.yaml': configMapYaml(name, 'map'), ...files });
  const credentialsDir = writeCredentials(clusters);
  await grantFor(credentialsDir, repository.folder);
  repository.publish();
  return { repository, credentialsDir, status: new RemoteStatus(repository.bare) };
}

/** Where a daemon finds a repository: its URL and what it needs to get in. */
type Source = Pick<DaemonOptions, 'source' | 'access'>;

async function overHttp({ repository: { bare } }: Published): Promise<Source> {
  const server = await startGitServer({ folder: path.dirname(bare), token: TOKEN });
  onTestFinished(() => server.stop());
  const tokenFile = path.join(temporaryFolder(), 'token');
  writeFileSync(tokenFile, `${TOKEN}\n`);
  const source = `${server.url}/${path.basename(bare)}`;
  return { source, access: new GitAccess({ tokenFile }, source) };
}

function overFile({ repository: { bare } }: Published): Source {
  return { source: `file://${bare}` };
}

const transports: readonly [string, (fleet: Published) => Source | Promise<Source>][] = [
  ['http with a token', overHttp],
  ['file', overFile],
];

/** Until the branch tells of a commit. */
async function tells(status: RemoteStatus, commit: string): Promise<void> {
  await expect.poll(() => (status.commits().length === 0 ? '' : status.trailer('Source-Commit')), SOON).toBe(commit);
}

function push({ repository }: Published, files: Readonly<Record<string, string | undefined>>): string {
  const commit = repository.commit(files);
  repository.push();
  return commit;
}

const start = (fleet: Published, source: Source, options: Partial<DaemonOptions> = {}): Promise<RunningDaemon> =>
  runDaemon(source.source, {
    ...source,
    credentialsDir: fleet.credentialsDir,
    status: { minIntervalMs: 200 },
    ...options,
  });

describe('the status branch of a daemon', () => {
  for (const [transport, reach] of transports) {
    test(`tells of each commit, and of drift that was put back, over ${transport}`, async ({ clusters }) => {
      const name = `told-${transport.slice(0, 4)}`;
      const fleet = await publishFleet(clusters, name);
      const { repository, status } = fleet;
      const running = await start(fleet, await reach(fleet));
      const first = repository.git('rev-parse', 'HEAD');
      await tells(status, first);
      const perCluster = ['clusters', 'drift', 'objects'].flatMap((folder) =>
        clusters.map((cluster) => `${folder}/${cluster.name}.yaml`),
      );
      expect(status.files()).toEqual(
        expect.arrayContaining(
          [...perCluster, `resources/${name}/ConfigMap/map.yaml`, 'README.md', 'status.json'].filter(
            (file) => !file.startsWith('drift/'),
          ),
        ),
      );
      const states = Object.fromEntries(clusters.map((cluster) => [cluster.name, { state: 'Synced' }]));
      expect(status.summary()).toMatchObject({ commit: first, clusters: states });
      for (const cluster of clusters) {
        expect(status.document(`clusters/${cluster.name}.yaml`)).toMatchObject({
          kind: 'KubeFedCluster',
          metadata: { name: cluster.name },
          status: { conditions: [{ type: 'Ready', status: 'True' }] },
        });
        expect(status.text(`objects/${cluster.name}.yaml`)).toContain('name: map');
      }
      expect(status.document(`resources/${name}/ConfigMap/map.yaml`)).toMatchObject({
        kind: 'FederatedConfigMap',
        status: {
          conditions: [{ type: 'Propagation', status: 'True' }],
          clusters: clusters.map((cluster) => ({ name: cluster.name })),
        },
      });
      expect(status.text('README.md')).toContain(first.slice(0, 7));

      const second = push(fleet, { 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
      await tells(status, second);
      expect(status.summary()).toMatchObject({ commit: second, clusters: states });
      expect(status.git('log', '-1', '--format=%s', 'gitfed/status')).toContain('[skip ci]');

      const [cluster] = clusters;
      await cluster.request('PATCH', `${map(name)}?fieldManager=kubectl-edit`, { data: { a: 'hand' } }, MERGE);
      await expect.poll(async () => (await get(cluster, map(name)))?.data, SOON).toEqual({ a: '2' });
      const driftFile = `drift/${cluster.name}.yaml`;
      await expect.poll(() => status.text(driftFile), SOON).toContain('corrected');
      expect(status.text(driftFile)).toContain('kubectl-edit');

      const elsewhere = status.clone();
      const drift = await gitfed(['drift', '--from-status', '-o', 'json'], elsewhere);
      expect(JSON.stringify(JSON.parse(drift.stdout))).toContain('kubectl-edit');
      const text = await gitfed(['drift', '--from-status'], elsewhere);
      expect(text.stdout).toMatch(/^cluster1: ConfigMap\/.* differed, and was put back$/m);
      expect(drift.stdout).toContain('corrected');
      const table = await gitfed(['status'], elsewhere);
      expect([table.stdout, table.code]).toEqual([expect.stringContaining(cluster.name), 0]);
      expect(table.stdout).toContain('put back');

      await running.stop();
      expect(running.of('statusFailed')).toEqual([]);
      expect(running.of('statusCommitted').every(({ pushed }) => pushed)).toBe(true);
    });
  }

  test('says which cluster is offline while the others go on, and when it is back', async ({ freshClusters }) => {
    const clusters = await freshClusters(2);
    const [here, away] = clusters;
    const name = 'offline';
    const fleet = await publishFleet(clusters, name, { 'config.yaml': FAST_HEALTH_CHECK });
    const { repository, status } = fleet;
    await start(fleet, overFile(fleet));
    await tells(status, repository.git('rev-parse', 'HEAD'));
    const condition = (cluster: Cluster): readonly { type: string; status: string }[] | undefined =>
      status.document(`clusters/${cluster.name}.yaml`)?.status?.conditions;

    await away.kill();
    await expect.poll(() => condition(away), SOON).toMatchObject([{ type: 'Offline', status: 'True' }]);
    expect(condition(here)).toMatchObject([{ type: 'Ready', status: 'True' }]);
    expect(status.text('README.md')).toMatch(new RegExp(`${away.name}.*Cluster is not reachable`));
    const commit = push(fleet, { 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
    await expect.poll(async () => (await get(here, map(name)))?.data, SOON).toEqual({ a: '2' });
    await tells(status, commit);
    expect(status.summary().clusters).toMatchObject({
      [here.name]: { state: 'Synced' },
      [away.name]: { state: 'NotReady' },
    });
    const shown = await gitfed(['status'], status.clone());
    expect([shown.stdout, shown.code]).toEqual([expect.stringMatching(new RegExp(`${away.name} +NotReady`)), 1]);

    await away.restart();
    await expect.poll(() => status.summary().clusters[away.name].state, { timeout: 90_000 }).toBe('Synced');
    expect((await get(away, map(name)))?.data).toEqual({ a: '2' });
    expect(condition(away)).toMatchObject([{ type: 'Ready', status: 'True' }]);
    expect(status.text('README.md')).not.toContain('not reachable');
    expect((await gitfed(['status'], status.clone())).code).toBe(0);
  });

  test('is kept elsewhere where the source is read only', async ({ clusters }) => {
    const name = 'elsewhere';
    const other = path.join(temporaryFolder(), 'status.git');
    execFileSync('git', ['init', '--quiet', '--bare', other]);
    const fleet = await publishFleet(clusters, name, {
      'gitfed.yaml': `inventory: ${name}\nstatus: {repository: "file://${other}"}\n`,
    });
    const { repository } = fleet;
    // Whoever pushes here is refused.
    new RemoteStatus(repository.bare).protect('read only');
    const source = overFile(fleet);
    const running = await start(fleet, source);
    const status = new RemoteStatus(other);
    await tells(status, repository.git('rev-parse', 'HEAD'));
    const second = push(fleet, { 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
    await tells(status, second);
    expect(status.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/gitfed/status');
    expect(fleet.status.commits()).toEqual([]);
    expect(running.of('statusFailed')).toEqual([]);
    const shown = await gitfed(['status', '--fetch'], fleet.status.clone());
    expect([shown.stdout, shown.stderr, shown.code]).toEqual([expect.stringContaining(clusters[0].name), '', 0]);
  });

  for (const [transport, reach] of transports) {
    test(`waits while the server refuses it, with the server's words, over ${transport}`, async ({ clusters }) => {
      const name = `refused-${transport.slice(0, 4)}`;
      const fleet = await publishFleet(clusters, name);
      const { repository, status } = fleet;
      status.protect('branch is protected, ask the platform team');
      const running = await start(fleet, await reach(fleet));
      await expect
        .poll(() => running.of('statusFailed').map(({ message }) => message), SOON)
        .toEqual([expect.stringMatching(/^StatusPushRefused: .*branch is protected, ask the platform team/s)]);
      await running.applied(repository.git('rev-parse', 'HEAD'));
      const second = push(fleet, { 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
      await running.applied(second);
      for (const cluster of clusters) expect((await get(cluster, map(name)))?.data).toEqual({ a: '2' });
      await expect.poll(() => running.of('statusCommitted').map(({ source }) => source), SOON).toContain(second);
      expect(running.of('statusCommitted').map(({ pushed }) => pushed)).not.toContain(true);
      expect(status.commits()).toEqual([]);

      status.protect(undefined);
      const waiting = running.of('statusCommitted').length;
      await expect.poll(() => status.commits().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(waiting);
      await tells(status, second);
      expect(status.summary()).toMatchObject({ commit: second });
      // Told once: the same words again are no news.
      expect(running.of('statusFailed')).toHaveLength(1);
    });
  }

  for (const mode of ['local', 'off']) {
    test(`is not sent with status.mode ${mode}`, async ({ clusters }) => {
      const name = `mode-${mode}`;
      const fleet = await publishFleet(clusters, name, {
        'gitfed.yaml': `inventory: ${name}\nstatus: {mode: ${mode}}\n`,
      });
      const { repository, status } = fleet;
      const dataDir = temporaryFolder();
      const running = await start(fleet, overFile(fleet), { dataDir });
      const second = push(fleet, { 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
      await running.applied(second);
      await running.stop();
      expect(status.commits()).toEqual([]);
      expect(running.of('statusFailed')).toEqual([]);
      const made = running.of('statusCommitted').map(({ source, pushed }) => [source, pushed]);
      if (mode === 'local') expect(made.at(-1)).toEqual([second, false]);
      else expect(made).toEqual([]);
      for (const cluster of clusters) expect((await get(cluster, map(name)))?.data).toEqual({ a: '2' });
      expect(repository.statusCommits()).toEqual([]);
    });
  }
});
