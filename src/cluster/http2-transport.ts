import type { Endpoint } from './endpoint.ts';
import { Http1Transport } from './http1-transport.ts';
import { Http2Connection } from './http2-connection.ts';
import type { Protocol, Transport, WireRequest, WireResponse, WireStream } from './transport.ts';

/** Of the streams that a connection takes, the rest is for requests. */
const SHARE_OF_STREAMS = 0.64;
const MAX_STREAMS = 64;

/**
 * HTTP/2 on one connection where the server offers it, HTTP/1.1 otherwise. A connection that ended, or on which an answer did not come,
 * is replaced with the next request.
 */
class Http2Transport implements Transport {
  readonly #endpoint: Endpoint;
  readonly #connections = new Set<Http2Connection>();
  #current: Http2Connection | undefined;
  #fallback: Http1Transport | undefined;
  #protocol: Protocol | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get protocol(): Protocol | undefined {
    return this.#protocol;
  }

  get capacity(): number {
    if (this.#fallback !== undefined) return this.#fallback.capacity;
    const current = this.#current;
    return current === undefined ? Number.POSITIVE_INFINITY : Math.max(1, current.maxStreams - current.openStreams);
  }

  get streamCapacity(): number {
    if (this.#fallback !== undefined) return this.#fallback.streamCapacity;
    const max = this.#current?.maxStreams ?? Number.POSITIVE_INFINITY;
    return Math.min(MAX_STREAMS, Math.floor(max * SHARE_OF_STREAMS));
  }

  async exchange(request: WireRequest, signal: AbortSignal): Promise<WireResponse> {
    if (this.#fallback === undefined) {
      const response = await this.#connection().exchange(request, signal);
      if (response !== undefined) {
        this.#protocol = 'h2';
        return response;
      }
    }
    this.#fallback ??= new Http1Transport(this.#endpoint);
    this.#protocol = 'http/1.1';
    return await this.#fallback.exchange(request, signal);
  }

  async open(request: Omit<WireRequest, 'maxBytes' | 'body'>, signal: AbortSignal): Promise<WireStream> {
    if (this.#fallback === undefined) {
      const stream = await this.#connection().open(request, signal);
      if (stream !== undefined) {
        this.#protocol = 'h2';
        return stream;
      }
    }
    this.#fallback ??= new Http1Transport(this.#endpoint);
    this.#protocol = 'http/1.1';
    return await this.#fallback.open(request, signal);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#fallback?.close();
  }

  #connection(): Http2Connection {
    if (this.#current?.isUsable !== true) {
      const connection = new Http2Connection(this.#endpoint);
      this.#connections.add(connection);
      connection.whenClosed(() => this.#connections.delete(connection));
      this.#current = connection;
    }
    return this.#current;
  }
}

/** How requests get to an endpoint: plain, timeless and proxied connections speak HTTP/1.1. */
export function createTransport(endpoint: Endpoint): Transport {
  const { url, tls, proxyAgent } = endpoint;
  const isPlain = url.protocol !== 'https:' || proxyAgent !== undefined || tls.ignoreValidity === true;
  return isPlain ? new Http1Transport(endpoint) : new Http2Transport(endpoint);
}
