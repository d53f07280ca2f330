import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { startGitServer } from '../git-server/git-server.ts';
import { DaemonProcess } from './daemon-process.ts';
import { configMapYaml, fleetRepository, get, grantFor, temporaryFolder, writeCredentials } from './fleet.ts';
import { RemoteStatus } from './remote-status.ts';

const TOKEN = 'token-of-this-test';
const APPLIED = 'applied to every cluster that is ready';

describe('gitfed daemon as a process', () => {
  test('is ready when the commit is applied, reads its file again, and writes the status before it ends', async ({
    clusters,
  }) => {
    const name = 'process';
    const repository = fleetRepository(clusters, name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    repository.publish();
    const status = new RemoteStatus(repository.bare);
    await using server = await startGitServer({ folder: path.dirname(repository.bare), token: TOKEN });
    const tokenFile = path.join(temporaryFolder(), 'token');
    writeFileSync(tokenFile, TOKEN);
    const settings = {
      apiVersion: 'gitfed.io/v1alpha1',
      kind: 'DaemonConfiguration',
      source: `${server.url}/${path.basename(repository.bare)}`,
      dataDir: temporaryFolder(),
      credentialsDir,
      pollInterval: '5m',
      git: { tokenFile },
      // So long that the second commit is told of by nothing but the end.
      status: { minInterval: '1h' },
    };
    const daemon = new DaemonProcess(settings);
    const first = repository.git('rev-parse', 'HEAD');
    await expect.poll(async () => (await daemon.get('readyz')).status, { timeout: 60_000 }).toBe(200);
    expect(JSON.parse((await daemon.get('readyz')).text)).toEqual({ status: 'ready', missing: [], revision: first });
    expect((await daemon.get('healthz')).status).toBe(200);
    expect((await daemon.get('metrics')).text).toContain(`gitfed_revision_info{commit="${first}"} 1`);
    await expect.poll(() => status.commits().length, { timeout: 20_000 }).toBeGreaterThan(0);

    const second = repository.commit({ 'map.yaml': configMapYaml(name, 'map', { a: '2' }) });
    repository.push();
    daemon.configure({ ...settings, pollInterval: '1s', log: { level: 'debug' } });
    daemon.child.kill('SIGHUP');
    await daemon.line(APPLIED, { revision: second });
    for (const cluster of clusters) {
      expect((await get(cluster, `/api/v1/namespaces/${name}/configmaps/map`))?.data).toEqual({ a: '2' });
    }
    expect(daemon.lines().map(({ level }) => level)).toContain('debug');
    daemon.configure({ ...settings, pollInterval: 'never' });
    daemon.child.kill('SIGHUP');
    expect(await daemon.line('the new configuration is not used; the old one stays')).toMatchObject({ level: 'warn' });

    expect(status.trailer('Source-Commit')).toBe(first);
    expect(await daemon.signal('SIGTERM')).toEqual([0, null]);
    expect(status.trailer('Source-Commit')).toBe(second);
    expect(status.summary()).toMatchObject({ commit: second });
    expect(daemon.lines().at(-1)).toMatchObject({ level: 'info', msg: 'stopped' });
    expect(daemon.stdout).toBe('');
  });

  test('goes on from what it kept, while git does not answer', async ({ clusters: [cluster] }) => {
    const name = 'restarted';
    const repository = fleetRepository([cluster], name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials([cluster]);
    await grantFor(credentialsDir, repository.folder);
    repository.publish();
    await using server = await startGitServer({ folder: path.dirname(repository.bare) });
    const settings = {
      source: `${server.url}/${path.basename(repository.bare)}`,
      dataDir: temporaryFolder(),
      credentialsDir,
      pollInterval: '1s',
    };
    const revision = repository.git('rev-parse', 'HEAD');
    const daemon = new DaemonProcess(settings);
    await daemon.line(APPLIED, { revision });
    expect(await daemon.signal('SIGTERM')).toEqual([0, null]);
    await server.stop();

    const target = `/api/v1/namespaces/${name}/configmaps/map`;
    await cluster.request('DELETE', target);
    const next = new DaemonProcess(settings);
    await expect.poll(async () => (await get(cluster, target))?.data, { timeout: 30_000 }).toEqual({ a: '1' });
    await next.line('git does not answer as it should; what was applied last is kept in order');
    expect(await next.signal('SIGTERM')).toEqual([0, null]);
  });
});
