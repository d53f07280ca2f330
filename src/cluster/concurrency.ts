/** How one answer came, or did not: the server was not reached at all is no answer. */
export interface Observation {
  /** When the request was sent, and when its answer was complete or given up on; milliseconds of one clock. */
  readonly begin: number;
  readonly end: number;
  /** `busy`: 429. `late`: no answer in time. */
  readonly outcome: 'answered' | 'busy' | 'late';
  /** As many requests ran as may run: without that, an answer says nothing of whether more could. */
  readonly isFull: boolean;
  /** How many requests the connection takes at most. */
  readonly capacity: number;
}

const FIRST_LIMIT = 16;
/** Requests that ever run at once against one API server. */
export const MAX_CONCURRENCY = 64;
const SMALLEST_LIMIT = 2;

/** An answer is slow when it took longer than this, and longer than so many times the usual. */
const SLOW_MS = 2_000;
const SLOW_FACTOR = 4;
/** What is usual is the median of so many answers. */
const WINDOW = 33;

/**
 * How many requests may run at once against one API server: additive increase, multiplicative decrease.
 *
 * One more after as many good answers as may run at once, half after 429 or a slow answer. Requests that were on their way when it was
 * halved say nothing new and do not halve it again. A server that is slow from the start halves it once: then slow is its usual.
 */
export class Concurrency {
  #limit = FIRST_LIMIT;
  #good = 0;
  #halvedAt = Number.NEGATIVE_INFINITY;
  readonly #durations: number[] = [];

  /** From 2, or what the connection takes, to 64. */
  get limit(): number {
    return this.#limit;
  }

  observe(observation: Observation): void {
    const { begin, end, outcome, isFull, capacity } = observation;
    this.#limit = Math.max(1, Math.min(this.#limit, capacity));
    const isBad = outcome !== 'answered' || this.#isSlow(end - begin);
    if (outcome === 'answered') this.#remember(end - begin);
    if (isBad) {
      if (begin >= this.#halvedAt) this.#halve(end);
    } else if (isFull) {
      this.#grow(Math.min(MAX_CONCURRENCY, capacity));
    }
  }

  #halve(now: number): void {
    this.#limit = Math.max(Math.min(SMALLEST_LIMIT, this.#limit), Math.floor(this.#limit / 2));
    this.#good = 0;
    this.#halvedAt = now;
  }

  #grow(largest: number): void {
    this.#good += 1;
    if (this.#good < this.#limit) return;
    this.#good = 0;
    this.#limit = Math.min(largest, this.#limit + 1);
  }

  #isSlow(duration: number): boolean {
    return duration > SLOW_MS && duration > SLOW_FACTOR * this.#usual();
  }

  #usual(): number {
    const sorted = this.#durations.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  #remember(duration: number): void {
    this.#durations.push(duration);
    if (this.#durations.length > WINDOW) this.#durations.shift();
  }
}
