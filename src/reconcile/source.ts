import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InventoryIdentity } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import {
  fetchRepository,
  GitAccess,
  isRepositoryUrl,
  isShallow,
  ObjectReader,
  openRepository,
  type Repository,
  remoteUrl,
  rootCommits,
  tidyRepository,
  withoutCredentials,
} from '../git/index.ts';
import type { SyncOptions } from './types.ts';

/** A repository that a pass reads from. */
export interface Source {
  readonly repository: Repository;
  readonly objects: ObjectReader;
  readonly close: () => Promise<void>;
}

/** Opens a path, or fetches a URL into `dataDir` or a temporary folder; `close` removes the latter. */
export async function openSource(options: SyncOptions): Promise<Source> {
  const { repository, remove } = await openRepositoryOf(options);
  const objects = new ObjectReader(repository.gitDir);
  const close = async (): Promise<void> => {
    await objects.close();
    await remove();
  };
  return { repository, objects, close };
}

async function openRepositoryOf({
  source,
  dataDir,
  git = {},
  signal,
}: SyncOptions): Promise<{ readonly repository: Repository; readonly remove: () => Promise<void> }> {
  const nothing = async (): Promise<void> => undefined;
  if (!isRepositoryUrl(source)) {
    const repository = await openRepository(source);
    if (Object.keys(git).length === 0) return { repository, remove: nothing };
    // The token is for the server that the status branch goes to.
    const access = new GitAccess(git, await remoteUrl(repository));
    return { repository: { ...repository, access }, remove: nothing };
  }
  const options = { access: new GitAccess(git, source), ...(signal === undefined ? {} : { signal }) };
  if (dataDir !== undefined) {
    const repository = await fetchRepository(source, path.join(dataDir, 'repository'), options);
    return { repository, remove: () => tidyRepository(repository) };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'gitfed-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    return { repository: await fetchRepository(source, folder, options), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What tells a repository from others. */
export interface Origin {
  /** Sorted. Absent in a shallow clone. */
  readonly roots?: readonly string[];
  /** URL without userinfo. */
  readonly address: string;
}

/** @param readRoots how the root commits are found. Default: in the whole history. */
export async function readOrigin(
  repository: Repository,
  commit: string,
  readRoots = () => rootCommits(repository, commit),
): Promise<Origin> {
  const [roots, address] = await Promise.all([rootsOf(repository, readRoots), addressOf(repository)]);
  return { address: withoutCredentials(address), ...(roots === undefined ? {} : { roots }) };
}

async function rootsOf(
  repository: Repository,
  readRoots: () => Promise<readonly string[]>,
): Promise<readonly string[] | undefined> {
  return (await isShallow(repository)) ? undefined : await readRoots();
}

/** Who we are to the members: the name of the inventory, and what tells this repository from another one under the same name. */
export function identify(
  { prefix }: Repository,
  { roots, address }: Origin,
  { inventory, namespace }: { readonly inventory: string | undefined; readonly namespace: string },
): InventoryIdentity {
  if (roots === undefined && inventory === undefined) {
    throw new GitfedError(
      'CONFIG',
      'The repository is a shallow clone, so that the name of its inventory cannot be derived. Set inventory in gitfed.yaml, or fetch the whole history: git fetch --unshallow',
    );
  }
  const derived = sha256(`${(roots ?? []).join('\n')}\n${prefix}`).slice(0, 10);
  return {
    name: inventory ?? derived,
    namespace,
    repository: address,
    path: prefix,
    ...(roots === undefined ? {} : { history: sha256(roots.join('\n')).slice(0, 40) }),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function addressOf(repository: Repository): Promise<string> {
  if (repository.remote !== undefined) return repository.remote.url;
  return (await remoteUrl(repository)) ?? `file://${repository.directory}`;
}
