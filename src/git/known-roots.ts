import type { ObjectReader } from './cat-file.ts';
import { readCommitDetails } from './commit-details.ts';
import { rootCommits } from './history.ts';
import type { Repository } from './repository.ts';

/** A history that goes on for longer is looked at as a whole. */
const MOST_STEPS = 32;

/** The root commits of a branch that is followed: of a commit that comes after the last one, only what is new is looked at. */
export class KnownRoots {
  readonly #mostSteps: number;
  #last: { readonly commit: string; readonly roots: readonly string[] } | undefined;

  constructor(mostSteps = MOST_STEPS) {
    this.#mostSteps = mostSteps;
  }

  /** The commits without a parent that a commit descends from, sorted. @throws {GitfedError} `GIT`. */
  async of(repository: Repository, commit: string, objects: ObjectReader): Promise<readonly string[]> {
    const roots = (await this.#followed(repository, commit, objects)) ?? (await rootCommits(repository, commit));
    this.#last = { commit, roots };
    return roots;
  }

  /** @returns `undefined` where the last commit is not among the next ones before it. */
  async #followed(
    repository: Repository,
    commit: string,
    objects: ObjectReader,
  ): Promise<readonly string[] | undefined> {
    const last = this.#last;
    if (last === undefined || last.commit === commit) return last?.roots;
    let isMerged = false;
    for (let step = 0, at: string | undefined = commit; step < this.#mostSteps && at !== undefined; step += 1) {
      const { parents }: { readonly parents: readonly string[] } = await readCommitDetails(objects, at);
      isMerged ||= parents.length > 1;
      if (parents.includes(last.commit)) {
        // What was merged may have a beginning of its own.
        const others = isMerged ? await rootCommits(repository, commit, last.commit) : [];
        return [...new Set([...last.roots, ...others])].toSorted();
      }
      at = parents[0];
    }
    return undefined;
  }
}
