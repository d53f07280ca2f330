import type { Clock } from '../reconcile/clock.ts';

/** What a loop waits for: that somebody tells it, or that a time has passed. What is told while nobody waits is not lost. */
export class WakeUp {
  readonly #clock: Clock;
  #isTold = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(): void {
    this.#isTold = true;
    this.#wake?.();
  }

  /**
   * Until it is told, at once if it was told since the last time.
   *
   * @param ms default: for as long as it takes.
   * @returns whether it was told; `false` when the time was over first.
   */
  async wait(ms?: number): Promise<boolean> {
    if (!this.#isTold) {
      await new Promise<void>((resolve) => {
        const cancel = ms === undefined ? () => undefined : this.#clock.schedule(ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    const isTold = this.#isTold;
    this.#isTold = false;
    return isTold;
  }
}
