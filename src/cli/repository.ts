import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildModel, type Model, type RepositorySnapshot } from '../api/index.ts';
import { openRepository, readCommit, readWorkingTree, resolveCommit } from '../git/index.ts';
import { type Rendering, readObservations, render } from '../render/index.ts';
import type { Io } from './io.ts';
import { createPhaseProgress } from './phase-progress.ts';

/** A repository that was read, and what it renders to. */
export interface RenderedPath {
  readonly model: Model;
  readonly rendering: Rendering;
}

export interface RenderRequest {
  /** Default: the current folder. */
  readonly path: string | undefined;
  /** A commit instead of the working tree. */
  readonly ref?: string | undefined;
  /** A file with observations. Default: every cluster is ready. */
  readonly observed?: string | undefined;
}

/** Reads and renders a path. @throws {GitfedError} where there is nothing to read. */
export async function renderPath({ path: name, ref, observed }: RenderRequest, io: Io): Promise<RenderedPath> {
  const folder = path.resolve(io.cwd, name ?? '.');
  const text = observed === undefined ? undefined : readFileSync(path.resolve(io.cwd, observed), 'utf8');
  const observations = text === undefined ? undefined : readObservations(text, observed ?? '');
  const progress = createPhaseProgress(io.stderr);
  try {
    progress.begin('reading');
    const snapshot = ref === undefined ? await readWorkingTree(folder) : await readRef(folder, ref);
    progress.begin('rendering');
    const model = buildModel(snapshot);
    return { model, rendering: render(model, observations) };
  } finally {
    progress.clear();
  }
}

async function readRef(folder: string, ref: string): Promise<RepositorySnapshot> {
  const repository = await openRepository(folder);
  return await readCommit(repository, await resolveCommit(repository, ref));
}
