import { formatObjectId, objectIdKey } from '../core/index.ts';
import type { ChangeNote } from './change-note.ts';
import { compareRisks, RISK_FLAGS, riskPhrase } from './change-phrases.ts';
import type { ChangeSet } from './change-set.ts';
import { countChanges, foldRisks } from './change-wording.ts';
import { names, section, takeLines } from './markdown-lines.ts';
import { inlineCode } from './markdown-text.ts';
import { findingLines } from './preview-findings.ts';
import { gateSection } from './preview-gates.ts';
import { type ClusterRow, clusterRows, totalReplicas } from './preview-totals.ts';
import type { PreviewInput, PreviewSide } from './preview-types.ts';
import { unshownPhrase } from './unshown.ts';
import { count } from './wording.ts';

/** How much of the header is shown: it has a fixed size, but for the complete report. */
export interface HeaderExtent {
  /** Characters, of which each part has its share. */
  readonly room: number;
  readonly rows: number;
  readonly names: number;
  readonly objects: number;
}

const MOST_CHARACTERS = 16_000;
export const WHOLE_HEADER: HeaderExtent = {
  room: Number.POSITIVE_INFINITY,
  rows: Number.POSITIVE_INFINITY,
  names: Number.POSITIVE_INFINITY,
  objects: Number.POSITIVE_INFINITY,
};

/** For a text of so many characters. */
export function fixedHeader(characters: number): HeaderExtent {
  return { room: Math.min(MOST_CHARACTERS, characters / 2), rows: 20, names: 6, objects: 3 };
}

/** What each part may take of the whole. */
const SHARES = { gates: 0.15, findings: 0.15, risks: 0.35, totals: 0.25, notes: 0.1 } as const;

/** What a report begins with, so that nothing that matters is cut off with the rest. */
export function previewHeader(input: PreviewInput, extent: HeaderExtent): readonly string[] {
  const { changes, notes = [] } = input;
  const { room } = extent;
  return [
    '### What this change does to the clusters',
    '',
    ...comparison(input),
    ...gateSection(input, room * SHARES.gates, extent),
    ...findingLines(input, room * SHARES.findings, extent),
    ...riskLines(changes, room * SHARES.risks, extent),
    ...totalsTable(clusterRows(changes), room * SHARES.totals, extent),
    ...noteLines(allNotes(changes, notes), room * SHARES.notes, extent),
  ];
}

function comparison({ changes, from, to, milliseconds }: PreviewInput): readonly string[] {
  const { added, removed } = changes.clusters;
  const replicas = totalReplicas(changes);
  const leaving = `${removed.length === 1 ? 'leaves' : 'leave'}; the objects there stay as they are.`;
  const time = milliseconds === undefined ? '' : ` Rendered and compared in ${seconds(milliseconds)}.`;
  return [
    `${totalSentence(changes)}${replicas === undefined ? '' : replicaSentence(replicas)}`,
    '',
    `From ${sideName(from)} to ${sideName(to)}.${time}`,
    '',
    ...(added.length === 0 ? [] : [`${names(added)} ${added.length === 1 ? 'joins' : 'join'}.`, '']),
    ...(removed.length === 0 ? [] : [`${names(removed)} ${leaving}`, '']),
  ];
}

/** One object in ten clusters is ten changes: a reader has to know which is counted. */
function totalSentence({ objects }: ChangeSet): string {
  if (objects.length === 0) return '**No object changes in any cluster.**';
  const clusters = new Set(objects.flatMap((change) => change.clusters)).size;
  const names = new Set(objects.map(({ id }) => objectIdKey(id))).size;
  const { created, changed, deleted } = countChanges(objects);
  const verb = names === 1 ? 'changes' : 'change';
  return `**${count(names, 'object')} ${verb} in ${count(clusters, 'cluster')}.** Counted in every cluster: ${created} created, ${changed} changed, ${deleted} deleted.`;
}

