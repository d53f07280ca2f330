import type { Finding } from '../core/index.ts';
import { type ChangeSet, isEmptyChangeSet } from './change-set.ts';
import { changeBlocks, formatSummary } from './change-text.ts';
import { formatFinding } from './findings.ts';
import type { GateReport } from './gates.ts';
import { formatGates } from './gates-text.ts';
import type { ComparedFindings } from './new-findings.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { wrapText } from './text-layout.ts';
import { count } from './wording.ts';

/** What a push of one branch means for the members. */
export interface PushSummary {
  /** `main 0426da51c3f2 → 4c20421aa001, 2 commits`, of plain text. */
  readonly title: string;
  /** Sentences. */
  readonly notes: readonly string[];
  /** Absent where nothing was rendered. */
  readonly change?: {
    readonly changes: ChangeSet;
    readonly gates: GateReport;
    readonly findings: ComparedFindings;
    /** The command that shows all of it. */
    readonly whole: string;
  };
}

/** So many lines of each part are shown: all of it together is about a screenful. */
const MOST_LINES = { risks: 12, gates: 16, findings: 8, objects: 24 } as const;

/**
 * For whoever pushes: first the numbers, the risks and the gates, then the findings that are new, then the objects, so that what is left out is the
 * least. No colours: the other end may be no terminal.
 */
export function formatPushSummary({ title, notes, change }: PushSummary, style: Style, columns: number): string {
  const lines = [
    style.strong(plainText(title)),
    ...notes.flatMap((note) => wrapText(plainText(note), columns)),
    ...(change === undefined ? [] : changeLines(change, style, columns)),
  ];
  return `${lines.join('\n')}\n`;
}

function changeLines(
  { changes: all, gates, findings, whole }: NonNullable<PushSummary['change']>,
  style: Style,
  columns: number,
): readonly string[] {
  // The gate tells of it, and whether somebody allowed it.
  const changes = { ...all, risks: all.risks.filter(({ code }) => code !== 'ManyDeletions') };
  const told = formatGates(gates, style, { columns }).split('\n').slice(0, -1);
  const numbers = isEmptyChangeSet(changes)
    ? ['Nothing changes in any cluster.']
    : formatSummary(changes, style, columns);
  const objects = objectLines(changes, style, columns, whole);
  return [
    ...cut(numbers, MOST_LINES.risks, whole),
    ...cut(told, MOST_LINES.gates, whole),
    ...findingLines(findings, style, columns),
    ...(objects.length === 0 ? [] : ['']),
    ...objects,
  ];
}

/** Nothing is made of what is not shown: there may be a thousand objects. */
function objectLines(changes: ChangeSet, style: Style, columns: number, whole: string): readonly string[] {
  const lines: string[] = [];
  let left = groupedObjects(changes);
  for (const block of changeBlocks(changes, style, columns)) {
    // One of which not even the first line is shown is among those that are left out.
    if (lines.length < MOST_LINES.objects - 1) left -= block.objects;
    lines.push(...block.lines.slice(0, MOST_LINES.objects));
    if (lines.length > MOST_LINES.objects) break;
  }
  if (lines.length <= MOST_LINES.objects) return lines;
  const more = left > 0 ? `, and ${count(left, 'more change')}` : '';
  return [...lines.slice(0, MOST_LINES.objects - 1), `… the rest of it${more}. All of it: ${whole}`];
}

/** How many objects all blocks are about: the two names of a renamed one are one. */
function groupedObjects({ objects }: ChangeSet): number {
  return objects.filter(({ renamedTo }) => renamedTo === undefined).length;
}

function findingLines({ fresh, old }: ComparedFindings, style: Style, columns: number): readonly string[] {
  const [errors, warnings] = (['error', 'warning'] as const).map((severity) => ofSeverity(fresh, severity));
  const before = ofSeverity(old, 'error').length;
  const shown = [...(errors ?? []), ...(warnings ?? [])];
  const counts = [
    ...(errors?.length ? [count(errors.length, 'new error')] : []),
    ...(warnings?.length ? [count(warnings.length, 'new warning')] : []),
    ...(before === 0 ? [] : [`${count(before, 'error')} that ${before === 1 ? 'was' : 'were'} there before`]),
  ];
  if (counts.length === 0) return [];
  const lines = shown.slice(0, MOST_LINES.findings).flatMap((finding) => {
    const text = wrapText(formatFinding(finding, style), columns - 4);
    return text.map((line, index) => `${index === 0 ? '  ' : '    '}${line}`);
  });
  const left = shown.length - MOST_LINES.findings;
  return [
    `${counts.join(', ')}${shown.length === 0 ? '.' : ':'}`,
    ...lines,
    ...(left > 0 ? [`  … and ${left} more: gitfed validate`] : []),
  ];
}

function ofSeverity(findings: readonly Finding[], severity: Finding['severity']): readonly Finding[] {
  return findings.filter((finding) => finding.severity === severity);
}

function cut(lines: readonly string[], most: number, whole: string): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `… ${count(lines.length - most + 1, 'more line')}. All of it: ${whole}`];
}
