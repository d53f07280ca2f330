import type { Clock } from '../../src/reconcile/clock.ts';

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { readonly at: number; readonly work: () => void }[] = [];

  constructor(now = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + ms, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** How many wait for their time. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** How long until the first of them is due; `undefined` where none is. */
  get nextInMs(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ at }) => at)) - this.#now;
  }

  /** Lets time go on, and does what is due until then. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#takeDue(end); next !== undefined; next = this.#takeDue(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.work();
    }
    this.#now = end;
  }

  #takeDue(end: number): { readonly at: number; readonly work: () => void } | undefined {
    const [first] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter((one) => one !== first);
    return first;
  }
}
