import http2 from 'node:http2';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { tlsOptions } from './agent.ts';
import { type Endpoint, hostOf, portOf } from './endpoint.ts';
import { Heartbeat } from './heartbeat.ts';
import { cutOff, readChunks, readHead, readResponse } from './http2-response.ts';
import type { WireRequest, WireResponse, WireStream } from './transport.ts';

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
  #streams = 0;
  #heartbeat: Heartbeat | undefined;
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

  /** Answers without an end that are being read. */
  get openStreams(): number {
    return this.#streams;
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
    try {
      return await raceAbort(signal, async (aborted) => {
        const session = await Promise.race([this.#ready, aborted]);
        return session && (await this.#stream(session, request, aborted));
      });
    } catch (error) {
      if (signal.aborted) this.retire();
      throw error;
    } finally {
      this.#end();
    }
  }

  /**
   * As {@link exchange}, for an answer whose body is read piece by piece. What was asked and is not wanted any more says nothing of the
   * connection: it is retired only when not even the head came.
   */
  async open(request: Omit<WireRequest, 'maxBytes' | 'body'>, signal: AbortSignal): Promise<WireStream | undefined> {
    this.#begin();
    let isHandedOver = false;
    try {
      const opened = await raceAbort(signal, async (aborted) => {
        const session = await Promise.race([this.#ready, aborted]);
        if (session === undefined) return undefined;
        const stream = this.#request(session, request);
        const head = await Promise.race([readHead(stream, request.onHead), aborted]).catch((error: unknown) => {
          stream.close(http2.constants.NGHTTP2_CANCEL);
          throw error;
        });
        return { head, stream };
      });
      if (opened === undefined) return undefined;
      isHandedOver = true;
      const { head, stream } = opened;
      return {
        status: head[':status'] ?? 0,
        retryAfter: head['retry-after'],
        chunks: this.#chunks(stream, signal),
      };
    } catch (error) {
      if (signal.aborted) this.retire();
      throw error;
    } finally {
      if (!isHandedOver) this.#end();
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

  /** @param error what those see that still wait on it. */
  close(error?: Error): void {
    this.#isRetired = true;
    this.#heartbeat?.stop();
    this.#session?.destroy(error, http2.constants.NGHTTP2_CANCEL);
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
    this.#heartbeat = new Heartbeat({
      bytesRead: () => this.#socket.bytesRead,
      ping: (answered) => !session.closed && !session.destroyed && session.ping(answered),
      // Without an error, answers that are half there would end like complete ones.
      onSilent: () => this.close(cutOff()),
    });
    // A server that ends it in good order brings about neither an error nor GOAWAY.
    this.#socket.once('close', () => this.#heartbeat?.stop());
    return session;
  }

  async #stream(
    session: http2.ClientHttp2Session,
    request: WireRequest,
    aborted: Promise<never>,
  ): Promise<WireResponse> {
    const { body, maxBytes, onHead } = request;
    const stream = this.#request(session, request);
    try {
      const response = readResponse(stream, { maxBytes, ...(onHead === undefined ? {} : { onHead }) });
      if (body !== undefined) stream.end(body);
      return await Promise.race([response, aborted]);
    } finally {
      if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL);
    }
  }

  /** Begins a request; its body is sent by the caller. */
  #request(
    session: http2.ClientHttp2Session,
    { method, path, headers, body, beforeSend }: Omit<WireRequest, 'maxBytes'>,
  ): http2.ClientHttp2Stream {
    // Ended by the server between its handshake and now.
    if (session.closed || session.destroyed) throw cutOff({ isUnprocessed: true });
    beforeSend?.();
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
    return stream;
  }

  /** Whatever ends the reading ends the stream; the signal does too, also while nobody reads. */
  #chunks(stream: http2.ClientHttp2Stream, signal: AbortSignal): AsyncIterable<Buffer> {
    this.#streams += 1;
    const abort = (): void => {
      stream.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    stream.once('close', () => {
      signal.removeEventListener('abort', abort);
      this.#streams -= 1;
      this.#end();
    });
    return unlessAborted(readChunks(stream), signal);
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

/** Does something that may wait for `aborted` as well, which fails with the signal's reason. */
async function raceAbort<T>(signal: AbortSignal, work: (aborted: Promise<never>) => Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  // Nobody may be waiting for it in that moment.
  aborted.catch(() => undefined);
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await work(aborted);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function* unlessAborted(chunks: AsyncGenerator<Buffer, void>, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  try {
    yield* chunks;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  signal.throwIfAborted();
}

function endToEnd(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lowered.filter(([name]) => !CONNECTION_HEADERS.has(name)));
}
