import http2 from 'node:http2';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { tlsOptions } from './agent.ts';
import { type Endpoint, hostOf, portOf } from './endpoint.ts';
import { cutOff, readResponse } from './http2-response.ts';
import type { WireRequest, WireResponse } from './transport.ts';

/** How much a server may send ahead of us: a page of a list at once, instead of 64 kB for each round trip. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Bodies that wait to be sent count: 64 objects of the largest size that etcd takes, and more. */
const MAX_SESSION_MEMORY_MB = 256;
/** What nghttp2 and Go take as given before the server has said how many streams it takes. */
const ASSUMED_STREAMS = 100;

/** Names of one connection's own headers, which HTTP/2 does not have. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** One connection to a server that may speak HTTP/2, which its TLS handshake tells. Ends when it is retired and nobody uses it. */
export class Http2Connection {
  readonly #socket: tls.TLSSocket;
  readonly #origin: URL;
  readonly #ready: Promise<http2.ClientHttp2Session | undefined>;
  #session: http2.ClientHttp2Session | undefined;
  #users = 0;
  #isRetired = false;

  constructor({ url, tls: memberTls }: Endpoint) {
    this.#origin = url;
    const host = hostOf(url);
    this.#socket = tls.connect({
      host,
      port: portOf(url),
      servername: isIP(host) === 0 ? host : '',
      ...tlsOptions(memberTls),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    this.#socket.setNoDelay(true);
    this.#ready = this.#connect();
    // Each request sees the error of its own.
    this.#ready.catch(() => undefined);
  }

  /** Whether new requests can be made on it. */
  get isUsable(): boolean {
    return !this.#isRetired && !this.#socket.destroyed && this.#session?.closed !== true;
  }

  get maxStreams(): number {
    const max = this.#session?.remoteSettings.maxConcurrentStreams ?? ASSUMED_STREAMS;
    // Before its settings have come, a server seems to take 2^32 - 1.
    return Math.min(max, ASSUMED_STREAMS);
  }

  /**
   * @returns undefined where the server speaks HTTP/1.1 only. When `signal` is aborted, it throws the signal's reason and the connection
   * is retired: nothing may come from it any more, and whoever else waits on it has a time of their own.
   */
  async exchange(request: WireRequest, signal: AbortSignal): Promise<WireResponse | undefined> {
    this.#begin();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const session = await Promise.race([this.#ready, aborted]);
      return session && (await this.#stream(session, request, aborted));
    } catch (error) {
      if (signal.aborted) this.retire();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#end();
    }
  }

  whenClosed(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  /** No more requests; those that run go on. */
  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0) this.close();
  }

  close(): void {
    this.#isRetired = true;
    this.#session?.destroy();
    // A session that ends in good order waits for a peer that may be frozen.
    this.#socket.destroy();
  }

  async #connect(): Promise<http2.ClientHttp2Session | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.once('secureConnect', resolve);
    this.#socket.on('error', reject);
    this.#socket.once('close', () => reject(cutOff()));
    await promise;
    if (this.#socket.alpnProtocol !== 'h2') {
      this.close();
      return undefined;
    }
    const session = http2.connect(this.#origin.origin, {
      createConnection: () => this.#socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      maxSessionMemory: MAX_SESSION_MEMORY_MB,
    });
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    // Of no use after GOAWAY or an error; the streams see the error themselves.
    session.once('goaway', () => this.retire());
    session.on('error', () => this.retire());
    this.#session = session;
    return session;
  }

  async #stream(
    session: http2.ClientHttp2Session,
    { method, path, headers, body, maxBytes, onHead }: WireRequest,
    aborted: Promise<never>,
  ): Promise<WireResponse> {
    // Ended by the server between its handshake and now.
    if (session.closed || session.destroyed) throw cutOff({ isUnprocessed: true });
    const stream = session.request(
      {
        ...endToEnd(headers),
        ':method': method,
        ':scheme': 'https',
        ':authority': this.#origin.host,
        ':path': path,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
      { endStream: body === undefined },
    );
    // Never without a listener, also after the answer or our own end of it.
    stream.on('error', () => undefined);
    try {
      const response = readResponse(stream, { maxBytes, ...(onHead === undefined ? {} : { onHead }) });
      if (body !== undefined) stream.end(body);
      return await Promise.race([response, aborted]);
    } finally {
      if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL);
    }
  }

  /** The process does not wait for a connection that nobody uses. */
  #begin(): void {
    this.#users += 1;
    if (this.#users === 1) this.#socket.ref();
  }

  #end(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#socket.unref();
    if (this.#isRetired) this.close();
  }
}

function endToEnd(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lowered.filter(([name]) => !CONNECTION_HEADERS.has(name)));
}
