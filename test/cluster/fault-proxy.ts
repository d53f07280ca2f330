import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Cluster, poll } from '../controlplane/fixtures.ts';
import { createAuthority, type TestAuthority } from './certificates.ts';
import { clusterYaml } from './fleet.ts';

/** A request as it reached the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly httpVersion: string;
  /** What happened to it, `undefined` when it was passed on. */
  readonly fault: Fault['kind'] | undefined;
}

export type RequestMatch = (request: Pick<ProxiedRequest, 'method' | 'path'>) => boolean;

/**
 * What happens to a request.
 *
 * - `delay`: it is forwarded, but only when this has settled.
 * - `freeze`: it is never answered.
 * - `answer`: the proxy answers in the place of the API server, with a Status where no body is given.
 * - `truncate`: of the API server's answer comes the first half, as if it were all.
 * - `cut`: the connection ends before the request is forwarded, in the middle of the answer, or after it was done and before any answer.
 */
export type Fault =
  | { readonly kind: 'delay'; readonly until: () => Promise<unknown> }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter?: number; readonly body?: string }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'cut'; readonly when: 'before' | 'during' | 'after' };

export interface FaultOptions {
  /** Default: every request. */
  readonly match?: RequestMatch;
  /** How many requests meet it. Default: all of them. */
  readonly times?: number;
  /** Requests that meet it wait for this first. */
  readonly after?: Promise<unknown>;
}

interface Rule {
  readonly fault: Fault;
  readonly match: RequestMatch;
  readonly after: Promise<unknown> | undefined;
  left: number;
}

type Incoming = IncomingMessage | Http2ServerRequest;
/** What the two have in common. */
interface Outgoing extends Writable {
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
}
type WriteHook = (request: ProxiedRequest) => { readonly when: WriteMoment; run(): Promise<void> } | undefined;

/** `before`: it has not been forwarded, and will not be. `after`: the API server has answered, the client does not know yet. */
export type WriteMoment = 'before' | 'after';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export const isWrite: RequestMatch = ({ method }) => WRITES.has(method);

/** The second and further pages of lists. */
export const isLaterPage: RequestMatch = ({ method, path }) => method === 'GET' && /[?&]continue=/.test(path);

const isWatch: RequestMatch = ({ method, path }) => method === 'GET' && /[?&]watch=(1|true)(&|$)/.test(path);

/**
 * Stands between gitfed and one API server and, without faults, passes everything on. It speaks HTTP/1.1 and HTTP/2 with a certificate of
 * an authority of its own, so that a cluster is registered with {@link FaultProxy.clusterYaml}. Ends with the test.
 */
export async function startFaultProxy(cluster: Cluster): Promise<FaultProxy> {
  const proxy = new FaultProxy(cluster);
  onTestFinished(() => proxy.close());
  await proxy.comeUp();
  return proxy;
}

export class FaultProxy {
  readonly cluster: Cluster;
  readonly #authority: TestAuthority = createAuthority();
  readonly #server: Http2SecureServer;
  readonly #upstream: Agent;
  readonly #requests: ProxiedRequest[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<Outgoing>();
  readonly #writeHooks = new Set<WriteHook>();
  #rules: readonly Rule[] = [];
  #heldUntil: Promise<unknown> | undefined;
  #front: Server | undefined;
  #port = 0;
  #underWay = 0;

