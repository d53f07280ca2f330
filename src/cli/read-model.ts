import { readFileSync } from 'node:fs';
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
import { type Observations, readObservations } from '../render/index.ts';
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
  const text = observed === undefined ? undefined : readFileSync(path.resolve(io.cwd, observed), 'utf8');
  const known = text === undefined ? {} : { observations: readObservations(text, observed ?? '') };
  if (ref !== undefined) {
    const repository = await openRepository(folder);
    const commit = await resolveCommit(repository, ref);
    return { ...known, model: buildModel(await readCommit(repository, commit)), repository, commit };
  }
  const model = buildModel(await readWorkingTree(folder));
  const repository = await findRepository(folder);
  return { ...known, model, ...(repository === undefined ? {} : { repository }) };
}
