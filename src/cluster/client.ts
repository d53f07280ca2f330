import { setTimeout as sleep } from 'node:timers/promises';
import { VERSION } from '../version.ts';
import type { Observation } from './concurrency.ts';
import { waitForCredential } from './credential-wait.ts';
import { DEFAULT_TIMEOUT_MS, type Endpoint } from './endpoint.ts';
import { ApiError, connectionError, requestError, statusError, WriteRefusedError } from './errors.ts';
import { Gate } from './gate.ts';
import { createTransport } from './http2-transport.ts';
import type { RequestShares } from './request-shares.ts';
import { ServerClock } from './server-clock.ts';
import {
  ByteCollector,
  type Protocol,
  type Transport,
  tooLarge,
  type WireRequest,
  type WireResponse,
  type WireStream,
} from './transport.ts';

export interface ClientOptions {
  /** For one request, from its start to the last byte of its answer. Default 15,000. */
  readonly timeoutMs?: number;
  /** Stops the pass: nothing more is asked, and what is being read is cut off. */
  readonly signal?: AbortSignal;
  /** A longer answer is an error. Default 134,217,728. */
  readonly maxResponseBytes?: number;
  /** Of all members that this process asks. Default: there is no other. */
  readonly shares?: RequestShares;
  /** A number from 0 to 1 for the jitter of retries. */
  readonly random?: () => number;
  /** Asked before each attempt of a write that is not urgent. @throws {ApiError} where nothing may be written any more. */
  readonly beforeWrite?: () => void;
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
  /** Not queued behind other requests, and made even when the pass was stopped, such as the renewal of a Lease and its release. */
  readonly isUrgent?: boolean;
  /** Asked before each attempt of a write that is not urgent, as {@link ClientOptions.beforeWrite}. @throws {WriteRefusedError} */
  readonly beforeSend?: () => void;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

export interface StreamRequest {
  /** Below the URL of the API server, with its query, every part encoded. */
  readonly path: string;
  readonly accept?: string;
  /** Ends it, whenever that is. The signal of the client does too. */
  readonly signal: AbortSignal;
  /** The longest time in which nothing may come. */
  readonly idleMs: number;
  /** The longest time until it begins, default 30 s; that of a request if that is shorter. */
  readonly startMs?: number;
}

const START_MS = 30_000;
const ATTEMPTS = 4;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_WAIT_MS = 20_000;
const MAX_RESPONSE_BYTES = 128 * 1024 * 1024;
/** Of a refusal, in place of a stream. */
const MAX_REFUSAL_BYTES = 1024 * 1024;

/**
 * Requests to one API server. Credentials go to its origin only: a redirect is an error.
 *
 * Tries again, with back-off and jitter, after 429 (as long as Retry-After says), after 5xx and cut connections where doing it twice does no
 * harm; never after a timeout. Once the server did not answer anything for the time of a whole request, every further request fails at once,
 * so that a frozen server costs one timeout.
 *
 * As many requests run at once as the server answers well; the others wait, which does not count for their timeout.
 */
export class ApiClient {
  readonly #endpoint: Endpoint;
  readonly #options: ClientOptions;
  readonly #transport: Transport;
  readonly #gate: Gate;
  readonly #timeoutMs: number;
  #headers: Readonly<Record<string, string>> | undefined;
  /** While it is found out who we are: once for all that wait for it, also when some gave up. */
  #asking: Promise<Readonly<Record<string, string>>> | undefined;
  readonly #closed = new AbortController();
  #lastAnswer = 0;
  /** When an answer last began, complete or not. */
  #lastSign = 0;
  #dead: ApiError | undefined;
  readonly #told = new ServerClock();
  #requests = 0;
  #isClosed = false;

  constructor(endpoint: Endpoint, options: ClientOptions = {}) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#transport = createTransport(endpoint);
    this.#gate = new Gate(() => this.#transport.capacity, options.shares);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** The server was given up on: nothing that is asked now will be answered. */
  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  /** What the server was found to speak; undefined before its first answer. */
  get protocol(): Protocol | undefined {
    return this.#transport.protocol;
  }

  /** How many streams may be {@link open} at once. */
  get streamCapacity(): number {
    return this.#transport.streamCapacity;
  }

  /** What the clock of the server shows now, in milliseconds since 1970; `undefined` before it was heard. */
  get serverNow(): number | undefined {
    return this.#told.now(performance.now());
  }

  /** How many requests were sent, repeated ones and watches included. */
  get requests(): number {
    return this.#requests;
  }

  /** Ends what runs. Nothing is to be asked any more; what still would be watched is not. */
  close(): void {
    this.#isClosed = true;
    this.#closed.abort();
    this.#transport.close();
  }

  /**
   * An answer that goes on until the server ends it, piece by piece. It is not among the requests that wait for each other, is not tried
   * again, and says nothing of whether the server is alive.
   *
   * @throws {ApiError} for everything but an answer of 2xx; so do the pieces where the connection is cut, is silent for too long (`Timeout`),
   * or the signal is aborted (`Aborted`).
   */
  async open(request: StreamRequest): Promise<AsyncIterable<Buffer>> {
    try {
      return await this.#open(request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      this.#headers = undefined;
      return await this.#open(request);
    }
  }

