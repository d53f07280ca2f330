import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { connect, tellComments, tellFailure } from './comment-on-pull-request.ts';
import type { ActionContext } from './context.ts';
import type { WorkflowRun } from './event.ts';
import { type GitHubApi, GitHubError } from './github-api.ts';
import { postComment } from './post-comment.ts';
import { COMMENT_LIMIT } from './sticky-comment.ts';
import { disarmMarkdown } from './untrusted-markdown.ts';

const MOST_PARTS = 5;
/** Of a part, in bytes; a character takes up to four. */
const MOST_BYTES = COMMENT_LIMIT * 4;

/**
 * Posts the report that another workflow made of a pull request, whose author may have changed that workflow: the report is text of a
 * stranger. Which pull request it belongs to is GitHub's to say.
 */
export async function postReport(context: ActionContext): Promise<void> {
  const { inputs, event } = context;
  const { workflowRun } = event;
  if (workflowRun === undefined || !workflowRun.event.startsWith('pull_request')) {
    throw new GitfedError(
      'USAGE',
      'The mode comment posts the report of another workflow: run it on workflow_run, after one that ran on pull_request.',
    );
  }
  const parts = readParts(inputs.reportFolder);
  const api = connect(context);
  await tellFailure(context, async () => {
    const pullRequest = await findPullRequest(api, workflowRun);
    if (pullRequest === undefined) {
      return `No open pull request has the commit ${workflowRun.head} as its last one: it is closed, or was pushed to again.`;
    }
    const posted = await postComment({
      api,
      pullRequest,
      path: inputs.path,
      how: inputs.comment === 'new' ? 'new' : 'sticky',
      author: inputs.commentAuthor,
      isEmpty: false,
      format: (limit) => parts.map((part, index) => formatPart(part, index === 0 ? origin(workflowRun) : '', limit)),
    });
    return tellComments(posted);
  });
}

/** The pull request whose last commit the run was about: nothing in the report says which. */
async function findPullRequest(
  api: GitHubApi,
  { head, headBranch, headRepository }: WorkflowRun,
): Promise<number | undefined> {
  const [owner] = headRepository?.split('/') ?? [];
  if (owner === undefined) return undefined;
  const found = (await api.pullRequests(`${owner}:${headBranch}`)).filter((pull) => pull.head === head);
  const [first] = found;
  if (found.length < 2) return first?.number;
  throw new GitHubError(
    0,
    `${found.length} open pull requests have the commit ${head}, and the report is of one of them`,
  );
}

function readParts(folder: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new GitfedError(
      'USAGE',
      `${folder} cannot be read: download the report there first, or name its folder with report-directory.`,
      { cause: error },
    );
  }
  const parts = Array.from({ length: MOST_PARTS }, (_, index) => `comment-${index + 1}.md`).filter((name) =>
    names.includes(name),
  );
  if (parts.length === 0)
    throw new GitfedError('USAGE', `${folder} has no comment-1.md, which the mode preview writes.`);
  return parts.map((name) => readPart(path.join(folder, name)));
}

function readPart(file: string): string {
  const stat = lstatSync(file);
  if (!stat.isFile()) throw new GitfedError('USAGE', `${file} is no file.`);
  if (stat.size > MOST_BYTES)
    throw new GitfedError('USAGE', `${file} has ${stat.size} bytes, and no comment is as long.`);
  return disarmMarkdown(readFileSync(file, 'utf8'));
}

function origin({ url }: WorkflowRun): string {
  return `> [!NOTE]\n> This report was made by [a workflow that the pull request itself can change](${url}). Nobody has checked that it tells the truth.\n\n`;
}

function formatPart(text: string, before: string, limit: number): string {
  const room = limit - before.length;
  if (text.length <= room) return `${before}${text}`;
  const end = '\n\nThe rest is left out, because a comment has an end.\n';
  const cut = text.slice(0, room - end.length);
  return `${before}${cut.slice(0, Math.max(0, cut.lastIndexOf('\n')))}${end}`;
}
