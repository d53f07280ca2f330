import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import {
  currentBranch,
  describeRepository,
  type GitObject,
  isCutOff,
  ObjectReader,
  type Repository,
  readCommitDetails,
  readFilesAt,
  remoteOf,
  resolveCommit,
  treeIdOf,
} from '../git/index.ts';
import { type Observations, readObservationFiles, readObservations } from '../render/index.ts';
import { OBSERVATIONS_FOLDER } from '../report/status-path.ts';
import { sourceCommitOf } from './status-states.ts';

const FOLDER = OBSERVATIONS_FOLDER.replace(/\/$/, '');

/** Observations that somebody named, and what the name turned out to be. */
export interface Observed {
  readonly observations: Observations;
  /** The text of a file, else an id: the same for the same observations. */
  readonly identity: string;
  /** Id of the tree that holds them: what identifies them. Absent for a file. */
  readonly tree?: string;
  /** The commit whose folder that is. */
  readonly commit?: string;
  /** The source commit that it tells of, of a commit of the status branch. */
  readonly source?: string;
}

export interface ObservedRequest {
  /** A file; a commit whose folder `observations` is meant; or a tree, such as the trailer `Observations-Tree` names. */
  readonly name: string;
  /** What a file is relative to. */
  readonly cwd: string;
  /** Absent: only files can be named. */
  readonly repository: Repository | undefined;
  /** A reader of the repository to use and leave open. */
  readonly objects?: ObjectReader;
}

/**
 * Reads observations, however they are named: the same for every command. The id of an object is never taken for the name of a file.
 *
 * @throws {GitfedError} `USAGE` where the name stands for nothing, or for something that holds no observations; `CONFIG` for text that is none.
 */
export async function readObserved({ name, cwd, repository, objects }: ObservedRequest): Promise<Observed> {
  if (isObservedFile(cwd, name)) return readText(readFileSync(path.resolve(cwd, name), 'utf8'), name);
  if (repository === undefined) {
    throw new GitfedError(
      'USAGE',
      `There is no file ${JSON.stringify(name)}, and no repository whose commit it could name.`,
    );
  }
  const reader = objects ?? new ObjectReader(repository.gitDir);
  try {
    return await readNamed(repository, name, reader);
  } finally {
    if (objects === undefined) await reader.close();
  }
}

/** Whether a name is that of a file, as {@link readObserved} takes it. */
export function isObservedFile(cwd: string, name: string): boolean {
  return !isObjectId(name) && isFile(cwd, name);
}

function isObjectId(name: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name);
}

function isFile(cwd: string, name: string): boolean {
  const file = path.resolve(cwd, name);
  // A pipe is good as well: --observed <(…).
  return existsSync(file) && !statSync(file).isDirectory();
}

function readText(text: string, name: string): Observed {
  return { observations: readObservations(text, name), identity: text };
}

async function readNamed(repository: Repository, name: string, objects: ObjectReader): Promise<Observed> {
  const object = await findNamed(repository, name, objects);
  if (object === undefined) throw await unknownName(repository, name);
  if (object.type === 'commit') return await readOfCommit(repository, object.id, objects, name);
  if (object.type === 'tree') {
    return await readTree(repository, object.id, objects, name);
  }
  if (object.type === 'blob') return readText(Buffer.from(object.content).toString('utf8'), name);
  throw new GitfedError(
    'USAGE',
    `${JSON.stringify(name)} is neither a commit nor a tree, so that it holds no observations.`,
  );
}

async function findNamed(repository: Repository, name: string, objects: ObjectReader): Promise<GitObject> {
  // The commit or tree behind a tag.
  if (isObjectId(name)) return await objects.find(`${name}^{}`);
  const [, revision = name, folder] = /^([^:]+):(.*)$/s.exec(name) ?? [];
  const commit =
    (await resolveCommit(repository, revision, objects).catch(ignoreUnknown)) ??
    (await resolveAtRemote(repository, revision, objects));
  if (commit !== undefined) return await objects.find(folder === undefined ? commit : `${commit}:${folder}`);
  return /^[0-9a-f]{4,64}$/.test(name) ? await objects.find(`${name}^{tree}`) : undefined;
}

/** In a clone the status branch is the remote's: nobody has made a branch of it. */
async function resolveAtRemote(
  repository: Repository,
  revision: string,
  objects: ObjectReader,
): Promise<string | undefined> {
  // What was fetched from a URL is the remote's anyway.
  if (repository.remote !== undefined) return undefined;
  const remote = await remoteOf(repository, await currentBranch(repository));
  if (remote === undefined) return undefined;
  return await resolveCommit(repository, `refs/remotes/${remote}/${revision}`, objects).catch(ignoreUnknown);
}

function ignoreUnknown(error: unknown): undefined {
  if (!(error instanceof GitfedError) || error.code !== 'USAGE') throw error;
}

async function unknownName(repository: Repository, name: string): Promise<GitfedError> {
  const text = `There is no file, commit or tree ${JSON.stringify(name)} in ${describeRepository(repository)}.`;
  return new GitfedError('USAGE', `${text} ${await whereToLook(repository)}`);
}

/** What to do about an object of git that is not here. */
export async function whereToLook(repository: Repository): Promise<string> {
  if (await isCutOff(repository)) {
    return 'The clone is shallow, so that most of the history is not here. To have all of it: git fetch --unshallow';
  }
  return 'If it is on the remote, fetch it first: gitfed status --fetch for the status branch, git fetch for others.';
}

async function readOfCommit(
  repository: Repository,
  commit: string,
  objects: ObjectReader,
  name: string,
): Promise<Observed> {
  const [{ message }, folder] = await Promise.all([
    readCommitDetails(objects, commit),
    objects.find(`${commit}:${FOLDER}`),
  ]);
  const source = sourceCommitOf(message);
  const about = { commit, ...(source === undefined ? {} : { source }) };
  if (folder?.type === 'tree') {
    return { ...about, ...(await readTree(repository, folder.id, objects, name)) };
  }
  // Of the status branch: nothing was observed when it was made.
  if (source !== undefined)
    return { ...about, ...(await readTree(repository, treeIdOf(new Map(), commit), objects, name)) };
  throw new GitfedError(
    'USAGE',
    `The commit ${JSON.stringify(name)} has no folder ${FOLDER}, and is none of the status branch. Name one that is: git log gitfed/status`,
  );
}

async function readTree(repository: Repository, tree: string, objects: ObjectReader, name: string): Promise<Observed> {
  const files = await readFilesAt(repository, tree, { objects });
  const strange = [...files.keys()].find((file) => !/^[^/]+\.yaml$/.test(file));
  if (strange !== undefined) {
    const whole = [...files.keys()].some((file) => file.startsWith(OBSERVATIONS_FOLDER));
    const next = whole
      ? `It is that of a whole commit: name the commit, or its folder ${FOLDER}.`
      : 'Name the tree that the trailer Observations-Tree of a status commit names.';
    throw new GitfedError(
      'USAGE',
      `The tree ${JSON.stringify(name)} holds ${JSON.stringify(strange)}, which is no observation. ${next}`,
    );
  }
  return { observations: readObservationFiles(files), identity: tree, tree };
}
