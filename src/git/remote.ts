import { mkdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { GitAccess } from './access.ts';
import { GitProcessError } from './errors.ts';
import { checkUrl, splitUrl } from './remote-url.ts';
import { branchTip, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import { runRemote } from './run-remote.ts';
import { blamesLock, mendLocks } from './stale-locks.ts';

export interface FetchOptions {
  /** Default: what the userinfo of the URL says, else what the person's own git and ssh have. */
  readonly access?: GitAccess;
  readonly signal?: AbortSignal;
}

/**
 * Fetches every branch and tag of a repository into a bare one. Objects are checked on the way, no hook is run, nothing is checked out.
 *
 * @param url its userinfo is for its own server, and is taken off before git sees it.
 * @param directory made when it is not there; the same one may be used again for the same URL.
 * @throws {GitfedError} `USAGE` for a URL that is not allowed, `GIT` when the remote cannot be read.
 */
export async function fetchRepository(url: string, directory: string, options: FetchOptions = {}): Promise<Repository> {
  const repository = await prepareRepository(url, directory, options);
  await fetchAgain(repository, options);
  return repository;
}

/**
 * The bare repository that a URL is fetched into, as it is: nothing is asked of the remote.
 *
 * @throws {GitfedError} `USAGE` for a URL that is not allowed, or a folder that cannot be made or keeps another one.
 */
export async function prepareRepository(
  url: string,
  directory: string,
  { access, signal }: FetchOptions = {},
): Promise<Repository> {
  checkUrl(url);
  makeFolder(directory);
  const gitDir = path.resolve(directory);
  await mendLocks(gitDir, signal);
  await runGit(gitDir, ['init', '--quiet', '--bare', '--initial-branch=main', '.']);
  const remote = { url: splitUrl(url).url };
  await claim(gitDir, remote.url);
  return {
    directory: gitDir,
    gitDir,
    isBare: true,
    prefix: '',
    remote,
    access: access?.withUrl(url) ?? new GitAccess({}, url),
  };
}

function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GitfedError(
      'USAGE',
      `${directory} cannot be made: ${why}. Name a folder that can be written to: --data-dir.`,
    );
  }
}

const SOURCE = 'gitfed.source';

/** What a folder remembers of one repository, such as the commit that is applied and status that waits, must not count for another. */
async function claim(gitDir: string, url: string): Promise<void> {
  const known = (await runGit(gitDir, ['config', '--local', '--default', '', '--get', SOURCE])).trim();
  if (known === url) return;
  if (known === '') await runGit(gitDir, ['config', '--local', SOURCE, url]);
  else
    throw new GitfedError(
      'USAGE',
      `${gitDir} keeps ${known}, and the source is ${url}. Keep that in another folder: --data-dir. If it is the same repository at another address, remove the first; status that was not sent yet goes with it.`,
    );
}

export interface FetchAgainOptions extends Pick<FetchOptions, 'signal'> {
  /** What HEAD of the remote stands for, where that was just asked. Default: it is asked. */
  readonly defaultBranch?: string;
}

/** The progress is for nobody to read: it tells a long transfer from one that hangs. */
const FETCH = ['fetch', '--progress', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];

/**
 * Fetches what is new. HEAD then stands for the remote's, which may be another branch than before.
 *
 * @throws {GitfedError} `GIT`. What was there before is as it was, and can be used.
 */
export async function fetchAgain(repository: Repository, options: FetchAgainOptions = {}): Promise<void> {
  try {
    await fetchOnce(repository, options);
  } catch (error) {
    if (!(error instanceof GitProcessError) || !blamesLock(error.stderr)) throw error;
    if (!(await mendLocks(repository.gitDir, options.signal))) throw error;
    await fetchOnce(repository, options);
  }
}

async function fetchOnce(repository: Repository, { signal, defaultBranch }: FetchAgainOptions): Promise<void> {
  const refs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  const options = signal === undefined ? {} : { signal };
  const [fetched, head] = await Promise.allSettled([
    runRemote(repository, (remote) => [...FETCH, '--prune', '--', remote, ...refs], options),
    defaultBranch ?? lsRemote(repository, [], options).then((refs) => refs.defaultBranch),
  ]);
  if (fetched.status === 'rejected') throw fetched.reason;
  if (head.status === 'rejected') throw head.reason;
  if (head.value === undefined) return;
  const ref = `refs/remotes/origin/${head.value}`;
  if (await isHead(repository, ref)) return;
  await runGit(repository.directory, ['symbolic-ref', 'HEAD', ref]);
}

/** Nearly always: it spares a process for each fetch. */
async function isHead({ gitDir }: Repository, ref: string): Promise<boolean> {
  const text = await readFile(path.join(gitDir, 'HEAD'), 'utf8').catch(() => undefined);
  return text === `ref: ${ref}\n`;
}

const MOST_LOOSE = 2000;
const MOST_PACKS = 50;

