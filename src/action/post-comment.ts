import type { ActionContext } from './context.ts';
import { type Comment, type GitHubApi, GitHubError } from './github-api.ts';
import { COMMENT_LIMIT, commentMarker, isOurs, isSameBody, markerLength, planComments } from './sticky-comment.ts';

export interface PostRequest {
  readonly api: GitHubApi;
  readonly pullRequest: number;
  /** From the root of the checkout: each path has comments of its own. */
  readonly path: string;
  readonly how: 'sticky' | 'new';
  /** Whose comments are ours. Default: whoever the token is. */
  readonly author: string | undefined;
  /** There is nothing to tell: no new comment is made, and one that is there says so. */
  readonly isEmpty: boolean;
  /** The bodies, each of at most so many characters. */
  readonly format: (limit: number) => readonly string[];
}

export interface PostResult {
  readonly created: number;
  readonly updated: number;
  readonly removed: number;
  /** Of the first part. */
  readonly url: string | undefined;
}

/** The token of a workflow that is given no other. */
export const WORKFLOW_LOGIN = 'github-actions[bot]';
/** GitHub may count characters otherwise than we do. */
const LIMITS = [COMMENT_LIMIT, 32_000, 12_000] as const;
const MOST_ATTEMPTS = 3;

/**
 * Brings the comments of a pull request to what the report says now.
 *
 * @throws {GitHubError} where GitHub refuses, or does not answer.
 */
export async function postComment(request: PostRequest): Promise<PostResult> {
  const ours = request.how === 'new' ? [] : await findOurs(request);
  if (request.isEmpty && ours.length === 0) return { created: 0, updated: 0, removed: 0, url: undefined };
  for (const limit of LIMITS) {
    try {
      return await writeParts(request, limit, ours);
    } catch (error) {
      if (!isTooLong(error) || limit === LIMITS.at(-1)) throw error;
    }
    // Some of the parts may have been written.
    if (request.how === 'sticky') ours.splice(0, ours.length, ...(await findOurs(request)));
  }
  throw new GitHubError(422, 'no body is short enough');
}

async function findOurs({ api, pullRequest, path, author }: PostRequest): Promise<Comment[]> {
  const [login, comments] = await Promise.all([author ?? api.login(), api.comments(pullRequest)]);
  return comments.filter((comment) => isOurs(comment, path, login ?? WORKFLOW_LOGIN));
}

async function writeParts(request: PostRequest, limit: number, ours: readonly Comment[]): Promise<PostResult> {
  const { api, path, pullRequest } = request;
  const parts = request.format(limit - markerLength(path));
  const bodies = parts.map((part, index) => `${commentMarker(path, index + 1, parts.length)}\n${part}`);
  const plan = planComments(ours, bodies);
  for (const { id, body } of plan.updated) await api.updateComment(id, body);
  const created: Comment[] = [];
  for (const body of plan.created) created.push(await create(request, body, [...ours, ...created]));
  for (const id of plan.removed) await remove(api, id);
  const first = ours.toSorted((a, b) => a.id - b.id)[0] ?? created[0];
  return {
    created: created.length,
    updated: plan.updated.length,
    removed: plan.removed.length,
    url: first?.url ?? `#${pullRequest}`,
  };
}

/** Where the answer got lost, the comment may be there: that is looked up before another one is made. */
async function create(request: PostRequest, body: string, known: readonly Comment[]): Promise<Comment> {
  const { api, pullRequest } = request;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await api.createComment(pullRequest, body);
    } catch (error) {
      const isUnknown = error instanceof GitHubError && (error.status === 0 || error.status >= 500);
      if (!isUnknown || attempt === MOST_ATTEMPTS) throw error;
    }
    const ids = new Set(known.map(({ id }) => id));
    const made = (await findOurs(request)).find((comment) => !ids.has(comment.id) && isSameBody(comment.body, body));
    if (made !== undefined) return made;
  }
}

/** Somebody may have deleted it meanwhile. */
async function remove(api: GitHubApi, id: number): Promise<void> {
  try {
    await api.deleteComment(id);
  } catch (error) {
    if (!(error instanceof GitHubError) || (error.status !== 404 && error.status !== 410)) throw error;
  }
}

function isTooLong(error: unknown): boolean {
  return error instanceof GitHubError && error.status === 422 && /too long|maximum is/i.test(error.message);
}

/** Why there is no comment or issue, and what to do about it. */
export function explainFailure(
  { status, message }: GitHubError,
  { event, inputs }: Pick<ActionContext, 'event' | 'inputs'>,
): string {
  const [what, permission] =
    inputs.mode === 'drift' ? ['an issue', 'issues: write'] : ['a comment', 'pull-requests: write'];
  // The mode comment has no report of its own.
  const where = inputs.mode === 'comment' ? 'The report is in the artifact' : 'The job summary has the report';
  const rest = `${where}; for ${what}, `;
  if (status === 403 && !/rate limit/i.test(message)) {
    const why = `The token may not write ${what} (${message}).`;
    if (event.pullRequest?.isFork === true) {
      return `${why} GitHub gives a pull request from a fork a token that only reads. ${rest}upload the report and post it from a second workflow: see docs/action.md, "Pull requests from forks".`;
    }
    return `${why} ${rest}give the job the permission ${permission}.`;
  }
  if (status === 401) return `GitHub does not know the token (${message}). Look at the input token.`;
  if (status === 404)
    return `GitHub does not show that to the token (${message}). ${rest}give the job the permission ${permission}.`;
  const failure = status === 0 ? 'GitHub could not be reached' : `GitHub answered with ${status}`;
  return `${failure} (${message}). ${where}.`;
}
