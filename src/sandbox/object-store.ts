import { compareText, type JsonObject } from '../core/index.ts';
import { StoredObject } from './stored-object.ts';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** As it is, with the resourceVersion of the event; a deleted one as it was. */
  readonly object: StoredObject;
  /** As it was before. */
  readonly previous?: StoredObject;
}

export type StoreListener = (storage: string, event: StoreEvent) => void;

interface Collection {
  readonly objects: Map<string, StoredObject>;
  /** In the order of their keys, until something comes or goes. */
  sorted: readonly StoredObject[] | undefined;
  history: StoreEvent[];
  /** Events up to this one are forgotten. */
  forgotten: number;
  readonly watchers: Set<(event: StoreEvent) => void>;
}

/** The objects of one cluster, by kind, with one counter of versions and a bounded past. */
export class ObjectStore {
  readonly #collections = new Map<string, Collection>();
  readonly #byOwner = new Map<string, Map<StoredObject, string>>();
  readonly #byUid = new Map<string, readonly [StoredObject, string]>();
  readonly #historyLimit: number;
  readonly #listeners = new Set<StoreListener>();
  #version = 1;

  /** @param historyLimit events per kind that a watch can begin at. */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  get resourceVersion(): number {
    return this.#version;
  }

  get size(): number {
    let size = 0;
    for (const { objects } of this.#collections.values()) size += objects.size;
    return size;
  }

  /** Is told of every change, right after it. */
  onChange(listener: StoreListener): void {
    this.#listeners.add(listener);
  }

  get(storage: string, key: string): StoredObject | undefined {
    return this.#collections.get(storage)?.objects.get(key);
  }

  /** In the order of their keys. @param namespace `''` for all. */
  list(storage: string, namespace: string): readonly StoredObject[] {
    const collection = this.#collections.get(storage);
    if (collection === undefined) return [];
    collection.sorted ??= [...collection.objects.values()].sort((a, b) => compareText(a.key, b.key));
    return namespace === '' ? collection.sorted : collection.sorted.filter((object) => object.namespace === namespace);
  }

  /** Objects that name this uid as an owner, with where they are stored. */
  ownedBy(uid: string): readonly (readonly [StoredObject, string])[] {
    return [...(this.#byOwner.get(uid) ?? [])];
  }

  /** An object, with where it is stored. */
  byUid(uid: string): readonly [StoredObject, string] | undefined {
    return this.#byUid.get(uid);
  }

  /** Kinds of which there is any object. */
  get storages(): readonly string[] {
    return [...this.#collections].filter(([, { objects }]) => objects.size > 0).map(([storage]) => storage);
  }

  /** Keeps an object, in the place of the one with its key. */
  put(storage: string, object: JsonObject): StoredObject {
    const collection = this.#collection(storage);
    const stored = new StoredObject(object, this.#nextVersion());
    const previous = collection.objects.get(stored.key);
    collection.objects.set(stored.key, stored);
    collection.sorted = undefined;
    this.#index(storage, stored, previous);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.#tell(storage, collection, { type, object: stored, ...(previous === undefined ? {} : { previous }) });
    return stored;
  }

  /** @param object as it was last, which is what watchers get, with a new version. */
  remove(storage: string, object: JsonObject): StoredObject {
    const collection = this.#collection(storage);
    const last = new StoredObject(object, this.#nextVersion());
    const previous = collection.objects.get(last.key);
    collection.objects.delete(last.key);
    collection.sorted = undefined;
    this.#index(storage, undefined, previous);
    this.#tell(storage, collection, { type: 'DELETED', object: last, ...(previous === undefined ? {} : { previous }) });
    return last;
  }

  /** Events of a kind after a version; `undefined` where some of them are forgotten. */
  eventsSince(storage: string, version: number): readonly StoreEvent[] | undefined {
    const { history, forgotten } = this.#collection(storage);
    if (version < forgotten) return undefined;
    return history.filter(({ object }) => object.resourceVersion > version);
  }

  /** @returns ends it. */
  watch(storage: string, watcher: (event: StoreEvent) => void): () => void {
    const { watchers } = this.#collection(storage);
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }

  /** As a server does whose memory of the past is lost: watches begin anew. */
  forgetHistory(): void {
    for (const collection of this.#collections.values()) {
      collection.history = [];
      collection.forgotten = this.#version;
    }
  }

  #nextVersion(): number {
    this.#version += 1;
    return this.#version;
  }

  #collection(storage: string): Collection {
    const known = this.#collections.get(storage);
    if (known !== undefined) return known;
    const collection: Collection = {
      objects: new Map(),
      sorted: undefined,
      history: [],
      forgotten: 0,
      watchers: new Set(),
    };
    this.#collections.set(storage, collection);
    return collection;
  }

  #tell(storage: string, collection: Collection, event: StoreEvent): void {
    collection.history.push(event);
    // In batches, so that a full history does not move with each event.
    if (collection.history.length >= 2 * this.#historyLimit) {
      collection.history = collection.history.slice(-this.#historyLimit);
      const [first] = collection.history;
      collection.forgotten = (first?.object.resourceVersion ?? this.#version) - 1;
    }
    for (const watcher of collection.watchers) watcher(event);
    for (const listener of this.#listeners) listener(storage, event);
  }

  #index(storage: string, object: StoredObject | undefined, previous: StoredObject | undefined): void {
    if (previous !== undefined) this.#byUid.delete(previous.uid);
    if (object !== undefined) this.#byUid.set(object.uid, [object, storage]);
    for (const uid of previous?.owners ?? []) {
      const owned = this.#byOwner.get(uid);
      if (previous !== undefined) owned?.delete(previous);
      if (owned?.size === 0) this.#byOwner.delete(uid);
    }
    for (const uid of object?.owners ?? []) {
      const owned = this.#byOwner.get(uid) ?? new Map<StoredObject, string>();
      if (object !== undefined) owned.set(object, storage);
      this.#byOwner.set(uid, owned);
    }
  }
}
