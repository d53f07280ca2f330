import path from 'node:path';
import { buildModel, type Model } from '../api/index.ts';
import {
  findRepository,
  openRepository,
  type Repository,
  readCommit,
  readWorkingTree,
  resolveCommit,
} from '../git/index.ts';
import { readObserved } from '../reconcile/observed.ts';
import type { Observations } from '../render/index.ts';
import type { Io } from './io.ts';
import type { RenderRequest } from './repository.ts';

/** A repository that was read and not rendered. */
export interface ReadModel {
  readonly model: Model;
  readonly observations?: Observations;
  /** Absent for a folder that is in no repository. */
  readonly repository?: Repository;
  /** Absent for the working tree. */
  readonly commit?: string;
}

/** Reads a path, and where its history is. @throws {GitfedError} where there is nothing to read. */
export async function readModel({ path: name, ref, observed }: RenderRequest, io: Io): Promise<ReadModel> {
  const folder = path.resolve(io.cwd, name ?? '.');
  const repository = ref === undefined ? await findRepository(folder) : await openRepository(folder);
  const known = observed === undefined ? undefined : await readObserved({ name: observed, cwd: io.cwd, repository });
  const observations = known === undefined ? {} : { observations: known.observations };
  if (ref !== undefined && repository !== undefined) {
    const commit = await resolveCommit(repository, ref);
    return { ...observations, model: buildModel(await readCommit(repository, commit)), repository, commit };
  }
  const model = buildModel(await readWorkingTree(folder));
  return { ...observations, model, ...(repository === undefined ? {} : { repository }) };
}
