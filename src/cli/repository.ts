import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildModel, type Model, type RepositorySnapshot } from '../api/index.ts';
import {
  defaultBranch,
  isDirty,
  mergeBase,
  openRepository,
  type Repository,
  readCommit,
  readWorkingTree,
  resolveCommit,
} from '../git/index.ts';
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
  return await renderSnapshot(() => (ref === undefined ? readWorkingTree(folder) : readRef(folder, ref)), observed, io);
}

/** Renders what `read` reads. @param observed a file with observations. */
export async function renderSnapshot(
  read: () => Promise<RepositorySnapshot>,
  observed: string | undefined,
  io: Io,
): Promise<RenderedPath> {
  const text = observed === undefined ? undefined : readFileSync(path.resolve(io.cwd, observed), 'utf8');
  const observations = text === undefined ? undefined : readObservations(text, observed ?? '');
  const progress = createPhaseProgress(io.stderr);
  try {
    progress.begin('reading');
    const snapshot = await read();
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

/** Two states of one path, and what they are called. */
export interface ComparedPath {
  readonly from: string;
  readonly to: string;
  readonly before: RenderedPath;
  readonly after: RenderedPath;
}

export interface CompareRequest {
  readonly path: string | undefined;
  /** The newer side. Default: the working tree. */
  readonly ref: string | undefined;
  /** The older side. Default: HEAD for a changed working tree, else where `ref` or HEAD left the default branch. */
  readonly against: string | undefined;
}

/** Reads and renders both sides of a comparison. @throws {GitfedError} where there is no repository or no such commit. */
export async function comparePath({ path: name, ref, against }: CompareRequest, io: Io): Promise<ComparedPath> {
  const folder = path.resolve(io.cwd, name ?? '.');
  const repository = await openRepository(folder);
  const base = against ?? (await chooseBase(repository, ref));
  const [from, to] = [
    await resolveCommit(repository, base),
    ref === undefined ? undefined : await resolveCommit(repository, ref),
  ];
  const before = buildModel(await readCommit(repository, from));
  const after = buildModel(to === undefined ? await readWorkingTree(folder) : await readCommit(repository, to));
  return {
    from: describeCommit(base, from),
    to: ref === undefined || to === undefined ? 'the working tree' : describeCommit(ref, to),
    before: { model: before, rendering: render(before) },
    after: { model: after, rendering: render(after) },
  };
}

async function chooseBase(repository: Repository, ref: string | undefined): Promise<string> {
  if (ref === undefined && (await isDirty(repository))) return 'HEAD';
  const branch = await defaultBranch(repository);
  return await mergeBase(repository, branch, ref ?? 'HEAD');
}

/** `HEAD (9b1f3c0d2a44)`; a commit that was named by its id is not named twice. */
function describeCommit(name: string, commit: string): string {
  const short = commit.slice(0, 12);
  return commit.startsWith(name) ? short : `${name} (${short})`;
}
