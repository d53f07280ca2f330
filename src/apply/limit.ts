import pLimit from 'p-limit';

/** Runs work, so much of it at once. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Requests at once to one member. */
const CONCURRENCY = 16;

export function createLimit(concurrency = CONCURRENCY): Limit {
  const limit = pLimit(concurrency);
  return (work) => limit(work);
}
