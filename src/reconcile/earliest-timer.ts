import type { Clock } from './clock.ts';

/** Does one work at the earliest of the times for which it was asked for, and then no more until it is asked for again. */
export class EarliestTimer {
  readonly #clock: Clock;
  readonly #work: () => void;
  #next: { readonly at: number; readonly cancel: () => void } | undefined;
  #isClosed = false;

  constructor(clock: Clock, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  /** Asks for it in so many milliseconds; nothing changes where it is to be done by then anyway. */
  schedule(ms: number): void {
    const at = this.#clock.elapsed() + ms;
    if (this.#isClosed || (this.#next !== undefined && this.#next.at <= at)) return;
    this.cancel();
    const cancel = this.#clock.schedule(ms, () => {
      this.#next = undefined;
      this.#work();
    });
    this.#next = { at, cancel };
  }

  /** Calls off what was asked for. */
  cancel(): void {
    this.#next?.cancel();
    this.#next = undefined;
  }

  /** Nothing more is done, whoever asks for it. */
  close(): void {
    this.#isClosed = true;
    this.cancel();
  }
}
