import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GitfedError } from '../errors.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';

/** What answers at one path. */
export interface Route {
  readonly methods: readonly ('GET' | 'HEAD' | 'POST')[];
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
}

/** By path, without a query. A function is asked each time: an endpoint may come and go. */
export type Routes = (path: string) => Route | undefined;

export interface HttpServer {
  /** Where it listens really, which matters for port 0. */
  readonly address: ListenAddress;
  /** Takes no more connections, lets answers under way end, and cuts off what takes too long. */
  close(): Promise<void>;
}

export interface HttpLimits {
  /** Connections at one time; more are refused. */
  readonly connections: number;
  /** Until the headers are here. */
  readonly headersMs: number;
  /** Until the whole request is here. */
  readonly requestMs: number;
  /** How long answers under way may take while the server closes. */
  readonly closeMs: number;
}

const LIMITS: HttpLimits = { connections: 100, headersMs: 5000, requestMs: 10_000, closeMs: 2000 };

/**
 * Serves a few small endpoints to whoever connects: nobody can keep it busy with slow requests, long headers or many connections.
 *
 * @throws {GitfedError} `USAGE` where the address cannot be listened at.
 */
export async function startHttpServer(
  address: ListenAddress,
  routes: Routes,
  limits: Partial<HttpLimits> = {},
): Promise<HttpServer> {
  const { connections, headersMs, requestMs, closeMs } = { ...LIMITS, ...limits };
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1000, headersMs),
      keepAliveTimeout: 5000,
    },
    (request, response) => void answer(routes, request, response),
  );
  server.maxConnections = connections;
  server.maxHeadersCount = 64;
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return { address: { host: address.host, port }, close: () => close(server, closeMs) };
}

/** Answers with plain text of one line. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`, headers);
}

/** Answers with a body, which a HEAD request does not get. */
export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // What the other side does with its connection is no failure of ours.
  response.on('error', () => request.destroy());
  try {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const route = routes(path);
    if (route === undefined) return sendText(response, 404, 'not found', CLOSE);
    if (!route.methods.some((method) => method === request.method)) {
      return sendText(response, 405, 'method not allowed', { ...CLOSE, allow: route.methods.join(', ') });
    }
    await route.handle(request, response);
  } catch {
    // Nothing of an error goes to somebody who is not known.
    if (!response.headersSent) sendText(response, 500, 'internal error', CLOSE);
    else request.destroy();
  }
}

/** A body that nobody reads must not be taken for the next request. */
const CLOSE = { connection: 'close' };

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'something else listens there' : (error.code ?? error.message);
      const message = `gitfed cannot listen at ${formatListenAddress(address)}: ${why}. Choose another address with --listen or --webhook-listen.`;
      reject(new GitfedError('USAGE', message, { cause: error }));
    });
    server.listen({ host: address.host, port: address.port }, () => {
      server.removeAllListeners('error');
      // Such as too many open files: the next one may be served.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

async function close(server: Server, closeMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(timer);
}
