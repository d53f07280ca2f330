import path from 'node:path';
import { GitfedError } from '../errors.ts';
import {
  acceptedCommit,
  branchTip,
  type CommitPolicy,
  currentBranch,
  describeRepository,
  fetchAgain,
  type GitAccess,
  isDescendant,
  isRepositoryUrl,
  lsRemote,
  openRepository,
  prepareRepository,
  type Repository,
  recordAccepted,
  tidyRepository,
  verifyCommits,
} from '../git/index.ts';
import { reportedCommit } from '../reconcile/accepted-commits.ts';
import { statusBranchName } from '../reconcile/status-place.ts';
import type { FollowedBranch } from './source-follower.ts';

export interface FollowedRepositoryOptions {
  /** A path in a repository, or a URL. */
  readonly source: string;
  /** A branch. Default: what HEAD of the source stands for, asked each time. */
  readonly branch?: string;
  /** Where a URL is kept: needed for one. */
  readonly dataDir?: string;
  /** Default: what the userinfo of the URL says, else what the person's own git and ssh have. */
  readonly access?: GitAccess;
  /** Whose signatures commits need. Default: nobody's. */
  readonly policy?: CommitPolicy;
  /** Below the root of a repository that a URL names. Default: all of it. */
  readonly path?: string;
  /** Ends what is asked of a remote. */
  readonly signal: AbortSignal;
}

/** The repository and branch that a daemon follows. */
export class FollowedRepository implements FollowedBranch {
  readonly #options: FollowedRepositoryOptions;
  #opened: Promise<Repository> | undefined;
  /** What HEAD stood for when it was last asked. */
  #named: string | undefined;
  /** What HEAD of the remote stood for when it was last asked. */
  #defaultBranch: string | undefined;

  constructor(options: FollowedRepositoryOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.branch ?? this.#named ?? 'HEAD';
  }

  /** Nothing is asked of a remote. @throws {GitfedError} `USAGE`. */
  open(): Promise<Repository> {
    this.#opened ??= this.#open();
    this.#opened.catch(() => {
      this.#opened = undefined;
    });
    return this.#opened;
  }

  async accepted(): Promise<string | undefined> {
    return await acceptedCommit(await this.open(), this.#key);
  }

  async tip(): Promise<string> {
    const repository = await this.open();
    return repository.remote === undefined ? await this.#localTip(repository) : await this.#remoteTip(repository);
  }

  async fetch(): Promise<void> {
    const repository = await this.open();
    if (repository.remote === undefined) return;
    const { signal } = this.#options;
    const defaultBranch = this.#defaultBranch;
    await fetchAgain(repository, { signal, ...(defaultBranch === undefined ? {} : { defaultBranch }) });
  }

  async isDescendant(commit: string, ancestor: string): Promise<boolean> {
    return await isDescendant(await this.open(), commit, ancestor);
  }

  async verify(commit: string, since: string | undefined): Promise<string | undefined> {
    const { policy } = this.#options;
    if (policy === undefined) return undefined;
    const { mode, ...signers } = policy;
    const repository = await this.open();
    const range = { commit, since: mode === 'Head' ? undefined : (since ?? (await applied(repository))) };
    const found = await verifyCommits(repository, { ...signers, ...range });
    if (found.ok) return undefined;
    return `Commit ${found.commit.slice(0, 12)} is not accepted: ${found.reason}. Have it signed and pushed again.`;
  }

  async accept(commit: string): Promise<void> {
    const repository = await this.open();
    await recordAccepted(repository, this.#key, commit);
    // Of one that is not gitfed's own somebody else takes care.
    if (repository.remote === undefined) return;
    // What cannot be packed for now is as good as it is.
    await tidyRepository(repository).catch(() => undefined);
  }

  /** By which it is remembered: another default branch is judged by the same commit. */
  get #key(): string {
    return this.#options.branch ?? 'HEAD';
  }

  async #open(): Promise<Repository> {
    const { source, path: prefix, dataDir, access } = this.#options;
    if (!isRepositoryUrl(source)) {
      const repository = await openRepository(prefix === undefined ? source : path.join(source, prefix));
      this.#named = this.#options.branch ?? (await currentBranch(repository));
      const own =
        prefix !== undefined && repository.isBare ? { ...repository, prefix: plainPrefix(prefix) } : repository;
      return access === undefined ? own : { ...own, access };
    }
    if (dataDir === undefined) throw new GitfedError('USAGE', 'A URL is kept in a folder: name one with --data-dir.');
    const options = access === undefined ? {} : { access };
    const repository = await prepareRepository(source, path.join(dataDir, 'repository'), options);
    return prefix === undefined ? repository : { ...repository, prefix: plainPrefix(prefix) };
  }

  async #localTip(repository: Repository): Promise<string> {
    const branch = this.#options.branch ?? (await currentBranch(repository));
    if (branch === undefined) {
      throw new GitfedError('USAGE', `${repository.directory} has no branch checked out. Name one with --ref BRANCH.`);
    }
    const tip = await branchTip(repository, branch);
    if (tip === undefined) throw missing(repository, branch);
    this.#named = branch;
    return tip;
  }

  async #remoteTip(repository: Repository): Promise<string> {
    const { branch: wanted, signal } = this.#options;
    const { defaultBranch, branches } = await lsRemote(repository, wanted === undefined ? [] : [wanted], { signal });
    this.#defaultBranch = defaultBranch;
    const branch = wanted ?? defaultBranch;
    const tip = branch === undefined ? undefined : branches.get(branch);
    if (tip === undefined) throw branch === undefined ? withoutDefault(repository) : missing(repository, branch);
    this.#named = branch;
    return tip;
  }
}

/** What an earlier process applied whose data folder is gone, as the branch says that is usually the one for the status. */
async function applied(repository: Repository): Promise<string | undefined> {
  return await reportedCommit(repository, statusBranchName(repository.prefix, undefined));
}

/** As git writes it: no `.`, and no slash at the end. */
function plainPrefix(prefix: string): string {
  const normal = path.posix.normalize(prefix).replace(/\/+$/, '');
  return normal === '.' ? '' : normal;
}

function withoutDefault(repository: Repository): GitfedError {
  const place = describeRepository(repository);
  return new GitfedError(
    'USAGE',
    `HEAD of ${place} names no branch that is there, or what answers there is no git server. Push its default branch again, choose another one there, or name one with --ref BRANCH.`,
  );
}

function missing(repository: Repository, branch: string): GitfedError {
  const where = `There is no branch ${JSON.stringify(branch)} in ${describeRepository(repository)}.`;
  return new GitfedError('USAGE', `${where} It is followed once it has a commit; another one is named with --ref.`);
}
