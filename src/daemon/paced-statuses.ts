import type { CommitStatus } from './commit-statuses.ts';
import { PacedTellings } from './paced-tellings.ts';

/** What is over in a moment is not told to begin. */
const PENDING_AFTER_MS = 2000;
/** A forge takes a thousand for one commit, and then refuses the last word as well. */
const MOST_OF_A_COMMIT = 500;
const MOST_COMMITS = 16;

interface Waiting {
  readonly status: CommitStatus;
  readonly notBefore: number;
}

interface Sent {
  readonly status: CommitStatus;
  readonly count: number;
}

/** Decides when statuses of commits are sent: the newest of each, and not each time that something flaps. Times come in. */
export class PacedStatuses {
  readonly #pace = new PacedTellings();
  readonly #waiting = new Map<string, Waiting>();
  readonly #sent = new Map<string, Sent>();
  readonly #isSame: (a: CommitStatus, b: CommitStatus) => boolean;

  /** @param isSame whether it makes a difference to send one after the other. */
  constructor(isSame: (a: CommitStatus, b: CommitStatus) => boolean) {
    this.#isSame = isSame;
  }

  put(status: CommitStatus, now: number): void {
    const { commit, state } = status;
    if (state === 'superseded' && !this.#sent.has(commit)) {
      // Nobody was told that it began.
      this.#waiting.delete(commit);
      return;
    }
    const delay = state === 'pending' ? PENDING_AFTER_MS : 0;
    this.#waiting.set(commit, { status, notBefore: now + delay });
  }

  /** What is to be sent now. */
  due(now: number): readonly CommitStatus[] {
    this.#pace.tidy(now);
    return [...this.#waiting].flatMap(([commit, waiting]) => {
      if (this.#waitMs(commit, waiting, now) > 0) return [];
      this.#waiting.delete(commit);
      const { status } = waiting;
      const sent = this.#sent.get(commit);
      if (sent !== undefined && (this.#isSame(sent.status, status) || sent.count >= MOST_OF_A_COMMIT)) return [];
      this.#remember(status, (sent?.count ?? 0) + 1);
      this.#pace.told(commit, now);
      return [status];
    });
  }

  nextInMs(now: number): number | undefined {
    const waits = [...this.#waiting].map(([commit, waiting]) => this.#waitMs(commit, waiting, now));
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #waitMs(commit: string, { notBefore }: Waiting, now: number): number {
    return Math.max(notBefore - now, this.#pace.waitMs(commit, now));
  }

  #remember(status: CommitStatus, count: number): void {
    this.#sent.delete(status.commit);
    this.#sent.set(status.commit, { status, count });
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MOST_COMMITS && oldest !== undefined) this.#sent.delete(oldest);
  }
}
