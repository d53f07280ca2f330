import { ApiError } from '../../cluster/index.ts';
import type { Clock } from '../../reconcile/clock.ts';

/**
 * Whether this process may write to members: only while it renewed its Lease not too long ago. Asked before every write, because a process
 * that was stopped and goes on does not know how long that was until it looks at a clock.
 */
export class WriteGuard {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #onExpired: () => void;
  #renewed: { readonly elapsed: number; readonly now: number } | undefined;

  /** @param onExpired once after each renewal that was the last one for too long, as soon as it is noticed. */
  constructor(clock: Clock, deadlineMs: number, onExpired: () => void) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#onExpired = onExpired;
  }

  get isOpen(): boolean {
    return this.#renewed !== undefined && this.leftMs > 0;
  }

  /**
   * How long it stays open without another renewal. The longer of two clocks counts: the one that goes evenly stands still while a virtual
   * machine does, and the other one may be set back.
   */
  get leftMs(): number {
    if (this.#renewed === undefined) return 0;
    const { elapsed, now } = this.#renewed;
    return this.#deadlineMs - Math.max(this.#clock.elapsed() - elapsed, this.#clock.now() - now);
  }

  /** What a renewal counts from: taken before it is sent, as others count from later than this. */
  mark(): { readonly elapsed: number; readonly now: number } {
    return { elapsed: this.#clock.elapsed(), now: this.#clock.now() };
  }

  renewed(mark: { readonly elapsed: number; readonly now: number }): void {
    this.#renewed = mark;
  }

  close(): void {
    this.#renewed = undefined;
  }

  /** @throws {ApiError} `Aborted` where nothing may be written. */
  check(): void {
    if (this.isOpen) return;
    if (this.#renewed !== undefined) {
      this.close();
      this.#onExpired();
    }
    throw new ApiError({ failure: 'Aborted', status: 0, reason: '', paths: [], causes: [] });
  }
}
