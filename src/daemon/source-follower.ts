import { GitfedError } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import { backOffMs, jittered } from './back-off.ts';
import type { DaemonEvent, RefusalReason } from './events.ts';
import { HeldRevisionError } from './held-revision-error.ts';
import { WakeUp } from './wake-up.ts';

/** A branch of a repository, as far as following it needs to know. Everything may fail with a {@link GitfedError}. */
export interface FollowedBranch {
  /** Its name; `HEAD` until it is known what that stands for. */
  readonly name: string;
  /** The commit that was accepted last, by this process or an earlier one; `undefined` when there was none. */
  accepted(): Promise<string | undefined>;
  /** Where the branch is. Asks a remote, and fetches nothing. */
  tip(): Promise<string>;
  /** Fetches what is new; a local repository has it already. */
  fetch(): Promise<void>;
  isDescendant(commit: string, ancestor: string): Promise<boolean>;
  /** Why what is in the commit and not in `since` is not trusted; `undefined` where it is. They need not descend from one another. */
  verify(commit: string, since: string | undefined): Promise<string | undefined>;
  /** Remembers a commit as accepted, also for the next process. */
  accept(commit: string): Promise<void>;
}

/** What may change while a branch is followed. */
export interface FollowingRules {
  readonly pollIntervalMs: number;
  /** Follows a branch that went back, or was pushed with force. */
  readonly allowRewind: boolean;
}

export interface FollowerOptions extends FollowingRules {
  readonly branch: FollowedBranch;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Takes over a commit. @throws {GitfedError} when it cannot be read, or {@link HeldRevisionError}: the last one stays. */
  readonly onCommit: (commit: string) => Promise<void>;
  /** What a commit is read with besides: where it is another text, the last one is taken over again. Default: nothing. */
  readonly inputs?: () => Promise<string>;
  readonly signal: AbortSignal;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;

/**
 * Follows a branch: asks where it is at intervals and whenever it is told to, and hands on a commit that may be followed. Many pushes between
 * two looks are one commit, the last.
 *
 * What cannot be read, went back or is not trusted changes nothing: the commit before stays.
 */
export class SourceFollower {
  readonly #options: FollowerOptions;
  readonly #hint: WakeUp;
  #rules: FollowingRules;
  /** What is remembered for the next process: what comes after it is judged by it, also where it cannot be taken over. */
  #accepted: string | undefined;
  /** What was taken over last. */
  #taken: string | undefined;
  /** What it was read with. */
  #inputs = '';
  /** Why it could not be remembered, as it was told. */
  #unrecorded = '';
  /** A commit that was refused for good, until it may be judged otherwise: it is told once. */
  #refused: { readonly commit: string; readonly rules: number } | undefined;
  /** By which rules a commit is judged, counted, and by which the last look began: they may change meanwhile. */
  #rulesNow = 0;
  #rulesOfLook = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#rules = options;
    this.#hint = new WakeUp(options.clock);
    options.signal.addEventListener('abort', () => this.#hint.tell(), { once: true });
  }

  /** Something may be new. */
  hint(): void {
    this.#hint.tell();
  }

  /** Other intervals or rules from the next look on. */
  change(rules: FollowingRules): void {
    this.#rules = rules;
    this.reconsider();
  }

  /** What was refused for good may be judged otherwise now. */
  reconsider(): void {
    this.#rulesNow += 1;
    this.#hint.tell();
  }

