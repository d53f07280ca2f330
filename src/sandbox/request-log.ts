/** One request that was answered. */
export interface LoggedRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly userAgent: string;
  readonly user: string;
  /** 0 for one that was never answered. */
  readonly status: number;
  /** When it was carried out; milliseconds since 1970. */
  readonly at: number;
}

/** The last requests of a cluster, oldest first. */
export class RequestLog {
  readonly #limit: number;
  #entries: LoggedRequest[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get entries(): readonly LoggedRequest[] {
    return this.#entries.slice(-this.#limit);
  }

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * this.#limit) this.#entries = this.#entries.slice(-this.#limit);
  }

  clear(): void {
    this.#entries = [];
  }
}
