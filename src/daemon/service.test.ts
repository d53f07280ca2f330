import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { type TinyLoopOptions, tinyLoop } from '../../test/helpers/tiny-loop.ts';
import type { DaemonConfiguration } from './configuration.ts';
import type { Texts } from './given-settings.ts';
import { runService } from './service.ts';

type Line = Readonly<Record<string, unknown>>;

interface Running {
  /** Where a server listens: the first is the main one. */
  url(index?: number): string;
  lines(): readonly Line[];
  /** Waits for a line. */
  line(message: string, count?: number): Promise<Line>;
  reload(): void;
  stop(): Promise<void>;
}

interface Parts extends TinyLoopOptions {
  readonly file?: string;
  readonly env?: Texts;
  readonly flags?: Texts;
}

function repository(): TestRepository {
  const made = new TestRepository().write({ 'a.yaml': 'a: 1\n' });
  made.commit('first');
  return made;
}

async function start({ file, env = {}, flags = {}, ...loop }: Parts = {}): Promise<Running> {
  const written: Line[] = [];
  const abort = new AbortController();
  let reload = (): void => undefined;
  const finished = runService({
    source: { ...(file === undefined ? {} : { file }), env, flags: { listen: '127.0.0.1:0', ...flags }, cwd: '/' },
    startLoop: tinyLoop(loop),
    logStream: { write: (text) => written.push(JSON.parse(text)) },
    signal: abort.signal,
    onReloadRequest(listener) {
      reload = listener;
      return () => {
        reload = () => undefined;
      };
    },
  });
  let failure: unknown;
  finished.catch((error: unknown) => {
    failure = error;
  });
  const stop = (): Promise<void> => {
    abort.abort();
    return finished;
  };
  onTestFinished(() => stop().catch(() => undefined));
  const line = async (message: string, count = 1): Promise<Line> => {
    await expect
      .poll(() => failure ?? written.filter(({ msg }) => msg === message).length, { timeout: 20_000 })
      .toBe(count);
    return written.findLast(({ msg }) => msg === message) ?? {};
  };
  await expect.poll(() => failure !== undefined || written.some(({ msg }) => msg === 'started')).toBe(true);
  if (failure !== undefined) throw failure;
  return {
    url: (index = 0) => `http://${written.filter(({ msg }) => msg === 'listening')[index]?.['address']}`,
    lines: () => written,
    line,
    reload: () => reload(),
    stop,
  };
}

async function get(url: string): Promise<readonly [number, string]> {
  const answer = await fetch(url);
  return [answer.status, await answer.text()];
}

