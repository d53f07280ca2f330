import { isAncestor, ObjectReader, type Repository, readCommitDetails } from '../git/index.ts';
import type { Clock } from './clock.ts';
import type { StatusSource } from './status-source.ts';

/** A source commit that nobody here knows counts as newer for so long: whoever wrote it may have fetched it first. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Which of two source commits the computed files may tell of. A writer that is behind must not take back what a newer commit made of the
 * branch; one that was sent back on purpose must be able to.
 */
export class StatusOrder {
  readonly #repository: Repository;
  readonly #clock: Clock;
  /** When a commit that is not known here was first seen on the branch. */
  readonly #unknown = new Map<string, number>();
  #last: { readonly key: string; readonly answer: boolean } | undefined;

  constructor(repository: Repository, clock: Clock) {
    this.#repository = repository;
    this.#clock = clock;
  }

  /** Whether the source may replace what the branch tells of. @param theirs the source commit of its tip. */
  async isNewest({ commit, replaces }: StatusSource, theirs: string | undefined): Promise<boolean> {
    if (theirs === undefined || theirs === commit || theirs === replaces) return true;
    const key = `${commit} ${theirs}`;
    if (this.#last?.key === key) return this.#last.answer;
    const answer = await this.#compare(commit, theirs);
    if (answer === undefined) return this.#hasWaited(theirs);
    this.#last = { key, answer };
    return answer;
  }

  async #compare(ours: string, theirs: string): Promise<boolean | undefined> {
    const isAfter = await isAncestor(this.#repository, theirs, ours);
    if (isAfter !== false) return isAfter;
    if ((await isAncestor(this.#repository, ours, theirs)) === true) return false;
    return await this.#isLater(ours, theirs);
  }

  /** Two histories: the one that was committed to last. */
  async #isLater(ours: string, theirs: string): Promise<boolean> {
    await using objects = new ObjectReader(this.#repository.gitDir);
    const [a, b] = await Promise.all([readCommitDetails(objects, ours), readCommitDetails(objects, theirs)]);
    return a.committedAt === b.committedAt ? ours > theirs : a.committedAt > b.committedAt;
  }

  #hasWaited(theirs: string): boolean {
    const since = this.#unknown.get(theirs) ?? this.#clock.elapsed();
    this.#unknown.clear();
    this.#unknown.set(theirs, since);
    return this.#clock.elapsed() - since >= PATIENCE_MS;
  }
}
