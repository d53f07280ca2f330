import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './client.ts';
import type { ServedResource } from './discovery.ts';
import { type ApiError, isApiError } from './errors.ts';
import type { Interner } from './interner.ts';
import { type ListOptions, type LiveObject, listAt } from './lists.ts';
import { ObjectStore, type StoreChange } from './object-store.ts';
import { type Projection, project } from './projection.ts';
import { isOlderVersion } from './resource-version.ts';
import { isSelected, type Selectors } from './selectors.ts';
import { type WatchEnd, type WatchEvent, watchObjects } from './watch.ts';

/** What a feed is made with. */
export interface FeedContext {
  readonly client: () => ApiClient;
  readonly interner: Interner;
  readonly random: () => number;
  /** A watch may be begun; it counts from then on until `endWatch`. */
  readonly mayWatch: () => boolean;
  readonly endWatch: () => void;
  readonly onChange: (change: StoreChange) => void;
  /** The server lets nobody watch these objects: they are listed each time. */
  readonly onRefused: () => void;
  readonly onList: () => void;
}

const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 60_000;
/** A watch that ends sooner was no good one. */
const SHORTEST_WATCH_MS = 5_000;
/** What a server refused may be allowed by then. */
const REFUSAL_MS = 300_000;
const LISTS_AT_MOST = 3;

/** Written every few seconds by whoever holds it. */
function isRestless({ group, kind }: ServedResource): boolean {
  return group === 'coordination.k8s.io' && kind === 'Lease';
}

interface Refusal {
  readonly error: ApiError;
  readonly at: number;
}

/**
 * The objects of one kind with these labels, in one namespace or all: listed once, then kept true by a watch. While no watch is open they
 * are listed for everybody who asks.
 */
export class ObjectFeed {
  readonly resource: ServedResource;
  readonly selectors: Selectors;
  readonly projection: Projection;
  readonly store: ObjectStore;
  /** The pass in which somebody asked last. */
  lastPass = 0;
  readonly #context: FeedContext;
  readonly #closed = new AbortController();
  #restart = new AbortController();
  #wake = Promise.withResolvers<void>();
  #resourceVersion: string | undefined;
  #isOpen = false;
  #wasListed = false;
  #isRunning = false;
  #events = 0;
  #listing: Promise<readonly LiveObject[]> | undefined;
  #listRefusal: Refusal | undefined;
  #watchRefusedAt: number | undefined;

  constructor(resource: ServedResource, selectors: Selectors, projection: Projection, context: FeedContext) {
    this.resource = resource;
    this.selectors = selectors;
    this.projection = projection;
    this.store = new ObjectStore({ isRestless: isRestless(resource) });
    this.#context = context;
  }

  /** A watch feeds it now: what it holds is what is there, but for what is on its way. */
  get isLive(): boolean {
    return this.#isOpen;
  }

  /** What it holds was complete once. */
  get wasListed(): boolean {
    return this.#wasListed;
  }

  /** The server lets nobody list these: they are known by other lists, or not at all. */
  get isForbidden(): boolean {
    return this.#listRefusal !== undefined;
  }

