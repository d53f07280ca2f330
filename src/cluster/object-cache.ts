import type { ObjectId } from '../core/index.ts';
import type { ApiClient } from './client.ts';
import type { ServedResource } from './discovery.ts';
import { Interner } from './interner.ts';
import type { LiveObject } from './lists.ts';
import { type FeedContext, ObjectFeed } from './object-feed.ts';
import type { ObjectQuery, ObjectSource, Outcome } from './object-source.ts';
import { type StoreChange, storeKey } from './object-store.ts';
import { METADATA_ONLY } from './projection.ts';
import type { Selectors } from './selectors.ts';

/** An object that somebody else changed. */
export interface ObjectChange {
  readonly id: ObjectId;
  readonly type: StoreChange['type'];
  /** `status`: only how it is, not what it should be. */
  readonly part: StoreChange['part'];
}

export interface ObjectCacheOptions {
  readonly client: ApiClient;
  /** Shared by the caches of all members. */
  readonly interner?: Interner;
  readonly onChange?: (change: ObjectChange) => void;
  /** Said once for each kind: it may be listed and not watched. */
  readonly onRefused?: (resource: ServedResource) => void;
  /** A number from 0 to 1. */
  readonly random?: () => number;
}

/** For metrics. */
export interface CacheCounts {
  /** Watches that are open now. */
  readonly watches: number;
  /** Kinds, by namespace where that is how they are listed, of which objects are held. */
  readonly feeds: number;
  readonly objects: number;
  /** Lists that were made since the beginning. */
  readonly lists: number;
}

/** However many a server takes: beyond these, objects are listed. */
const MAX_WATCHES = 64;
/** A feed that nobody asked for in so many passes is ended. */
const UNUSED_PASSES = 3;

/**
 * The objects of one member, held in memory while watches keep them true.
 *
 * What is not watched now (not yet, not any more, not allowed) is listed for whoever asks, so that what is not in an answer is not there.
 * What gitfed wrote is in the next answer, though its event has not come yet, and is told to nobody as a change.
 */
export class ObjectCache implements ObjectSource {
  readonly #options: ObjectCacheOptions;
  readonly #interner: Interner;
  readonly #feeds = new Map<string, ObjectFeed>();
  readonly #refused = new Set<string>();
  #client: ApiClient;
  #watching = 0;
  #lists = 0;
  #pass = 0;

  constructor(options: ObjectCacheOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#interner = options.interner ?? new Interner();
  }

