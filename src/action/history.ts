import { GitfedError } from '../errors.ts';
import {
  commitAtRemote,
  fetchHistory,
  isCutOff,
  isCutOffBetween,
  mergeBase,
  mergeBaseOf,
  missingCommits,
  type Repository,
  remoteOf,
  resolveCommit,
} from '../git/index.ts';
import type { WorkflowEvent } from './event.ts';

/** The two commits that are compared; both are in the checkout. */
export interface Range {
  readonly base: string;
  readonly head: string;
}

export interface RangeRequest {
  readonly repository: Repository;
  readonly event: WorkflowEvent;
  /** A commit, branch or tag instead of what the event says. */
  readonly base: string | undefined;
  readonly head: string | undefined;
  /** `GITHUB_SHA`. */
  readonly commit: string | undefined;
  readonly onFetch?: (what: string) => void;
}

/** Commits of each side that are fetched of a checkout that is cut off, until they meet; then all. */
const DEPTHS = [64, 512, 4096, undefined] as const;
const WHOLE = 'Let actions/checkout fetch the whole history: fetch-depth: 0.';

/**
 * Finds what the event compares, and fetches what the checkout lacks of it. Without a base the older side is where the head left the
 * other branch, as on GitHub's page of a pull request: what came to that branch since is no part of the change.
 *
 * @throws {GitfedError} `GIT` or `USAGE` with what is missing, and how to bring it.
 */
export async function findRange(request: RangeRequest): Promise<Range> {
  const { repository, event, onFetch } = request;
  const history = new History(repository, namesOf(event), onFetch);
  const head = await headOf(request, history);
  if (request.base !== undefined) {
    const base = await history.resolve(request.base);
    await history.connect(base, head);
    return { base, head };
  }
  const { commits } = event;
  // What a push replaces is the older side even where it is no ancestor.
  if (event.pullRequest === undefined && commits?.before !== undefined && request.head === undefined) {
    await history.connect(commits.before, head);
    return { base: commits.before, head };
  }
  const other = event.pullRequest?.base ?? (await defaultBranchOf(event, history));
  await history.connect(other, head);
  return { base: await mergeBase(repository, other, head), head };
}

async function headOf({ head, event, commit }: RangeRequest, history: History): Promise<string> {
  if (head !== undefined) return await history.resolve(head);
  return event.pullRequest?.head ?? event.commits?.after ?? commit ?? (await history.resolve('HEAD'));
}

async function defaultBranchOf({ defaultBranch }: WorkflowEvent, history: History): Promise<string> {
  if (defaultBranch !== undefined) return await history.resolve(defaultBranch);
  throw new GitfedError('USAGE', 'The event does not say what to compare with: set the input base.');
}

/** The commit that a name stands for, fetched where the checkout lacks it. */
export async function fetchCommit(repository: Repository, name: string): Promise<string> {
  const history = new History(repository, []);
  const commit = await history.resolve(name);
  await history.bring(commit);
  return commit;
}

/** Fetches the whole history of a checkout, which tells a repository from others. */
export async function fetchWhole(repository: Repository, onFetch?: (what: string) => void): Promise<void> {
  if (!(await isCutOff(repository))) return;
  onFetch?.('the whole history');
  const head = await resolveCommit(repository, 'HEAD');
  await fetchHistory(repository, await remoteName(repository), [head]);
}

/** @throws {GitfedError} `USAGE` where the checkout has no remote. */
export async function remoteName(repository: Repository): Promise<string> {
  const remote = await remoteOf(repository, undefined);
  if (remote !== undefined) return remote;
  throw new GitfedError('GIT', `The checkout has no remote to fetch from. ${WHOLE}`);
}

/** A checkout that is completed from its own remote, with the credentials that its own configuration has. */
class History {
  readonly #repository: Repository;
  readonly #names: readonly string[];
  readonly #onFetch: ((what: string) => void) | undefined;

  constructor(repository: Repository, names: readonly string[], onFetch?: (what: string) => void) {
    this.#repository = repository;
    this.#names = names;
    this.#onFetch = onFetch;
  }

  /** A full id stands for itself; a branch or tag is the remote's; else what git takes it for here. */
  async resolve(name: string): Promise<string> {
    if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) return name;
    const isExpression = name === 'HEAD' || /[~^:]|@\{/.test(name);
    const found = isExpression
      ? undefined
      : await commitAtRemote(this.#repository, await remoteName(this.#repository), name);
    return found ?? (await resolveCommit(this.#repository, name));
  }

  async bring(commit: string): Promise<void> {
    if ((await missingCommits(this.#repository, [commit])).length > 0) await this.#fetch([commit], 1);
  }

  /** Brings two commits, and of their histories what lies between them: it says who allowed what. Some have nothing in common. */
  async connect(base: string, head: string): Promise<void> {
    for (const depth of DEPTHS) {
      const missing = await missingCommits(this.#repository, [base, head]);
      if (missing.length === 0 && (await this.#isConnected(base, head))) return;
      await this.#fetch([base, head], depth);
    }
  }

  async #isConnected(base: string, head: string): Promise<boolean> {
    if (!(await isCutOff(this.#repository))) return true;
    if ((await mergeBaseOf(this.#repository, base, head)) === undefined) return false;
    return !(await isCutOffBetween(this.#repository, base, head));
  }

  async #fetch(commits: readonly string[], depth: number | undefined): Promise<void> {
    this.#onFetch?.(commits.map((commit) => commit.slice(0, 12)).join(' and '));
    const remote = await remoteName(this.#repository);
    try {
      await fetchHistory(this.#repository, remote, commits, depth);
    } catch (error) {
      if (!(error instanceof GitfedError)) throw error;
      await this.#fetchByName(remote, depth, error);
    }
    const [missing] = await missingCommits(this.#repository, commits);
    if (missing === undefined) return;
    throw new GitfedError(
      'GIT',
      `The commit ${missing} is not in the checkout, and its remote does not have it. ${WHOLE}`,
    );
  }

  /** Some servers give away no commit by its id, but what has a name. */
  async #fetchByName(remote: string, depth: number | undefined, reason: GitfedError): Promise<void> {
    try {
      if (this.#names.length > 0) return await fetchHistory(this.#repository, remote, this.#names, depth);
    } catch (error) {
      if (!(error instanceof GitfedError)) throw error;
    }
    throw new GitfedError('GIT', `${reason.message} ${WHOLE}`, { cause: reason });
  }
}

/** Under which the remote has the two sides. */
function namesOf({ pullRequest }: WorkflowEvent): readonly string[] {
  return pullRequest === undefined
    ? []
    : [`refs/heads/${pullRequest.baseBranch}`, `refs/pull/${pullRequest.number}/head`];
}
