import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InventoryIdentity } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import {
  commitsBetween,
  currentBranch,
  fetchRepository,
  isRepositoryUrl,
  isShallow,
  openRepository,
  type Repository,
  remoteOf,
  remoteUrl,
  resolveCommit,
  rootCommits,
  withoutCredentials,
} from '../git/index.ts';
import type { SyncOptions } from './types.ts';

/** Opens a path, or fetches a URL into `dataDir` or a temporary folder; `close` removes the latter. */
export async function openSource({
  source,
  dataDir,
}: SyncOptions): Promise<{ readonly repository: Repository; readonly close: () => Promise<void> }> {
  if (!isRepositoryUrl(source)) return { repository: await openRepository(source), close: async () => undefined };
  if (dataDir !== undefined) {
    return {
      repository: await fetchRepository(source, path.join(dataDir, 'repository')),
      close: async () => undefined,
    };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'gitfed-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    return { repository: await fetchRepository(source, folder), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Who we are to the members: the name of the inventory, and what tells this repository from another one under the same name. */
export async function identify(
  repository: Repository,
  commit: string,
  { inventory, namespace }: { readonly inventory: string | undefined; readonly namespace: string },
): Promise<InventoryIdentity> {
  const isCut = await isShallow(repository);
  if (isCut && inventory === undefined) {
    throw new GitfedError(
      'CONFIG',
      'The repository is a shallow clone, so that the name of its inventory cannot be derived. Set inventory in gitfed.yaml, or fetch the whole history: git fetch --unshallow',
    );
  }
  const roots = isCut ? [] : await rootCommits(repository, commit);
  const derived = sha256(`${roots.join('\n')}\n${repository.prefix}`).slice(0, 10);
  return {
    name: inventory ?? derived,
    namespace,
    repository: withoutCredentials(await addressOf(repository)),
    path: repository.prefix,
    ...(isCut ? {} : { history: sha256(roots.join('\n')).slice(0, 40) }),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function addressOf(repository: Repository): Promise<string> {
  if (repository.remote !== undefined) return repository.remote.url;
  const remote = await remoteOf(repository, await currentBranch(repository));
  const url = remote === undefined ? undefined : await remoteUrl(repository, remote);
  return url ?? `file://${repository.directory}`;
}

/**
 * Whether a commit after `since`, up to and including `commit`, says `Gitfed-Allow: maxDeletions`. Of a `since` that is not known here
 * nothing follows, so that only `commit` itself counts.
 */
export async function isAllowedSince(
  repository: Repository,
  since: string | undefined,
  commit: string,
): Promise<boolean> {
  const from = since !== undefined && /^[0-9a-f]{40,64}$/.test(since) ? since : undefined;
  const known = from === undefined ? undefined : await resolveCommit(repository, from).catch(() => undefined);
  const commits = await commitsBetween(repository, known, commit);
  return commits.some(({ trailers }) =>
    trailers.some(
      ({ key, value }) => key.toLowerCase() === 'gitfed-allow' && value.split(/[\s,]+/).includes('maxDeletions'),
    ),
  );
}