  async #open({ path, accept, signal, idleMs, startMs = START_MS }: StreamRequest): Promise<AsyncIterable<Buffer>> {
    const control = new AbortController();
    const abort = (): void => control.abort(requestError('Aborted'));
    const signals = [signal, ...(this.#options.signal === undefined ? [] : [this.#options.signal])];
    for (const one of signals) one.addEventListener('abort', abort, { once: true });
    if (this.#isClosed || signals.some(({ aborted }) => aborted)) abort();
    const end = (): void => {
      for (const one of signals) one.removeEventListener('abort', abort);
    };
    const late = (): void => control.abort(requestError('Timeout'));
    const timer = setTimeout(late, Math.min(startMs, this.#timeoutMs));
    try {
      control.signal.throwIfAborted();
      const wire = this.#wireRequest(
        { method: 'GET', path, ...(accept === undefined ? {} : { accept }) },
        await this.#identify(Math.min(startMs, this.#timeoutMs), signals),
      );
      const stream = await this.#transport.open(wire, control.signal);
      if (stream.status < 200 || stream.status >= 300) check(await readRefusal(stream));
      return readStream(stream, { idleMs, late, end });
    } catch (error) {
      end();
      throw connectionError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws {ApiError} for everything but an answer of 2xx, and what `beforeSend` throws. */
  async request(request: ApiRequest): Promise<ApiResponse> {
    if (request.isUrgent === true) return await this.#run(request);
    // Its place is kept while it waits to be tried again: a server that asks for time gets fewer requests.
    return await this.#gate.run(() => this.#run(request));
  }

  async #run(request: ApiRequest): Promise<ApiResponse> {
    const repeatable = request.idempotent ?? request.method !== 'POST';
    const begin = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(request);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (attempt >= ATTEMPTS || !this.#mayRetry(error, repeatable, attempt))
          throw this.#give(error, { begin, attempt });
        await this.#wait(error, attempt);
      }
    }
  }

  /**
   * The parsed body of an answer.
   *
   * @param parse default: integers beyond 2^53 lose digits, which is for metadata, where there are none.
   * @throws {ApiError} as {@link request}, and for what is not JSON: an error of `JSON.parse` quotes what it was given.
   */
  async json(request: ApiRequest, parse: (text: string) => unknown = JSON.parse): Promise<unknown> {
    return (await this.jsonAnswer(request, parse)).value;
  }

  /** As {@link json}, with the status. */
  async jsonAnswer(
    request: ApiRequest,
    parse: (text: string) => unknown = JSON.parse,
  ): Promise<{ readonly status: number; readonly value: unknown }> {
    const { status, body } = await this.request(request);
    try {
      return { status, value: parse(body) };
    } catch {
      throw requestError('Response', { detail: 'it is not JSON', status });
    }
  }

  #mayRetry(error: ApiError, repeatable: boolean, attempt: number): boolean {
    if (this.#dead !== undefined || this.#isClosed) return false;
    if (error.failure === 'Connection') return !error.isUntrusted && (repeatable || error.isUnprocessed);
    if (error.failure !== 'Status') return false;
    // Whoever asks for more time than all attempts would wait is not asked again: that is told now, not in a minute.
    if (error.status === 429) return (error.retryAfterMs ?? 0) <= LONGEST_WAIT_MS * (ATTEMPTS - 1);
    if (error.status === 401) {
      this.#headers = undefined;
      return attempt === 1;
    }
    // 500 is an answer of its own; 502 to 504 come from something in between, or from a server that is starting.
    return repeatable && (error.status >= 502 || (error.status === 500 && error.retryAfterMs !== undefined));
  }

  /** A server that nothing was heard of in every attempt is given up on, like one that is frozen, and one that is somebody else at once. */
  #give(error: ApiError, { begin, attempt }: { readonly begin: number; readonly attempt: number }): ApiError {
    const isSilent = error.failure === 'Connection' && this.#lastSign < begin;
    if (isSilent && (attempt >= ATTEMPTS || error.isUntrusted)) this.#dead ??= error;
    return error;
  }

  async #wait(error: ApiError, attempt: number): Promise<void> {
    if (error.status === 401) return;
    const backOff = FIRST_BACK_OFF_MS * 2 ** (attempt - 1);
    const jittered = backOff * (0.5 + (this.#options.random ?? Math.random)());
    const ms = Math.min(LONGEST_WAIT_MS, Math.max(jittered, error.retryAfterMs ?? 0));
    const { signal } = this.#options;
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw requestError('Aborted');
    });
  }

  /** @throws {ApiError} Nothing was sent then. */
  async #identify(timeoutMs: number, stops: readonly AbortSignal[]): Promise<Readonly<Record<string, string>>> {
    if (this.#headers !== undefined) return this.#headers;
    this.#asking ??= this.#authenticate().finally(() => {
      this.#asking = undefined;
    });
    const asking = this.#asking;
    // Whoever waits for it sees its failure; that may be nobody.
    asking.catch(() => undefined);
    try {
      const signal = AbortSignal.any([this.#closed.signal, ...stops]);
      return await waitForCredential({ timeoutMs, signal }, () => asking);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      // It may be there the next time, as a file that is being replaced.
      throw requestError('Connection', { detail: 'the credential could not be read', isUnprocessed: true });
    }
  }

  async #authenticate(): Promise<Readonly<Record<string, string>>> {
    this.#headers = await this.#endpoint.authenticate(this.#closed.signal);
    return this.#headers;
  }

