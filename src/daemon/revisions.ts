import { ObjectReader, type Repository } from '../git/index.ts';
import type { FleetObservations } from '../reconcile/fleet-observations.ts';
import { type Pass, readPass } from '../reconcile/read-pass.ts';
import { RepositoryMemo } from '../reconcile/repository-memo.ts';
import { readStatusBranch, type StatusBranch } from '../reconcile/status-branch.ts';
import type { StatusPlace } from '../reconcile/status-place.ts';
import type { SyncOptions } from '../reconcile/types.ts';
import { render } from '../render/index.ts';
import { isSamePlan } from './replica-moves.ts';

export interface RevisionReading {
  readonly options: SyncOptions;
  readonly placeOf: (place: StatusPlace) => StatusPlace;
  /** What replicas are planned from. Default: what the status branch says. */
  readonly observed?: () => FleetObservations | undefined;
  readonly known: (place: StatusPlace) => StatusBranch | undefined;
}

/** Reads and renders one commit after the other: what did not change since the last one is neither read nor rendered again. */
export class Revisions {
  readonly #memo = new RepositoryMemo();
  /** Of the last revision: the status branch may say it later, or not at all. */
  #summary: string | undefined;

  /**
   * @param placeOf where the status branch is, of where gitfed.yaml says that it is.
   * @param known the branch in such a place, where it is known without reading it: it may be as large as the fleet.
   * @throws {GitfedError} when the commit cannot be read, or there is nothing to run on.
   */
  async read(
    repository: Repository,
    commit: string,
    { options, placeOf, observed, known }: RevisionReading,
  ): Promise<Pass> {
    // A process for each reading: one that lasts would keep packs open that a fetch has replaced.
    await using objects = new ObjectReader(repository.gitDir);
    const source = { repository, objects, close: async () => undefined };
    const readStatus = async (named: StatusPlace): Promise<StatusBranch> => {
      const place = { ...named, ...placeOf(named) };
      return known(place) ?? (await readStatusBranch(repository, place, objects));
    };
    const reading = {
      memo: this.#memo,
      readStatus,
      summary: this.#summary,
      commit,
      ...(observed === undefined ? {} : { observed }),
    };
    const pass = await readPass(source, { ...options, ref: commit }, reading);
    const { suspend } = pass.model.configuration;
    this.#summary = JSON.stringify({ inventory: pass.identity.name, suspend });
    return pass;
  }

  /** The same commit, planned from something else that was observed: what this does not change is the same value as before. */
  replan(pass: Pass, observed: FleetObservations): Pass {
    const rendering = render(pass.model, observed.observations, { memo: this.#memo.rendering });
    return { ...pass, observed, rendering: isSamePlan(pass.rendering, rendering) ? pass.rendering : rendering };
  }
}
