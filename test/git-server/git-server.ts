import { timingSafeEqual } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerCertificate } from '../cluster/certificates.ts';
import { runBackend } from './http-backend.ts';

export interface GitServerOptions {
  /** Every bare repository below it is served: `folder/fleet.git` is `URL/fleet.git`. */
  readonly folder: string;
  /** Whoever has it may read and push, as a password under any user name or as a Bearer token. Without one everybody may. */
  readonly token?: string;
  readonly tls?: ServerCertificate;
}

/** A request as it arrived. The token itself is not kept. */
export interface GitRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Of `info/refs`, or the one that is posted to. */
  readonly service: string | undefined;
  readonly credentials: 'none' | 'right' | 'wrong';
  /** Of Basic credentials. */
  readonly user: string | undefined;
  /** 0 until it is answered. */
  readonly status: number;
}

/** What happens instead of an answer, to every request that `to` is true of; without it to all. */
export type GitFault = (
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  | { readonly kind: 'redirect'; readonly location: string }
  /** The answer is begun, and the connection cut off after so many bytes of its body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The request is taken, and never answered. */
  | { readonly kind: 'silent' }
) & { readonly to?: (request: Pick<GitRequest, 'method' | 'path' | 'service'>) => boolean };

export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at its end; the same after another start. */
  readonly url: string;
  /** Oldest first. Empty it with `log.length = 0`. */
  readonly log: GitRequest[];
  /** Replaces the token. */
  rotate(token: string): void;
  /** Until it is called with `undefined`. */
  fault(fault: GitFault | undefined): void;
  /** Connections are refused from then on; those that are open are cut. */
  stop(): Promise<void>;
  /** At the same port. */
  start(): Promise<void>;
}

/**
 * Git's own server for HTTP, behind one that checks a token and can fail as wanted.
 *
 * It runs in this process: whoever waits for git without letting others run (`execFileSync`) waits for ever. A repository is changed by its
 * folder instead.
 */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const log: GitRequest[] = [];
  const state: State = { folder: options.folder, token: options.token, fault: undefined, log };
  const sockets = new Set<Socket>();
  let port = 0;
  let server: Server | undefined;

  const start = async (): Promise<void> => {
    if (server !== undefined) return;
    const handle = (request: IncomingMessage, response: ServerResponse): void => answer(request, response, state);
    const begun = options.tls === undefined ? createHttpServer(handle) : createHttpsServer(options.tls, handle);
    begun.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve, reject) => {
      begun.once('error', reject);
      begun.listen(port, '127.0.0.1', resolve);
    });
    port = (begun.address() as AddressInfo).port;
    server = begun;
  };
  const stop = async (): Promise<void> => {
    const ending = server;
    server = undefined;
    if (ending === undefined) return;
    const closed = new Promise((resolve) => ending.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  await start();
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    log,
    rotate: (token) => {
      state.token = token;
    },
    fault: (fault) => {
      state.fault = fault;
    },
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface State {
  readonly folder: string;
  token: string | undefined;
  fault: GitFault | undefined;
  readonly log: GitRequest[];
}

function answer(request: IncomingMessage, response: ServerResponse, state: State): void {
  const { method = 'GET', headers } = request;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const posted = /\/(git-(?:upload|receive)-pack)$/.exec(pathname)?.[1];
  const seen = { method, path: pathname, service: searchParams.get('service') ?? posted };
  const { credentials, user } = judge(headers.authorization, state.token);
  response.on('error', () => undefined);
  state.log.push({
    ...seen,
    credentials,
    user,
    get status() {
      return response.headersSent ? response.statusCode : 0;
    },
  });

  const fault = state.fault?.to?.(seen) === false ? undefined : state.fault;
  if (fault?.kind === 'silent') return;
  if (fault?.kind === 'status') {
    end(response, fault.status, fault.body ?? 'refused\n');
  } else if (fault?.kind === 'redirect') {
    end(response, 301, '', { location: `${fault.location}${request.url ?? ''}` });
  } else if (credentials !== 'right') {
    end(response, 401, 'who are you?\n', { 'www-authenticate': 'Basic realm="git server of a test"' });
  } else {
    runBackend(request, response, { folder: state.folder, user, cutAfter: fault?.afterBytes });
  }
}

function end(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers });
  response.end(body);
}

function judge(authorization: string | undefined, token: string | undefined): Pick<GitRequest, 'credentials' | 'user'> {
  const [, kind = '', value = ''] = /^(Basic|Bearer) (\S+)$/i.exec(authorization ?? '') ?? [];
  const basic = kind.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8') : undefined;
  const colon = basic?.indexOf(':') ?? -1;
  const user = basic?.slice(0, colon);
  if (token === undefined) return { credentials: 'right', user };
  if (kind === '') return { credentials: 'none', user };
  return { credentials: isEqual(basic?.slice(colon + 1) ?? value, token) ? 'right' : 'wrong', user };
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
