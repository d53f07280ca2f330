import type { Finding } from '../core/index.ts';
import { type ChangeSet, isEmptyChangeSet } from './change-set.ts';
import { formatChangeLines, formatSummary } from './change-text.ts';
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
  const told = formatGates(gates, style, columns).split('\n').slice(0, -1);
  const numbers = isEmptyChangeSet(changes)
    ? ['Nothing changes in any cluster.']
    : formatSummary(changes, style, columns);
  const objects = formatChangeLines(changes, style, columns);
  return [
    ...cut(numbers, MOST_LINES.risks, whole),
    ...cut(told, MOST_LINES.gates, whole),
    ...findingLines(findings, style, columns),
    ...(objects.length === 0 ? [] : ['']),
    ...cut(objects, MOST_LINES.objects, whole),
  ];
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
