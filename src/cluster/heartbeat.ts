/** A connection on which nothing came for so long is asked whether it is still there. */
const QUIET_MS = 20_000;
/** So long may the answer take. */
const ANSWER_MS = 15_000;

/** What a connection is asked by. */
export interface Pulse {
  /** Bytes that have come so far. */
  readonly bytesRead: () => number;
  /** @returns false where it cannot be asked, because it is ending. */
  readonly ping: (answered: () => void) => boolean;
  readonly onSilent: () => void;
}

/**
 * Notices within some 35 to 55 seconds that a connection leads nowhere: without being asked, TCP says so after many minutes, or never where
 * nothing is sent. The process does not wait for it.
 */
export class Heartbeat {
  readonly #pulse: Pulse;
  readonly #timer: NodeJS.Timeout;
  #deadline: NodeJS.Timeout | undefined;
  #seen = 0;

  constructor(pulse: Pulse, { quietMs = QUIET_MS, answerMs = ANSWER_MS } = {}) {
    this.#pulse = pulse;
    this.#timer = setInterval(() => this.#look(answerMs), quietMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #look(answerMs: number): void {
    const bytes = this.#pulse.bytesRead();
    const isQuiet = bytes === this.#seen;
    this.#seen = bytes;
    if (!isQuiet || this.#deadline !== undefined) return;
    this.#deadline = setTimeout(() => {
      this.stop();
      this.#pulse.onSilent();
    }, answerMs);
    this.#deadline.unref();
    const isAsked = this.#pulse.ping(() => this.#answered());
    if (!isAsked) this.#answered();
  }

  #answered(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}
