import type { DaemonEvent } from '../../daemon/events.ts';
import { GitfedError } from '../../errors.ts';

/** An event, and when it came by a clock that does not go back. */
export interface TimedEvent {
  readonly at: number;
  readonly event: DaemonEvent;
}

interface Waiting {
  readonly look: () => boolean;
  readonly fail: (error: unknown) => void;
}

/** The story waits for events that must come; a machine may be slow, but not so slow. */
const PATIENCE_MS = 60_000;

/** What a daemon told, in the order in which it came. */
export class DaemonEvents {
  readonly #events: TimedEvent[] = [];
  readonly #waiting = new Set<Waiting>();
  #failure: { readonly error: unknown } | undefined;

  add(event: DaemonEvent): void {
    this.#events.push({ at: performance.now(), event });
    for (const one of this.#waiting) if (one.look()) this.#waiting.delete(one);
  }

  /** Nothing more will come: whoever waits, or begins to, gets this. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { fail } of this.#waiting) fail(error);
    this.#waiting.clear();
  }

  /** The first that `read` makes something of, of those that came after `since`. */
  async first<T>(
    what: string,
    since: number,
    read: (event: DaemonEvent) => T | undefined,
  ): Promise<{ at: number; value: T }> {
    const find = (): { at: number; value: T } | undefined => {
      for (const { at, event } of this.#events) {
        const value = at < since ? undefined : read(event);
        if (value !== undefined) return { at, value };
      }
      return undefined;
    };
    const found = find();
    if (found !== undefined) return found;
    if (this.#failure !== undefined) throw this.#failure.error;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new GitfedError('USAGE', `The demo waited a minute for this, which did not happen: ${what}.`));
      }, PATIENCE_MS);
      const waiting: Waiting = {
        look: () => {
          const value = find();
          if (value === undefined) return false;
          clearTimeout(timer);
          resolve(value);
          return true;
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.add(waiting);
    });
  }
}
