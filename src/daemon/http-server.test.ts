import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HttpLimits, type HttpServer, type Routes, sendText, startHttpServer } from './http-server.ts';

const ROUTES: Routes = (path) => {
  if (path === '/fails') return { methods: ['GET'], handle: () => Promise.reject(new Error('canary')) };
  if (path !== '/here') return undefined;
  return { methods: ['GET', 'HEAD'], handle: (_request, response) => sendText(response, 200, 'here') };
};

async function serve(
  limits: Partial<HttpLimits> = {},
  routes = ROUTES,
): Promise<HttpServer & { readonly url: string }> {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, routes, limits);
  onTestFinished(() => server.close());
  return { ...server, url: `http://127.0.0.1:${server.address.port}` };
}

function dial({ address: { host, port } }: HttpServer): Socket {
  const socket = connect(port, host);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('the HTTP server', () => {
  it.each([
    ['GET', '/here', 200, 'here\n'],
    ['GET', '/here?since=1', 200, 'here\n'],
    ['HEAD', '/here', 200, ''],
    ['POST', '/here', 405, 'method not allowed\n'],
    ['DELETE', '/here', 405, 'method not allowed\n'],
    ['GET', '/', 404, 'not found\n'],
    ['GET', '/here/', 404, 'not found\n'],
    ['GET', '/__proto__', 404, 'not found\n'],
    ['GET', '/fails', 500, 'internal error\n'],
  ])('answers %s %s with %i', async (method, path, status, body) => {
    const { url } = await serve();
    const answer = await fetch(`${url}${path}`, { method });
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('cuts off who sends headers drop by drop', async () => {
    const socket = dial(await serve({ headersMs: 200, requestMs: 400 }));
    socket.write('GET /here HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const drops = setInterval(() => socket.write('a'), 50);
    onTestFinished(() => clearInterval(drops));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('refuses headers that do not end', async () => {
    const socket = dial(await serve());
    socket.write(`GET /here HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('takes no more connections than it should, and more when some end', async () => {
    const server = await serve({ connections: 2 });
    const first = [dial(server), dial(server)];
    await Promise.all(first.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    const third = dial(server);
    third.write('GET /here HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await text(third).catch(() => '')).toBe('');
    for (const socket of first) socket.destroy();
    await expect
      .poll(() =>
        fetch(`${server.url}/here`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });

  it('lets an answer end while it closes', async () => {
    const asked = Promise.withResolvers<() => void>();
    const server = await serve({ closeMs: 60_000 }, () => ({
      methods: ['GET'],
      handle: (_request, response) => asked.resolve(() => sendText(response, 200, 'late', { connection: 'close' })),
    }));
    const answer = fetch(server.url);
    const finish = await asked.promise;
    const closed = server.close();
    finish();
    expect(await (await answer).text()).toBe('late\n');
    await closed;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('cuts off an answer that does not end while it closes', async () => {
    let isAsked = false;
    const server = await serve({ closeMs: 50 }, () => ({
      methods: ['GET'],
      handle: () => {
        isAsked = true;
      },
    }));
    const answer = fetch(server.url).then(
      () => 'answered',
      () => 'cut off',
    );
    await expect.poll(() => isAsked).toBe(true);
    await server.close();
    expect(await answer).toBe('cut off');
  });

  it('says what to do where something else listens', async () => {
    const { address } = await serve();
    await expect(startHttpServer(address, ROUTES)).rejects.toThrow(
      `gitfed cannot listen at 127.0.0.1:${address.port}: something else listens there. Choose another address with --listen or --webhook-listen.`,
    );
  });
});
