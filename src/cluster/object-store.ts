import type { LiveObject, ObjectList } from './lists.ts';
import { type ChangedPart, changedPart } from './object-change.ts';
import { isOlderVersion } from './resource-version.ts';

/** How an object differs from what was known of it. */
export interface StoreChange {
  readonly type: 'added' | 'changed' | 'gone';
  readonly part: Exclude<ChangedPart, 'nothing'>;
  readonly object: LiveObject;
}

/** Deleted objects whose last events may still come. */
const MAX_TOMBSTONES = 10_000;

interface WritesUnderWay {
  count: number;
  /** What a watch told meanwhile: nobody knows yet whether it is the echo of the write. */
  told: { readonly change: StoreChange; readonly resourceVersion: string | undefined } | undefined;
  /** Of the latest of our writes. */
  written: string | undefined;
  isRemoved: boolean;
}

/**
 * The objects of one list, kept true by events and by what we wrote ourselves, in whatever order these come: of two states of an object the
 * later one stays. Pure but for what it holds.
 */
export class ObjectStore {
  readonly #isRestless: boolean;
  readonly #objects = new Map<string, LiveObject>();
  /** Versions at which objects left, by uid; `undefined` for those that never come back. */
  readonly #tombstones = new Map<string, string | undefined>();
  readonly #writes = new Map<string, WritesUnderWay>();
  #all: readonly LiveObject[] | undefined;
  #newest: string | undefined;

