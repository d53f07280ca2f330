import { randomUUID } from 'node:crypto';
import { INITIAL_NAMESPACES, type JsonObject } from '../core/index.ts';
import type { Authorize } from './access.ts';
import { Controllers } from './controllers.ts';
import { type Outage, SandboxServer, tokenPath } from './http-server.ts';
import { readJsonText } from './json-text.ts';
import { ObjectStore } from './object-store.ts';
import { ObjectWriter } from './object-writer.ts';
import { RequestHandler } from './request-handler.ts';
import { type LoggedRequest, RequestLog } from './request-log.ts';
import { ResourceRegistry } from './resource-registry.ts';
import { Lists } from './selection.ts';
import { ServiceAddresses } from './service-addresses.ts';
import { Watches } from './watches.ts';

export interface SandboxOptions {
  /** Of the cluster; the context of its kubeconfig. */
  readonly name: string;
  /** Pods that fit into it. Default 110. */
  readonly capacity?: number;
  /** Default: a free one. */
  readonly port?: number;
  /** Of the user `admin`. Default: a random one. */
  readonly token?: string;
  /** More users, by token. */
  readonly users?: Readonly<Record<string, string>>;
  /** Namespaces that are there from the beginning, beside the four of every cluster. */
  readonly namespaces?: readonly string[];
  /** Default: everybody with a token may do everything. */
  readonly authorize?: Authorize;
  readonly now?: () => Date;
  /** Events per kind that a watch can begin at. Default 1,000. */
  readonly historyLimit?: number;
  /** Between two bookmarks of a watch. Default 60,000. */
  readonly bookmarkMs?: number;
}

export interface DirectRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: JsonObject | string;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface DirectAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

const DEFAULT_CAPACITY = 110;
const HISTORY_LIMIT = 1_000;
const LOGGED_REQUESTS = 10_000;
const BOOKMARK_MS = 60_000;

/** One cluster in this process, with its API over HTTP on 127.0.0.1. */
export class Sandbox {
  readonly name: string;
  readonly token: string;
  readonly #store: ObjectStore;
  readonly #handler: RequestHandler;
  readonly #controllers: Controllers;
  readonly #server: SandboxServer;
  readonly #watches: Watches;
  readonly #lists: Lists;
  readonly #log = new RequestLog(LOGGED_REQUESTS);

  /** Prefer {@link startSandbox}, which also starts it. */
  constructor(options: SandboxOptions) {
    const now = options.now ?? (() => new Date());
    this.name = options.name;
    this.token = options.token ?? randomUUID();
    const store = new ObjectStore(options.historyLimit ?? HISTORY_LIMIT);
    const registry = new ResourceRegistry();
    const writer = new ObjectWriter({ store, addresses: new ServiceAddresses(), now });
    this.#store = store;
    this.#lists = new Lists(store, now);
    this.#watches = new Watches(store, options.bookmarkMs ?? BOOKMARK_MS);
    this.#controllers = new Controllers({ store, registry, writer }, options.capacity ?? DEFAULT_CAPACITY);
    this.#handler = new RequestHandler({
      store,
      registry,
      writer,
      lists: this.#lists,
      authorize: options.authorize,
      now,
      address: () => this.url.slice('http://'.length),
    });
    const users = new Map([...Object.entries(options.users ?? {}), [this.token, 'admin'] as const]);
    this.#server = new SandboxServer({ handler: this.#handler, watches: this.#watches, log: this.#log, users });
    for (const name of new Set([...INITIAL_NAMESPACES, ...(options.namespaces ?? [])])) this.#addNamespace(name);
  }

  get url(): string {
    return this.#server.url;
  }

  /** How many objects there are. */
  get size(): number {
    return this.#store.size;
  }

  get resourceVersion(): string {
    return `${this.#store.resourceVersion}`;
  }

  /** How many watches are running. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Requests over HTTP, oldest first; the last 10,000 at least. */
  get requestLog(): readonly LoggedRequest[] {
    return this.#log.entries;
  }

  clearRequestLog(): void {
    this.#log.clear();
  }

  /**
   * One context of the cluster's name, current. The token stands in the address too, as kubectl sends none over plain HTTP; other clients
   * take plain HTTP only where nothing of TLS is verified.
   */
  kubeconfig(): string {
    const named = { name: this.name };
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { ...named, cluster: { server: `${this.url}${tokenPath(this.token)}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ ...named, user: { token: this.token } }],
      contexts: [{ ...named, context: { cluster: this.name, user: this.name } }],
      'current-context': this.name,
    });
  }

  async start(port = 0): Promise<void> {
    await this.#server.listen(port);
    await this.settled();
  }

  /** Ends it, its connections and its watches. */
  async stop(): Promise<void> {
    this.#watches.endAll();
    this.#controllers.stop();
    await this.#server.close();
  }

  /** As a cluster that is lost: it goes on working, and nobody reaches it. */
  async pause(outage: Outage = 'refusing'): Promise<void> {
    await this.#server.pause(outage);
  }

  /** Back at its address. */
  async resume(): Promise<void> {
    await this.#server.resume();
  }

  /** Pods that fit into it from now on. Those beyond are not thrown out before they are moved by the controller. */
  setCapacity(pods: number): void {
    this.#controllers.setCapacity(pods);
  }

  /** Until the controllers have nothing left to do. */
  async settled(): Promise<void> {
    await this.#controllers.settled();
  }

  /** Old watches and lists have to begin anew, as after a compaction. */
  expireHistory(): void {
    this.#store.forgetHistory();
    this.#lists.forget();
  }

  /** Tells every watch that asked for bookmarks which version it has seen. */
  sendBookmarks(): void {
    this.#watches.bookmarkAll();
  }

  /** A request of the administrator that is answered at once, without HTTP and without an entry in the log. */
  request({ method, path, body = '', contentType = 'application/json', accept = '' }: DirectRequest): DirectAnswer {
    const url = new URL(path, 'http://sandbox');
    const handled = this.#handler.handle({
      method,
      path: url.pathname,
      query: url.searchParams,
      accept,
      contentType,
      userAgent: 'sandbox',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      user: 'admin',
    });
    if (!('answer' in handled)) throw new TypeError('a watch needs HTTP');
    const { answer } = handled;
    const isText = answer.contentType === 'text/plain';
    return { status: answer.status, body: isText ? { text: answer.body } : (readJsonText(answer.body) as JsonObject) };
  }

  #addNamespace(name: string): void {
    this.request({
      method: 'POST',
      path: '/api/v1/namespaces?fieldManager=kube-apiserver',
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    });
  }
}

/** Starts a cluster; it listens when this returns. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = new Sandbox(options);
  await sandbox.start(options.port);
  return sandbox;
}
