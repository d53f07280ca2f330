/** A power of two. */
const BUCKETS = 64;

/**
 * A map that never changes, of which a changed copy is cheap: the copy shares what it does not change. With thousands of entries, a plain
 * `Map` for each change would cost more than everything that is done because of it.
 *
 * Entries have no order that means anything; the same entries may come in another one.
 */
export class SharedMap<V> implements ReadonlyMap<string, V> {
  readonly #buckets: readonly ReadonlyMap<string, V>[];
  readonly size: number;

  private constructor(buckets: readonly ReadonlyMap<string, V>[], size: number) {
    this.#buckets = buckets;
    this.size = size;
  }

  static of<V>(entries: Iterable<readonly [string, V]> = []): SharedMap<V> {
    if (entries instanceof SharedMap) return entries;
    return new SharedMap<V>(NO_BUCKETS, 0).with(entries);
  }

  /** @param changes `undefined` removes an entry. The same map is returned where every entry has that very value already. */
  with(changes: Iterable<readonly [string, V | undefined]>): SharedMap<V> {
    const fresh = new Map<number, Map<string, V>>();
    let size = this.size;
    for (const [key, value] of changes) {
      const index = bucketOf(key);
      const before = fresh.get(index) ?? this.#buckets[index] ?? NO_ENTRIES;
      if (Object.is(before.get(key), value)) continue;
      const bucket = fresh.get(index) ?? new Map(before);
      fresh.set(index, bucket);
      size -= Number(bucket.has(key));
      if (value === undefined) bucket.delete(key);
      else bucket.set(key, value);
      size += Number(value !== undefined);
    }
    if (fresh.size === 0) return this;
    return new SharedMap(
      this.#buckets.map((bucket, index) => fresh.get(index) ?? bucket),
      size,
    );
  }

  get(key: string): V | undefined {
    return this.#buckets[bucketOf(key)]?.get(key);
  }

  has(key: string): boolean {
    return this.#buckets[bucketOf(key)]?.has(key) === true;
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  *entries(): Generator<[string, V], undefined> {
    for (const bucket of this.#buckets) yield* bucket;
    return undefined;
  }

  *keys(): Generator<string, undefined> {
    for (const bucket of this.#buckets) yield* bucket.keys();
    return undefined;
  }

  *values(): Generator<V, undefined> {
    for (const bucket of this.#buckets) yield* bucket.values();
    return undefined;
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return 'SharedMap';
  }

  /** Adds the keys whose values differ (by `Object.is`) to `found`; what two maps share is not looked at. */
  static addChangedKeys<V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>, found: Set<string>): void {
    if (a === b) return;
    if (!(a instanceof SharedMap && b instanceof SharedMap)) {
      addDifferences(a, b, found);
      return;
    }
    for (let index = 0; index < BUCKETS; index += 1) {
      const one: ReadonlyMap<string, V> = a.#buckets[index] ?? NO_ENTRIES;
      const other: ReadonlyMap<string, V> = b.#buckets[index] ?? NO_ENTRIES;
      if (one !== other) addDifferences(one, other, found);
    }
  }
}

const NO_ENTRIES: ReadonlyMap<string, never> = new Map<string, never>();
const NO_BUCKETS: readonly ReadonlyMap<string, never>[] = Array.from({ length: BUCKETS }, () => NO_ENTRIES);

function addDifferences<V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>, found: Set<string>): void {
  // A changed copy has its keys in the same order, and going through both at once is quicker than looking each key up.
  const others = b.entries();
  let isInStep = a.size === b.size;
  for (const [key, value] of a) {
    const other = isInStep ? others.next().value : undefined;
    isInStep &&= other?.[0] === key;
    if (!Object.is(isInStep ? other?.[1] : b.get(key), value)) found.add(key);
  }
  if (!isInStep) addNewKeys(a, b, found);
}

function addNewKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>, found: Set<string>): void {
  for (const key of b.keys()) if (!a.has(key)) found.add(key);
}

/** One key is often looked up in many maps, one after the other. */
let lastKey = '';
let lastBucket = 0;

function bucketOf(key: string): number {
  if (key === lastKey) return lastBucket;
  let hash = key.length;
  // Names that belong together differ at their ends.
  for (let index = Math.max(0, key.length - LONGEST_HASHED); index < key.length; index += 1) {
    hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  }
  lastKey = key;
  lastBucket = (hash ^ (hash >>> 16)) & (BUCKETS - 1);
  return lastBucket;
}

const LONGEST_HASHED = 24;
