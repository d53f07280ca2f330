import type { Letter } from './outbox.ts';

/** A letter that is not taken yet. */
export interface WaitingLetter {
  readonly letter: Letter;
  /** The older, the lower. */
  readonly number: number;
  /** Attempts that failed. */
  readonly attempts: number;
  /** By the clock that goes evenly. */
  readonly notBefore: number;
}

const MOST_WAITING = 256;

/** Letters that wait, the oldest first, and no more than a receiver may be behind. */
export class WaitingLetters {
  readonly #list: WaitingLetter[] = [];
  #last = 0;

  get length(): number {
    return this.#list.length;
  }

  /** @returns the oldest, where too many wait. */
  put(letter: Letter): WaitingLetter | undefined {
    const at = this.#indexOf(letter.key);
    const known = this.#list[at];
    if (known !== undefined && known.attempts > 0) {
      // What it is about is otherwise by now: the receiver is not asked any sooner for that.
      this.#list[at] = { ...known, letter };
      return undefined;
    }
    if (known !== undefined) this.#list.splice(at, 1);
    this.#last += 1;
    this.#list.push({ letter, number: this.#last, attempts: 0, notBefore: 0 });
    return this.#tooMany();
  }

  /** Puts one that was taken back to its place, as the other one of its key that came since, if there is one. @returns as {@link put}. */
  putBack(waiting: WaitingLetter): WaitingLetter | undefined {
    const same = this.#indexOf(waiting.letter.key);
    const [newer = waiting] = same < 0 ? [] : this.#list.splice(same, 1);
    const at = this.#list.findIndex(({ number }) => number > waiting.number);
    this.#list.splice(at < 0 ? this.#list.length : at, 0, { ...waiting, letter: newer.letter });
    return this.#tooMany();
  }

  /**
   * Takes a letter whose time has come: the oldest, or where the last attempt failed the oldest of those that were tried least, so that a few that
   * are never taken do not have all attempts. @returns the soonest time, where none is due.
   */
  take(isDue: (notBefore: number) => boolean, by: 'Age' | 'Attempts'): WaitingLetter | number {
    const heads = this.#heads();
    const due = heads.filter(({ notBefore }) => isDue(notBefore));
    const [first] = by === 'Age' ? due : due.toSorted((a, b) => a.attempts - b.attempts);
    if (first === undefined) return Math.min(...heads.map(({ notBefore }) => notBefore));
    this.#list.splice(this.#list.indexOf(first), 1);
    return first;
  }

  takeAll(): readonly WaitingLetter[] {
    return this.#list.splice(0);
  }

  /** Those that no older one about the same is before. */
  #heads(): readonly WaitingLetter[] {
    const subjects = new Set<string>();
    return this.#list.filter(({ letter: { subject } }) => {
      if (subject === undefined) return true;
      const isFirst = !subjects.has(subject);
      subjects.add(subject);
      return isFirst;
    });
  }

  #indexOf(key: string | undefined): number {
    return key === undefined ? -1 : this.#list.findIndex(({ letter }) => letter.key === key);
  }

  #tooMany(): WaitingLetter | undefined {
    return this.#list.length > MOST_WAITING ? this.#list.shift() : undefined;
  }
}