  constructor({ isRestless = false } = {}) {
    this.#isRestless = isRestless;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** The latest moment of the server that anything was told of: an object, a list, a bookmark. */
  get newest(): string | undefined {
    return this.#newest;
  }

  /** The server has come this far. */
  see(version: string | undefined): void {
    if (isOlderVersion(this.#newest ?? '0', version)) this.#newest = version;
  }

  /** The same array as long as nothing changes. */
  all(): readonly LiveObject[] {
    this.#all ??= [...this.#objects.values()];
    return this.#all;
  }

  get(key: string): LiveObject | undefined {
    return this.#objects.get(key);
  }

  /**
   * A complete list: what is not in it is gone, and what is older in it was never so, unless it was written after it.
   *
   * A server may have gone back in time, restored from a backup or made anew. A list that is older than `before` tells, and nothing that was
   * known counts. When the server has come further by then, each object tells: no server lists a state from before one that it had already.
   *
   * @param before `newest` when it was asked for.
   * @returns what others changed.
   */
  replace({ items, resourceVersion }: ObjectList, before?: string): readonly StoreChange[] {
    const changes: StoreChange[] = isOlderVersion(resourceVersion, before) ? this.#forget() : [];
    const listed = new Set<string>();
    for (const object of items) {
      const key = keyOf(object);
      listed.add(key);
      const change = this.#there(key, object, resourceVersion);
      if (change !== undefined) changes.push(change);
    }
    this.see(resourceVersion);
    for (const [key, object] of this.#objects) {
      if (listed.has(key) || isOlderVersion(resourceVersion, object.metadata.resourceVersion)) continue;
      this.#delete(key);
      changes.push({ type: 'gone', part: 'object', object });
    }
    return changes.filter((change) => this.#isOfOthers(change, change.object.metadata.resourceVersion));
  }

  /** An object as an event tells it. @returns what others changed. */
  there(object: LiveObject): StoreChange | undefined {
    const change = this.#there(keyOf(object), object);
    return change !== undefined && this.#isOfOthers(change, object.metadata.resourceVersion) ? change : undefined;
  }

  /** An object that is gone as an event tells it. @returns what others changed. */
  gone(object: LiveObject): StoreChange | undefined {
    const key = keyOf(object);
    const { uid = '', resourceVersion } = object.metadata;
    this.#tombstones.delete(uid);
    const known = this.#objects.get(key);
    if (known === undefined || isOlderVersion(resourceVersion, known.metadata.resourceVersion)) return undefined;
    this.#delete(key);
    this.see(resourceVersion);
    const change: StoreChange = { type: 'gone', part: 'object', object: known };
    return this.#isOfOthers(change, resourceVersion) ? change : undefined;
  }

  /** A write of ours begins. */
  begin(key: string): void {
    const writes = this.#writes.get(key) ?? { count: 0, told: undefined, written: undefined, isRemoved: false };
    writes.count += 1;
    this.#writes.set(key, writes);
  }

  /** An object as we wrote it, or read it again. */
  put(object: LiveObject): void {
    const key = keyOf(object);
    this.#there(key, object);
    const writes = this.#writes.get(key);
    if (writes === undefined) return;
    const { resourceVersion } = object.metadata;
    if (!isOlderVersion(resourceVersion, writes.written)) writes.written = resourceVersion;
  }

  /**
   * An object that is not among ours any more: we deleted it, or read that it is not there. With a `version` it is there and was let go
   * then.
   */
  remove(key: string, uid: string, version?: string): void {
    const known = this.#objects.get(key);
    if (known !== undefined && isOlderVersion(version, known.metadata.resourceVersion)) return;
    if (known?.metadata.uid === uid) this.#delete(key);
    this.#bury(uid, version);
    const writes = this.#writes.get(key);
    if (writes !== undefined) writes.isRemoved = true;
  }

  /** A write of ours has ended. @returns what others changed meanwhile. */
  end(key: string): StoreChange | undefined {
    const writes = this.#writes.get(key);
    if (writes === undefined) return undefined;
    writes.count -= 1;
    if (writes.count > 0) return undefined;
    this.#writes.delete(key);
    const { told, written, isRemoved } = writes;
    if (told === undefined || (told.change.type === 'gone' && isRemoved)) return undefined;
    const isEcho = written !== undefined && !isOlderVersion(written, told.resourceVersion);
    return isEcho ? undefined : told.change;
  }

  /** What was deleted before a list began is neither in it nor in the events after it, unless the server went back in time. */
  get deleted(): readonly string[] {
    return [...this.#tombstones.keys()];
  }

  forgetDeleted(uids: readonly string[]): void {
    for (const uid of uids) this.#tombstones.delete(uid);
  }

  /** @param listedAt the moment of the list that it is from. */
  #there(key: string, object: LiveObject, listedAt?: string): StoreChange | undefined {
    const { uid, resourceVersion } = object.metadata;
    if (uid !== undefined && this.#hasLeft(uid, resourceVersion)) return undefined;
    const known = this.#objects.get(key);
    if (known === undefined) {
      this.#set(key, object);
      return { type: 'added', part: 'object', object };
    }
    const { uid: knownUid, resourceVersion: knownVersion } = known.metadata;
    if (knownVersion === resourceVersion && knownUid === uid) {
      // Perhaps more of it than was in the answer to our write.
      if (changedPart(known, object, { isRestless: false }) !== 'nothing') this.#set(key, object);
      return undefined;
    }
    const wasUndone = isOlderVersion(knownVersion, listedAt) || knownVersion === listedAt;
    if (isOlderVersion(resourceVersion, knownVersion) && !wasUndone) return undefined;
    const part = changedPart(known, object, { isRestless: this.#isRestless });
    this.#set(key, object);
    return part === 'nothing' ? undefined : { type: 'changed', part, object };
  }

  /** @returns false for what may be the echo of a write that is under way. */
  #isOfOthers(change: StoreChange, resourceVersion: string | undefined): boolean {
    const writes = this.#writes.get(keyOf(change.object));
    if (writes === undefined) return true;
    writes.told = { change, resourceVersion };
    return false;
  }

  #set(key: string, object: LiveObject): void {
    this.#objects.set(key, object);
    this.#all = undefined;
    this.see(object.metadata.resourceVersion);
  }

  #forget(): StoreChange[] {
    const changes = this.all().map((object): StoreChange => ({ type: 'gone', part: 'object', object }));
    this.#objects.clear();
    this.#tombstones.clear();
    this.#all = undefined;
    this.#newest = undefined;
    return changes;
  }

  #delete(key: string): void {
    this.#objects.delete(key);
    this.#all = undefined;
  }

  #hasLeft(uid: string, resourceVersion: string | undefined): boolean {
    if (!this.#tombstones.has(uid)) return false;
    const version = this.#tombstones.get(uid);
    if (version === undefined || !isOlderVersion(version, resourceVersion)) return true;
    // It came back.
    this.#tombstones.delete(uid);
    return false;
  }

  #bury(uid: string, version: string | undefined): void {
    this.#tombstones.set(uid, version);
    if (this.#tombstones.size <= MAX_TOMBSTONES) return;
    for (const oldest of this.#tombstones.keys()) {
      this.#tombstones.delete(oldest);
      return;
    }
  }
}

/** By namespace and name, among objects of one kind. */
export function storeKey(namespace: string | undefined, name: string | undefined): string {
  return `${namespace ?? ''}\n${name ?? ''}`;
}

function keyOf({ metadata: { namespace, name } }: LiveObject): string {
  return storeKey(namespace, name);
}
