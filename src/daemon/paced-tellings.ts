/** So many times in so long a subject is told of: what flaps is told as it is then, and not each time. */
const MOST = 3;
const WITHIN_MS = 180_000;

/** When each of many subjects may be told of again. Times are those of a clock that goes evenly. */
export class PacedTellings {
  readonly #toldAt = new Map<string, readonly number[]>();

  /** How long to wait before this subject may be told of; 0 for now. */
  waitMs(subject: string, now: number): number {
    const [first, ...rest] = this.#toldAt.get(subject) ?? [];
    if (first === undefined || rest.length < MOST - 1) return 0;
    return Math.max(0, first + WITHIN_MS - now);
  }

  told(subject: string, now: number): void {
    this.#toldAt.set(subject, [...(this.#toldAt.get(subject) ?? []), now].slice(-MOST));
  }

  /** Forgets what is too long ago to count, so that subjects that are gone leave nothing behind. */
  tidy(now: number): void {
    for (const [subject, times] of this.#toldAt) {
      if (times.every((at) => now - at >= WITHIN_MS)) this.#toldAt.delete(subject);
    }
  }
}
