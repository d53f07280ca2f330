import { X509Certificate } from 'node:crypto';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  CANCEL,
  complete,
  converseRaw,
  data,
  ENHANCE_YOUR_CALM,
  type Frames,
  frame,
  goaway,
  INTERNAL_ERROR,
  NO_ERROR,
  REFUSED_STREAM,
  reset,
  status200,
} from '../../test/helpers/http2-frames.ts';
import { clientOf, converse, get, listen, post, respond, SERVING } from '../../test/helpers/http2-server.ts';
import { ApiError, WriteRefusedError } from './errors.ts';
import { guardWrites } from './guarded-client.ts';

describe('HTTP/2', () => {
  it('sends no write where whoever is asked before refuses it, also on a new connection', async () => {
    const refusal = new ApiError({ failure: 'Aborted', status: 0, reason: '', paths: [], causes: [] });
    const beforeWrite = (): never => {
      throw refusal;
    };
    const { client, asked } = await converse((stream) => respond(stream), { beforeWrite });
    await expect(client.request({ method: 'PATCH', path: '/x', body: '{}' })).rejects.toBe(refusal);
    await client.request(get('/0'));
    expect(asked).toEqual(['GET /prefix/0 1']);
  });

  it('goes on over the same connection where somebody may write no more', async () => {
    const lost = new WriteRefusedError('lost');
    const { client, asked } = await converse((stream) => respond(stream));
    const guarded = guardWrites(client, () => {
      throw lost;
    });
    await expect(guarded.request({ method: 'PATCH', path: '/x', body: '{}' })).rejects.toBe(lost);
    await guarded.request(get('/0'));
    await client.request({ method: 'PATCH', path: '/x', body: '{}' });
    expect(asked).toEqual(['GET /prefix/0 1', 'PATCH /prefix/x 1']);
  });

  it('is spoken where it is offered, many requests over one connection', async () => {
    const { client, asked } = await converse((stream) => respond(stream));
    expect(client.protocol).toBeUndefined();
    await Promise.all(Array.from({ length: 100 }, (_, index) => client.request(get(`/${index}`))));
    expect(client.protocol).toBe('h2');
    expect(new Set(asked)).toEqual(new Set(Array.from({ length: 100 }, (_, index) => `GET /prefix/${index} 1`)));
  });

  it('carries body and headers, but none of those that are of a connection', async () => {
    const server = createSecureServer(SERVING);
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () =>
        respond(stream, JSON.stringify({ headers, body: Buffer.concat(chunks).toString('utf8') })),
      );
    });
    const port = await listen(server);
    const client = clientOf(
      port,
      {},
      { headers: { Connection: 'keep-alive', Host: 'other', 'Impersonate-User': 'u' } },
    );
    const body = `{"text":"${'ü'.repeat(100_000)}"}`;
    const answer = await client.json({
      method: 'PATCH',
      path: '/x',
      body,
      contentType: 'application/apply-patch+yaml',
    });
    expect(answer).toMatchObject({
      body,
      headers: {
        ':authority': `127.0.0.1:${port}`,
        authorization: 'Bearer t',
        'impersonate-user': 'u',
        'content-type': 'application/apply-patch+yaml',
        'content-length': String(Buffer.byteLength(body)),
      },
    });
    expect(Object.keys((answer as { headers: object }).headers)).not.toContain('connection');
  });

  it('shows the certificate that we have', async () => {
    const shown: string[] = [];
    const server = createSecureServer({ ...SERVING, requestCert: true, rejectUnauthorized: false });
    server.on('secureConnection', (socket: TLSSocket) => {
      shown.push(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
    });
    server.on('stream', (stream) => respond(stream));
    const client = clientOf(await listen(server), {}, { tls: SERVING });
    await client.request(get());
    expect(shown).toEqual([new X509Certificate(SERVING.cert).fingerprint256]);
  });

  it('is not spoken where it is not offered', async () => {
    const versions: string[] = [];
    const server = createHttpsServer(SERVING, (request, response) => {
      versions.push(`${request.httpVersion} ${request.url} ${request.headers.authorization}`);
      response.end('{}');
    });
    const client = clientOf(await listen(server));
    await client.request(get());
    await client.request(get());
    expect(versions).toEqual(['1.1 /prefix/x Bearer t', '1.1 /prefix/x Bearer t']);
    expect(client.protocol).toBe('http/1.1');
  });

  it('follows no redirect', async () => {
    const { client, asked } = await converse((stream) => respond(stream, '', { ':status': 307, location: '/y' }));
    await expect(client.request(get())).rejects.toMatchObject({ failure: 'Response', status: 307 });
    expect(asked).toHaveLength(1);
  });

  it('stops reading an answer that is too large', async () => {
    const { client } = await converse((stream) => respond(stream, 'x'.repeat(2_000_000)), {
      maxResponseBytes: 1_999_999,
    });
    await expect(client.request(get())).rejects.toMatchObject({ failure: 'Response', message: /too large/ });
  });
});