  /** Until it is stopped. */
  async run(): Promise<void> {
    const { signal, random, onEvent } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (this.#taken === undefined) await this.#resume();
        await this.#look();
        failures = 0;
      } catch (error) {
        // Whatever was asked of git then was broken off.
        if (signal.aborted) return;
        if (!(error instanceof GitfedError)) throw error;
        failures += 1;
        onEvent({ type: 'sourceFailed', message: error.message });
      }
      if (signal.aborted) return;
      const { pollIntervalMs } = this.#rules;
      const most = Math.max(pollIntervalMs, LONGEST_RETRY_MS);
      await this.#hint.wait(
        failures === 0
          ? jittered(pollIntervalMs, random)
          : backOffMs(failures, { firstMs: FIRST_RETRY_MS, mostMs: most, random }),
      );
    }
  }

  /**
   * What was accepted last is kept in order from the start, also while the remote does not answer.
   *
   * @throws {GitfedError} where it is not known what was accepted last: a branch that went back cannot be told from one that is new then.
   */
  async #resume(): Promise<void> {
    const { branch, signal, onEvent } = this.#options;
    this.#accepted = await branch.accepted();
    if (this.#accepted === undefined) return;
    try {
      await this.#take(this.#accepted);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof GitfedError)) throw error;
      onEvent({ type: 'sourceFailed', message: error.message });
    }
  }

  async #look(): Promise<void> {
    const { branch, clock, onEvent } = this.#options;
    const begin = clock.elapsed();
    this.#rulesOfLook = this.#rulesNow;
    const tip = await branch.tip();
    const isTaken = tip === this.#taken;
    if (isTaken) this.#refused = undefined;
    const isRefused = tip === this.#refused?.commit && this.#rulesOfLook === this.#refused.rules;
    const isNew = !isTaken && !isRefused;
    if (isNew) await branch.fetch();
    onEvent({ type: 'sourceRead', commit: tip, branch: branch.name, durationMs: clock.elapsed() - begin });
    if (isNew) await this.#follow(tip);
    else if (isTaken) await this.#accept(tip);
    await this.#takeAgain();
  }

  async #take(commit: string): Promise<void> {
    const inputs = await this.#readInputs();
    await this.#options.onCommit(commit);
    this.#taken = commit;
    this.#inputs = inputs;
  }

  async #readInputs(): Promise<string> {
    return (await this.#options.inputs?.()) ?? '';
  }

  async #takeAgain(): Promise<void> {
    const commit = this.#taken;
    if (commit === undefined || (await this.#readInputs()) === this.#inputs) return;
    await this.#tryToTake(commit);
  }

  /** @returns whether it was taken over. */
  async #tryToTake(commit: string): Promise<boolean> {
    try {
      await this.#take(commit);
      return true;
    } catch (error) {
      if (error instanceof HeldRevisionError) {
        if (await this.#keepAt(error.applied, commit)) return await this.#tryToTake(commit);
        this.#refuse(commit, 'GateFailed', error.message);
        return false;
      }
      if (!(error instanceof GitfedError)) throw error;
      // It may be for a reason that passes: it is tried again with the next look.
      this.#tell(commit, 'Unreadable', error.message);
      return false;
    }
  }

  /**
   * Takes over what an earlier process applied whose memory is gone, where a gate holds back what comes after it: members are kept in order
   * also while somebody's word is waited for.
   *
   * @returns whether it did.
   */
  async #keepAt(applied: string, held: string): Promise<boolean> {
    const { branch } = this.#options;
    if (this.#taken !== undefined || !(await branch.isDescendant(held, applied))) return false;
    if ((await branch.verify(applied, undefined)) !== undefined) return false;
    await this.#take(applied);
    await this.#accept(applied);
    return true;
  }

  async #follow(tip: string): Promise<void> {
    const { branch } = this.#options;
    const { allowRewind } = this.#rules;
    const last = this.#taken ?? this.#accepted;
    const isForward = last === undefined || (await branch.isDescendant(tip, last));
    if (!isForward && !allowRewind) {
      const message = `The branch does not descend from ${last} any more, which is applied: it went back, or was pushed with force. It is followed again when it does, or with allowRewind.`;
      return this.#refuse(tip, 'Rewound', message);
    }
    const distrust = await branch.verify(tip, last);
    if (distrust !== undefined) return this.#refuse(tip, 'Unsigned', distrust);
    if (!(await this.#tryToTake(tip))) return;
    this.#refused = undefined;
    await this.#accept(tip);
  }

  async #accept(commit: string): Promise<void> {
    if (commit === this.#accepted) return;
    const { branch, onEvent } = this.#options;
    try {
      await branch.accept(commit);
      this.#accepted = commit;
      this.#unrecorded = '';
    } catch (error) {
      if (!(error instanceof GitfedError)) throw error;
      // It is followed all the same, and a disk that is full has room again one day.
      if (error.message !== this.#unrecorded) onEvent({ type: 'sourceFailed', message: error.message });
      this.#unrecorded = error.message;
    }
  }

  #refuse(commit: string, reason: RefusalReason, message: string): void {
    this.#refused = { commit, rules: this.#rulesOfLook };
    this.#tell(commit, reason, message);
  }

  #tell(commit: string, reason: RefusalReason, message: string): void {
    this.#options.onEvent({ type: 'revisionRefused', commit, reason, message });
  }
}
