import type { Clock } from '../reconcile/clock.ts';
import { backOffMs } from './back-off.ts';
import type { PostRequest } from './forge.ts';
import type { PostOutcome } from './post.ts';
import { type WaitingLetter, WaitingLetters } from './waiting-letters.ts';
import { WakeUp } from './wake-up.ts';

/** Something to be sent. */
export interface Letter {
  /** What it is, for log and metrics. */
  readonly what: string;
  /** One that waits is replaced by another one of the same key. */
  readonly key?: string;
  /** What it tells the state of: of letters about the same, none is sent before an older one is taken or given up. */
  readonly subject?: string;
  /** The request of an attempt that is made now. */
  readonly request: () => PostRequest;
  /** Answers that say that it is so already. */
  readonly isFine?: (outcome: PostOutcome) => boolean;
}

export type LetterOutcome =
  | { readonly type: 'delivered'; readonly attempts: number }
  /** It is tried again, and not before. */
  | { readonly type: 'delayed'; readonly why: string; readonly retryInMs: number }
  | { readonly type: 'dropped'; readonly why: string };

export interface OutboxOptions {
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly send: (request: PostRequest, signal: AbortSignal) => Promise<PostOutcome>;
  readonly onOutcome: (letter: Letter, outcome: LetterOutcome) => void;
}

const MOST_ATTEMPTS = 20;
const [FIRST_MS, MOST_MS] = [2000, 300_000];
/** So long a receiver that takes nothing is left alone at most, unless it asks for more. */
const [FIRST_REST_MS, MOST_REST_MS] = [1000, 30_000];
/** So long the end waits for what is not sent yet. */
const LAST_MS = 3000;
const TOO_MANY = 'too many wait';

/**
 * Sends letters to one receiver, one at a time, each again until it is taken or hopeless. Whoever puts one in does not wait, whatever the receiver
 * does; where it does nothing for long, the oldest are dropped.
 *
 * One that failed waits for its own time, and others go first. After each failure the receiver rests, the longer the more of them came in a row,
 * but shorter than the letter that failed: another one is tried before. So a receiver that takes nothing is asked no more often for many letters.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting = new WaitingLetters();
  readonly #stop = new AbortController();
  /** In a row, of whatever letters. */
  #failures = 0;
  #restsUntil = 0;
  #isGone = false;
  #running: Promise<void> | undefined;
  /** Ends the wait before the next attempt. */
  readonly #wake: WakeUp;
  #isClosing = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#wake = new WakeUp(options.clock);
  }

  put(letter: Letter): void {
    if (this.#isClosing || this.#isGone) {
      this.#drop(letter, this.#isGone ? 'HTTP 410' : 'stopping');
      return;
    }
    const oldest = this.#waiting.put(letter);
    if (oldest !== undefined) this.#drop(oldest.letter, TOO_MANY);
    this.#wake.tell();
    this.#running ??= this.#run();
  }

  /** Makes one more attempt for what waits, and not for long. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake.tell();
    const cancel = this.#options.clock.schedule(LAST_MS, () => this.#stop.abort());
    await this.#running;
    cancel();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    try {
      while (this.#waiting.length > 0) {
        const now = clock.elapsed();
        const isDue = (at: number): boolean => this.#isClosing || Math.max(at, this.#restsUntil) <= now;
        const next = this.#waiting.take(isDue, this.#failures === 0 || this.#isClosing ? 'Age' : 'Attempts');
        if (typeof next === 'number') await this.#wake.wait(Math.max(next, this.#restsUntil) - now);
        else await this.#deliver(next);
      }
    } finally {
      // Before anything else is put in.
      this.#running = undefined;
    }
  }

  async #deliver({ letter, number, attempts: failed }: WaitingLetter): Promise<void> {
    const { send, onOutcome } = this.#options;
    if (this.#stop.signal.aborted) return this.#drop(letter, 'stopping');
    const outcome = await send(letter.request(), this.#stop.signal);
    const attempts = failed + 1;
    const isFine = outcome.type === 'accepted' || letter.isFine?.(outcome) === true;
    if (outcome.type === 'later' && !isFine) return this.#delay({ letter, number, attempts }, outcome);
    this.#failures = 0;
    if (outcome.type !== 'refused' || isFine) return onOutcome(letter, { type: 'delivered', attempts });
    this.#isGone ||= outcome.isGone;
    this.#drop(letter, outcome.why);
    if (this.#isGone) for (const other of this.#waiting.takeAll()) this.#drop(other.letter, outcome.why);
  }

  #delay(
    { letter, number, attempts }: Omit<WaitingLetter, 'notBefore'>,
    { why, afterMs = 0 }: Extract<PostOutcome, { type: 'later' }>,
  ): void {
    const { clock, random, onOutcome } = this.#options;
    const now = clock.elapsed();
    this.#failures += 1;
    const restMs = backOffMs(this.#failures, { firstMs: FIRST_REST_MS, mostMs: MOST_REST_MS, random });
    // A wait that it asks for is meant for all of them.
    this.#restsUntil = now + Math.max(restMs, afterMs);
    if (attempts >= MOST_ATTEMPTS || this.#isClosing) {
      this.#drop(letter, why);
      return;
    }
    const retryInMs = Math.max(backOffMs(attempts, { firstMs: FIRST_MS, mostMs: MOST_MS, random }), afterMs);
    const oldest = this.#waiting.putBack({ letter, number, attempts, notBefore: now + retryInMs });
    if (oldest?.number !== number) onOutcome(letter, { type: 'delayed', why, retryInMs });
    if (oldest !== undefined) this.#drop(oldest.letter, TOO_MANY);
  }

  #drop(letter: Letter, why: string): void {
    this.#options.onOutcome(letter, { type: 'dropped', why });
  }
}
