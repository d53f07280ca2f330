import pLimit from 'p-limit';
import { MAX_CONCURRENCY } from '../cluster/index.ts';

/** Runs work, so much of it at once. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** How many requests run at once is the client's to decide; no more work is begun than it may ever let through. */
export function createLimit(): Limit {
  const limit = pLimit(MAX_CONCURRENCY);
  return (work) => limit(work);
}
