import type http from 'node:http';
import type https from 'node:https';
import type { Socket } from 'node:net';
import { createAgent, MAX_REQUESTS, tlsOptions } from './agent.ts';
import { nodeHttp, nodeHttps } from './builtin-http.ts';
import { type Endpoint, hostOf, portOf } from './endpoint.ts';
import { requestError } from './errors.ts';
import {
  ByteCollector,
  type Transport,
  tooLarge,
  type WireRequest,
  type WireResponse,
  type WireStream,
} from './transport.ts';

/** Answers without an end, each on a connection of its own. */
const MAX_STREAMS = 64;
/** A connection on which nothing is said is asked after so long whether it is still there. */
const KEEP_ALIVE_MS = 20_000;

/** HTTP/1.1: one connection for each request that runs, kept for the next one. */
export class Http1Transport implements Transport {
  readonly protocol = 'http/1.1';
  readonly capacity = MAX_REQUESTS;
  readonly streamCapacity = MAX_STREAMS;
  readonly #agent: http.Agent;
  readonly #endpoint: Endpoint;
  /** Beside the connections of requests, which wait for one another. */
  #streamAgent: http.Agent | undefined;
  readonly #options: https.RequestOptions;
  readonly #request: typeof https.request;

  constructor(endpoint: Endpoint) {
    const { url, tls, proxyAgent } = endpoint;
    this.#endpoint = endpoint;
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
    const { promise, destroy } = this.#send(request, signal, this.#agent);
    try {
      return await readResponse(await promise, request.maxBytes);
    } catch (error) {
      destroy();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', destroy);
    }
  }

  async open(request: Omit<WireRequest, 'maxBytes' | 'body'>, signal: AbortSignal): Promise<WireStream> {
    const { url, tls, proxyAgent } = this.#endpoint;
    this.#streamAgent ??= proxyAgent ?? createAgent(url, tls, MAX_STREAMS);
    const { promise, destroy } = this.#send(request, signal, this.#streamAgent);
    try {
      const incoming = await promise;
      incoming.socket.setKeepAlive(true, KEEP_ALIVE_MS);
      return {
        status: incoming.statusCode ?? 0,
        retryAfter: incoming.headers['retry-after'],
        chunks: readChunks(incoming, signal, destroy),
      };
    } catch (error) {
      destroy();
      signal.removeEventListener('abort', destroy);
      signal.throwIfAborted();
      throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
    this.#streamAgent?.destroy();
  }

  #send(
    { method, path, headers, body, onHead, beforeSend }: Omit<WireRequest, 'maxBytes'>,
    signal: AbortSignal,
    agent: http.Agent,
  ): { readonly promise: Promise<http.IncomingMessage>; readonly destroy: () => void } {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const outgoing = this.#request({ ...this.#options, agent, method, path, headers: { ...headers, ...length } });
    const destroy = (): void => {
      outgoing.destroy();
      // Of a request that has no connection yet, as behind a proxy that says nothing, nobody would hear that it is.
      reject(signal.reason);
    };
    signal.addEventListener('abort', destroy, { once: true });
    outgoing.once('response', (incoming) => {
      onHead?.(incoming.headers.date);
      resolve(incoming);
    });
    // Also after the answer began, when its stream says the same.
    outgoing.on('error', reject);
    if (beforeSend !== undefined) outgoing.once('socket', (socket) => checkWhenConnected(outgoing, socket, beforeSend));
    outgoing.end(body);
    return { promise, destroy };
  }
}

/** Ahead of what sends it: a connection may take its time. */
function checkWhenConnected(outgoing: http.ClientRequest, socket: Socket, beforeSend: () => void): void {
  const check = (): void => {
    try {
      beforeSend();
    } catch (error) {
      outgoing.destroy(error instanceof Error ? error : requestError('Aborted'));
    }
  };
  if (socket.connecting) socket.prependOnceListener('encrypted' in socket ? 'secureConnect' : 'connect', check);
  else check();
}

async function* readChunks(
  incoming: http.IncomingMessage,
  signal: AbortSignal,
  destroy: () => void,
): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) yield chunk;
    if (!incoming.complete) throw requestError('Connection', { detail: 'cut off' });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', destroy);
    destroy();
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
