/** What is wrong now, by a name of its own: so that each problem is told when it begins, changes or ends, and not at every attempt. */
export class Problems {
  readonly #texts = new Map<string, string>();

  /** Notes that something is wrong. @returns whether that is news. */
  begin(name: string, text: string): boolean {
    if (this.#texts.get(name) === text) return false;
    this.#texts.set(name, text);
    return true;
  }

  /** Notes that something is in order. @returns whether it was not. */
  end(name: string): boolean {
    return this.#texts.delete(name);
  }

  has(name: string): boolean {
    return this.#texts.has(name);
  }
}

/** What is new, and what is over, between two sets of problems. */
export interface ProblemChange<T> {
  readonly begun: readonly T[];
  readonly ended: number;
}

/** A set of problems that is told as a whole each time: the findings of a commit, the objects of a cluster. */
export class ProblemSet<T> {
  #names: ReadonlySet<string> = new Set();
  readonly #nameOf: (item: T) => string;

  constructor(nameOf: (item: T) => string) {
    this.#nameOf = nameOf;
  }

  replace(items: readonly T[]): ProblemChange<T> {
    const names = new Map(items.map((item) => [this.#nameOf(item), item]));
    const begun = [...names].filter(([name]) => !this.#names.has(name)).map(([, item]) => item);
    const ended = [...this.#names].filter((name) => !names.has(name)).length;
    this.#names = new Set(names.keys());
    return { begun, ended };
  }
}
