import type http from 'node:http';
import type https from 'node:https';
import { createAgent, MAX_SOCKETS, tlsOptions } from './agent.ts';
import { nodeHttp, nodeHttps } from './builtin-http.ts';
import { type Endpoint, hostOf, portOf } from './endpoint.ts';
import { requestError } from './errors.ts';
import { ByteCollector, type Transport, tooLarge, type WireRequest, type WireResponse } from './transport.ts';

/** HTTP/1.1: one connection for each request that runs, kept for the next one. */
export class Http1Transport implements Transport {
  readonly protocol = 'http/1.1';
  readonly capacity = MAX_SOCKETS;
  readonly #agent: http.Agent;
  readonly #options: https.RequestOptions;
  readonly #request: typeof https.request;

  constructor({ url, tls, proxyAgent }: Endpoint) {
    const isSecure = url.protocol === 'https:';
    this.#agent = proxyAgent ?? createAgent(url, tls);
    this.#request = isSecure ? nodeHttps.request : nodeHttp.request;
    this.#options = {
      ...(isSecure ? tlsOptions(tls) : {}),
      agent: this.#agent,
      protocol: url.protocol,
      hostname: hostOf(url),
      port: portOf(url),
    };
  }

  async exchange(request: WireRequest, signal: AbortSignal): Promise<WireResponse> {
    const { method, path, headers, body, maxBytes, onHead } = request;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const outgoing = this.#request({ ...this.#options, method, path, headers: { ...headers, ...length } });
    const abort = (): void => {
      outgoing.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    outgoing.once('response', (incoming) => {
      onHead?.();
      resolve(incoming);
    });
    // Also after the answer began, when its stream says the same.
    outgoing.on('error', reject);
    outgoing.end(body);
    try {
      return await readResponse(await promise, maxBytes);
    } catch (error) {
      outgoing.destroy();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function readResponse(incoming: http.IncomingMessage, maxBytes: number): Promise<WireResponse> {
  const bytes = new ByteCollector(maxBytes);
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    if (!bytes.add(chunk)) throw tooLarge();
  }
  if (!incoming.complete) throw requestError('Connection', { detail: 'cut off' });
  return {
    status: incoming.statusCode ?? 0,
    body: bytes.text(),
    retryAfter: incoming.headers['retry-after'],
  };
}
