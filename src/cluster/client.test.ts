import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiClient, type ClientOptions } from './client.ts';
import type { ServedResource } from './discovery.ts';
import type { Endpoint, MemberTls } from './endpoint.ts';
import { ApiError, ConfigMalformedError, WriteRefusedError } from './errors.ts';
import { guardWrites } from './guarded-client.ts';
import { listObjects } from './lists.ts';
import certificates from './testdata/certificates.json' with { type: 'json' };

const MAPS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
  verbs: new Set(['list']),
};

async function listen(server: Server & { closeAllConnections(): void }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A client of a server that gives these answers in order, and what it was asked. */
async function clientOf(
  answer: RequestListener,
  timeoutMs = 5_000,
  options: ClientOptions = {},
  authenticate: Endpoint['authenticate'] = async () => ({}),
): Promise<{ client: ApiClient; asked: string[] }> {
  const asked: string[] = [];
  const port = await listen(
    createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    }),
  );
  const endpoint = { url: new URL(`http://127.0.0.1:${port}/prefix/`), tls: {}, authenticate };
  const client = new ApiClient(endpoint, { timeoutMs, random: () => 0, ...options });
  onTestFinished(() => client.close());
  return { client, asked };
}

describe('a request', () => {
  it('is made again after 503 and a cut connection, below the path of the endpoint', async () => {
    let count = 0;
    const { client, asked } = await clientOf((request, response) => {
      count += 1;
      if (count === 1) response.writeHead(503).end();
      else if (count === 2) request.socket.destroy();
      else response.end('{"a":1}');
    });
    expect(await client.json({ method: 'GET', path: '/x?y=z' })).toEqual({ a: 1 });
    expect(asked).toEqual(['GET /prefix/x?y=z', 'GET /prefix/x?y=z', 'GET /prefix/x?y=z']);
  });

  it('that creates is not made again where it may have been done, but after 429 as long as the server says', async () => {
    const lost = await clientOf((_request, response) => response.writeHead(503).end());
    await expect(lost.client.request({ method: 'POST', path: '/x' })).rejects.toMatchObject({ status: 503 });
    expect(lost.asked).toHaveLength(1);

    let count = 0;
    const busy = await clientOf((_request, response) => {
      count += 1;
      if (count === 1) response.writeHead(429, { 'Retry-After': '1' }).end();
      else response.end('{}');
    });
    const begin = performance.now();
    await busy.client.request({ method: 'POST', path: '/x' });
    expect(performance.now() - begin).toBeGreaterThan(950);
  });

  it('that is refused is not made again', async () => {
    const { client, asked } = await clientOf((_request, response) =>
      response.writeHead(403).end('{"reason":"Forbidden"}'),
    );
    await expect(client.request({ method: 'GET', path: '/x' })).rejects.toMatchObject({ reason: 'Forbidden' });
    expect(asked).toHaveLength(1);
  });

  it('to a server that answers nothing is given up on once, and the next ones at once', async () => {
    const { client, asked } = await clientOf(() => undefined, 200);
    await expect(client.request({ method: 'GET', path: '/x' })).rejects.toMatchObject({ failure: 'Timeout' });
    expect(client.isDead).toBe(true);
    await expect(client.request({ method: 'GET', path: '/y' })).rejects.toMatchObject({ failure: 'Timeout' });
    expect(asked).toEqual(['GET /prefix/x']);
  });
});

