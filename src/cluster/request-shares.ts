/** Requests of one process that run at once, over all its members. */
const ALL = 256;
/** What every member may have, however many there are: none waits for another. */
const FEWEST = 2;

/**
 * Parts of what a process can do at once, the same for each member that is being asked something. A hundred members that are asked everything
 * at once would otherwise wait for this process, and not the other way round: answers lie in memory until it is their turn, and times run out.
 */
export class RequestShares {
  readonly #all: number;
  #members = 0;

  constructor(all = ALL) {
    this.#all = all;
  }

  /** How many requests to one member may run at once. */
  get each(): number {
    return Math.max(FEWEST, Math.floor(this.#all / Math.max(1, this.#members)));
  }

  /** A member is asked something from now on. */
  enter(): void {
    this.#members += 1;
  }

  /** Everything that it was asked is answered. */
  leave(): void {
    this.#members -= 1;
  }
}
