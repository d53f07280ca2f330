import type { Clock } from '../reconcile/clock.ts';
import { backOffMs } from './back-off.ts';
import type { PostRequest } from './forge.ts';
import type { PostOutcome } from './post.ts';
import { WakeUp } from './wake-up.ts';

/** Something to be sent. */
export interface Letter {
  /** What it is, for log and metrics. */
  readonly what: string;
  /** One that waits is replaced by another one of the same key. */
  readonly key?: string;
  /** The request of an attempt that is made now. */
  readonly request: () => PostRequest;
  /** Answers that say that it is so already. */
  readonly isFine?: (outcome: PostOutcome) => boolean;
}

export type LetterOutcome =
  | { readonly type: 'delivered'; readonly attempts: number }
  /** It is tried again. */
  | { readonly type: 'delayed'; readonly why: string; readonly retryInMs: number }
  | { readonly type: 'dropped'; readonly why: string };

export interface OutboxOptions {
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly send: (request: PostRequest, signal: AbortSignal) => Promise<PostOutcome>;
  readonly onOutcome: (letter: Letter, outcome: LetterOutcome) => void;
}

const MOST_WAITING = 256;
const MOST_ATTEMPTS = 20;
const [FIRST_MS, MOST_MS] = [2000, 300_000];
/** So long the end waits for what is not sent yet. */
const LAST_MS = 3000;

/**
 * Sends letters one after the other to one receiver, each again until it is taken or hopeless. Whoever puts one in does not wait, whatever
 * the receiver does; where it does nothing for long, the oldest are dropped.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting: Letter[] = [];
  readonly #stop = new AbortController();
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
    const same = letter.key === undefined ? -1 : this.#waiting.findIndex(({ key }) => key === letter.key);
    if (same >= 0) this.#waiting.splice(same, 1);
    this.#waiting.push(letter);
    const oldest = this.#waiting.length > MOST_WAITING ? this.#waiting.shift() : undefined;
    if (oldest !== undefined) this.#drop(oldest, 'too many wait');
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
    try {
      for (let letter = this.#waiting.shift(); letter !== undefined; letter = this.#waiting.shift()) {
        await this.#deliver(letter);
      }
    } finally {
      // Before anything else is put in.
      this.#running = undefined;
    }
  }

  async #deliver(first: Letter): Promise<void> {
    let letter = first;
    for (let attempt = 1; ; attempt += 1) {
      if (this.#stop.signal.aborted) return this.#drop(letter, 'stopping');
      const outcome = await this.#options.send(letter.request(), this.#stop.signal);
      if (outcome.type === 'accepted' || letter.isFine?.(outcome) === true) {
        return this.#options.onOutcome(letter, { type: 'delivered', attempts: attempt });
      }
      if (outcome.type === 'refused') {
        this.#isGone ||= outcome.isGone;
        this.#drop(letter, outcome.why);
        if (this.#isGone) for (const other of this.#waiting.splice(0)) this.#drop(other, outcome.why);
        return;
      }
      if (attempt >= MOST_ATTEMPTS || this.#isClosing) return this.#drop(letter, outcome.why);
      await this.#pause(letter, attempt, outcome);
      // What it is about may be otherwise by now.
      letter = this.#newer(letter);
    }
  }

  async #pause(
    letter: Letter,
    attempt: number,
    { why, afterMs }: Extract<PostOutcome, { type: 'later' }>,
  ): Promise<void> {
    const { random, onOutcome } = this.#options;
    const ownMs = backOffMs(attempt, { firstMs: FIRST_MS, mostMs: MOST_MS, random });
    const retryInMs = Math.max(ownMs, afterMs ?? 0);
    onOutcome(letter, { type: 'delayed', why, retryInMs });
    await this.#wake.wait(retryInMs);
  }

  #newer(letter: Letter): Letter {
    const at = letter.key === undefined ? -1 : this.#waiting.findIndex(({ key }) => key === letter.key);
    return at < 0 ? letter : (this.#waiting.splice(at, 1)[0] ?? letter);
  }

  #drop(letter: Letter, why: string): void {
    this.#options.onOutcome(letter, { type: 'dropped', why });
  }
}