describe('an answer over HTTP/2', () => {
  const cut: Record<string, [string, (stream: number) => Frames]> = {
    'reset before it began': ['INTERNAL_ERROR', (one) => [reset(one, INTERNAL_ERROR)]],
    'reset within it': ['INTERNAL_ERROR', (one) => [status200(one), data(one, '{"a'), reset(one, INTERNAL_ERROR)]],
    'cancelled within it': ['cut off', (one) => [status200(one), data(one, '{"a'), reset(one, CANCEL)]],
    'short by its own account': [
      'cut off',
      // A literal header without a name in the table: content-length is its number 28.
      (one) => [frame(1, 4, one, Buffer.from([0x88, 0x0f, 28 - 15, 1, 0x39])), data(one, '{"a'), reset(one, NO_ERROR)],
    ],
    'reset within it as if nothing were wrong': [
      'cut off',
      // content-type is number 31.
      (one) => [
        frame(1, 4, one, Buffer.from([0x88, 0x0f, 31 - 15, 16, ...Buffer.from('application/json')])),
        data(one, '{"a'),
        reset(one, NO_ERROR),
      ],
    ],
    'ended with its connection': ['cut off', (one) => [status200(one), data(one, '{"a'), 'end']],
    'ended with its connection, in good order': [
      'cut off',
      (one) => [status200(one), data(one, '{"a'), goaway(one), 'end'],
    ],
    'never begun with its connection': ['cut off', () => ['end']],
    'ended by an error of the connection': [
      'ENHANCE_YOUR_CALM',
      (one) => [status200(one), data(one, '{"a'), goaway(one, ENHANCE_YOUR_CALM)],
    ],
    'no HTTP/2': ['INTERNAL_ERROR', () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]],
  };

  it.each(Object.entries(cut))('that is %s is asked for again', async (_what, [, frames]) => {
    const { client, requests } = await converseRaw((stream, attempt) =>
      attempt === 1 ? frames(stream) : complete(stream),
    );
    expect((await client.request(get())).body).toBe('{}');
    expect(requests).toHaveLength(2);
  });

  it.each(Object.entries(cut))('to a creation that is %s is not asked for again', async (_what, [detail, frames]) => {
    const { client, requests } = await converseRaw(frames);
    await expect(client.request(post())).rejects.toMatchObject({
      failure: 'Connection',
      message: `the API server was not reached: ${detail}`,
    });
    expect(requests).toHaveLength(1);
  });

  it('to a creation that was refused unseen is asked for again', async () => {
    const { client, requests } = await converseRaw((stream, attempt) =>
      attempt === 1 ? [reset(stream, REFUSED_STREAM)] : complete(stream),
    );
    await client.request(post());
    expect(requests).toEqual(['1/1', '1/3']);
  });

  it('is one when it is whole, though the rest of the request is not wanted', async () => {
    const { client } = await converse((stream) => {
      stream.respond({ ':status': 413 });
      stream.end('{"reason":"RequestEntityTooLarge"}', () => stream.close());
    });
    const body = 'x'.repeat(3_000_000);
    await expect(client.request({ method: 'PATCH', path: '/x', body })).rejects.toMatchObject({ status: 413 });
  });
});

