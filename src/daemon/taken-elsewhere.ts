/**
 * The commit that several daemons are held to: the one that whoever leads took over last. A daemon that looks at git later than others sees
 * two commits as one, and would hold back by its own comparison what the others took in two steps, or the other way round.
 */
export class AgreedCommit {
  readonly #tellAll: (commit: string) => void;
  readonly #onOther: (commit: string) => void;
  #commit: string | undefined;

  /**
   * @param tellAll leaves it for the other daemons.
   * @param onOther whoever leads took over another commit.
   */
  constructor(tellAll: (commit: string) => void, onOther: (commit: string) => void) {
    this.#tellAll = tellAll;
    this.#onOther = onOther;
  }

  /** `undefined` where nobody told of one: alone, or before the first. */
  get commit(): string | undefined {
    return this.#commit;
  }

  /** This process leads, and has taken over a commit. */
  decide(commit: string): void {
    this.#commit = commit;
    this.#tellAll(commit);
  }

  /** Whoever leads has told this. What makes no sense is of a newer version, and left alone. */
  hear(text: string): void {
    if (text === this.#commit || !COMMIT.test(text)) return;
    this.#commit = text;
    this.#onOther(text);
  }
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
