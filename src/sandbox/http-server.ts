import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { jsonText } from './json-text.ts';
import type { RequestHandler } from './request-handler.ts';
import type { RequestLog } from './request-log.ts';
import { unauthorized } from './status-error.ts';
import type { Watches } from './watches.ts';

/** How a cluster is lost: nobody listens, or somebody listens and says nothing. */
export type Outage = 'refusing' | 'hanging';

interface ServerOptions {
  readonly handler: RequestHandler;
  readonly watches: Watches;
  readonly log: RequestLog;
  /** Users by token. */
  readonly users: ReadonlyMap<string, string>;
}

const OPEN_PATHS = /^\/(?:healthz|livez|readyz|version)(?:\/|$)/;

/** The API server of a sandbox on the loopback interface. */
export class SandboxServer {
  readonly #options: ServerOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isHanging = false;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** @param port 0 for a free one. */
  async listen(port: number): Promise<void> {
    const server = createServer((request, response) => this.#receive(request, response));
    // A connection that is kept is closed by its client, as with a real API server.
    server.keepAliveTimeout = 0;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async pause(outage: Outage): Promise<void> {
    if (outage === 'hanging') this.#isHanging = true;
    else await this.close();
  }

  /** On the port that it had. */
  async resume(): Promise<void> {
    this.#isHanging = false;
    // Whoever waits for an answer will not get it: it was asked of a server that was gone.
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server === undefined) await this.listen(this.#port);
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isHanging) return;
    // What is cut off, and what is not HTTP at all, gets no answer.
    text(request)
      .then((body) => this.#answer(request, response, body))
      .catch(() => response.destroy());
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { handler, log, watches } = this.#options;
    if (this.#isHanging) return;
    const { target, token } = readTarget(request);
    const url = new URL(target, 'http://sandbox');
    const user = token === undefined ? undefined : this.#options.users.get(token);
    const note = (status: number): void =>
      log.add({
        method: request.method ?? '',
        url: target,
        userAgent: request.headers['user-agent'] ?? '',
        user: user ?? '',
        status,
        at: Date.now(),
      });
    if (user === undefined && !OPEN_PATHS.test(url.pathname)) {
      note(401);
      send(response, { status: 401, body: jsonText(unauthorized().status) });
      return;
    }
    const handled = handler.handle({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      accept: request.headers.accept ?? '',
      contentType: request.headers['content-type'] ?? '',
      userAgent: request.headers['user-agent'] ?? '',
      body,
      user: user ?? 'system:anonymous',
    });
    if ('answer' in handled) {
      note(handled.answer.status);
      send(response, handled.answer);
      return;
    }
    note(200);
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    const stop = watches.start(handled.watch, {
      write: (line) => {
        if (!this.#isHanging) response.write(line);
      },
      end: () => response.end(),
    });
    response.once('close', stop);
  }
}

/** Clients of Go send no token over plain HTTP, so that it may stand before the path too: see {@link tokenPath}. */
function readTarget({ url = '/', headers }: IncomingMessage): {
  readonly target: string;
  readonly token: string | undefined;
} {
  const inPath = /^\/token\/(?<token>[^/?]+)(?<rest>[/?].*)?$/.exec(url)?.groups;
  if (inPath !== undefined) return { target: inPath.rest ?? '/', token: inPath.token };
  return { target: url, token: /^Bearer (?<token>\S+)$/.exec(headers.authorization ?? '')?.groups?.token };
}

/** What to put behind the address of the server for clients that send no token over plain HTTP, kubectl among them. */
export function tokenPath(token: string): string {
  return `/token/${encodeURIComponent(token)}`;
}

function send(
  response: ServerResponse,
  { status, body, contentType = 'application/json' }: { status: number; body: string; contentType?: string },
): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
