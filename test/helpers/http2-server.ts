import {
  createSecureServer,
  type Http2SecureServer,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { ApiClient, type ClientOptions, type MemberTls } from '../../src/cluster/index.ts';
import certificates from '../../src/cluster/testdata/certificates.json' with { type: 'json' };

/** A certificate that nobody has to believe. */
export const SERVING = { cert: certificates.elsewhere, key: certificates.key };

/** @returns the port on 127.0.0.1; it is closed after the test. */
export async function listen(server: Server | Http2SecureServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A client below `/prefix` of this port, which is closed after the test. */
export function clientOf(
  port: number,
  options: ClientOptions = {},
  { headers = {}, tls = {} }: { headers?: Record<string, string>; tls?: MemberTls } = {},
): ApiClient {
  const endpoint = {
    url: new URL(`https://127.0.0.1:${port}/prefix/`),
    tls: { insecure: true, ...tls },
    authenticate: async () => ({ Authorization: 'Bearer t', ...headers }),
  };
  const client = new ApiClient(endpoint, { timeoutMs: 5_000, random: () => 0, ...options });
  onTestFinished(() => client.close());
  return client;
}

export type Answer = (stream: ServerHttp2Stream, attempt: number) => void;

export interface Conversation {
  readonly client: ApiClient;
  readonly server: Http2SecureServer;
  /** `POST /x 1`: what was asked, over the how manieth connection. */
  readonly asked: string[];
}

/** A client of a server that speaks HTTP/2 and answers so. */
export async function converse(
  answer: Answer,
  options: ClientOptions = {},
  serverOptions: SecureServerOptions = {},
): Promise<Conversation> {
  const asked: string[] = [];
  const server = createSecureServer({ ...SERVING, ...serverOptions });
  let connections = 0;
  server.on('session', (session) => {
    connections += 1;
    const connection = connections;
    session.on('error', () => undefined);
    session.on('stream', (stream, headers) => {
      asked.push(`${headers[':method']} ${headers[':path']} ${connection}`);
      stream.on('error', () => undefined);
      answer(stream, asked.length);
    });
  });
  const client = clientOf(await listen(server), options);
  return { client, server, asked };
}

export function respond(stream: ServerHttp2Stream, body = '{}', headers: Record<string, string | number> = {}): void {
  stream.respond({ ':status': 200, ...headers });
  stream.end(body);
}

export const get = (path = '/x') => ({ method: 'GET', path }) as const;
export const post = (path = '/x') => ({ method: 'POST', path, body: '{}' }) as const;
