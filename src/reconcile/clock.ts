/** The time, and what is to be done later: passed in, so that tests decide how it goes on. */
export interface Clock {
  /** Milliseconds since 1970: what is written down. Somebody may set it, in either direction. */
  now(): number;
  /** Milliseconds that go evenly, whatever the time is set to: what distances and dates for work are counted with. */
  elapsed(): number;
  /** @param ms what is over already is done at once. @returns what calls it off. */
  schedule(ms: number, work: () => void): () => void;
}

/** A timer beyond it goes off at once: whoever waits for longer is woken before, and looks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer that is waited for keeps the process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule: (ms, work) => {
    const timer = setTimeout(work, Math.max(0, Math.min(ms, LONGEST_TIMER_MS)));
    return () => clearTimeout(timer);
  },
};
