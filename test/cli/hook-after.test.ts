import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startHttpServer } from '../../src/daemon/http-server.ts';
import { createWebhook } from '../../src/daemon/webhook.ts';
import { Shop } from '../sandbox/shop.ts';
import { FLEET_FILES, HookedServer, web } from './hooked-server.ts';

// A push starts several processes, and machines that run tests are busy.
vi.setConfig({ testTimeout: 240_000 });

async function startDaemon(): Promise<{ readonly url: string; hints(): number }> {
  let hints = 0;
  const routes = createWebhook({
    secrets: () => ['a secret'],
    branch: () => 'main',
    onHint: () => {
      hints += 1;
    },
    onEvent: () => undefined,
  });
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, routes);
  onTestFinished(() => server.close());
  return { url: `http://127.0.0.1:${server.address.port}`, hints: () => hints };
}

describe('post-receive', () => {
  it('wakes the daemon, and says what the push means where nobody has', async () => {
    const daemon = await startDaemon();
    const server = new HookedServer();
    const secret = path.join(server.folder, 'secret');
    writeFileSync(secret, 'a secret\n');
    await server.change(FLEET_FILES);
    const wake = ['--daemon', daemon.url, '--webhook-secret-file', 'secret'];
    await server.install('--hook', 'post-receive', ...wake);
    const told = await server.change({ 'web.yaml': web(4) });
    expect(told.ok, told.output).toBe(true);
    expect(daemon.hints()).toBe(1);
    expect(told.remote).toMatch(
      /^gitfed: The daemon at 127\.0\.0\.1:\d+ was told, and applies it now\.\ngitfed: main /,
    );
    expect(told.remote).toContain('~ Deployment.apps/shop/web changed in 2 clusters');

    expect(await server.push('origin', 'HEAD:topic')).toMatchObject({ ok: true, remote: '' });
    expect(daemon.hints()).toBe(1);

    // With both hooks it is told once.
    await server.install(...wake);
    const both = await server.change({ 'web.yaml': web(5) });
    expect(both.remote.match(/^gitfed: main /gm)).toHaveLength(1);
    expect(daemon.hints()).toBe(2);

    writeFileSync(secret, 'another secret\n');
    const turned = await server.change({ 'web.yaml': web(6) });
    expect(turned.ok, turned.output).toBe(true);
    expect(turned.remote).toContain('was not told: it has another secret than this hook.');
  });

  it('runs a sync that goes on when the push is over', async () => {
    const shop = await Shop.start();
    const server = new HookedServer();
    await server.install('--sync', '--kubeconfig', shop.kubeconfig);
    shop.repository.git('remote', 'add', 'origin', `file://${server.bare}`);
    shop.repository.git('push', '--quiet', 'origin', 'HEAD:main');
    const log = path.join(server.bare, 'gitfed-sync.log');
    const passes = (): number => readFileSync(log, 'utf8').match(/ended with exit code/g)?.length ?? 0;
    await expect.poll(passes, { timeout: 50_000 }).toBe(1);
    expect(readFileSync(log, 'utf8')).toMatch(/ended with exit code 0\n$/);
    expect(shop.get('eu-1', '/apis/apps/v1/namespaces/shop/deployments/web')).toMatchObject({ status: 200 });
    const status = ['--git-dir', server.bare, 'log', '-1', '--format=%B', 'gitfed/status'];
    expect(execFileSync('git', status, { encoding: 'utf8' })).toContain(shop.repository.git('rev-parse', 'HEAD'));
  });
});
