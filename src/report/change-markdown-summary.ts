import { formatObjectId } from '../core/index.ts';
import type { Risk } from './change-risks.ts';
import type { ChangeSet } from './change-set.ts';
import { countByCluster, type FoldedRisk, foldRisks, formatTotals, riskJoint } from './change-wording.ts';
import type { GateReport } from './gates.ts';
import { gateLines } from './gates-markdown.ts';
import { names, section, takeLines, whereExactly } from './markdown-lines.ts';
import { inlineCode } from './markdown-text.ts';
import { count } from './wording.ts';

/** A sentence about what was compared: what is missing, or held back. */
export interface ChangeNote {
  /** What it is about: a commit, a file, a cluster. */
  readonly subject: string;
  /** A fixed phrase of our own that goes on from the subject. */
  readonly text: string;
  /** In the words of others. */
  readonly detail?: string;
}

export interface SummaryOptions {
  /** What is compared with what. */
  readonly from?: string;
  readonly to?: string;
  /** What is to be known of the comparison. */
  readonly notes?: readonly ChangeNote[];
  /** What the gates say. Nothing is told of those that nothing is over. */
  readonly gates?: GateReport;
}

const MOST_ROWS = 20;
const MOST_OBJECTS = 3;
/** What each part may take of the whole. */
const SHARE_OF_NOTES = 0.1;
const SHARE_OF_GATES = 0.15;
const SHARE_OF_RISKS = 0.25;
const SHARE_OF_TOTALS = 0.2;

/** What a report begins with: totals, what was compared, the risks, and a table of the clusters; each part within its share of `limit`. */
export function markdownSummary(changes: ChangeSet, options: SummaryOptions, limit: number): readonly string[] {
  return [
    ...comparison(changes, options),
    ...noteSection(options.notes ?? [], limit * SHARE_OF_NOTES),
    ...gateSection(options.gates, limit * SHARE_OF_GATES),
    ...riskSection(foldRisks(changes), limit * SHARE_OF_RISKS),
    ...totalsTable(changes, limit * SHARE_OF_TOTALS),
  ];
}

function comparison(changes: ChangeSet, { from, to }: SummaryOptions): readonly string[] {
  const { added, removed } = changes.clusters;
  const compared = from === undefined || to === undefined ? [] : [`From ${inlineCode(from)} to ${inlineCode(to)}.`];
  const leaving = `${removed.length === 1 ? 'leaves' : 'leave'}; the objects there stay as they are.`;
  const clusters = [
    ...(added.length === 0 ? [] : [`${names(added)} ${added.length === 1 ? 'joins' : 'join'}.`]),
    ...(removed.length === 0 ? [] : [`${names(removed)} ${leaving}`]),
  ];
  const second = [...compared, ...clusters].join(' ');
  return [`**${formatTotals(changes)}**`, '', ...(second === '' ? [] : [second, ''])];
}

function noteSection(notes: readonly ChangeNote[], room: number): readonly string[] {
  const lines = notes.map(({ subject, text, detail }) => {
    return `- ${inlineCode(subject)} ${text}${detail === undefined ? '' : ` ${inlineCode(detail)}`}`;
  });
  const { shown, left } = takeLines(lines, room, MOST_ROWS);
  return section([...shown, ...(left === 0 ? [] : [`- and ${count(left, 'more note')}`])]);
}

function gateSection(gates: GateReport | undefined, room: number): readonly string[] {
  const { shown, left } = takeLines(gates === undefined ? [] : gateLines(gates), room, MOST_ROWS);
  return section([...shown, ...(left === 0 ? [] : [`> - and ${count(left, 'more line')}`])]);
}

function riskSection(risks: readonly FoldedRisk[], room: number): readonly string[] {
  const lines = risks.map((risk) => {
    const objects = names(risk.ids.map(formatObjectId), inlineCode, MOST_OBJECTS);
    return `> - ${objects === '' ? '' : `${objects}: `}${riskPhrase(risk)}`;
  });
  const { shown, left } = takeLines(lines, room, MOST_ROWS);
  const all = [...shown, ...(left === 0 ? [] : [`> - and ${count(left, 'more risk')}`])];
  return section(all.length === 0 ? [] : ['> [!WARNING]', ...all]);
}

/** `replicas go to zero in eu-1`, for people. */
export function riskPhrase(risk: Risk): string {
  const field = risk.field === undefined ? '' : `${inlineCode(risk.field)} `;
  return `${field}**${risk.message}**${riskJoint(risk)}${whereExactly(risk.clusters, inlineCode)}`;
}

function totalsTable({ objects }: ChangeSet, room: number): readonly string[] {
  const totals = countByCluster(objects);
  if (totals.length === 0) return [];
  const rows = totals.map(({ clusters, created, changed, deleted }) => {
    return `| ${names(clusters)} | ${created} | ${changed} | ${deleted} |`;
  });
  const { shown } = takeLines(rows, room, MOST_ROWS);
  const left = totals.slice(shown.length).reduce((sum, { clusters }) => sum + clusters.length, 0);
  const rest = left === 0 ? [] : [`| and ${count(left, 'more cluster')} | | | |`];
  return section(['| cluster | created | changed | deleted |', '|---|--:|--:|--:|', ...shown, ...rest]);
}