describe('a connection that the server ends', () => {
  it('is finished, and the next request takes another one', async () => {
    const { client, asked } = await converse((stream, attempt) => {
      if (attempt > 1) return respond(stream);
      stream.session?.goaway(0, stream.id);
      stream.respond({ ':status': 200 });
      stream.write('{"a":');
      // The next request is there when this one ends.
      return void client.request(get('/y')).then(() => stream.end('1}'));
    });
    expect(await client.json(get())).toEqual({ a: 1 });
    await client.request(get('/z'));
    expect(asked).toEqual(['GET /prefix/x 1', 'GET /prefix/y 2', 'GET /prefix/z 2']);
  });

  it('without having looked at a creation, gets it again over another one', async () => {
    const { client, requests } = await converseRaw((stream, attempt) =>
      attempt === 1 ? [goaway(0)] : complete(stream),
    );
    await client.request(post());
    expect(requests).toEqual(['1/1', '2/1']);
  });

  it.each([
    ['in good order', (socket: Socket) => socket.end()],
    ['by a reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('%s, is asked no more whether it is there', async (_how, end) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { client, server } = await converse((stream) => respond(stream));
    const sockets: Socket[] = [];
    server.on('connection', (socket: Socket) => void sockets.push(socket));
    await client.request(get());
    expect(vi.getTimerCount()).toBe(1);
    for (const socket of sockets) end(socket);
    await expect.poll(() => vi.getTimerCount()).toBe(0);
  });
});

describe('a server of HTTP/2 that is frozen', () => {
  it('is given up on once, and the next requests fail at once', async () => {
    const { client, asked } = await converse(() => undefined, { timeoutMs: 200 });
    await expect(client.request(get())).rejects.toMatchObject({ failure: 'Timeout' });
    expect(client.isDead).toBe(true);
    await expect(client.request(get('/y'))).rejects.toMatchObject({ failure: 'Timeout' });
    expect(asked).toEqual(['GET /prefix/x 1']);
  });

  it('before it said what it speaks, is given up on as well', async () => {
    let connections = 0;
    const port = await listen(createTcpServer(() => (connections += 1)));
    const client = clientOf(port, { timeoutMs: 200 });
    const results = await Promise.allSettled([client.request(get()), client.request(get())]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(client.request(get())).rejects.toMatchObject({ failure: 'Timeout' });
    expect(connections).toBe(1);
  });

  it('in one answer only, is alive, and is asked over another connection', async () => {
    let finish: (() => void) | undefined;
    const { client, asked } = await converse(
      (stream) => {
        const [, path] = (asked.at(-1) ?? '').split(' ');
        if (path === '/prefix/stuck') return;
        if (path === '/prefix/slow') finish = () => respond(stream);
        else respond(stream);
      },
      { timeoutMs: 5_000 },
    );
    const slow = client.request(get('/slow'));
    const stuck = client.request({ ...get('/stuck'), timeoutMs: 200 });
    const quick = client.request(get('/quick'));
    await quick;
    await expect(stuck).rejects.toMatchObject({ failure: 'Timeout' });
    expect(client.isDead).toBe(false);
    await client.request(get('/next'));
    finish?.();
    await slow;
    expect(asked.toSorted()).toEqual([
      'GET /prefix/next 2',
      'GET /prefix/quick 1',
      'GET /prefix/slow 1',
      'GET /prefix/stuck 1',
    ]);
  });

  it('is left at once when we are stopped', async () => {
    const control = new AbortController();
    const { client } = await converse(() => control.abort(), { signal: control.signal });
    const requests = Array.from({ length: 40 }, (_, index) => client.request(get(`/${index}`)));
    const results = await Promise.allSettled(requests);
    expect(results.map((one) => (one.status === 'rejected' ? one.reason.failure : ''))).toEqual(
      requests.map(() => 'Aborted'),
    );
  });

  it('that was closed is asked nothing more', async () => {
    const { client, asked } = await converse((stream) => {
      if (asked.length === 1) client.close();
      else respond(stream);
    });
    await expect(client.request(get('/a'))).rejects.toMatchObject({ failure: 'Connection' });
    await expect(client.request(get('/b'))).rejects.toMatchObject({ failure: 'Aborted' });
    expect(asked).toEqual(['GET /prefix/a 1']);
  });
});
