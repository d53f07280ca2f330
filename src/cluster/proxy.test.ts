import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiClient } from './client.ts';
import { proxyAgentFor } from './proxy.ts';

describe('a proxy that says nothing', () => {
  async function throughSilence(signal?: AbortSignal): Promise<ApiClient> {
    const proxy = createServer((socket) => void socket.on('error', () => undefined));
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const url = new URL('https://api.example');
    const tls = {};
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const endpoint = { url, tls, authenticate: async () => ({}), proxyAgent: await proxyAgentFor(url, address, tls) };
    const client = new ApiClient(endpoint, { timeoutMs: 100, ...(signal === undefined ? {} : { signal }) });
    onTestFinished(() => {
      client.close();
      proxy.close();
    });
    return client;
  }

  it('costs the time of one request', async () => {
    const client = await throughSilence();
    await expect(client.request({ method: 'GET', path: '/version' })).rejects.toMatchObject({ failure: 'Timeout' });
    expect(client.isDead).toBe(true);
  });

  it('is left at once when we are stopped', async () => {
    const control = new AbortController();
    const client = await throughSilence(control.signal);
    const asked = client.request({ method: 'GET', path: '/version', timeoutMs: 60_000 });
    control.abort();
    await expect(asked).rejects.toMatchObject({ failure: 'Aborted' });
  });

  it('costs a stream the time until it has to begin', async () => {
    const client = await throughSilence();
    const signal = new AbortController().signal;
    await expect(client.open({ path: '/api/v1/pods?watch=true', signal, idleMs: 1000 })).rejects.toMatchObject({
      failure: 'Timeout',
    });
  });
});
