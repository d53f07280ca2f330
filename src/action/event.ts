import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';

/** What started the workflow. */
export interface WorkflowEvent {
  /** As `pull_request`. */
  readonly name: string;
  readonly owner: string;
  readonly repository: string;
  readonly defaultBranch: string | undefined;
  readonly pullRequest?: PullRequest;
  /** Of a push or a merge queue: the commit before, absent for a branch that is new, and the one after. */
  readonly commits?: { readonly before: string | undefined; readonly after: string };
  readonly workflowRun?: WorkflowRun;
}

export interface PullRequest {
  readonly number: number;
  readonly base: string;
  /** The branch that it is to be merged into. */
  readonly baseBranch: string;
  readonly head: string;
  readonly headBranch: string | undefined;
  /** From another repository: its workflows have a token that may read and nothing else. */
  readonly isFork: boolean;
}

/** The run whose end started this one. */
export interface WorkflowRun {
  readonly event: string;
  readonly head: string;
  readonly headBranch: string;
  /** As `octocat/fleet`; absent where it is gone. */
  readonly headRepository: string | undefined;
  readonly url: string;
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * Reads what the runner says of the event.
 *
 * @throws {GitfedError} `USAGE` where it does not run in a workflow, or the file is not what GitHub writes.
 */
export function readEvent(env: Readonly<Record<string, string | undefined>>): WorkflowEvent {
  const [owner = '', repository = ''] = (env['GITHUB_REPOSITORY'] ?? '').split('/');
  const name = env['GITHUB_EVENT_NAME'] ?? '';
  if (owner === '' || repository === '' || name === '') {
    throw new GitfedError(
      'USAGE',
      'GITHUB_REPOSITORY and GITHUB_EVENT_NAME are not set: this runs in a workflow of GitHub.',
    );
  }
  const payload = readPayload(env['GITHUB_EVENT_PATH']);
  const pullRequest = readPullRequest(payload);
  const commits = readCommits(name, payload);
  const workflowRun = readWorkflowRun(payload);
  return {
    name,
    owner,
    repository,
    defaultBranch: text(payload, 'repository', 'default_branch'),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(commits === undefined ? {} : { commits }),
    ...(workflowRun === undefined ? {} : { workflowRun }),
  };
}

/**
 * What is not merged must not reach a cluster, nor a branch that others take for what is there.
 *
 * @throws {GitfedError} `USAGE` on an event of a pull request or a merge queue.
 */
export function refuseUnmerged({ name, pullRequest, workflowRun }: WorkflowEvent, mode: string): void {
  const isOfPullRequest = pullRequest !== undefined || workflowRun?.event.startsWith('pull_request') === true;
  if (!isOfPullRequest && name !== 'merge_group') return;
  throw new GitfedError(
    'USAGE',
    `The mode ${mode} does not run on ${name}, whose commits are not merged: run it on push, schedule or workflow_dispatch.`,
  );
}

function readPayload(file: string | undefined): JsonObject {
  if (file === undefined || file === '') return {};
  const payload = parseJson(readFileSync(file, 'utf8'));
  if (isJsonObject(payload)) return payload;
  throw new GitfedError('USAGE', `${file}, which GITHUB_EVENT_PATH names, holds no event.`);
}

function readPullRequest(payload: JsonObject): PullRequest | undefined {
  if (at(payload, 'pull_request') === undefined) return undefined;
  const number = Number(at(payload, 'pull_request', 'number'));
  const base = commit(payload, 'pull_request', 'base', 'sha');
  const head = commit(payload, 'pull_request', 'head', 'sha');
  const baseBranch = text(payload, 'pull_request', 'base', 'ref');
  if (
    !Number.isSafeInteger(number) ||
    number < 1 ||
    base === undefined ||
    head === undefined ||
    baseBranch === undefined
  ) {
    throw new GitfedError('USAGE', 'The event names a pull request without its number or commits.');
  }
  const own = text(payload, 'pull_request', 'base', 'repo', 'full_name');
  // The repository of a pull request may be deleted.
  const isFork = text(payload, 'pull_request', 'head', 'repo', 'full_name') !== own;
  const headBranch = text(payload, 'pull_request', 'head', 'ref');
  return { number, base, baseBranch, head, headBranch, isFork };
}

function readCommits(name: string, payload: JsonObject): WorkflowEvent['commits'] {
  const isQueue = name === 'merge_group';
  const after = isQueue ? commit(payload, 'merge_group', 'head_sha') : commit(payload, 'after');
  if (after === undefined || /^0+$/.test(after)) return undefined;
  const before = isQueue ? commit(payload, 'merge_group', 'base_sha') : commit(payload, 'before');
  return { before: before === undefined || /^0+$/.test(before) ? undefined : before, after };
}

function readWorkflowRun(payload: JsonObject): WorkflowRun | undefined {
  const head = commit(payload, 'workflow_run', 'head_sha');
  const headBranch = text(payload, 'workflow_run', 'head_branch');
  if (head === undefined || headBranch === undefined) return undefined;
  return {
    event: text(payload, 'workflow_run', 'event') ?? '',
    head,
    headBranch,
    headRepository: text(payload, 'workflow_run', 'head_repository', 'full_name'),
    url: text(payload, 'workflow_run', 'html_url') ?? '',
  };
}

function at(value: JsonValue, ...path: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const key of path) {
    if (!isJsonObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

function text(value: JsonValue, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function commit(value: JsonValue, ...path: readonly string[]): string | undefined {
  const found = text(value, ...path);
  return found !== undefined && COMMIT.test(found) ? found : undefined;
}