  /** @throws {ApiError} when it has to be listed and cannot be. */
  async list(): Promise<readonly LiveObject[]> {
    if (this.#isOpen) return this.store.all();
    const refusal = this.#listRefusal;
    if (refusal !== undefined && performance.now() - refusal.at < REFUSAL_MS) throw refusal.error;
    return await this.#listed(() => undefined);
  }

  /** Whether an object of this name could be among those here, whatever its labels. */
  isPlaceOf({ metadata }: LiveObject): boolean {
    const { labelSelector: _labels, ...place } = this.selectors;
    return isSelected(metadata, place) !== false;
  }

  /** The kept part of an object that the server answered with, `undefined` where it is not among those here. */
  kept(object: LiveObject): LiveObject | undefined {
    const isOurs = isSelected(object.metadata, this.selectors);
    if (isOurs === undefined) this.#restartWatch();
    return isOurs === true ? project(object, this.projection, this.#context.interner) : undefined;
  }

  /** What it holds is asked for again: by another client, or because it is not certain any more. */
  restart(): void {
    this.#watchRefusedAt = undefined;
    this.#listRefusal = undefined;
    this.#restartWatch();
  }

  close(): void {
    this.#closed.abort();
    this.#restartWatch();
  }

  #restartWatch(): void {
    this.#isOpen = false;
    const before = this.#restart;
    this.#restart = new AbortController();
    before.abort();
    this.#wake.resolve();
  }

  async #listed(tell: (change: StoreChange) => void): Promise<readonly LiveObject[]> {
    this.#listing ??= this.#list(tell).finally(() => {
      this.#listing = undefined;
    });
    return await this.#listing;
  }

  async #list(tell: (change: StoreChange) => void): Promise<readonly LiveObject[]> {
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#events;
      const { deleted, newest } = this.store;
      const list = await this.#ask();
      // A watch was opened meanwhile, and knows more.
      if (this.#isOpen) return this.store.all();
      if (this.#events !== before && attempt < LISTS_AT_MOST) continue;
      const items = list.items.map((item) => project(item, this.projection, this.#context.interner));
      this.store.forgetDeleted(deleted);
      for (const change of this.store.replace({ ...list, items }, newest)) tell(change);
      this.#resourceVersion = list.resourceVersion;
      this.#wasListed = true;
      this.#wake.resolve();
      this.#begin();
      return this.store.all();
    }
  }

  async #ask(): ReturnType<typeof listAt> {
    this.#context.onList();
    try {
      const list = await listAt(this.#context.client(), this.resource, this.#listOptions());
      this.#listRefusal = undefined;
      return list;
    } catch (error) {
      if (isRefusal(error)) this.#listRefusal = { error, at: performance.now() };
      throw error;
    }
  }

  #listOptions(): ListOptions {
    return { ...this.selectors, whole: this.projection.whole };
  }

  /** Begins to watch, unless it does, or may not. */
  #begin(): void {
    if (this.#isRunning || this.#closed.signal.aborted || (this.#resourceVersion ?? '') === '') return;
    const refusedAt = this.#watchRefusedAt;
    if (refusedAt !== undefined && performance.now() - refusedAt < REFUSAL_MS) return;
    if (!this.#context.mayWatch()) return;
    this.#isRunning = true;
    void this.#run().finally(() => {
      this.#isRunning = false;
      this.#isOpen = false;
      this.#context.endWatch();
    });
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#closed.signal.aborted) {
      const begin = performance.now();
      const end = await this.#once();
      this.#isOpen = false;
      if (this.#closed.signal.aborted) return;
      if (end === 'refused') {
        const isNew = this.#watchRefusedAt === undefined;
        this.#watchRefusedAt = performance.now();
        if (isNew) this.#context.onRefused();
        return;
      }
      failures = end !== 'failed' || performance.now() - begin >= SHORTEST_WATCH_MS ? 0 : failures + 1;
      const isShort = performance.now() - begin < SHORTEST_WATCH_MS;
      if (end === 'failed' || isShort) await this.#backOff(failures);
    }
  }

  /** One watch, after a list where it needs one. */
  async #once(): Promise<WatchEnd | 'failed' | 'refused'> {
    try {
      if (this.#resourceVersion === undefined) {
        await this.#listed((change) => this.#context.onChange(change));
        // What is told by a list has been read: nothing is lost until the watch is open.
        if (this.#resourceVersion === undefined) return 'failed';
      }
      const end = await watchObjects(this.#context.client(), this.resource, {
        ...this.#listOptions(),
        resourceVersion: this.#resourceVersion,
        signal: AbortSignal.any([this.#closed.signal, this.#restart.signal]),
        random: this.#context.random,
        onOpen: () => {
          this.#isOpen = true;
        },
        onEvent: (event) => this.#receive(event),
      });
      if (end === 'expired') this.#resourceVersion = undefined;
      return end;
    } catch (error) {
      // A server that went back in time is silent until it has caught up: not even a bookmark comes.
      if (this.#isOpen && isApiError(error) && error.failure === 'Timeout') this.#resourceVersion = undefined;
      // What cannot be watched is listed, and whoever asks for it sees why it cannot. Whatever a server sends ends no process.
      return isRefusal(error) ? 'refused' : 'failed';
    }
  }

  #receive(event: WatchEvent): void {
    if (event.type === 'bookmark') {
      this.#advance(event.resourceVersion);
      return;
    }
    this.#events += 1;
    const object = project(event.object, this.projection, this.#context.interner);
    const change = event.type === 'there' ? this.store.there(object) : this.store.gone(object);
    this.#advance(event.object.metadata.resourceVersion);
    if (change !== undefined) this.#context.onChange(change);
  }

  #advance(version: string | undefined): void {
    this.store.see(version);
    if (version !== undefined && !isOlderVersion(version, this.#resourceVersion)) this.#resourceVersion = version;
  }

  /** Shorter when somebody lists meanwhile: the server is there again. */
  async #backOff(failures: number): Promise<void> {
    const longest = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.max(0, failures - 1));
    this.#wake = Promise.withResolvers();
    const control = new AbortController();
    const signal = AbortSignal.any([control.signal, this.#closed.signal]);
    const ms = longest * (0.5 + this.#context.random());
    await Promise.race([sleep(ms, undefined, { signal, ref: false }).catch(() => undefined), this.#wake.promise]);
    control.abort();
  }
}

function isRefusal(error: unknown): error is ApiError {
  return isApiError(error) && error.failure === 'Status' && (error.status === 403 || error.status === 405);
}
