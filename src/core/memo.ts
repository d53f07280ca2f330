/**
 * Remembers what a pure function made of an object, as long as the object lives and the other inputs stay the same ones.
 *
 * The function gets the object and those inputs and nothing else, so that there is nothing it could have read without being asked again
 * when it changes. One result is kept for each object: of the last inputs.
 */
export class Memo<K extends object, I extends readonly unknown[], V> {
  readonly #make: (key: K, ...inputs: I) => V;
  readonly #isSame: (a: V, b: V) => boolean;
  readonly #known = new WeakMap<K, { readonly inputs: I; readonly value: V }>();
  #made = 0;

  /** @param isSame where a new result is the same as the last one, that one stays: whatever was made of it stays too. */
  constructor(make: (key: K, ...inputs: I) => V, isSame: (a: V, b: V) => boolean = Object.is) {
    this.#make = make;
    this.#isSame = isSame;
  }

  get(key: K, ...inputs: I): V {
    const known = this.#known.get(key);
    if (known !== undefined && isSameList(known.inputs, inputs)) return known.value;
    const made = this.#make(key, ...inputs);
    this.#made += 1;
    const value = known !== undefined && this.#isSame(known.value, made) ? known.value : made;
    this.#known.set(key, { inputs, value });
    return value;
  }

  forget(key: K): void {
    this.#known.delete(key);
  }

  /** How often the function was called: what was not remembered. */
  get made(): number {
    return this.#made;
  }
}

/** Keeps one value for as long as those that come are the same. */
export class Unchanged<T> {
  readonly #isSame: (a: T, b: T) => boolean;
  #known: { readonly value: T } | undefined;

  constructor(isSame: (a: T, b: T) => boolean) {
    this.#isSame = isSame;
  }

  /** @returns the value of before if `value` is the same. */
  keep(value: T): T {
    if (this.#known !== undefined && this.#isSame(this.#known.value, value)) return this.#known.value;
    this.#known = { value };
    return value;
  }
}

/** Whether two lists hold the same items (by `Object.is`) in the same order. */
export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (!Object.is(a[index], b[index])) return false;
  return true;
}

export function isSameSet<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a === b || (a.size === b.size && [...a].every((item) => b.has(item)));
}

/**
 * Sorts lists that differ little from one another: what is still there stays in its order, and only what is new is put in its place.
 * The order must be total: then there is but one sorted list, whatever the way to it.
 */
export class SortedList<T extends object> {
  readonly #compare: (a: T, b: T) => number;
  #items: readonly T[] = [];
  #sorted: readonly T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  /** @param items each one once. */
  sort(items: readonly T[]): readonly T[] {
    if (isSameList(items, this.#items)) return this.#sorted;
    const wanted = new Set(items);
    const kept = this.#sorted.filter((item) => wanted.delete(item));
    // A sorted list with a short tail costs one look at each item.
    this.#sorted = [...kept, ...wanted].sort(this.#compare);
    this.#items = items;
    return this.#sorted;
  }
}
