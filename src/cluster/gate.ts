import pLimit from 'p-limit';
import { Concurrency, type Observation } from './concurrency.ts';
import { RequestShares } from './request-shares.ts';

/** Lets so many requests to one API server run at once as it answers well; the others wait in their order. */
export class Gate {
  readonly #concurrency = new Concurrency();
  readonly #limit = pLimit(this.#concurrency.limit);
  readonly #capacity: () => number;
  readonly #shares: RequestShares;
  /** Requests that run or wait. */
  #asked = 0;

  /**
   * @param capacity how many requests the connection takes at most.
   * @param shares of all API servers that this process asks. Default: there is no other.
   */
  constructor(capacity: () => number, shares: RequestShares = new RequestShares()) {
    this.#capacity = capacity;
    this.#shares = shares;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#asked === 0) this.#shares.enter();
    this.#asked += 1;
    this.#adjust();
    try {
      return await this.#limit(work);
    } finally {
      this.#asked -= 1;
      if (this.#asked === 0) this.#shares.leave();
    }
  }

  observe(observation: Omit<Observation, 'isFull' | 'capacity'>): void {
    const isFull = this.#limit.activeCount >= this.#concurrency.limit;
    this.#concurrency.observe({ ...observation, isFull, capacity: this.#capacity() });
    this.#adjust();
  }

  #adjust(): void {
    const limit = Math.min(this.#concurrency.limit, this.#shares.each);
    if (limit !== this.#limit.concurrency) this.#limit.concurrency = limit;
  }
}