describe('a credential that does not come', () => {
  const late = { failure: 'Timeout', message: 'the credential, or the program that gives it, did not come in time' };
  const request = { method: 'GET', path: '/x' } as const;
  const stream = { path: '/x', signal: new AbortController().signal, idleMs: 60_000 };

  /** A client that waits for it, and how often it was asked for. */
  async function waiting(timeoutMs: number, options: ClientOptions = {}) {
    const ended: AbortSignal[] = [];
    const authenticate: Endpoint['authenticate'] = (signal) => {
      if (signal !== undefined) ended.push(signal);
      return new Promise(() => undefined);
    };
    const { client, asked } = await clientOf((_, response) => response.end('{}'), timeoutMs, options, authenticate);
    return { client, asked, ended };
  }

  it('is waited for once, and the next requests fail at once', async () => {
    const { client, asked, ended } = await waiting(200);
    await expect(client.request(request)).rejects.toMatchObject(late);
    expect(client.isDead).toBe(true);
    await expect(client.request({ ...request, timeoutMs: 60_000 })).rejects.toMatchObject(late);
    expect([asked, ended.length]).toEqual([[], 1]);
  });

  it('is not waited for by what is to be watched', async () => {
    const { client } = await waiting(200);
    await expect(client.open(stream)).rejects.toMatchObject(late);
  });

  it('is asked for once, whoever gives up meanwhile', async () => {
    const { client, ended } = await waiting(60_000);
    const first = client.request({ ...request, isUrgent: true, timeoutMs: 100 });
    const failed = [first, client.open({ ...stream, startMs: 100 })].map((one) =>
      expect(one).rejects.toMatchObject(late),
    );
    await Promise.all(failed);
    expect(ended).toHaveLength(1);
  });

  it.each([
    ['we are stopped', (control: AbortController) => control.abort()],
    ['its client is closed', (_: AbortController, client: ApiClient) => client.close()],
  ])('is not waited for once %s', async (_when, end) => {
    const control = new AbortController();
    const { client } = await waiting(60_000, { signal: control.signal });
    const failed = [client.request(request), client.open(stream)].map((one) =>
      expect(one).rejects.toMatchObject({ failure: 'Aborted' }),
    );
    end(control, client);
    await Promise.all(failed);
  });

  it('is told when nobody wants it any more', async () => {
    const { client, ended } = await waiting(60_000);
    const failed = expect(client.request(request)).rejects.toMatchObject({ failure: 'Aborted' });
    await expect.poll(() => ended.map(({ aborted }) => aborted)).toEqual([false]);
    client.close();
    await failed;
    expect(ended.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('a credential that cannot be read', () => {
  const unread = {
    failure: 'Connection',
    message: 'the API server was not reached: the credential could not be read',
  };

  it.each(['GET', 'POST'] as const)('in the middle of a pass is read again, for a %s too', async (method) => {
    let reads = 0;
    const authenticate: Endpoint['authenticate'] = async () => {
      reads += 1;
      if (reads === 2) throw new ConfigMalformedError('the token is empty or no token');
      return { Authorization: `Bearer ${reads}` };
    };
    const told: (string | undefined)[] = [];
    const { client } = await clientOf(
      ({ headers }, response) => {
        told.push(headers.authorization);
        response.writeHead(headers.authorization === 'Bearer 1' ? 401 : 200).end('{}');
      },
      5_000,
      {},
      authenticate,
    );
    expect(await client.request({ method, path: '/x' })).toMatchObject({ status: 200 });
    expect(told).toEqual(['Bearer 1', 'Bearer 3']);
  });

  it('is told like a server that is not reached, and nothing is sent', async () => {
    const { client, asked } = await clientOf(
      (_, response) => response.end('{}'),
      5_000,
      {},
      async () => {
        throw new ConfigMalformedError('the token is empty or no token');
      },
    );
    await expect(client.request({ method: 'POST', path: '/x' })).rejects.toMatchObject(unread);
    const signal = new AbortController().signal;
    await expect(client.open({ path: '/x', signal, idleMs: 60_000 })).rejects.toMatchObject(unread);
    expect(asked).toEqual([]);
  });
});

describe('a list', () => {
  const page = (names: readonly string[], next?: string) =>
    JSON.stringify({
      kind: 'ConfigMapList',
      metadata: { continue: next },
      items: names.map((name) => ({ metadata: { name } })),
    });

  it('that breaks off at its second page fails as a whole', async () => {
    const { client } = await clientOf((request, response) => {
      if (request.url?.includes('continue=')) response.writeHead(500).end();
      else response.end(page(['a'], 'more'));
    });
    await expect(listObjects(client, MAPS)).rejects.toMatchObject({ status: 500 });
  });

  it('that got too old begins again', async () => {
    let expired = false;
    const { client } = await clientOf((request, response) => {
      if (!request.url?.includes('continue=')) return response.end(page(['a'], 'more'));
      if (expired) return response.end(page(['b']));
      expired = true;
      return response.writeHead(410).end('{"reason":"Expired"}');
    });
    expect((await listObjects(client, MAPS)).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });

  it.each([
    ['an object', '{"kind":"Status"}'],
    ['nothing', 'null'],
    ['no JSON', 'ok'],
  ])('that is %s is no empty list', async (_what, body) => {
    const { client } = await clientOf((_request, response) => response.end(body));
    await expect(listObjects(client, MAPS)).rejects.toMatchObject({ failure: 'Response' });
  });
});

describe('the certificate of a member', () => {
  async function connect(certificate: 'expired' | 'foreign' | 'elsewhere', tls: MemberTls): Promise<string> {
    const tokens: (string | undefined)[] = [];
    const port = await listen(
      createHttpsServer({ cert: certificates[certificate], key: certificates.key }, (request, response) => {
        tokens.push(request.headers.authorization);
        response.end('ok');
      }),
    );
    const url = new URL(`https://127.0.0.1:${port}`);
    const client = new ApiClient(
      { url, tls, authenticate: async () => ({ Authorization: 'Bearer t' }) },
      { random: () => 0 },
    );
    onTestFinished(() => client.close());
    try {
      return (await client.request({ method: 'GET', path: '/healthz', idempotent: false })).body;
    } catch (error) {
      // Who is not trusted does not see the token.
      expect(tokens).toEqual([]);
      return error instanceof Error ? error.message : '';
    }
  }
  const ca = certificates.authority;

  it.each<['expired' | 'foreign' | 'elsewhere', string, MemberTls, RegExp]>([
    ['expired', 'nothing is relaxed', { ca }, /CERT_HAS_EXPIRED/],
    ['expired', 'dates do not count', { ca, ignoreValidity: true }, /^ok$/],
    [
      'foreign',
      'dates do not count, and the authority is another one of the same name',
      { ca, ignoreValidity: true },
      /not reached/,
    ],
    ['elsewhere', 'dates do not count, and the host is another one', { ca, ignoreValidity: true }, /not reached/],
    ['elsewhere', 'neither dates nor the host count', { ca, ignoreValidity: true, ignoreSubject: true }, /^ok$/],
    [
      'foreign',
      'neither dates nor the host count, and the authority is another one',
      { ca, ignoreValidity: true, ignoreSubject: true },
      /not reached/,
    ],
    ['expired', 'there is no authority', { ignoreValidity: true }, /not reached/],
    ['foreign', 'nothing counts', { insecure: true }, /^ok$/],
  ])('%s: %s', async (certificate, _what, tls, outcome) => {
    expect(await connect(certificate, tls)).toMatch(outcome);
  });
});

describe('an urgent request over HTTP/1.1', () => {
  it('does not wait for others, however many there are and however slow they are', async () => {
    const held: (() => void)[] = [];
    const { client } = await clientOf((request, response) => {
      if (request.method === 'GET') response.end('{}');
      else held.push(() => response.end('{}'));
    });
    const write = { method: 'PATCH', path: '/x', body: '{}' } as const;
    const writes = Array.from({ length: 40 }, () => client.request(write));
    await expect.poll(() => held.length).toBe(16);
    await client.request({ method: 'GET', path: '/lease', isUrgent: true, timeoutMs: 2_000 });
    expect(held).toHaveLength(16);
    const release = setInterval(() => {
      for (const answer of held.splice(0)) answer();
    }, 1);
    onTestFinished(() => clearInterval(release));
    await Promise.all(writes);
  });
});

describe('a client that asks before each write', () => {
  const refusal = new ApiError({ failure: 'Aborted', status: 0, reason: '', paths: [], causes: [] });
  const write = { method: 'PATCH', path: '/x', body: '{}' } as const;

  it('sends no write any more once it is refused, also where it has no connection yet', async () => {
    const { client, asked } = await clientOf((_request, response) => response.end('{}'), 5_000, {
      beforeWrite: () => {
        throw refusal;
      },
    });
    await expect(client.request(write)).rejects.toBe(refusal);
    await client.request({ method: 'GET', path: '/x' });
    // On the connection that was opened for the read.
    await expect(client.request(write)).rejects.toBe(refusal);
    await client.request({ ...write, isUrgent: true });
    expect(asked).toEqual(['GET /prefix/x', 'PATCH /prefix/x']);
  });

  it('asks again before the next attempt', async () => {
    let answers = 0;
    const { client, asked } = await clientOf(
      (_request, response) => {
        answers += 1;
        response.writeHead(503).end();
      },
      5_000,
      {
        beforeWrite: () => {
          if (answers === 2) throw refusal;
        },
      },
    );
    await expect(client.request(write)).rejects.toBe(refusal);
    expect(asked).toHaveLength(2);
  });

  it('tells a refusal of somebody who may write no more as it is, after one attempt, and the others go on', async () => {
    const lost = new WriteRefusedError('lost');
    let isLost = false;
    const { client, asked } = await clientOf((_request, response) => {
      isLost = true;
      response.writeHead(429).end();
    });
    const guarded = guardWrites(client, () => {
      if (isLost) throw lost;
    });
    await expect(guarded.request(write)).rejects.toBe(lost);
    expect(asked).toEqual(['PATCH /prefix/x']);
    await expect(guarded.json(write)).rejects.toBe(lost);
    await expect(guarded.jsonAnswer({ ...write, method: 'DELETE' })).rejects.toBe(lost);
    expect(asked).toHaveLength(1);
    expect([client.isDead, guarded.isDead]).toEqual([false, false]);
  });

  it('keeps neither reads nor what is urgent from somebody who may write no more, nor writes from others', async () => {
    const { client, asked } = await clientOf((_request, response) => response.end('{}'));
    const guarded = guardWrites(client, () => {
      throw new WriteRefusedError('lost');
    });
    expect(await guarded.json({ method: 'GET', path: '/x' })).toEqual({});
    await guarded.request({ ...write, isUrgent: true });
    await client.request(write);
    expect(asked).toEqual(['GET /prefix/x', 'PATCH /prefix/x', 'PATCH /prefix/x']);
  });

  it('asks the process and whoever writes', async () => {
    const { client, asked } = await clientOf((_request, response) => response.end('{}'), 5_000, {
      beforeWrite: () => {
        throw refusal;
      },
    });
    await expect(guardWrites(client, () => undefined).request(write)).rejects.toBe(refusal);
    expect(asked).toEqual([]);
  });
});
