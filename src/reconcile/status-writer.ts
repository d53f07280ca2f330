import type { ClusterResult } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import { EarliestTimer } from './earliest-timer.ts';
import { type CommitterOptions, StatusCommitter } from './status-committer.ts';
import type { HandedStatus } from './status-handed.ts';
import type { PushOutcome } from './status-push.ts';
import type { StatusSource } from './status-source.ts';
import type { StatusState } from './status-states.ts';

/** What a writer does, for logs, metrics and health. */
export type StatusEvent =
  | {
      readonly type: 'statusCommitted';
      readonly commit: string;
      /** The source commit that it tells of. */
      readonly source: string;
      readonly pushed: boolean;
      readonly durationMs: number;
    }
  /** What had waited was sent, and nothing was added. */
  | { readonly type: 'statusPushed'; readonly commit: string; readonly source: string }
  /** It is tried again. Told once, until the words change or it has worked again. */
  | { readonly type: 'statusFailed'; readonly message: string };

export interface StatusWriterOptions extends CommitterOptions {
  /** Whether commits are sent to the branch's remote. */
  readonly push: boolean;
  /** Shortest time between two commits. Default 0. */
  readonly minIntervalMs?: number;
  /** So long results that are on their way are waited for, at most. Default 2,000. */
  readonly settleMs?: number;
  readonly onEvent?: (event: StatusEvent) => void;
}

export interface StatusSubmission {
  readonly source: StatusSource;
  /** Of some clusters. A later result of a cluster follows an earlier one. */
  readonly results: readonly ClusterResult[];
  /** What other processes found out about their clusters. The last of each cluster counts. */
  readonly handed?: readonly HandedStatus[];
  /** Whether more results are on their way, which could be in the same commit. */
  readonly more?: boolean;
}

/** What became of what was submitted. */
export interface StatusReport {
  /** The last commit that was made; absent where nothing changed. */
  readonly commit?: string;
  /** Whether all commits are where they are sent to; absent where there was none to send. */
  readonly pushed?: boolean;
  readonly problem?: string;
}

/** Why something is written: the time has come, what was seen has to be written before it is used, or it is the end. */
type Occasion = 'timer' | 'record' | 'flush';

const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** Whoever is told to end is ended after some more, by whoever told it. */
const CLOSING_MS = 10_000;