  get counts(): CacheCounts {
    const feeds = [...this.#feeds.values()];
    return {
      watches: feeds.filter(({ isLive }) => isLive).length,
      feeds: feeds.length,
      objects: feeds.reduce((sum, { store }) => sum + store.size, 0),
      lists: this.#lists,
    };
  }

  /** Whether watches feed everything that is held, so that nothing of it changes unnoticed. */
  get isComplete(): boolean {
    return [...this.#feeds.values()].every(({ isLive, isForbidden }) => isLive || isForbidden);
  }

  /** Asks over another connection from now on: credentials were renewed, or the server was given up on and is there again. */
  attach(client: ApiClient): void {
    if (client === this.#client) return;
    this.#client = client;
    for (const feed of this.#feeds.values()) feed.restart();
  }

  /** A pass begins: what no pass asks for any more is not watched any more. */
  beginPass(): void {
    this.#pass += 1;
    for (const [key, feed] of this.#feeds) {
      if (this.#pass - feed.lastPass <= UNUSED_PASSES) continue;
      feed.close();
      this.#feeds.delete(key);
    }
  }

  /**
   * All of these objects: the same array, with the same values, as long as nothing changes.
   *
   * @throws {ApiError} when they have to be listed and cannot be.
   */
  async list(resource: ServedResource, query: ObjectQuery = {}): Promise<readonly LiveObject[]> {
    const feed = this.#feed(resource, query);
    feed.lastPass = this.#pass;
    return await feed.list();
  }

  /**
   * A whole object, without asking the member: as it was listed last, or as its watch tells. `null`: there is none. `undefined`: it is not
   * known, because such objects were not listed as a whole, or could not be.
   */
  peek(
    { group, plural }: Pick<ServedResource, 'group' | 'plural'>,
    namespace: string,
    name: string,
  ): LiveObject | null | undefined {
    const key = storeKey(namespace, name);
    let isKnown = false;
    for (const { resource, selectors, projection, wasListed, store } of this.#feeds.values()) {
      if (resource.plural !== plural || resource.group !== group || !projection.whole || !wasListed) continue;
      if (selectors.namespace !== undefined && selectors.namespace !== namespace) continue;
      isKnown = true;
      const found = store.get(key);
      if (found !== undefined) return found;
    }
    return isKnown ? null : undefined;
  }

  /** Whether anybody asked for objects of this kind of late. */
  isAskedFor(resource: Pick<ServedResource, 'group' | 'plural'>): boolean {
    return [...this.#feeds.values()].some((feed) => isSameKind(feed.resource, resource));
  }

  /** Ends the watch of what nobody needs any more. */
  release(resource: ServedResource, query: ObjectQuery): void {
    const key = feedKey(resource, query);
    this.#feeds.get(key)?.close();
    this.#feeds.delete(key);
  }

  /** Whether answers about this kind have to be whole objects to be of use. */
  keepsWhole(resource: ServedResource): boolean {
    return this.#feedsOf(resource).some(({ projection }) => projection.whole);
  }

  /**
   * Writes one object, or reads it. Changes that are told of it meanwhile wait until it is known whether they are our own.
   *
   * @param outcome what the answer says of the object; not asked where the work fails.
   */
  async observe<T>(
    resource: ServedResource,
    { namespace, name }: Pick<ObjectId, 'namespace' | 'name'>,
    work: () => Promise<T>,
    outcome: (answer: T) => Outcome,
  ): Promise<T> {
    const key = storeKey(namespace === '' ? undefined : namespace, name);
    const feeds = this.#feedsOf(resource);
    const before = feeds.map(({ store }) => {
      store.begin(key);
      return store.get(key)?.metadata.uid;
    });
    try {
      const answer = await work();
      const found = outcome(answer);
      for (const [index, feed] of feeds.entries()) {
        if ('gone' in found) forget(feed, key, found.gone ?? before[index]);
        else remember(feed, key, found);
      }
      return answer;
    } finally {
      for (const feed of feeds) {
        const change = feed.store.end(key);
        if (change !== undefined) this.#tell(resource, change);
      }
    }
  }

  /** Ends every watch. */
  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  #feed(resource: ServedResource, query: ObjectQuery): ObjectFeed {
    const { projection = METADATA_ONLY, labelSelector = '', fieldSelector = '', namespace = '' } = query;
    const key = feedKey(resource, query);
    const known = this.#feeds.get(key);
    if (known !== undefined) return known;
    const selectors: Selectors = {
      ...(labelSelector === '' ? {} : { labelSelector }),
      ...(fieldSelector === '' ? {} : { fieldSelector }),
      ...(namespace === '' ? {} : { namespace }),
    };
    const feed = new ObjectFeed(resource, selectors, projection, this.#context(resource));
    this.#feeds.set(key, feed);
    return feed;
  }

  #context(resource: ServedResource): FeedContext {
    return {
      client: () => this.#client,
      interner: this.#interner,
      random: this.#options.random ?? Math.random,
      mayWatch: () => {
        if (this.#watching >= Math.min(MAX_WATCHES, this.#client.streamCapacity)) return false;
        this.#watching += 1;
        return true;
      },
      endWatch: () => {
        this.#watching -= 1;
      },
      onChange: (change) => this.#tell(resource, change),
      onRefused: () => {
        const key = `${resource.plural}.${resource.group}`;
        if (this.#refused.has(key)) return;
        this.#refused.add(key);
        this.#options.onRefused?.(resource);
      },
      onList: () => {
        this.#lists += 1;
      },
    };
  }

  /** In whatever version they are asked for. */
  #feedsOf(kind: ServedResource): readonly ObjectFeed[] {
    return [...this.#feeds.values()].filter(({ resource }) => isSameKind(resource, kind));
  }

  #tell({ group, kind }: ServedResource, { type, part, object }: StoreChange): void {
    const { name = '', namespace = '' } = object.metadata;
    this.#options.onChange?.({ id: { group, kind, namespace, name }, type, part });
  }
}

type Kind = Pick<ServedResource, 'group' | 'plural'>;

function isSameKind(a: Kind, b: Kind): boolean {
  return a.plural === b.plural && a.group === b.group;
}

function feedKey(
  { group, version, plural }: ServedResource,
  { projection = METADATA_ONLY, labelSelector = '', fieldSelector = '', namespace = '' }: ObjectQuery,
): string {
  return [group, version, plural, namespace, labelSelector, fieldSelector, projection.key].join('\n');
}

/** What came in the meantime under the same name is not meant. */
function forget({ store }: ObjectFeed, key: string, uid: string | undefined): void {
  if (uid !== undefined) store.remove(key, uid);
}

function remember(feed: ObjectFeed, key: string, found: LiveObject): void {
  const { store } = feed;
  if (!feed.isPlaceOf(found)) return;
  const { uid = '', resourceVersion } = found.metadata;
  const kept = feed.kept(found);
  if (kept === undefined) {
    store.remove(key, uid, resourceVersion);
    return;
  }
  const known = store.get(key);
  // An answer with the metadata alone says nothing of the rest.
  const isPart = feed.projection.whole && Object.keys(found).every((name) => PARTIAL.has(name));
  store.put(isPart && known !== undefined ? { ...known, metadata: kept.metadata } : kept);
}

const PARTIAL = new Set(['metadata', 'apiVersion', 'kind']);
