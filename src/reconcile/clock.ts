/** The time, and what is to be done later: passed in, so that tests decide how it goes on. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @returns what calls it off. */
  schedule(ms: number, work: () => void): () => void;
}

/** A timer that is waited for keeps the process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  schedule: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
