import type { FleetStatus } from '../reconcile/fleet-status.ts';
import { hasRecordedDrift } from '../report/drift-from-status.ts';
import { driftLines, type StatusView } from '../report/fleet-status-text.ts';
import { takeLines } from '../report/markdown-lines.ts';
import { fence, fencedLine, inlineCode } from '../report/markdown-text.ts';
import { isUncorrected } from '../report/recorded-drift.ts';
import { createStyle } from '../report/style.ts';
import { count } from '../report/wording.ts';
import type { GitHubApi, Issue } from './github-api.ts';
import { WORKFLOW_LOGIN } from './post-comment.ts';
import { COMMENT_LIMIT, isSameBody, issueMarker } from './sticky-comment.ts';

const PLAIN: StatusView = { style: createStyle(false), now: undefined };

/** What is said of drift: the same for the same status, whenever it is asked. */
export interface DriftReport {
  readonly hasDrift: boolean;
  readonly title: string;
  readonly body: string;
}

/** Room for what stands around the lines. */
const ROOM = COMMENT_LIMIT - 4000;

/** Puts what the status branch has recorded in words. Pure. */
export function describeDrift(status: FleetStatus): DriftReport {
  const { clusters, branch, statusCommit, writtenAt } = status;
  const drifted = clusters.flatMap(({ drift }) => drift.filter(isUncorrected));
  const time = new Date(writtenAt * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const source = `As of ${inlineCode(time)}, commit ${inlineCode(statusCommit.slice(0, 12))} of ${inlineCode(branch)}.`;
  if (!hasRecordedDrift(status)) {
    return { hasDrift: false, title: 'gitfed: no drift', body: `Every cluster is as the repository says. ${source}` };
  }
  const what = `${count(drifted.length, 'object')} ${drifted.length === 1 ? 'differs' : 'differ'} from the repository`;
  const all = clusters
    .flatMap(({ name, drift }) => driftLines({ name, drift: drift.filter(isUncorrected) }, PLAIN))
    .map(fencedLine);
  const { shown, left } = takeLines(all, ROOM, all.length);
  const body = [
    `${what}. ${source}`,
    '',
    ...fence(shown, 'text'),
    ...(left === 0
      ? []
      : [
          '',
          `Left out, because an issue has an end: ${count(left, 'more line')}. \`gitfed drift --from-status\` shows them.`,
        ]),
    '',
    'To take a change over into the repository: `gitfed drift accept`. To put the objects back: `gitfed sync`. This issue is closed when nothing differs any more.',
  ];
  return { hasDrift: true, title: `gitfed: ${what}`, body: body.join('\n') };
}

export interface IssueRequest {
  readonly api: GitHubApi;
  readonly path: string;
  /** Whose issue is ours. Default: whoever the token is. */
  readonly author: string | undefined;
}

/** What became of the issue. */
export interface IssueResult {
  readonly result: 'opened' | 'updated' | 'closed' | 'unchanged';
  readonly url?: string;
}

/** Keeps one open issue while something differs, and none otherwise. @throws {GitHubError} where GitHub refuses. */
export async function keepIssue({ api, path, author }: IssueRequest, report: DriftReport): Promise<IssueResult> {
  const marker = issueMarker(path);
  const body = `${marker}\n${report.body}`;
  const [login, issues] = await Promise.all([author ?? api.login(), api.openIssues()]);
  const ours = issues.find((issue) => isOurs(issue, marker, login ?? WORKFLOW_LOGIN));
  if (ours === undefined) {
    if (!report.hasDrift) return { result: 'unchanged' };
    return { result: 'opened', url: (await api.createIssue(report.title, body)).url };
  }
  const { number, url } = ours;
  if (report.hasDrift && ours.title === report.title && isSameBody(ours.body, body))
    return { result: 'unchanged', url };
  await api.updateIssue(number, { title: report.title, body, state: report.hasDrift ? 'open' : 'closed' });
  return { result: report.hasDrift ? 'updated' : 'closed', url };
}

/** Anybody may write the marker into an issue. */
function isOurs({ author, body }: Issue, marker: string, login: string): boolean {
  return author?.toLowerCase() === login.toLowerCase() && body.split(/\r?\n/)[0] === marker;
}
