import {
  countBetween,
  hasCommit,
  isReadDifferently,
  mergeBaseOf,
  openRepository,
  type RefUpdate,
  type Repository,
} from '../../git/index.ts';
import { checkCommits } from '../../reconcile/commit-gates.ts';
import { type PushedChange, readPushedChange } from '../../reconcile/pushed-change.ts';
import { keepLiveNotes } from '../../report/change-note.ts';
import { compareRenderings, newerModel } from '../../report/change-set.ts';
import { failedGates, type GateReport } from '../../report/gates.ts';
import { type ComparedFindings, compareFindingsOf } from '../../report/new-findings.ts';
import { formatPushSummary } from '../../report/push-summary.ts';
import { createStyle } from '../../report/style.ts';
import { count } from '../../report/wording.ts';
import type { PushAnswer, PushRequest } from './push-request.ts';

/** Renders both sides of a push, and says what it means and what speaks against it. */
export async function judgePush(request: PushRequest): Promise<PushAnswer> {
  const { update, folder, path } = request;
  const repository = { ...(await openRepository(folder)), prefix: path };
  const branch = shortName(update.ref);
  if (update.after === undefined) {
    const note = `The members keep what they have: without ${branch} there is nothing to follow.`;
    return answer({ title: `gitfed: ${branch} is deleted`, notes: [note] }, [], request);
  }
  const { before, notes } = await chooseBefore(repository, request);
  const commits = { after: update.after, ...(before === undefined ? {} : { before }) };
  const title = await titleOf(repository, branch, commits);
  if (before !== undefined && !(await isReadDifferently(repository, before, update.after))) {
    return answer({ title, notes: [...notes, 'Nothing that gitfed reads is different.'] }, [], request);
  }
  const change = await readPushedChange(repository, commits);
  const changes = compareRenderings(
    change.before.rendering,
    change.after.rendering,
    newerModel(change.before.model, change.after.model),
  );
  const findings = compareFindingsOf(change.before.rendering.findings, change.after.rendering.findings);
  const { before: base, after: head } = commits;
  const gates = await checkCommits({ repository, base, head, ...change, changes });
  const whole = `gitfed diff${before === undefined ? '' : ` --against ${short(before)}`} --ref ${short(update.after)}`;
  const refusals = [...(request.refusesErrors ? errorRefusals(findings) : []), ...gateRefusals(gates)];
  const summary = { title, notes: [...notes, ...changeNotes(change)], change: { changes, gates, findings, whole } };
  return answer(summary, refusals, request);
}

function answer(
  summary: Parameters<typeof formatPushSummary>[0],
  refusals: readonly string[],
  { colour, columns }: PushRequest,
): PushAnswer {
  return { text: formatPushSummary(summary, createStyle(colour), columns), refusals };
}

interface Before {
  readonly before?: string;
  readonly notes: readonly string[];
}

async function chooseBefore(repository: Repository, { update, remote }: PushRequest): Promise<Before> {
  const { before, after = '', ref } = update;
  const branch = shortName(ref);
  if (before === undefined) return { notes: [`${branch} is new there: all of it is shown as created.`] };
  if (!(await hasCommit(repository, before))) {
    const tracked = `refs/remotes/${remote ?? 'origin'}/${branch}`;
    const base = (await hasCommit(repository, tracked)) ? await mergeBaseOf(repository, after, tracked) : undefined;
    const unknown = `${remote} has ${branch} at ${short(before)}, which is not known here: git fetch brings it.`;
    if (base === undefined) return { notes: [`${unknown} All of what is pushed is shown as created.`] };
    return { before: base, notes: [`${unknown} Compared with ${short(base)}, the last commit that both have.`] };
  }
  const { removed } = await countBetween(repository, before, after);
  if (removed === 0) return { before, notes: [] };
  const lost = `The push is forced: ${count(removed, 'commit')} of ${branch} ${removed === 1 ? 'is' : 'are'} no part of it any more.`;
  return { before, notes: [`${lost} A daemon stays where it is after that, unless allowRewind is set.`] };
}

async function titleOf(
  repository: Repository,
  branch: string,
  { before, after = '' }: Omit<RefUpdate, 'ref'>,
): Promise<string> {
  if (before === undefined) return `gitfed: ${branch} at ${short(after)}`;
  const { added } = await countBetween(repository, before, after);
  return `gitfed: ${branch} ${short(before)} → ${short(after)}, ${count(added, 'commit')}`;
}

function changeNotes({ before, after }: PushedChange): readonly string[] {
  const lifted = keepLiveNotes(before.model, after.model).map(({ subject, text }) => `${subject} ${text}`);
  const hold = after.model.holds[0];
  if (hold === undefined) return lifted;
  return [
    ...lifted,
    `${hold.file}:${hold.line} is in error: until it is right, nothing is deleted and no planned replicas change, and no deletion is shown.`,
  ];
}

function errorRefusals({ fresh }: ComparedFindings): readonly string[] {
  const errors = fresh.filter(({ severity }) => severity === 'error').length;
  if (errors === 0) return [];
  return [
    `There ${errors === 1 ? 'is' : 'are'} ${count(errors, 'new error')}. See above, and push again when it is right.`,
  ];
}

function gateRefusals(report: GateReport): readonly string[] {
  const failed = failedGates(report).map(({ gate }) => gate);
  if (failed.length === 0) return [];
  const gates = failed.length === 1 ? 'A gate does not' : `${failed.length} gates do not`;
  return [`${gates} let it through: ${failed.join(', ')}. See above how to allow it.`];
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
