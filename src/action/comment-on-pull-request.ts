import { isEmptyChangeSet } from '../report/change-set.ts';
import { isGateReportQuiet } from '../report/gates.ts';
import { compareFindingLists } from '../report/preview-findings.ts';
import type { Preview, PreviewInput } from '../report/preview-types.ts';
import { count } from '../report/wording.ts';
import type { ActionContext } from './context.ts';
import { GitHubApi, GitHubError } from './github-api.ts';
import { explainFailure, type PostResult, postComment } from './post-comment.ts';
import { annotate, fail, say, setOutput } from './runner.ts';

const DEFAULT_API = 'https://api.github.com';

/** Puts the report where reviewers read. That this fails is told, and fails the step only where it was asked for. */
export async function commentOnPullRequest(
  context: ActionContext,
  { report, input }: { readonly report: Preview; readonly input: PreviewInput },
): Promise<void> {
  const { inputs, event } = context;
  if (inputs.comment === 'off') return;
  const { pullRequest } = event;
  if (pullRequest === undefined) {
    say(`The event ${event.name} belongs to no pull request: there is nothing to comment on.`);
    return;
  }
  await tellFailure(context, async () =>
    tellComments(
      await postComment({
        api: connect(context),
        pullRequest: pullRequest.number,
        path: inputs.path,
        how: inputs.comment === 'new' ? 'new' : 'sticky',
        author: inputs.commentAuthor,
        isEmpty: hasNothingToTell(input),
        format: (characters) => report.comment({ characters }),
      }),
    ),
  );
}

/** Whether nobody who reviews a change misses its report: what was there before and stays is no reason for one, unless it is an error. */
export function hasNothingToTell({ changes, baseFindings, headFindings, gates }: PreviewInput): boolean {
  const { head } = compareFindingLists(baseFindings, headFindings);
  return (
    isEmptyChangeSet(changes) &&
    !head.some(({ finding, isNew }) => isNew || finding.severity === 'error') &&
    (gates === undefined || isGateReportQuiet(gates))
  );
}

export function connect({ inputs, event, env }: ActionContext): GitHubApi {
  const { owner, repository } = event;
  return new GitHubApi({
    url: env['GITHUB_API_URL'] || DEFAULT_API,
    token: inputs.token,
    owner,
    repository,
    onWait: say,
  });
}

/** Runs what posts, and says what became of it, in its words. */
export async function tellFailure(context: ActionContext, post: () => Promise<string>): Promise<void> {
  try {
    say(await post());
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const message = explainFailure(error, context);
    if (context.inputs.isCommentRequired) fail(message);
    else annotate([{ severity: 'warning', title: 'No comment', message }]);
  }
}

/** What became of the comments, in words. */
export function tellComments({ created, updated, removed, url }: PostResult): string {
  if (url !== undefined) setOutput('comment-url', url);
  const parts = [
    ...(created === 0 ? [] : [`${count(created, 'comment')} created`]),
    ...(updated === 0 ? [] : [`${count(updated, 'comment')} updated`]),
    ...(removed === 0 ? [] : [`${count(removed, 'comment')} removed`]),
  ];
  return parts.length === 0 ? 'The pull request says so already: no comment was written.' : `${parts.join(', ')}.`;
}