async function hook(url: string, secret: string): Promise<number> {
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${secret}` } });
  await answer.text();
  return answer.status;
}

describe('the service', () => {
  it('answers for its loop, and fetches when a webhook says so', async () => {
    const source = repository();
    const { url, line, stop, lines } = await start({
      env: { GITFED_WEBHOOK_SECRET: 'canary-secret' },
      flags: { source: source.folder },
    });
    await line('applied to every cluster that is ready');
    expect(await get(`${url()}/healthz`)).toEqual([200, '{"status":"ok","secondsSinceLastSign":0}\n']);
    const first = source.git('rev-parse', 'HEAD');
    expect(await get(`${url()}/readyz`)).toEqual([200, `{"status":"ready","missing":[],"revision":"${first}"}\n`]);
    source.write({ 'a.yaml': 'a: 2\n' }).commit('second');
    expect(await hook(`${url()}/webhook/generic`, 'canary-secret')).toBe(202);
    await line('applied to every cluster that is ready', 2);
    const [, metrics] = await get(`${url()}/metrics`);
    expect(metrics).toContain(`gitfed_revision_info{commit="${source.git('rev-parse', 'HEAD')}"} 1`);
    expect(metrics).toContain('gitfed_webhook_requests_total{provider="generic",outcome="accepted"} 1');
    expect(`${metrics}${JSON.stringify(lines())}`).not.toContain('canary-secret');
    await stop();
    expect(
      lines()
        .slice(-2)
        .map(({ msg }) => msg),
    ).toEqual(['stopping: what is being written is finished first', 'stopped']);
    await expect(fetch(`${url()}/healthz`)).rejects.toThrow();
  });

  it('does not look at git for what is pushed to another branch, such as its own status', async () => {
    const secret = 'canary-secret';
    const { url, line, lines } = await start({
      env: { GITFED_WEBHOOK_SECRET: secret },
      flags: { source: repository().folder, 'log-level': 'debug' },
    });
    await line('applied to every cluster that is ready');
    const push = async (ref: string): Promise<number> => {
      const headers = { authorization: `Bearer ${secret}` };
      const answer = await fetch(`${url()}/webhook/generic`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ref }),
      });
      await answer.text();
      return answer.status;
    };
    expect(await push('refs/heads/gitfed/status')).toBe(200);
    expect(lines().filter(({ msg }) => msg === 'git was read')).toHaveLength(1);
    expect(await push('refs/heads/main')).toBe(202);
    await line('git was read', 2);
  });

  it('gives nothing of the repository to anybody who asks (security row 14)', async () => {
    const source = repository().write({ 'canary.yaml': 'password: canary\n' });
    source.commit('canary');
    const { url, line } = await start({
      env: { GITFED_WEBHOOK_SECRET: 'canary' },
      flags: { source: source.folder, kubeconfig: '/canary/kubeconfig' },
    });
    await line('applied to every cluster that is ready');
    const paths = [
      'healthz',
      'readyz',
      'metrics',
      '',
      'config',
      'canary.yaml',
      'debug/pprof',
      'webhook/github',
      '.git/HEAD',
    ];
    for (const name of paths) {
      const [status, body] = await get(`${url()}/${name}`);
      expect([name, status < 300]).toEqual([name, ['healthz', 'readyz', 'metrics'].includes(name)]);
      expect(body).not.toContain('canary');
    }
  });

  it('tells a receiver and a forge, with secrets of the environment and of a file that may change', async () => {
    const received: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      received.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const source = repository();
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'token'), 'first-token\n');
    const { reload, stop, line, lines } = await start({
      env: {
        GITFED_NOTIFY_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
        GITFED_NOTIFY_WEBHOOK_URL: `${address}/hook`,
      },
      flags: {
        source: source.folder,
        'notify-forge-token-file': path.join(folder, 'token'),
        'notify-repository': `${address}/platform/fleet`,
        'notify-forge': 'github',
      },
      failing: 'eu-1',
    });
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(2);
    const [status, hook] = received.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const commit = source.git('rev-parse', 'HEAD');
    expect(status).toMatchObject({
      path: `/api/v3/repos/platform/fleet/statuses/${commit}`,
      headers: { authorization: 'Bearer first-token' },
    });
    expect(JSON.parse(status?.body ?? '')).toMatchObject({ state: 'failure', context: 'gitfed' });
    expect(hook?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(JSON.parse(hook?.body ?? '')).toMatchObject({ type: 'cluster.failed', data: { cluster: 'eu-1', commit } });
    // One that is none is not used, and neither is it shown.
    writeFileSync(path.join(folder, 'token'), 'canary canary\n');
    reload();
    await line('the new configuration is not used; the old one stays');
    await stop();
    expect(JSON.stringify(lines())).not.toMatch(/canary|first-token|whsec_/);
  });

  it('serves webhooks elsewhere, and nothing else there', async () => {
    const source = repository();
    const { url } = await start({
      env: { GITFED_WEBHOOK_SECRET: 's' },
      flags: { source: source.folder, 'webhook-listen': '127.0.0.1:0' },
    });
    expect(await hook(`${url(1)}/webhook/generic`, 's')).toBe(202);
    expect(await hook(`${url(0)}/webhook/generic`, 's')).toBe(404);
    for (const name of ['metrics', 'healthz', 'readyz']) expect((await get(`${url(1)}/${name}`))[0]).toBe(404);
  });

  it('is not ready while it stops, and waits for its loop', async () => {
    const release = Promise.withResolvers<void>();
    const { url, stop, line } = await start({ flags: { source: repository().folder }, onStop: () => release.promise });
    await line('applied to every cluster that is ready');
    const stopped = stop();
    await line('stopping: what is being written is finished first');
    expect((await get(`${url()}/readyz`))[0]).toBe(503);
    expect((await get(`${url()}/healthz`))[0]).toBe(200);
    release.resolve();
    await stopped;
  });

  it.each<[string, Texts, RegExp]>([
    ['a setting is wrong', { source: '/x', 'poll-interval': 'soon' }, /^--poll-interval is "soon"/],
    [
      'two settings are wrong',
      { listen: 'x' },
      /^2 settings cannot be used:\n {2}--listen is "x"; .*\n {2}no repository/,
    ],
    ['the secret cannot be read', { source: '/x', 'webhook-secret-file': '/nowhere' }, /^\/nowhere: .* \(ENOENT\)$/],
  ])('does not start where %s', async (_title, flags, message) => {
    await expect(start({ flags })).rejects.toThrow(message);
  });

  it('does not start where its file cannot be read', async () => {
    await expect(start({ file: '/nowhere.yaml' })).rejects.toThrow(
      '/nowhere.yaml: the configuration cannot be read (ENOENT)',
    );
  });

  it('ends with its loop, and leaves nothing behind', async () => {
    const failing = start({
      flags: { source: repository().folder },
      onStop: () => Promise.reject(new Error('broken')),
    });
    const { stop, url } = await failing;
    await expect(stop()).rejects.toThrow('broken');
    await expect(fetch(url())).rejects.toThrow();
  });
});

describe('a changed configuration', () => {
  async function configured(text: string) {
    const folder = temporaryFolder();
    const file = path.join(folder, 'daemon.yaml');
    const source = repository().folder;
    const write = (content: string): void => writeFileSync(file, `source: ${source}\n${content}`);
    write(text);
    const seen: DaemonConfiguration[] = [];
    const running = await start({ file, onReconfigure: (configuration) => seen.push(configuration) });
    return { ...running, folder, file, write, seen };
  }

  it('counts at once where it may, and says what waits for a restart', async () => {
    const { write, line, seen } = await configured('log: {level: info}\n');
    write('log: {level: debug}\npollInterval: 1m\nref: other\n');
    await line('the configuration was reloaded');
    expect(await line('settings were changed')).toMatchObject({ settings: 'pollInterval, log.level' });
    expect(await line('settings were changed that count after a restart')).toMatchObject({ settings: 'ref' });
    expect(seen.at(-1)).toMatchObject({ pollIntervalMs: 60_000, log: { level: 'debug' } });
    expect(seen.at(-1)).not.toHaveProperty('ref');
  });

  it('that is not valid changes nothing, and says so', async () => {
    const { write, line, seen } = await configured('');
    write('pollInterval: never\n');
    const refused = await line('the new configuration is not used; the old one stays');
    expect(refused['why']).toMatch(/daemon\.yaml:2:1: pollInterval is "never"/);
    expect(seen).toEqual([]);
    write('');
    await line('the configuration was reloaded');
  });

  it('is seen when an editor puts a new file in its place', async () => {
    const { file, folder, line } = await configured('');
    const fresh = path.join(folder, '.daemon.yaml.swp');
    writeFileSync(fresh, 'source: /elsewhere\npollInterval: 2m\n');
    renameSync(fresh, file);
    expect(await line('settings were changed')).toMatchObject({ settings: 'pollInterval' });
  });

  it('is read again when that is asked for', async () => {
    const { file, reload, line, lines } = await configured('');
    rmSync(file);
    await line('the new configuration is not used; the old one stays');
    reload();
    await line('the new configuration is not used; the old one stays', 2);
    expect(lines().some(({ msg }) => msg === 'settings were changed')).toBe(false);
  });

  it('is told of when somebody asks for it, also where nothing is different', async () => {
    const { reload, line } = await configured('');
    reload();
    await line('the configuration was reloaded');
    reload();
    await line('the configuration was reloaded', 2);
  });

  it('is seen where Kubernetes mounts it, and so is a secret that rotates', async () => {
    const mount = temporaryFolder();
    const source = repository().folder;
    const put = (version: string, level: string, secret: string): void => {
      const folder = path.join(mount, `..${version}`);
      mkdirSync(folder);
      writeFileSync(
        path.join(folder, 'daemon.yaml'),
        `source: ${source}\nlog: {level: ${level}}\nwebhook: {secretFile: secret}\n`,
      );
      writeFileSync(path.join(folder, 'secret'), `${secret}\n`);
      symlinkSync(`..${version}`, path.join(mount, '..data_tmp'));
      renameSync(path.join(mount, '..data_tmp'), path.join(mount, '..data'));
    };
    put('1', 'info', 'first');
    for (const name of ['daemon.yaml', 'secret']) symlinkSync(`..data/${name}`, path.join(mount, name));
    const { url, line } = await start({ file: path.join(mount, 'daemon.yaml') });
    expect(await hook(`${url()}/webhook/generic`, 'first')).toBe(202);
    put('2', 'debug', 'second');
    rmSync(path.join(mount, '..1'), { recursive: true });
    await line('the configuration was reloaded');
    expect(await hook(`${url()}/webhook/generic`, 'second')).toBe(202);
    expect(await hook(`${url()}/webhook/generic`, 'first')).toBe(401);
    put('3', 'warn', 'second\nthird');
    rmSync(path.join(mount, '..2'), { recursive: true });
    await expect.poll(() => hook(`${url()}/webhook/generic`, 'third'), { timeout: 20_000, interval: 500 }).toBe(202);
    expect(await hook(`${url()}/webhook/generic`, 'second')).toBe(202);
  });
});
