/** More than come in the time that a daemon is behind the others. */
const MOST = 16;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * Commits that other daemons which share the work have taken over: each passed the gates there, perhaps in more steps than are seen here. A daemon
 * that looks at git only after two commits judges them as one, and would hold back for ever what the others took one after the other.
 *
 * What is heard lets exactly that commit through the gates, and nothing else: neither does the branch go back for it, nor is anything compared with
 * it, since it may be old.
 */
export class TakenElsewhere {
  readonly #onNews: (commit: string) => void;
  readonly #commits = new Set<string>();

  /** @param onNews a commit was not heard of before, or not for long. */
  constructor(onNews: (commit: string) => void) {
    this.#onNews = onNews;
  }

  has(commit: string): boolean {
    return this.#commits.has(commit);
  }

  /** Another daemon has taken over this. What makes no sense is of a newer version, and left alone. */
  hear(text: string): void {
    if (this.#commits.has(text) || !COMMIT.test(text)) return;
    this.#commits.add(text);
    const [oldest = ''] = this.#commits;
    if (this.#commits.size > MOST) this.#commits.delete(oldest);
    this.#onNews(text);
  }
}
