import { GitfedError } from '../errors.ts';
import {
  branchTip,
  checkUrl,
  currentBranch,
  fetchTracked,
  isBranchName,
  isRepositoryUrl,
  type Repository,
  remoteOf,
  type TrackedBranch,
  trackBranch,
  withoutCredentials,
} from '../git/index.ts';

/** Where the status branch is, as gitfed.yaml says. */
export interface StatusPlace {
  readonly name: string;
  /** `status.repository`: the URL of another repository. */
  readonly elsewhere?: string | undefined;
}

/** `gitfed/status`; for a path below the root `gitfed/status-<path>`, `/` as `-`. */
export function statusBranchName(prefix: string, configured: string | undefined): string {
  return configured ?? (prefix === '' ? 'gitfed/status' : `gitfed/status-${prefix.replaceAll('/', '-')}`);
}

/**
 * The status branch of a repository, with the remote that it is sent to or fetched from, if there is one.
 *
 * @throws {GitfedError} `USAGE` for a name or URL that is none, `CONFIG` for one that a fetched repository must not name.
 */
export async function findStatusBranch(
  repository: Repository,
  { name, elsewhere }: StatusPlace,
): Promise<TrackedBranch> {
  if (!isBranchName(name)) {
    const shown = JSON.stringify(name);
    throw new GitfedError(
      'USAGE',
      `${shown} cannot be the name of a branch. Name another one in gitfed.yaml: status.branch.`,
    );
  }
  if (elsewhere !== undefined) {
    checkElsewhere(repository, elsewhere);
    return trackBranch(repository, name, { url: elsewhere });
  }
  if (repository.remote !== undefined) return trackBranch(repository, name);
  const remote = await remoteOf(repository, await currentBranch(repository));
  return trackBranch(repository, name, remote === undefined ? undefined : { remote });
}

/** The branch here, without asking what its remote would be. */
export async function findLocalStatusBranch(repository: Repository, name: string): Promise<TrackedBranch> {
  const isHere = repository.remote === undefined && (await branchTip(repository, name)) !== undefined;
  return isHere ? trackBranch(repository, name) : await findStatusBranch(repository, { name });
}

/** A repository that was fetched must not make this machine read or write its own files. */
function checkElsewhere({ remote }: Repository, url: string): void {
  if (!isRepositoryUrl(url)) {
    const shown = JSON.stringify(withoutCredentials(url));
    throw new GitfedError('CONFIG', `status.repository in gitfed.yaml is ${shown}, which is not a URL.`);
  }
  checkUrl(url);
  const isLocal = /^file:/i.test(url);
  if (!isLocal || remote === undefined || /^file:/i.test(remote.url)) return;
  throw new GitfedError(
    'CONFIG',
    'status.repository in gitfed.yaml is a file:// URL, and the repository was fetched over the network: it must not name files of this machine.',
  );
}

/** Brings what is known of a branch elsewhere up to date. @returns why it could not be. */
export async function refreshStatusBranch(branch: TrackedBranch, timeoutMs?: number): Promise<string | undefined> {
  try {
    await fetchTracked(branch, timeoutMs === undefined ? {} : { timeoutMs });
    return undefined;
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    return error.message;
  }
}
