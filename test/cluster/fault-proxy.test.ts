import { once } from 'node:events';
import { connect } from 'node:http2';
import { Agent, type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { type Cluster, describe, freshNamespace, poll, test } from '../controlplane/fixtures.ts';
import { type FaultProxy, isLaterPage, isWrite, onNthWrite, startFaultProxy } from './fault-proxy.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** Over HTTP/1.1 and a connection of its own, unless an agent is given. */
async function ask(
  proxy: FaultProxy,
  path: string,
  { method = 'GET', body, agent = false }: { method?: string; body?: object; agent?: RequestOptions['agent'] } = {},
): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const outgoing = request(new URL(path, proxy.url), {
    method,
    agent,
    ca: Buffer.from(proxy.caBundle, 'base64'),
    headers: { authorization: `Bearer ${proxy.cluster.adminToken}`, 'content-type': 'application/json' },
  });
  outgoing.end(payload);
  const [incoming] = await once(outgoing, 'response');
  const answer = await text(incoming);
  return { status: incoming.statusCode, body: answer, retryAfter: incoming.headers['retry-after'] };
}

const marker = (name: string) => ({ method: 'POST', body: { metadata: { name } } });

async function exists(cluster: Cluster, path: string): Promise<boolean> {
  return (await cluster.request('GET', path)).status === 200;
}

describe('the fault proxy', () => {
  test('passes requests and answers on, over HTTP/1.1 and HTTP/2', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    const namespace = await freshNamespace(cluster);
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    expect(await ask(proxy, path, { ...marker('one'), agent })).toMatchObject({ status: 201 });
    expect(JSON.parse((await ask(proxy, `${path}/one`, { agent })).body).metadata.name).toBe('one');

    const session = connect(proxy.url, { ca: Buffer.from(proxy.caBundle, 'base64') });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': `${path}/one`, authorization: `Bearer ${cluster.adminToken}` });
    const [headers] = await once(stream, 'response');
    expect([headers[':status'], JSON.parse(await text(stream)).metadata.namespace]).toEqual([200, namespace]);
    expect(proxy.requests.map(({ method, path: asked, httpVersion }) => `${httpVersion} ${method} ${asked}`)).toEqual([
      `1.1 POST ${path}`,
      `1.1 GET ${path}/one`,
      `2.0 GET ${path}/one`,
    ]);
    agent.destroy();
    session.destroy();
    await proxy.settled();
  });

  test('answers, delays, cuts and breaks what it is told to, so many times', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    proxy.fault({ kind: 'answer', status: 429, retryAfter: 7 }, { times: 1, match: ({ path }) => path === '/version' });
    expect(await ask(proxy, '/version')).toMatchObject({
      status: 429,
      retryAfter: '7',
      body: expect.stringContaining('TooManyRequests'),
    });
    expect(await ask(proxy, '/version')).toMatchObject({ status: 200 });

    for (const when of ['before', 'during', 'after'] as const) {
      proxy.fault({ kind: 'cut', when }, { times: 1 });
      await expect(ask(proxy, '/version'), when).rejects.toMatchObject({ code: 'ECONNRESET' });
    }
    proxy.fault({ kind: 'truncate' }, { times: 1 });
    const { status, body } = await ask(proxy, '/version');
    expect(status).toBe(200);
    expect(() => JSON.parse(body)).toThrow(SyntaxError);

    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.fault({ kind: 'delay', until: () => promise }, { times: 1 });
    const order: string[] = [];
    const delayed = ask(proxy, '/version').then(() => order.push('delayed'));
    await poll(async () => proxy.requests.length === 7, { what: 'the delayed request has come' });
    await ask(proxy, '/version').then(() => order.push('another'));
    resolve();
    await delayed;
    expect(order).toEqual(['another', 'delayed']);
  });

  test('cuts before a request is done, or after it', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    const path = `/api/v1/namespaces/${await freshNamespace(cluster)}/configmaps`;
    for (const [when, isThere] of [
      ['before', false],
      ['after', true],
    ] as const) {
      proxy.fault({ kind: 'cut', when }, { times: 1, match: isWrite });
      await expect(ask(proxy, path, marker(when))).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(await exists(cluster, `${path}/${when}`)).toBe(isThere);
    }
  });

  test('never answers while it is frozen, and refuses while it is down', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    proxy.fault({ kind: 'freeze' });
    const frozen = ask(proxy, '/version');
    const outcome = expect(frozen).rejects.toMatchObject({ code: 'ECONNRESET' });
    await poll(async () => proxy.requests.length === 1, { what: 'the request has come' });
    await proxy.goDown();
    await outcome;
    await expect(ask(proxy, '/version')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const { url } = proxy;
    await proxy.clear();
    expect(proxy.url).toBe(url);
    expect(await ask(proxy, '/version')).toMatchObject({ status: 200 });
  });

  test('shows the certificate it is told to, after as long as it is told to', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    proxy.showCertificate('expired');
    await expect(ask(proxy, '/version')).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    proxy.showCertificate('unknown');
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.holdConnections(promise);
    let isOver = false;
    const refused = expect(
      ask(proxy, '/version').finally(() => {
        isOver = true;
      }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/UNABLE_TO_VERIFY|SIGNATURE/),
    });
    expect((await cluster.request('GET', '/version')).status).toBe(200);
    expect(isOver).toBe(false);
    resolve();
    await refused;
    await proxy.clear();
    expect(await ask(proxy, '/version')).toMatchObject({ status: 200 });
  });

  test('breaks later pages of lists only, and ends watches', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    const path = `/api/v1/namespaces/${await freshNamespace(cluster)}/configmaps`;
    await ask(proxy, path, marker('one'));
    await ask(proxy, path, marker('two'));
    proxy.fault({ kind: 'answer', status: 500 }, { match: isLaterPage });
    const first = await ask(proxy, `${path}?limit=1`);
    const token = JSON.parse(first.body).metadata.continue;
    expect(token).not.toBe('');
    expect(await ask(proxy, `${path}?limit=1&continue=${token}`)).toMatchObject({ status: 500 });

    const watch = ask(proxy, `${path}?watch=true`);
    await poll(async () => proxy.endWatches() === 1, { what: 'the watch is open' });
    const { body } = await watch;
    expect(body === '' || body.endsWith('\n')).toBe(true);
  });

  test('stops the k-th write before or after it is done, over several clusters', async ({
    clusters: [cluster, other],
  }) => {
    const proxies = [await startFaultProxy(cluster), await startFaultProxy(other)] as const;
    for (const when of ['before', 'after'] as const) {
      const path = `/api/v1/namespaces/default/configmaps`;
      const seen: string[] = [];
      onNthWrite(proxies, { k: 2, when }, async ({ method, path: asked }) => {
        seen.push(`${method} ${asked} ${await exists(other, `${path}/${when}-two`)}`);
      });
      await ask(proxies[0], path, marker(`${when}-one`));
      await ask(proxies[0], path);
      const second = ask(proxies[1], path, marker(`${when}-two`));
      if (when === 'before') await expect(second).rejects.toMatchObject({ code: 'ECONNRESET' });
      else expect(await second).toMatchObject({ status: 201 });
      expect(seen).toEqual([`POST ${path} ${when === 'after'}`]);
      expect(await exists(other, `${path}/${when}-two`)).toBe(when === 'after');
      await ask(proxies[1], path, marker(`${when}-three`));
      for (const proxy of proxies) await proxy.clear();
    }
    await Promise.all(proxies.map((proxy) => proxy.settled()));
  });
});
