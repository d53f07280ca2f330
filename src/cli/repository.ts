import path from 'node:path';
import { buildModel } from '../api/index.ts';
import { findRepository, readFolder } from '../git/index.ts';
import { isObservedFile, readObserved } from '../reconcile/observed.ts';
import type { RenderedState, RepositoryMemo } from '../reconcile/repository-memo.ts';
import { type Observations, render } from '../render/index.ts';
import type { Io } from './io.ts';
import { createPhaseProgress } from './phase-progress.ts';

export interface RenderRequest {
  /** Default: the current folder. */
  readonly path: string | undefined;
  /** A commit instead of the working tree. */
  readonly ref?: string | undefined;
  /** A file, commit or tree with observations. Default: every cluster is ready. */
  readonly observed?: string | undefined;
}

/** Reads and renders a path. @throws {GitfedError} where there is nothing to read. */
export async function renderPath(
  { path: name, ref, observed }: RenderRequest,
  io: Io,
  memo?: RepositoryMemo,
): Promise<RenderedState> {
  const folder = path.resolve(io.cwd, name ?? '.');
  const observations = observed === undefined ? undefined : await readObservations(observed, folder, io, memo);
  const progress = createPhaseProgress(io.stderr);
  try {
    progress.begin('reading');
    const snapshot = await readFolder(folder, ref, memo?.reading);
    progress.begin('rendering');
    if (memo !== undefined) return memo.render(snapshot, observations);
    const model = buildModel(snapshot);
    return { model, rendering: render(model, observations) };
  } finally {
    progress.clear();
  }
}

async function readObservations(
  name: string,
  folder: string,
  io: Io,
  memo: RepositoryMemo | undefined,
): Promise<Observations> {
  const repository = isObservedFile(io.cwd, name) ? undefined : await findRepository(folder);
  const { observations, identity } = await readObserved({ name, cwd: io.cwd, repository });
  if (memo?.observed?.identity === identity) return memo.observed.observations;
  if (memo !== undefined) memo.observed = { identity, observations };
  return observations;
}