  /** A server is given up on as well whose credential does not come: each further request would wait for it. */
  async #identifyFor({ timeoutMs = this.#timeoutMs, isUrgent }: ApiRequest): Promise<Readonly<Record<string, string>>> {
    const begin = performance.now();
    const { signal } = this.#options;
    try {
      return await this.#identify(timeoutMs, isUrgent === true || signal === undefined ? [] : [signal]);
    } catch (error) {
      const isLate = error instanceof ApiError && error.failure === 'Timeout';
      if (isLate && this.#lastAnswer < begin) this.#dead ??= error;
      throw error;
    }
  }

  async #attempt(request: ApiRequest): Promise<ApiResponse> {
    const isStopped = this.#options.signal?.aborted === true && request.isUrgent !== true;
    if (isStopped || this.#isClosed) throw requestError('Aborted');
    if (this.#dead !== undefined) throw this.#dead;
    const identity = await this.#identifyFor(request);
    const begin = performance.now();
    try {
      const response = await this.#exchange(request, identity);
      this.#lastAnswer = performance.now();
      this.#observe(begin, response.status === 429 ? 'busy' : 'answered');
      return check(response);
    } catch (error) {
      if (error instanceof WriteRefusedError) throw error;
      const problem = connectionError(error);
      if (problem.failure === 'Timeout') {
        this.#observe(begin, 'late');
        if (this.#lastAnswer < begin) this.#dead = problem;
      }
      throw problem;
    }
  }

  #observe(begin: number, outcome: Observation['outcome']): void {
    this.#gate.observe({ begin, end: performance.now(), outcome });
  }

  async #exchange(request: ApiRequest, identity: Readonly<Record<string, string>>): Promise<WireResponse> {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(requestError('Timeout')), request.timeoutMs ?? this.#timeoutMs);
    const abort = (): void => control.abort(requestError('Aborted'));
    // A write that is under way is not cut off: its answer tells what was done.
    if (request.method === 'GET' && request.isUrgent !== true) {
      this.#options.signal?.addEventListener('abort', abort, { once: true });
    }
    try {
      return await this.#transport.exchange(this.#wireRequest(request, identity), control.signal);
    } finally {
      clearTimeout(timer);
      this.#options.signal?.removeEventListener('abort', abort);
    }
  }

  #wireRequest(request: ApiRequest, identity: Readonly<Record<string, string>>): WireRequest {
    this.#requests += 1;
    const { method, path, body, accept, contentType, isUrgent = false } = request;
    const isAsked = method !== 'GET' && !isUrgent;
    const beforeSend = (): void => {
      this.#options.beforeWrite?.();
      request.beforeSend?.();
    };
    return {
      ...(isAsked ? { beforeSend } : {}),
      method,
      path: `${this.#endpoint.url.pathname.replace(/\/+$/, '')}${path}`,
      onHead: (date) => {
        this.#lastSign = performance.now();
        this.#told.tell(date, this.#lastSign);
      },
      headers: {
        Accept: accept ?? 'application/json',
        'User-Agent': `gitfed/${VERSION}`,
        ...(body === undefined ? {} : { 'Content-Type': contentType ?? 'application/json' }),
        ...identity,
      },
      ...(body === undefined ? {} : { body }),
      maxBytes: this.#options.maxResponseBytes ?? MAX_RESPONSE_BYTES,
    };
  }
}

async function readRefusal({ status, retryAfter, chunks }: WireStream): Promise<WireResponse> {
  const bytes = new ByteCollector(MAX_REFUSAL_BYTES);
  for await (const chunk of chunks) if (!bytes.add(chunk)) throw tooLarge();
  return { status, body: bytes.text(), retryAfter };
}

interface StreamEnds {
  readonly idleMs: number;
  readonly late: () => void;
  /** When it is over, however. */
  readonly end: () => void;
}

async function* readStream({ chunks }: WireStream, { idleMs, late, end }: StreamEnds): AsyncGenerator<Buffer, void> {
  // Not waited for: what keeps a process running is what it does besides.
  const timer = setTimeout(late, idleMs).unref();
  try {
    for await (const chunk of chunks) {
      timer.refresh();
      yield chunk;
    }
  } catch (error) {
    throw connectionError(error);
  } finally {
    clearTimeout(timer);
    end();
  }
}

function check({ status, body, retryAfter }: WireResponse): ApiResponse {
  if (status >= 200 && status < 300) return { status, body };
  if (status >= 300 && status < 400)
    throw requestError('Response', { detail: 'it is a redirect, which is never followed', status });
  throw statusError(status, body, retryAfter);
}
