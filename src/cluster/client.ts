import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { VERSION } from '../version.ts';
import { createAgent, tlsOptions } from './agent.ts';
import type { Endpoint } from './endpoint.ts';
import { ApiError, statusError } from './errors.ts';

export interface ClientOptions {
  /** For one request, from its start to the last byte of its answer. Default 15,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** A number from 0 to 1 for the jitter of retries. */
  readonly random?: () => number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the URL of the API server, with its query, every part encoded. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** Doing it twice is as good as once, so that it is tried again after an answer that was lost. Default: all but POST. */
  readonly idempotent?: boolean;
  readonly timeoutMs?: number;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const ATTEMPTS = 4;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_WAIT_MS = 20_000;
const MAX_RESPONSE_BYTES = 128 * 1024 * 1024;

/**
 * Requests to one API server. Credentials go to its origin only: a redirect is an error.
 *
 * Tries again, with back-off and jitter, after 429 (as long as Retry-After says), after 5xx and cut connections where doing it twice does no
 * harm; never after a timeout. Once the server did not answer anything for the time of a whole request, every further request fails at once,
 * so that a frozen server costs one timeout.
 */
export class ApiClient {
  readonly #endpoint: Endpoint;
  readonly #options: ClientOptions;
  readonly #agent: http.Agent;
  readonly #timeoutMs: number;
  #headers: Promise<Readonly<Record<string, string>>> | undefined;
  #lastAnswer = 0;
  #dead: ApiError | undefined;

  constructor(endpoint: Endpoint, options: ClientOptions = {}) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#agent = endpoint.proxyAgent ?? createAgent(endpoint.url, endpoint.tls);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** The server was given up on: nothing that is asked now will be answered. */
  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @throws {ApiError} for everything but an answer of 2xx. */
  async request(request: ApiRequest): Promise<ApiResponse> {
    const repeatable = request.idempotent ?? request.method !== 'POST';
    const begin = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(request);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (attempt >= ATTEMPTS || !this.#mayRetry(error, repeatable, attempt)) throw this.#give(error, begin);
        await this.#wait(error, attempt);
      }
    }
  }

  /** The parsed body of an answer. Integers beyond 2^53 lose digits: for metadata, where there are none. */
  async json(request: ApiRequest): Promise<unknown> {
    const { body } = await this.request(request);
    try {
      return JSON.parse(body);
    } catch {
      throw new ApiError({
        failure: 'Response',
        status: 200,
        reason: '',
        paths: [],
        causes: [],
        detail: 'it is not JSON',
      });
    }
  }

  #mayRetry(error: ApiError, repeatable: boolean, attempt: number): boolean {
    if (this.#dead !== undefined) return false;
    if (error.failure === 'Connection') return repeatable;
    if (error.failure !== 'Status') return false;
    if (error.status === 429) return true;
    if (error.status === 401) {
      this.#headers = undefined;
      return attempt === 1;
    }
    // 500 is an answer of its own; 502 to 504 come from something in between, or from a server that is starting.
    return repeatable && (error.status >= 502 || (error.status === 500 && error.retryAfterMs !== undefined));
  }

  /** A server that cannot be connected to after every attempt is given up on, like one that is frozen. */
  #give(error: ApiError, begin: number): ApiError {
    if (error.failure === 'Connection' && this.#lastAnswer < begin) this.#dead ??= error;
    return error;
  }

  async #wait(error: ApiError, attempt: number): Promise<void> {
    if (error.status === 401) return;
    const backOff = FIRST_BACK_OFF_MS * 2 ** (attempt - 1);
    const jittered = backOff * (0.5 + (this.#options.random ?? Math.random)());
    const ms = Math.min(LONGEST_WAIT_MS, Math.max(jittered, error.retryAfterMs ?? 0));
    const { signal } = this.#options;
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw failed('Aborted');
    });
  }

  async #attempt(request: ApiRequest): Promise<ApiResponse> {
    if (this.#options.signal?.aborted === true) throw failed('Aborted');
    if (this.#dead !== undefined) throw this.#dead;
    this.#headers ??= this.#endpoint.authenticate();
    const identity = await this.#headers;
    const begin = performance.now();
    try {
      const response = await this.#exchange(request, identity);
      this.#lastAnswer = performance.now();
      return check(response);
    } catch (error) {
      const problem = error instanceof ApiError ? error : failed('Connection', connectionDetail(error));
      if (problem.failure === 'Timeout' && this.#lastAnswer < begin) this.#dead = problem;
      throw problem;
    }
  }

  #exchange(request: ApiRequest, identity: Readonly<Record<string, string>>): Promise<RawResponse> {
    const { url, tls } = this.#endpoint;
    const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
    const secure = url.protocol === 'https:';
    const outgoing = (secure ? https : http).request({
      ...(secure ? tlsOptions(tls) : {}),
      agent: this.#agent,
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? (secure ? 443 : 80) : url.port,
      method: request.method,
      path: `${url.pathname.replace(/\/+$/, '')}${request.path}`,
      headers: {
        Accept: request.accept ?? 'application/json',
        'User-Agent': `gitfed/${VERSION}`,
        ...(request.body === undefined
          ? {}
          : {
              'Content-Type': request.contentType ?? 'application/json',
              'Content-Length': Buffer.byteLength(request.body),
            }),
        ...identity,
      },
    });
    const stop = (error: ApiError): void => {
      reject(error);
      outgoing.destroy();
    };
    const timer = setTimeout(() => stop(failed('Timeout')), request.timeoutMs ?? this.#timeoutMs);
    const abort = (): void => stop(failed('Aborted'));
    this.#options.signal?.addEventListener('abort', abort, { once: true });
    const finish = (): void => {
      clearTimeout(timer);
      this.#options.signal?.removeEventListener('abort', abort);
    };
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      readBody(incoming, stop).then(resolve, reject);
    });
    outgoing.end(request.body);
    return promise.finally(finish);
  }
}

interface RawResponse extends ApiResponse {
  readonly retryAfter: string | undefined;
}

async function readBody(incoming: http.IncomingMessage, stop: (error: ApiError) => void): Promise<RawResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) {
      const error = failed('Response', 'it is too large');
      stop(error);
      throw error;
    }
    chunks.push(chunk);
  }
  if (!incoming.complete) throw failed('Connection', 'cut off');
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: incoming.statusCode ?? 0, body, retryAfter: incoming.headers['retry-after'] };
}

function check({ status, body, retryAfter }: RawResponse): ApiResponse {
  if (status >= 200 && status < 300) return { status, body };
  if (status >= 300 && status < 400) throw failed('Response', 'it is a redirect, which is never followed', status);
  throw statusError(status, body, retryAfter);
}

function failed(failure: 'Timeout' | 'Connection' | 'Response' | 'Aborted', detail?: string, status = 0): ApiError {
  return new ApiError({
    failure,
    status,
    reason: '',
    paths: [],
    causes: [],
    ...(detail === undefined ? {} : { detail }),
  });
}

/** Codes of Node and OpenSSL are words without addresses in them. Other messages are our own. */
function connectionDetail(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return code;
  return /^[a-z ]{1,60}$/.test(error.message) ? error.message : 'unknown';
}
