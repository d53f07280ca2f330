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
import { readRecordedObservations } from '../reconcile/recorded-observations.ts';
import type { Observations } from '../render/index.ts';
import { plainText } from '../report/plain-text.ts';
import type { Io } from './io.ts';
import type { RenderRequest } from './repository.ts';

/** A repository that was read and not rendered. */
export interface ReadModel {
  readonly model: Model;
  readonly observations?: Observations;
  /** Whose these are, for people. */
  readonly observedFrom?: string;
  /** Absent for a folder that is in no repository. */
  readonly repository?: Repository;
  /** Absent for the working tree. */
  readonly commit?: string;
}

/**
 * Reads a path, and where its history is.
 *
 * @param isStatusRead without `observed`, plans with what the status branch says was observed, if there is such a branch and it is written.
 * @throws {GitfedError} where there is nothing to read.
 */
export async function readModel(
  { path: name, ref, observed }: RenderRequest,
  io: Io,
  isStatusRead = false,
): Promise<ReadModel> {
  const folder = path.resolve(io.cwd, name ?? '.');
  const repository = ref === undefined ? await findRepository(folder) : await openRepository(folder);
  const read = await readAt(folder, ref, repository);
  // As a sync: a branch that is written no more says nothing of the members as they are.
  const isRecorded = isStatusRead && read.model.configuration.status.mode !== 'off';
  return { ...read, ...(await readKnown(observed, repository, isRecorded, io)) };
}

async function readAt(
  folder: string,
  ref: string | undefined,
  repository: Repository | undefined,
): Promise<Pick<ReadModel, 'model' | 'repository' | 'commit'>> {
  if (ref !== undefined && repository !== undefined) {
    const commit = await resolveCommit(repository, ref);
    return { model: buildModel(await readCommit(repository, commit)), repository, commit };
  }
  const model = buildModel(await readWorkingTree(folder));
  return { model, ...(repository === undefined ? {} : { repository }) };
}

async function readKnown(
  named: string | undefined,
  repository: Repository | undefined,
  isStatusRead: boolean,
  io: Io,
): Promise<Pick<ReadModel, 'observations' | 'observedFrom'>> {
  if (named !== undefined) {
    const { observations } = await readObserved({ name: named, cwd: io.cwd, repository });
    return { observations, observedFrom: named };
  }
  const recorded = isStatusRead && repository !== undefined ? await readRecordedObservations(repository) : undefined;
  if (recorded === undefined) return {};
  if (!recorded.ok) {
    await io.stderr.write(
      `What was observed is not known, so that every cluster counts as ready: ${plainText(recorded.reason)}\n`,
    );
    return {};
  }
  const { observations, commit } = recorded.observed;
  return { observations, observedFrom: `status commit ${commit.slice(0, 12)}` };
}
