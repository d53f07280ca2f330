import type { Clock } from '../../src/reconcile/clock.ts';

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now: number;
  #elapsed = 0;
  #timers: { readonly at: number; readonly work: () => void }[] = [];

  constructor(now = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  /** Sets the time, as somebody does with a clock that was wrong. Timers do not notice. */
  set(now: number): void {
    this.#now = now;
  }

  schedule(ms: number, work: () => void): () => void {
    const timer = { at: this.#elapsed + ms, work };
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
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ at }) => at)) - this.#elapsed;
  }

  /** Lets time go on, and does what is due until then. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#takeDue(end); next !== undefined; next = this.#takeDue(end)) {
      this.#moveTo(Math.max(this.#elapsed, next.at));
      next.work();
    }
    this.#moveTo(end);
  }

  #moveTo(elapsed: number): void {
    this.#now += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }

  #takeDue(end: number): { readonly at: number; readonly work: () => void } | undefined {
    const [first] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter((one) => one !== first);
    return first;
  }
}
