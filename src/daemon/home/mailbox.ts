import type { Clock } from '../../reconcile/clock.ts';
import { backOffMs } from '../back-off.ts';
import { WakeUp } from '../wake-up.ts';
import type { MailboxEntry } from './mailbox-entry.ts';
import type { EntryMark, MailboxStore } from './mailbox-store.ts';
import { ignoreTrouble, isTrouble } from './trouble.ts';

export interface MailboxOptions {
  readonly store: MailboxStore;
  readonly clock: Clock;
  readonly random: () => number;
  /** As which member it writes; `undefined`: nothing may be written now. */
  readonly writer: () => string | undefined;
  /** So long changes of one key are gathered. */
  readonly gatherMs: number;
  /** Which keys are read. */
  readonly isRead: (key: string) => boolean;
  /** An entry of somebody else. */
  readonly onEntry: (entry: MailboxEntry) => void;
  /** All that lies there has been read, each time when it is read anew. */
  readonly onListed: () => void;
  /** Told once, until it works again. */
  readonly onTrouble: (message: string) => void;
}

interface Outgoing {
  readonly texts: Map<string, string>;
  /** What lies there, as it was written here. */
  written: string | undefined;
  dueAt: number | undefined;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Where members of a home leave things for each other, in the home cluster: each key holds what was left last, for as long as it counts. It
 * is written only when it changed, and read by whoever listens as soon as it was written.
 */
export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #wake: WakeUp;
  /** By key, what was read last. */
  readonly #read = new Map<string, string>();
  readonly #marks = new Map<string, EntryMark>();
  /** Ends what is being listened to. */
  #listener = new AbortController();
  #listening: Promise<void> = Promise.resolve();
  readonly #troubles = new Map<'write' | 'read', string>();
  #failures = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();
  #running: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(options: MailboxOptions) {
    this.#options = options;
    this.#wake = new WakeUp(options.clock);
  }

  /** Leaves a text under a key, beside others of other names. */
  put(key: string, name: string, text: string): void {
    const known = this.#outgoing.get(key);
    if (known?.texts.get(name) === text) return;
    const outgoing = known ?? { texts: new Map<string, string>(), written: undefined, dueAt: undefined };
    this.#outgoing.set(key, outgoing);
    outgoing.texts.set(name, text);
    outgoing.dueAt ??= this.#options.clock.elapsed() + this.#options.gatherMs;
    this.#wake.tell();
  }

  /** Somebody else writes these keys from now on. @returns when nothing of ours is on its way there. */
  async drop(isKept: (key: string) => boolean): Promise<void> {
    for (const key of this.#outgoing.keys()) if (!isKept(key)) this.#outgoing.delete(key);
    await this.#writing;
  }

  /** What was left is there, or it was tried. */
  async flush(): Promise<void> {
    for (const outgoing of this.#outgoing.values()) {
      if (outgoing.dueAt !== undefined) outgoing.dueAt = Number.NEGATIVE_INFINITY;
    }
    await this.#writeDue();
  }

  /** Reads what others leave from now on: all that is there, and all that comes. Anew, where other keys are to be read than before. */
  listen(): void {
    this.#listener.abort();
    if (this.#isClosed) return;
    this.#listener = new AbortController();
    this.#read.clear();
    this.#listening = this.#readAll(this.#listener.signal);
  }

  /** Takes away what nobody needs any more. Only of keys that were read. */
  async remove(isNeeded: (key: string) => boolean): Promise<void> {
    for (const [key, mark] of this.#marks) {
      if (isNeeded(key)) continue;
      this.#marks.delete(key);
      this.#read.delete(key);
      await this.#options.store.remove(mark).catch(ignoreTrouble);
    }
  }

  /** Until it is closed. */
  async run(): Promise<void> {
    this.#running ??= this.#run();
    await this.#running;
    await this.#listening;
  }

  close(): void {
    this.#isClosed = true;
    this.#listener.abort();
    this.#wake.tell();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#isClosed) {
      await this.#writeDue();
      const due = [...this.#outgoing.values()].flatMap(({ dueAt }) => (dueAt === undefined ? [] : [dueAt]));
      if (due.length === 0) await this.#wake.wait();
      else await this.#wake.wait(Math.max(this.#pauseMs, Math.max(Math.min(...due), this.#retryAt) - clock.elapsed()));
    }
  }

  /** What is due and could not be written waits for more than a moment. */
  get #pauseMs(): number {
    return this.#options.writer() === undefined ? FIRST_RETRY_MS : 50;
  }

  #writeDue(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { clock, random, store, writer } = this.#options;
    if (clock.elapsed() < this.#retryAt) return;
    for (const [key, outgoing] of [...this.#outgoing]) {
      const id = writer();
      if (outgoing.dueAt === undefined || outgoing.dueAt > clock.elapsed() || id === undefined) continue;
      if (this.#outgoing.get(key) !== outgoing) continue;
      outgoing.dueAt = undefined;
      try {
        outgoing.written = await store.write({ key, writer: id, texts: new Map(outgoing.texts) }, outgoing.written);
        this.#failures = 0;
        this.#troubles.delete('write');
      } catch (error) {
        if (!isTrouble(error)) throw error;
        outgoing.written = undefined;
        outgoing.dueAt ??= clock.elapsed();
        this.#failures += 1;
        this.#retryAt =
          clock.elapsed() + backOffMs(this.#failures, { firstMs: FIRST_RETRY_MS, mostMs: LONGEST_RETRY_MS, random });
        return this.#tellTrouble('write', error.message);
      }
    }
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const { clock, random, store } = this.#options;
    const pause = new WakeUp(clock);
    signal.addEventListener('abort', () => pause.tell(), { once: true });
    for (let failures = 0; !signal.aborted; ) {
      try {
        const { marks, resourceVersion } = await store.list();
        // What could not be read is found with the next list.
        const round = new AbortController();
        const reading = new ReadingQueue(
          (mark) => this.#take(mark, signal),
          () => round.abort(),
        );
        for (const mark of marks) reading.add(mark);
        await reading.settled();
        if (!signal.aborted) this.#options.onListed();
        failures = 0;
        this.#troubles.delete('read');
        const until = AbortSignal.any([signal, round.signal]);
        await store
          .watch(resourceVersion, until, (mark) => reading.add(mark))
          .catch((error: unknown) => {
            if (!round.signal.aborted) throw error;
          });
        await reading.settled();
      } catch (error) {
        if (signal.aborted) return;
        if (!isTrouble(error)) throw error;
        failures += 1;
        this.#tellTrouble('read', error.message);
      }
      if (signal.aborted) return;
      await pause.wait(backOffMs(Math.max(1, failures), { firstMs: FIRST_RETRY_MS, mostMs: LONGEST_RETRY_MS, random }));
    }
  }

  async #take(mark: EntryMark, signal: AbortSignal): Promise<void> {
    this.#marks.set(mark.key, mark);
    if (signal.aborted || !this.#options.isRead(mark.key) || this.#read.get(mark.key) === mark.digest) return;
    const entry = await this.#options.store.read(mark);
    // What is not whole is being written: that is told too.
    if (entry === undefined || entry.key !== mark.key || signal.aborted) return;
    this.#read.set(mark.key, mark.digest);
    if (entry.writer !== this.#options.writer()) this.#options.onEntry(entry);
  }

  #tellTrouble(what: 'write' | 'read', message: string): void {
    if (this.#troubles.get(what) === message) return;
    this.#troubles.set(what, message);
    this.#options.onTrouble(message);
  }
}

/** Reads entries one after the other; of a key that is told again meanwhile, the last alone. */
class ReadingQueue {
  readonly #read: (mark: EntryMark) => Promise<void>;
  readonly #onProblem: () => void;
  readonly #waiting = new Map<string, EntryMark>();
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #problem: unknown;

  constructor(read: (mark: EntryMark) => Promise<void>, onProblem: () => void) {
    this.#read = read;
    this.#onProblem = onProblem;
  }

  add(mark: EntryMark): void {
    this.#waiting.set(mark.key, mark);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  /** @throws what reading them failed with. */
  async settled(): Promise<void> {
    await this.#running;
    if (this.#problem !== undefined) throw this.#problem;
  }

  async #run(): Promise<void> {
    for (const [key, mark] of this.#waiting) {
      this.#waiting.delete(key);
      try {
        await this.#read(mark);
      } catch (error) {
        this.#problem = error;
        this.#onProblem();
      }
    }
    this.#isRunning = false;
  }
}