  /** Prefer {@link startFaultProxy}. */
  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.#upstream = new Agent({ keepAlive: true, ca: Buffer.from(cluster.caBundle, 'base64') });
    this.#server = createSecureServer({ allowHTTP1: true, ...this.#authority.issue() }, (request, response) => {
      this.#underWay += 1;
      this.#serve(request, response)
        .catch(() => endConnection(request))
        .finally(() => {
          this.#underWay -= 1;
        });
    });
    // A client that is killed, or that does not like the certificate.
    this.#server.on('sessionError', () => undefined).on('tlsClientError', () => undefined);
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** As in a KubeFedCluster: PEM in base64. */
  get caBundle(): string {
    return Buffer.from(this.#authority.certificate).toString('base64');
  }

  /** The KubeFedCluster of the API server behind it, reached through it. */
  get clusterYaml(): string {
    const { url, caBundle } = this.cluster;
    return clusterYaml(this.cluster).replace(url, this.url).replace(caBundle, this.caBundle);
  }

  /** What reached it, in that order, since it was started or {@link forget} was called. */
  get requests(): readonly ProxiedRequest[] {
    return this.#requests;
  }

  forget(): void {
    this.#requests.length = 0;
  }

  /** From now on; of several faults that match, the one that was set first happens. */
  fault(fault: Fault, { match = () => true, times = Number.POSITIVE_INFINITY, after }: FaultOptions = {}): void {
    this.#rules = [...this.#rules, { fault, match, after, left: times }];
  }

  /** New connections are accepted, but nothing is said to them until then. */
  holdConnections(until: Promise<unknown>): void {
    this.#heldUntil = until;
  }

  /** For new connections. `unknown`: signed by an authority of the same name, which nobody trusts. */
  showCertificate(which: 'current' | 'expired' | 'unknown'): void {
    this.#server.setSecureContext(which === 'unknown' ? createAuthority().issue() : this.#authority.issue(which));
  }

  /** No fault any more, the right certificate, and listening. Requests that are frozen stay so. */
  async clear(): Promise<void> {
    this.#rules = [];
    this.#heldUntil = undefined;
    this.#writeHooks.clear();
    this.showCertificate('current');
    await this.comeUp();
  }

  /**
   * Ends the watches that are open, in good order, as API servers do after some minutes.
   *
   * @param lastWords what they say at the end.
   */
  endWatches(lastWords = ''): number {
    const watches = [...this.#watches];
    for (const watch of watches) watch.end(lastWords);
    return watches.length;
  }

  /** Ends every connection, in the middle of whatever it does. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections are refused from now on. */
  async goDown(): Promise<void> {
    const front = this.#front;
    this.#front = undefined;
    if (front === undefined) return;
    const closed = once(front, 'close');
    front.close();
    this.cutConnections();
    await closed;
  }

  /** Again on the same port. */
  async comeUp(): Promise<void> {
    if (this.#front !== undefined) return;
    const front = createServer((socket) => this.#accept(socket));
    this.#front = front;
    front.listen(this.#port, '127.0.0.1');
    await once(front, 'listening');
    this.#port = (front.address() as AddressInfo).port;
  }

  /** Every client has gone, and everything that it had sent has reached the API server. */
  async settled(): Promise<void> {
    const isQuiet = async (): Promise<boolean> => this.#sockets.size === 0 && this.#underWay === 0;
    await poll(isQuiet, { what: `nothing is under way to ${this.cluster.name}`, intervalMs: 5 });
  }

  async close(): Promise<void> {
    await this.goDown();
    this.#server.close();
    this.#upstream.destroy();
  }

  /** Prefer {@link onNthWrite}. */
  hookWrites(hook: WriteHook): void {
    this.#writeHooks.add(hook);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    const begin = (): void => {
      if (!socket.destroyed) this.#server.emit('connection', socket);
    };
    if (this.#heldUntil === undefined) begin();
    else void this.#heldUntil.then(begin);
  }

  async #serve(request: Incoming, response: Outgoing): Promise<void> {
    const body = await buffer(request);
    const { method = 'GET', url: path = '/', httpVersion } = request;
    const rule = this.#meet({ method, path });
    const fault = rule?.fault;
    const seen = { method, path, httpVersion, fault: fault?.kind };
    this.#requests.push(seen);
    const writes = isWrite(seen) ? [...this.#writeHooks].flatMap((hook) => hook(seen) ?? []) : [];
    for (const { when, run } of writes) {
      if (when !== 'before') continue;
      await run();
      return endConnection(request);
    }
    await rule?.after;
    if (fault?.kind === 'freeze') return;
    if (fault?.kind === 'answer') return answer(response, fault);
    if (fault?.kind === 'cut' && fault.when === 'before') return endConnection(request);
    if (fault?.kind === 'delay') await fault.until();
    const forwarded = await this.#forward(seen, request, body);
    for (const { run } of writes) await run();
    if (fault?.kind === 'cut' && fault.when === 'after') {
      forwarded.resume();
      return endConnection(request);
    }
    if (fault?.kind !== 'cut' && fault?.kind !== 'truncate') return this.#pass(seen, forwarded, response);
    await answerHalf(forwarded, response, fault.kind);
    if (fault.kind === 'cut') endConnection(request);
  }

  #meet(request: Parameters<RequestMatch>[0]): Rule | undefined {
    const rule = this.#rules.find(({ left, match }) => left > 0 && match(request));
    if (rule !== undefined) rule.left -= 1;
    return rule;
  }

  /** Whether or not the client is still there: what it has sent is on its way. */
  async #forward({ method, path }: ProxiedRequest, { headers }: Incoming, body: Buffer): Promise<IncomingMessage> {
    const outgoing = httpsRequest(new URL(path, this.cluster.url), {
      method,
      agent: this.#upstream,
      headers: endToEnd(headers),
    });
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    // Whoever reads the answer notices that it broke off; sometimes nobody does.
    incoming.on('error', () => undefined);
    return incoming;
  }

  #pass(seen: ProxiedRequest, from: IncomingMessage, to: Outgoing): void {
    if (isWatch(seen)) {
      this.#watches.add(to);
      to.once('close', () => {
        this.#watches.delete(to);
        from.destroy();
      });
    }
    to.writeHead(from.statusCode ?? 502, endToEnd(from.headers));
    // Not a pipeline: that would end the connection of a client that goes on with it.
    from.once('error', () => to.destroy());
    from.pipe(to);
  }
}

/**
 * Runs `then` at the `k`th write that reaches any of the proxies, counted from now; every other one is passed on. Only writes that `match`
 * count.
 *
 * @returns how many have come so far.
 */
export function onNthWrite(
  proxies: readonly FaultProxy[],
  { k, when, match = isWrite }: { readonly k: number; readonly when: WriteMoment; readonly match?: RequestMatch },
  then: (request: ProxiedRequest) => Promise<void>,
): () => number {
  let count = 0;
  const hook: WriteHook = (request) => {
    if (!match(request)) return undefined;
    count += 1;
    return count === k ? { when, run: () => then(request) } : undefined;
  };
  for (const proxy of proxies) proxy.hookWrites(hook);
  return () => count;
}

/** Headers of one hop, and what HTTP/2 has in place of a request line. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'http2-settings']);

function endToEnd(headers: Incoming['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name.startsWith(':') || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  );
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

function answer(response: Outgoing, { status, retryAfter, body }: Extract<Fault, { kind: 'answer' }>): void {
  const details = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: REASONS[status] ?? '', code: status };
  const after = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  response.writeHead(status, { 'content-type': 'application/json', ...after });
  response.end(body ?? JSON.stringify(details));
}

/** The head promises the whole answer where the connection is cut, and half of it where it is truncated. */
async function answerHalf(from: IncomingMessage, to: Outgoing, kind: 'cut' | 'truncate'): Promise<void> {
  const whole = await buffer(from);
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const length = kind === 'cut' ? whole.length : half.length;
  to.writeHead(from.statusCode ?? 502, { ...endToEnd(from.headers), 'content-length': String(length) });
  const sent = Promise.withResolvers<void>();
  if (kind === 'cut') to.write(half, () => sent.resolve());
  else to.end(half, () => sent.resolve());
  await sent.promise;
}

function endConnection(request: Incoming): void {
  if ('stream' in request) request.stream.session?.destroy();
  else request.socket.destroy();
}
