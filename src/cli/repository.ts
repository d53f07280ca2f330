import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildModel } from '../api/index.ts';
import { readFolder } from '../git/index.ts';
import type { RenderedState, RepositoryMemo } from '../reconcile/repository-memo.ts';
import { type Observations, readObservations, render } from '../render/index.ts';
import type { Io } from './io.ts';
import { createPhaseProgress } from './phase-progress.ts';

export interface RenderRequest {
  /** Default: the current folder. */
  readonly path: string | undefined;
  /** A commit instead of the working tree. */
  readonly ref?: string | undefined;
  /** A file with observations. Default: every cluster is ready. */
  readonly observed?: string | undefined;
}

/** Reads and renders a path. @throws {GitfedError} where there is nothing to read. */
export async function renderPath(
  { path: name, ref, observed }: RenderRequest,
  io: Io,
  memo?: RepositoryMemo,
): Promise<RenderedState> {
  const folder = path.resolve(io.cwd, name ?? '.');
  const observations = observed === undefined ? undefined : readObserved(observed, io, memo);
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

function readObserved(name: string, io: Io, memo: RepositoryMemo | undefined): Observations {
  const text = readFileSync(path.resolve(io.cwd, name), 'utf8');
  if (memo?.observed?.text === text) return memo.observed.observations;
  const observations = readObservations(text, name);
  if (memo !== undefined) memo.observed = { text, observations };
  return observations;
}
