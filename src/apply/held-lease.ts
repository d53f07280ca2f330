import { isApiError, WriteRefusedError } from '../cluster/index.ts';
import { endHolder } from './lease-holder.ts';
import { holderText, type LeaseRecord, releasedLease, renewedLease } from './lease-record.ts';
import type { LeaseStore } from './lease-store.ts';

/** All in milliseconds. A Lease says whole seconds, rounded up. */
export interface LeaseDurations {
  /** How long others wait for a holder that does not renew. */
  readonly leaseMs: number;
  /** From one renewal to the next. */
  readonly renewMs: number;
  /** Without a renewal for this long it counts as lost: early enough for what is under way to end before others start. */
  readonly renewDeadlineMs: number;
  /** Between two attempts, of taking it and of renewing it. */
  readonly retryMs: number;
}

/** A Lease that is renewed until it is released or lost. Renewing keeps no process alive. */
export interface HeldLease {
  /**
   * Aborts, with a {@link LeaseLostError}, when it was not renewed for the renew deadline, or is somebody else's or nobody's: nothing more may
   * be written then.
   */
  readonly lost: AbortSignal;
  /**
   * To be asked before a write: a process that was stopped and goes on may come to its next write before its timers.
   *
   * @throws the reason of `lost`.
   */
  check(): void;
  /** Somebody else held it when it was first asked for: what was read before may have changed since. */
  readonly waited: boolean;
  /** Frees it, if it is ours still. Where the member does not answer it is left to expire. May be called again. */
  release(): Promise<void>;
}

/** Why a Lease was lost; its message is for people. */
export class LeaseLostError extends WriteRefusedError {
  override readonly name = 'LeaseLostError';
}

export interface KeptLeaseOptions {
  readonly durations: LeaseDurations;
  readonly waited: boolean;
  /** When it was asked for, by `performance.now()`: others count from later than this. */
  readonly begin: number;
}

const LOOKS = 3;

/** Renews a Lease that was just taken. */
export class KeptLease implements HeldLease {
  readonly waited: boolean;
  readonly #store: LeaseStore;
  readonly #durations: LeaseDurations;
  readonly #identity: string;
  readonly #lost = new AbortController();
  #record: LeaseRecord;
  #renewal: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** By `performance.now()`. */
  #deadlineAt = Number.POSITIVE_INFINITY;
  #renewing: Promise<void> = Promise.resolve();
  /** Why the last attempt to renew it failed. */
  #problem = '';
  #isOver = false;
  #released: Promise<void> | undefined;

  constructor(store: LeaseStore, record: LeaseRecord, { durations, waited, begin }: KeptLeaseOptions) {
    this.waited = waited;
    this.#store = store;
    this.#durations = durations;
    this.#identity = record.holder;
    this.#record = record;
    this.#renewed(begin);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  check(): void {
    if (!this.#isOver && performance.now() >= this.#deadlineAt) this.#expire();
    this.#lost.signal.throwIfAborted();
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  #renewed(begin: number): void {
    const passed = performance.now() - begin;
    this.#problem = '';
    clearTimeout(this.#deadline);
    const { renewDeadlineMs, renewMs } = this.#durations;
    this.#deadlineAt = begin + renewDeadlineMs;
    this.#deadline = setTimeout(() => this.#expire(), Math.max(0, renewDeadlineMs - passed)).unref();
    // A member may have taken longer to answer.
    this.#renewIn(Math.max(0, renewMs - passed));
  }

  #renewIn(ms: number): void {
    this.#renewal = setTimeout(
      () => {
        this.#renewing = this.#renew();
      },
      Math.max(0, ms),
    ).unref();
  }

  async #renew(): Promise<void> {
    const begin = performance.now();
    try {
      const record = await this.#change((current) => renewedLease(current, new Date()));
      if (this.#isOver) return;
      if (typeof record === 'string') return this.#lose(record);
      if (record !== undefined) return this.#renewed(begin);
    } catch (error) {
      // Until the deadline there is time for more attempts.
      this.#problem = isApiError(error) ? `: ${error.message}` : '';
    }
    if (!this.#isOver) this.#renewIn(this.#durations.retryMs);
  }

  /** Writes over what is ours: text says why it is not, `undefined` that others changed it again and again. @throws {ApiError} */
  async #change(
    change: (record: LeaseRecord) => ReturnType<typeof renewedLease>,
  ): Promise<LeaseRecord | string | undefined> {
    for (let look = 1; look <= LOOKS; look += 1) {
      const written = await this.#store.write(change(this.#record), this.#record);
      if (written !== undefined) {
        this.#record = written;
        return written;
      }
      const seen = await this.#store.read();
      if (seen === undefined) return 'was deleted';
      if (seen.holder === '') return 'was set free';
      if (seen.holder !== this.#identity) return `was taken over by ${holderText(seen.holder)}`;
      this.#record = seen;
    }
    return undefined;
  }

  #expire(): void {
    this.#lose(`was not renewed for ${this.#durations.renewDeadlineMs / 1000} s${this.#problem}`);
  }

  #lose(why: string): void {
    this.#stop();
    this.#lost.abort(new LeaseLostError(`the Lease ${this.#store.where} ${why}`));
  }

  #stop(): void {
    this.#isOver = true;
    clearTimeout(this.#renewal);
    clearTimeout(this.#deadline);
  }

  async #release(): Promise<void> {
    this.#stop();
    await this.#renewing;
    // Whatever went wrong, the result of the pass is not lost with it.
    const released = await this.#change((current) => releasedLease(current, new Date())).catch(() => undefined);
    if (released === undefined) endHolder({ identity: this.#identity });
  }
}