/**
 * Writes the status branch: takes results as they come, makes at most one commit in an interval, and sends it. What cannot be sent waits in
 * the branch here, what cannot be written waits in memory. Nothing that git or a server does makes it throw, and nothing is forced.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #committer: StatusCommitter;
  /** What is in no commit yet. */
  #pending = new Map<string, readonly ClusterResult[]>();
  /** Of other processes. */
  #handed = new Map<string, HandedStatus>();
  /** When the last of that came: this process may have stood still since. */
  #found: Date | undefined;
  #source: StatusSource | undefined;
  #news: readonly string[] = [];
  #isDue = false;
  #lastCommitAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  /** Nothing that failed is tried again before. */
  #retryAt = Number.NEGATIVE_INFINITY;
  readonly #timer: EarliestTimer;
  #running: Promise<void> = Promise.resolve();
  #told: string | undefined;
  #report: StatusReport = {};
  readonly #control = new AbortController();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#timer = new EarliestTimer(options.clock, () => void this.#run('timer'));
    const given = options.remote?.signal;
    const signal = given === undefined ? this.#control.signal : AbortSignal.any([given, this.#control.signal]);
    const remote = { ...options.remote, signal };
    this.#committer = new StatusCommitter({ ...options, remote });
  }

  /** Spares reading a state of the branch that is known. */
  remember(state: StatusState): void {
    this.#committer.remember(state);
  }

  /** The branch as it was when it was last read or written here, without asking git. */
  get known(): StatusState {
    return this.#committer.known;
  }

  /** The branch as it is known here, with what waits to be sent. @throws {GitfedError} `GIT`. */
  async read(): Promise<StatusState> {
    return await this.#committer.read();
  }

  /** Takes results, and writes them when it is time. */
  submit({ source, results, handed = [], more }: StatusSubmission): void {
    const { clock, settleMs = 2000, minIntervalMs = 0 } = this.#options;
    this.follow(source);
    for (const result of results) {
      this.#pending.set(result.cluster, withResult(this.#pending.get(result.cluster) ?? [], result));
    }
    for (const one of handed) this.#handed.set(one.cluster, one);
    if (results.length + handed.length > 0) this.#found = new Date(clock.now());
    this.#isDue = true;
    const settled = clock.elapsed() + (more === true ? Math.min(settleMs, minIntervalMs) : 0);
    this.#schedule(Math.max(settled, this.#lastCommitAt + minIntervalMs));
  }

  /** Another source, that is written when there is something to write. */
  follow(source: StatusSource): void {
    if ((source.generation ?? 0) >= (this.#source?.generation ?? 0)) this.#source = source;
  }

  /** Writes this now, whatever the intervals say, and sends it later. @param news what happened, for the subject of the commit. */
  async record(source: StatusSource, news: string): Promise<void> {
    this.follow(source);
    this.#news = [...this.#news, news];
    this.#found = new Date(this.#options.clock.now());
    this.#isDue = true;
    await this.#run('record');
  }

  /** Writes and sends everything now, whatever the intervals say. */
  async flush(): Promise<StatusReport> {
    this.#timer.cancel();
    await this.#run('flush');
    return this.#report;
  }

  /** As {@link flush}, in seconds. Afterwards nothing is done any more: what could not be sent waits for the next writer. */
  async close(): Promise<StatusReport> {
    this.#timer.close();
    const message = 'StatusPushRefused: the server gave no answer in time. What waits is sent after the next start.';
    const cancel = this.#options.clock.schedule(CLOSING_MS, () => this.#control.abort(new GitfedError('GIT', message)));
    try {
      return await this.flush();
    } finally {
      cancel();
    }
  }

  #schedule(at: number): void {
    this.#timer.schedule(Math.max(0, at - this.#options.clock.elapsed()));
  }

  /** One after the other: what comes meanwhile is in the next one. */
  #run(occasion: Occasion): Promise<void> {
    this.#running = this.#running.then(() => this.#cycle(occasion));
    return this.#running;
  }

  async #cycle(occasion: Occasion): Promise<void> {
    const { clock, push, minIntervalMs = 0 } = this.#options;
    const began = clock.elapsed();
    const allowedAt = this.#lastCommitAt + minIntervalMs;
    // A commit may have been made since the timer was set.
    if (occasion === 'timer' && this.#isDue && began < allowedAt) return this.#schedule(allowedAt);
    let commit: string | undefined;
    try {
      commit = await this.#commit();
      const isTime = occasion === 'flush' || (occasion === 'timer' && clock.elapsed() >= this.#retryAt);
      const outcome: PushOutcome = push && isTime ? await this.#committer.send() : {};
      this.#conclude(commit, outcome, { began, wasSent: push && isTime });
      if (push && occasion === 'record') this.#schedule(Math.max(clock.elapsed(), this.#retryAt));
    } catch (error) {
      this.#conclude(commit, { problem: wordsOf(error) }, { began, wasSent: true });
    }
  }

  async #commit(): Promise<string | undefined> {
    if (!this.#isDue || this.#source === undefined) return undefined;
    const taken = this.#pending;
    const handed = this.#handed;
    const found = this.#found;
    this.#pending = new Map();
    this.#handed = new Map();
    this.#found = undefined;
    this.#isDue = false;
    try {
      const news = this.#news;
      const told = { news, handed: [...handed.values()], found };
      const commit = await this.#committer.commit(this.#source, [...taken.values()].flat(), told);
      this.#news = this.#news.slice(news.length);
      if (commit !== undefined) this.#lastCommitAt = this.#options.clock.elapsed();
      return commit;
    } catch (error) {
      const later = [...this.#pending.values()].flat();
      this.#handed = new Map([...handed, ...this.#handed]);
      this.#found ??= found;
      this.#pending = taken;
      for (const result of later) {
        this.#pending.set(result.cluster, withResult(this.#pending.get(result.cluster) ?? [], result));
      }
      this.#isDue = true;
      throw error;
    }
  }

  #conclude(
    made: string | undefined,
    { tip, problem }: PushOutcome,
    { began, wasSent }: { readonly began: number; readonly wasSent: boolean },
  ): void {
    const { clock, push, onEvent } = this.#options;
    // It is another one where somebody else was faster.
    const commit = made === undefined ? undefined : (tip ?? made);
    const pushed = tip !== undefined ? true : problem !== undefined || made !== undefined ? false : undefined;
    this.#report = {
      ...(commit === undefined ? {} : { commit }),
      ...(push && pushed !== undefined ? { pushed } : {}),
      ...(problem === undefined ? {} : { problem }),
    };
    if (commit !== undefined && this.#source !== undefined) {
      const durationMs = clock.elapsed() - began;
      onEvent?.({ type: 'statusCommitted', commit, source: this.#source.commit, pushed: pushed === true, durationMs });
    }
    if (made === undefined && tip !== undefined && this.#source !== undefined) {
      onEvent?.({ type: 'statusPushed', commit: tip, source: this.#source.commit });
    }
    if (wasSent) this.#retry(problem);
    if (clock.elapsed() < this.#retryAt) this.#schedule(this.#retryAt);
  }

  #retry(problem: string | undefined): void {
    const { clock, random = Math.random, onEvent } = this.#options;
    if (problem !== undefined && problem !== this.#told) onEvent?.({ type: 'statusFailed', message: problem });
    this.#told = problem;
    this.#failures = problem === undefined ? 0 : this.#failures + 1;
    if (problem === undefined) {
      this.#retryAt = Number.NEGATIVE_INFINITY;
      return;
    }
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 20));
    this.#retryAt = clock.elapsed() + Math.round(delay * (0.75 + random() / 2));
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof GitfedError || (error instanceof Error && 'syscall' in error)) return error.message;
  return `The status could not be written (${error instanceof Error ? error.name : 'unknown'}).`;
}

/** More passes than this between two commits are told by the last of them. */
const MOST_PASSES = 16;

/** What a pass did has to be told even where the next one found nothing to do; a pass that did nothing need not be. */
function withResult(before: readonly ClusterResult[], result: ClusterResult): readonly ClusterResult[] {
  return [...before.filter(isEventful).slice(1 - MOST_PASSES), result];
}

function isEventful({ objects }: ClusterResult): boolean {
  return objects.some(
    ({ action, drift, wasRemoved }) =>
      (action !== 'unchanged' && action !== 'skipped') || drift !== undefined || wasRemoved === true,
  );
}