function replicaSentence({ before, after }: { readonly before: number; readonly after: number }): string {
  return before === after ? '' : ` Replicas in these clusters: ${before} → ${after}.`;
}

function sideName({ name, subject }: PreviewSide): string {
  return subject === undefined ? inlineCode(name) : `${inlineCode(name)} ${inlineCode(subject)}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function riskLines(changes: ChangeSet, room: number, { rows, objects }: HeaderExtent): readonly string[] {
  const risks = foldRisks(changes).toSorted(compareRisks);
  const lines = risks.map((risk) => {
    const ids = names(risk.ids.map(formatObjectId), inlineCode, objects);
    return `> - ${ids === '' ? '' : `${ids}: `}${riskPhrase(risk)}`;
  });
  const { shown, left } = takeLines(lines, room, rows);
  const all = [...shown, ...(left === 0 ? [] : [`> - and ${count(left, 'more risk')}`])];
  return section(
    all.length === 0
      ? []
      : ['> [!WARNING]', `> **${count(risks.length, 'risk')}** to look at before this goes on:`, '>', ...all],
  );
}

function totalsTable(rows: readonly ClusterRow[], room: number, extent: HeaderExtent): readonly string[] {
  if (rows.length === 0) return [];
  const hasReplicas = rows.some(({ replicas }) => replicas !== undefined);
  const head = ['clusters', 'created', 'changed', 'deleted', ...(hasReplicas ? ['replicas'] : []), 'risks'];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cells = rows.map((row) =>
    line([names(row.clusters, inlineCode, extent.names), ...numberCells([row], hasReplicas)]),
  );
  const { shown } = takeLines(cells, room, extent.rows);
  const left = rows.slice(shown.length);
  const clusters = left.reduce((sum, row) => sum + row.clusters.length, 0);
  const rest =
    clusters === 0 ? [] : [line([`and ${count(clusters, 'more cluster')}`, ...numberCells(left, hasReplicas)])];
  const align = ['---', '--:', '--:', '--:', ...(hasReplicas ? ['--:'] : []), '---'];
  return section([line(head), `|${align.join('|')}|`, ...shown, ...rest]);
}

/** Of one row; or of all rows that are left, the smallest and the greatest number. */
function numberCells(rows: readonly ClusterRow[], hasReplicas: boolean): readonly string[] {
  const range = (of: (row: ClusterRow) => number): string => {
    const [least, most] = [Math.min, Math.max].map((pick) => rows.map(of).reduce((a, b) => pick(a, b)));
    return least === most ? `${least}` : `${least}–${most}`;
  };
  const codes = new Set(rows.flatMap(({ risks }) => risks));
  const [before, after] = [
    range(({ replicas }) => replicas?.before ?? 0),
    range(({ replicas }) => replicas?.after ?? 0),
  ];
  return [
    range(({ created }) => created),
    range(({ changed }) => changed),
    range(({ deleted }) => deleted),
    ...(hasReplicas ? [before === after ? before : `${before} → ${after}`] : []),
    [...RISK_FLAGS].flatMap(([code, flag]) => (codes.has(code) ? [flag] : [])).join(', '),
  ];
}

function allNotes({ unshown = [] }: ChangeSet, notes: readonly ChangeNote[]): readonly string[] {
  return [
    ...notes.map(({ subject, text, detail }) => {
      return `${inlineCode(subject)} ${text}${detail === undefined ? '' : ` ${inlineCode(detail)}`}`;
    }),
    ...unshown.map((one) => `Not shown: ${unshownPhrase(one, names(one.clusters))}`),
  ];
}

function noteLines(notes: readonly string[], room: number, { rows }: HeaderExtent): readonly string[] {
  const { shown, left } = takeLines(
    notes.map((note) => `- ${note}`),
    room,
    rows,
  );
  return section([...shown, ...(left === 0 ? [] : [`- and ${count(left, 'more note')}`])]);
}
