import { commitSubject, ObjectReader, type Repository } from '../git/index.ts';
import { checkCommits } from '../reconcile/commit-gates.ts';
import type { Comparison } from '../reconcile/comparison.ts';
import type { RenderedState } from '../reconcile/repository-memo.ts';
import type { Observations } from '../render/index.ts';
import { WhatIf } from '../render/what-if.ts';
import { notesOf } from '../report/change-note.ts';
import type { ChangeSet } from '../report/change-set.ts';
import type { PreviewInput, PreviewSide } from '../report/preview-types.ts';
import type { WhatIfView } from '../report/what-if-json.ts';
import type { ActionContext } from './context.ts';
import type { Range } from './history.ts';
import { readRecordedDrift } from './recorded-drift.ts';
import { say } from './runner.ts';

export interface Compared {
  readonly repository: Repository;
  readonly range: Range;
  readonly comparison: Comparison;
  readonly changes: ChangeSet;
  readonly observations: Observations | undefined;
}

/** Everything that the report says. */
export async function gatherPreview(context: ActionContext, compared: Compared): Promise<PreviewInput> {
  const { inputs, event, env } = context;
  const { repository, range, comparison, changes, observations } = compared;
  const { before, after } = comparison;
  const drift = await readRecordedDrift(repository, inputs.folder, range.base);
  if ('reason' in drift) say(`The report has no drift: ${drift.reason}`);
  const gates = await checkCommits({ repository, ...range, before, after, changes });
  await using objects = new ObjectReader(repository.gitDir);
  const side = async (name: string | undefined, commit: string): Promise<PreviewSide> => {
    const short = commit.slice(0, 12);
    return { name: name === undefined ? short : `${name} (${short})`, subject: await commitSubject(commit, objects) };
  };
  const { server, run } = runOf(env);
  return {
    from: await side(inputs.base ?? event.pullRequest?.baseBranch, range.base),
    to: await side(inputs.head ?? event.pullRequest?.headBranch, range.head),
    changes,
    baseFindings: before.rendering.findings,
    headFindings: after.rendering.findings,
    notes: notesOf(comparison),
    gates,
    model: after.model,
    completeReport: 'in the files of the outputs report-markdown and report-json',
    ...('status' in drift ? { drift: drift.status } : {}),
    ...(inputs.whatIf.length === 0 ? {} : { whatIf: ask(after, observations, inputs.whatIf) }),
    ...(server === undefined || run === undefined
      ? {}
      : {
          completeReport: 'in the summary of this run, and in the files it made',
          completeReportUrl: `${server}/${event.owner}/${event.repository}/actions/runs/${run}`,
        }),
  };
}

function runOf(env: ActionContext['env']): { readonly server: string | undefined; readonly run: string | undefined } {
  return { server: env['GITHUB_SERVER_URL'], run: env['GITHUB_RUN_ID'] };
}

/** `each`: every cluster by itself. */
function ask({ model }: RenderedState, observations: Observations | undefined, lost: readonly string[]): WhatIfView {
  const whatIf = new WhatIf(model, observations === undefined ? {} : { observations });
  const isEach = lost.length === 1 && lost[0] === 'each';
  const registered = new Set(model.clusters.map(({ name }) => name));
  const unknown = isEach ? [] : lost.filter((name) => !registered.has(name));
  if (unknown.length > 0) say(`The input what-if names ${unknown.join(', ')}, which the newer side does not register.`);
  const known = lost.filter((name) => registered.has(name));
  return {
    losses: isEach ? whatIf.ready.map((name) => whatIf.lose([name])) : known.length === 0 ? [] : [whatIf.lose(known)],
    isEach,
    running: observations === undefined ? 'AsPlanned' : 'Observed',
    leftOut: whatIf.leftOut,
    keptLive: whatIf.keptLive,
    holds: model.holds,
  };
}
