/** Answers say only in which second they were made: in the middle of it they are wrong by half of one at most. */
const MIDDLE_OF_SECOND_MS = 500;

/**
 * What a server's clock shows, by the header `Date` of its answers. Ages of what a server wrote down are counted with it, so that neither
 * clock has to be right.
 */
export class ServerClock {
  /** The time there when our clock that goes evenly showed 0. */
  #zero: number | undefined;

  /** @param elapsedMs by a clock that goes evenly, when the answer began. */
  tell(date: string | undefined, elapsedMs: number): void {
    const time = date === undefined ? Number.NaN : Date.parse(date);
    if (!Number.isNaN(time)) this.#zero = time + MIDDLE_OF_SECOND_MS - elapsedMs;
  }

  /** Milliseconds since 1970; `undefined` before an answer told. */
  now(elapsedMs: number): number | undefined {
    return this.#zero === undefined ? undefined : this.#zero + elapsedMs;
  }
}