/** Packs what many fetches and commits left lying about, where it has become much; it may take seconds then. For a repository of gitfed's own. */
export async function tidyRepository(repository: Repository): Promise<void> {
  if (!(await isUntidy(repository))) return;
  const settings = [`gc.auto=${MOST_LOOSE}`, `gc.autoPackLimit=${MOST_PACKS}`, 'gc.autoDetach=false'];
  await runGit(repository.directory, ['gc', '--auto', '--quiet'], { settings, timeoutMs: 600_000 });
}

/** Spares a process that nearly always finds nothing to do. Like git, it takes one of the 256 folders of loose objects for all of them. */
async function isUntidy({ gitDir }: Repository): Promise<boolean> {
  const namesIn = (folder: string): Promise<readonly string[]> =>
    readdir(path.join(gitDir, 'objects', folder)).catch(() => []);
  const [loose, packs] = await Promise.all([namesIn('17'), namesIn('pack')]);
  return loose.length * 256 >= MOST_LOOSE || packs.filter((name) => name.endsWith('.pack')).length >= MOST_PACKS;
}

/** Where a remote's branches are. */
export interface RemoteRefs {
  /** The branch that its HEAD stands for; `undefined` where it has none. */
  readonly defaultBranch: string | undefined;
  /** Commits by name: the branches that were asked for and are there, and the default branch. */
  readonly branches: ReadonlyMap<string, string>;
}

/** So long a server may think about a question that takes it milliseconds. */
const ANSWER_MS = 30_000;

/**
 * Asks a remote for its HEAD and some branches, with one `git ls-remote`: two requests over http, and nothing is fetched.
 *
 * @throws {GitfedError} `GIT` when it does not answer.
 */
export async function lsRemote(
  repository: Repository,
  branches: readonly string[],
  options: Pick<FetchOptions, 'signal'> = {},
): Promise<RemoteRefs> {
  const patterns = ['HEAD', ...branches.map((branch) => `refs/heads/${branch}`)];
  const text = await runRemote(repository, (remote) => ['ls-remote', '--symref', '--', remote, ...patterns], {
    ...options,
    timeoutMs: ANSWER_MS,
  });
  // A pattern fits the end of any ref.
  const lines = text.split('\n').map((line) => line.split('\t'));
  const find = (ref: string): string | undefined =>
    lines.find(([value = '', name]) => name === ref && !value.startsWith('ref: '))?.[0];
  const symbolic = lines.find(([value = '', name]) => name === 'HEAD' && value.startsWith('ref: '))?.[0];
  const defaultBranch = symbolic === undefined ? undefined : /^ref: refs\/heads\/(.+)$/.exec(symbolic)?.[1];
  const tips = branches.map((branch) => [branch, find(`refs/heads/${branch}`)] as const);
  const known = [...tips, ...(defaultBranch === undefined ? [] : [[defaultBranch, find('HEAD')] as const])];
  return { defaultBranch, branches: new Map(known.filter((tip): tip is [string, string] => tip[1] !== undefined)) };
}

/** What a remote made of a push. `refused` has its words: a protected branch, a hook, no right to write. */
export type PushResult =
  | { readonly result: 'pushed' }
  | { readonly result: 'stale' }
  | { readonly result: 'refused'; readonly words: string };

/**
 * Pushes a commit to a branch without force.
 *
 * @param remote a configured remote's name, or a URL.
 * @returns `stale` when the branch moved meanwhile: fetch, build the commit anew on top, push again.
 */
export async function pushCommit(
  repository: Repository,
  remote: string,
  commit: string,
  branch: string,
  options: Pick<FetchOptions, 'signal'> = {},
): Promise<PushResult> {
  try {
    const args = ['push', '--progress', '--no-verify', '--no-recurse-submodules', '--no-follow-tags', '--no-signed'];
    const refspec = `${commit}:refs/heads/${branch}`;
    await runRemote(repository, (name) => [...args, '--', name, refspec], { ...options, remote, direction: 'push' });
    return { result: 'pushed' };
  } catch (error) {
    if (!(error instanceof GitProcessError)) throw error;
    if (
      /\[rejected\].*\((?:fetch first|non-fast-forward|stale info)\)|cannot lock ref|failed to update ref/.test(
        error.stderr,
      )
    )
      return { result: 'stale' };
    return { result: 'refused', words: error.message };
  }
}

/** Brings a branch of a named remote up to date, as `refs/remotes/REMOTE/BRANCH`. @returns its tip, `undefined` when the remote lacks it. */
export async function fetchBranch(repository: Repository, remote: string, branch: string): Promise<string | undefined> {
  if (repository.remote !== undefined) {
    await fetchAgain(repository);
    return await branchTip(repository, branch);
  }
  const listed = await runRemote(repository, (name) => ['ls-remote', '--', name, `refs/heads/${branch}`], { remote });
  const tip = listed
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([, ref]) => ref === `refs/heads/${branch}`)?.[0];
  if (tip === undefined) return undefined;
  const ref = `+refs/heads/${branch}:refs/remotes/${remote}/${branch}`;
  await runRemote(repository, (name) => [...FETCH, '--', name, ref], { remote });
  return tip;
}
