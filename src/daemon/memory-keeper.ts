import type { Clock } from '../reconcile/clock.ts';
import type { DaemonEvent } from './events.ts';

export interface MemoryKeeperOptions {
  readonly clock: Clock;
  /** What the process has, in bytes. */
  readonly resident: () => number;
  /** Gives back what is not in use. Nothing else is done meanwhile. */
  readonly free: () => void;
}

/** So long nothing is done before memory is given back. */
const QUIET_MS = 10_000;
/** Not more often, for it takes longer the more is in use. */
const INTERVAL_MS = 300_000;
/** A smaller process is left alone. */
const SMALL_BYTES = 200e6;
/** It is worth it when so much more is resident than when it was last done. */
const GROWTH = 1.2;

/** Gives memory back that a burst of work took, such as the first sync, once nothing is being done. A daemon at rest does nothing. */
export class MemoryKeeper {
  readonly #options: MemoryKeeperOptions;
  #lastWork = Number.NEGATIVE_INFINITY;
  #freedAt = Number.NEGATIVE_INFINITY;
  #left = 0;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(options: MemoryKeeperOptions) {
    this.#options = options;
  }

  observe({ type }: DaemonEvent): void {
    if (type !== 'passStarted' && type !== 'passFinished' && type !== 'statusCommitted') return;
    this.#lastWork = this.#options.clock.elapsed();
    this.#plan();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #plan(): void {
    if (this.#cancel !== undefined || this.#isClosed) return;
    const { clock } = this.#options;
    const due = Math.max(this.#lastWork + QUIET_MS, this.#freedAt + INTERVAL_MS);
    this.#cancel = clock.schedule(Math.max(0, due - clock.elapsed()), () => {
      this.#cancel = undefined;
      this.#look();
    });
  }

  #look(): void {
    const { clock, resident, free } = this.#options;
    if (clock.elapsed() < this.#lastWork + QUIET_MS) {
      this.#plan();
      return;
    }
    if (resident() < Math.max(SMALL_BYTES, this.#left * GROWTH)) return;
    free();
    this.#freedAt = clock.elapsed();
    this.#left = resident();
  }
}
