import { GitProcessError } from './errors.ts';
import type { PushResult } from './remote.ts';
import { checkUrl, isRepositoryUrl } from './remote-url.ts';
import { runGit } from './run-git.ts';
import { runRemote } from './run-remote.ts';
import type { TrackedBranch } from './tracked-branch.ts';

/** How long a server is waited for. */
export interface RemoteOptions {
  /** As long as it is silent. */
  readonly timeoutMs?: number;
  /** Ends the waiting, with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Brings what is seen of a branch up to date.
 *
 * @returns its tip there, `undefined` when it is not there.
 * @throws {GitfedError} `GIT` when the remote cannot be read, `USAGE` for a URL that is not allowed.
 */
export async function fetchTracked(branch: TrackedBranch, options: RemoteOptions = {}): Promise<string | undefined> {
  const { repository, name, remote } = branch;
  if (remote === undefined) return undefined;
  checkAddress(remote.address);
  const refspec = `+refs/heads/${name}:${remote.seen}`;
  const args = ['fetch', '--progress', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--'];
  try {
    await runRemote(repository, (address) => [...args, address, refspec], { ...options, remote: remote.address });
  } catch (error) {
    if (!(error instanceof GitProcessError) || !/couldn't find remote ref/.test(error.stderr)) throw error;
    await runGit(repository.directory, ['update-ref', '-d', remote.seen]);
    return undefined;
  }
  return (await runGit(repository.directory, ['rev-parse', '--verify', remote.seen])).trim();
}

/** How a commit is sent. */
export interface PushOptions extends RemoteOptions {
  /** Replaces a history that does not lead to the commit, if the branch there is still at this commit. Nothing else is ever forced. */
  readonly replaces?: string;
}

/**
 * Sends a commit to the branch.
 *
 * @returns `stale` when the branch there is not an ancestor, `refused` with the server's words for anything else that stands in the way.
 */
export async function pushTracked(
  branch: TrackedBranch,
  commit: string,
  { replaces, ...options }: PushOptions = {},
): Promise<PushResult> {
  const { repository, name, remote } = branch;
  if (remote === undefined) return { result: 'refused', words: 'there is no remote to push to' };
  checkAddress(remote.address);
  const ref = `refs/heads/${name}`;
  const lease = replaces === undefined ? [] : [`--force-with-lease=${ref}:${replaces}`];
  const quiet = ['--no-verify', '--no-recurse-submodules', '--no-follow-tags', '--no-signed'];
  const args = ['push', '--progress', ...quiet, ...lease, '--'];
  const to = { ...options, remote: remote.address, direction: 'push' } as const;
  try {
    await runRemote(repository, (address) => [...args, address, `${commit}:${ref}`], to);
  } catch (error) {
    if (!(error instanceof GitProcessError)) throw error;
    return isStale(error.stderr) ? { result: 'stale' } : { result: 'refused', words: serverWords(error) };
  }
  return { result: 'pushed' };
}

function checkAddress(address: string): void {
  if (isRepositoryUrl(address)) checkUrl(address);
}

/** Somebody else was faster: before we asked, or between our question and the push. */
function isStale(stderr: string): boolean {
  return /\[rejected\].*\((?:fetch first|non-fast-forward|stale info)\)|cannot lock ref|failed to update ref|incorrect old value provided|reference already exists/.test(
    stderr,
  );
}

const MOST_WORDS = 300;

/** What a server, a hook of it, or git itself says of a push that failed. */
function serverWords({ stderr, message }: GitProcessError): string {
  const lines = stderr.split(/[\r\n]+/);
  const said = lines
    .filter((line) => /^remote: */.test(line))
    .map((line) => line.replace(/^remote: */, '').trim())
    .filter(
      (line) =>
        line !== '' &&
        !/^[A-Z][a-z ]+:? +\d+/.test(line) &&
        !/^(?:Enumerating|Counting|Compressing|Resolving|Total)\b/.test(line),
    );
  const reasons = lines
    .map((line) => /\[remote rejected\].*\((?<reason>[^()]*)\)\s*$/.exec(line)?.groups?.['reason'])
    .filter((reason) => reason !== undefined);
  // Without a reason it was not the branch that was refused: the message says what was, with the words.
  const text = reasons.length === 0 ? message : [...said, ...reasons].join('; ');
  return text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS - 1)}…` : text;
}
