import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createLeaseHolder, isHolderGone, type LeaseHolder, processAnnotation } from '../apply/lease-holder.ts';
import { holderText } from '../apply/lease-record.ts';
import { parseJsonObject } from '../core/index.ts';
import type { Clock } from '../reconcile/clock.ts';

/** What is in the file. */
interface LockRecord {
  readonly holder: string;
  readonly process: string | undefined;
  /** Another text after every sign of life. */
  readonly text: string;
}

export interface DataLockOptions {
  /** The file. Its folder is made. */
  readonly file: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Once for each holder that is waited for. */
  readonly onWaiting: (holder: string) => void;
  /** Somebody else took it while this process was away for too long. */
  readonly onLost: () => void;
}

const BEAT_MS = 15_000;
/** A holder of another machine gives a sign of life, or it is gone. */
const SILENCE_MS = 60_000;
const LOOK_MS = 1_000;
/** Longer than somebody else who came at the same time needs to write over it. */
const VERIFY_MS = 300;

/**
 * Keeps two daemons from working in one folder: a file says who has it. A holder that was a process of this machine and runs no more is
 * replaced at once; one of another machine after its signs of life have stopped, by our own clock.
 */
export class DataLock {
  readonly #options: DataLockOptions;
  readonly #holder: LeaseHolder;
  #beats = 0;
  #cancelBeat: () => void = () => undefined;
  #beating: Promise<void> = Promise.resolve();
  #isHeld = false;

  private constructor(options: DataLockOptions, holder: LeaseHolder) {
    this.#options = options;
    this.#holder = holder;
  }

  /** Waits until it is ours. @returns `undefined` when it was stopped before. */
  static async acquire(options: DataLockOptions): Promise<DataLock | undefined> {
    const lock = new DataLock(options, await createLeaseHolder());
    await mkdir(path.dirname(options.file), { recursive: true });
    return (await lock.#acquire()) ? lock : undefined;
  }

  /** Others may have it. */
  async release(): Promise<void> {
    const wasHeld = this.#isHeld;
    this.#isHeld = false;
    this.#cancelBeat();
    await this.#beating;
    if (wasHeld && (await this.#isOurs())) await rm(this.#options.file, { force: true });
  }

  async #acquire(): Promise<boolean> {
    const { clock, signal, onWaiting } = this.#options;
    let told: string | undefined;
    let seen: { readonly text: string; readonly since: number } | undefined;
    while (!signal.aborted) {
      const record = await this.#read();
      if (record === undefined || (await this.#isGone(record)) || isSilent(seen, record, clock.elapsed())) {
        if (await this.#take(record)) return true;
        continue;
      }
      if (seen?.text !== record.text) seen = { text: record.text, since: clock.elapsed() };
      if (told !== record.holder) onWaiting(holderText(record.holder));
      told = record.holder;
      await pause(clock, LOOK_MS, signal);
    }
    return false;
  }

  async #isGone({ process, holder }: LockRecord): Promise<boolean> {
    return await isHolderGone(process, holder, this.#holder.process);
  }

  /** Two may come at the same time: it is whose file is there in the end. */
  async #take(before: LockRecord | undefined): Promise<boolean> {
    const { file, clock, signal } = this.#options;
    if (before === undefined) {
      const isMade = await writeFile(file, this.#text(), { flag: 'wx' }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw error;
        },
      );
      if (!isMade) return false;
    } else {
      await this.#replace();
      await pause(clock, VERIFY_MS, signal);
      if (!(await this.#isOurs())) return false;
    }
    this.#isHeld = true;
    this.#beatLater();
    return true;
  }

  #beatLater(): void {
    this.#cancelBeat = this.#options.clock.schedule(BEAT_MS, () => {
      this.#beating = this.#beat();
    });
  }

  async #beat(): Promise<void> {
    try {
      if (!(await this.#isOurs())) {
        this.#isHeld = false;
        this.#options.onLost();
        return;
      }
      await this.#replace();
    } catch {
      // A disk that is full or away: others see the silence, and take it over.
    }
    if (this.#isHeld) this.#beatLater();
  }

  async #isOurs(): Promise<boolean> {
    return (await this.#read())?.holder === this.#holder.identity;
  }

  /** Whoever reads meanwhile sees the one or the other. */
  async #replace(): Promise<void> {
    const { file } = this.#options;
    // As git calls what it locks with: whoever watches the folder passes it over.
    const draft = `${file}.${randomBytes(4).toString('hex')}.lock`;
    try {
      await writeFile(draft, this.#text());
      await rename(draft, file);
    } finally {
      await rm(draft, { force: true });
    }
  }

  #text(): string {
    this.#beats += 1;
    const process = processAnnotation(this.#holder);
    const about = { holder: this.#holder.identity, beat: this.#beats, ...(process === undefined ? {} : { process }) };
    return `${JSON.stringify(about)}\n`;
  }

  /** What is no record, as after a crash while it was written, is nobody's sign of life. */
  async #read(): Promise<LockRecord | undefined> {
    let text: string;
    try {
      text = await readFile(this.#options.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const { holder = '', process } = parseJsonObject(text) ?? {};
    return {
      holder: typeof holder === 'string' ? holder : '',
      process: typeof process === 'string' ? process : undefined,
      text,
    };
  }
}

function isSilent(
  seen: { readonly text: string; readonly since: number } | undefined,
  { text }: LockRecord,
  now: number,
): boolean {
  return seen?.text === text && now - seen.since >= SILENCE_MS;
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.schedule(ms, done);
    function done(): void {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
