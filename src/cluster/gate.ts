import pLimit from 'p-limit';
import { Concurrency, type Observation } from './concurrency.ts';

/** Lets so many requests to one API server run at once as it answers well; the others wait in their order. */
export class Gate {
  readonly #concurrency = new Concurrency();
  readonly #limit = pLimit(this.#concurrency.limit);
  readonly #capacity: () => number;

  /** `capacity`: how many requests the connection takes at most. */
  constructor(capacity: () => number) {
    this.#capacity = capacity;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    return await this.#limit(work);
  }

  observe(observation: Omit<Observation, 'isFull' | 'capacity'>): void {
    const isFull = this.#limit.activeCount >= this.#limit.concurrency;
    this.#concurrency.observe({ ...observation, isFull, capacity: this.#capacity() });
    const { limit } = this.#concurrency;
    if (limit !== this.#limit.concurrency) this.#limit.concurrency = limit;
  }
}
