import { GitfedError } from '../errors.ts';
import { openRepository, resolveCommit } from '../git/index.ts';
import { connect, tellFailure } from './comment-on-pull-request.ts';
import type { ActionContext } from './context.ts';
import { describeDrift, keepIssue } from './drift-issue.ts';
import { readRecordedDrift } from './recorded-drift.ts';
import { say, setOutput, writeSummary } from './runner.ts';

/** What the status branch has recorded of drift, as an issue that is open while there is any. Asks no cluster. */
export async function reportDrift(context: ActionContext): Promise<void> {
  const { inputs } = context;
  const repository = await openRepository(inputs.folder);
  const recorded = await readRecordedDrift(repository, inputs.folder, await resolveCommit(repository, 'HEAD'));
  if ('reason' in recorded) throw new GitfedError('GIT', recorded.reason);
  const report = describeDrift(recorded.status);
  say(report.title);
  setOutput('drift', report.hasDrift);
  writeSummary(`### ${report.title}\n\n${report.body}\n`);
  if (inputs.comment === 'off') return;
  await tellFailure(context, async () => {
    const request = { api: connect(context), path: inputs.path, author: inputs.commentAuthor };
    const { result, url } = await keepIssue(request, report);
    if (url !== undefined) setOutput('issue-url', url);
    return result === 'unchanged' ? 'The issue says so already, or none is needed.' : `The issue was ${result}.`;
  });
}
