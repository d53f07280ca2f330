import { hash } from 'node:crypto';

/** Values of each kind that are remembered at most, twice over. */
const SIZE = 50_000;
/** A longer text is known by its hash. */
const LONGEST_KEY = 64;

/** Values by their texts; the least used are forgotten. */
class Table<T> {
  readonly #size: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): T | undefined {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}

/**
 * Gives equal values one place in memory: the same object in a hundred members has the same names and managed fields in all of them. What
 * it gives out is shared, and never changed.
 */
export class Interner {
  readonly #texts: Table<string>;
  readonly #values: Table<unknown>;

  constructor(size = SIZE) {
    this.#texts = new Table(size);
    this.#values = new Table(size);
  }

  text<T extends string | undefined>(text: T): T {
    if (text === undefined) return text;
    const known = this.#texts.get(text);
    if (known !== undefined) return known as T;
    this.#texts.set(text, text);
    return text;
  }

  /** @param value of JSON. */
  value<T extends object | undefined>(value: T): T {
    if (value === undefined) return value;
    const text = JSON.stringify(value);
    const key = text.length <= LONGEST_KEY ? text : hash('sha256', text, 'base64');
    const known = this.#values.get(key);
    if (known !== undefined) return known as T;
    this.#values.set(key, value);
    return value;
  }
}
