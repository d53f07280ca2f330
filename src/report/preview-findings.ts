import { compareFindings, type Finding } from '../core/index.ts';
import { messageWithCluster } from './findings.ts';
import { section, takeLines } from './markdown-lines.ts';
import { fence, fencedLine } from './markdown-text.ts';
import type { HeaderExtent } from './preview-header.ts';
import type { PreviewInput } from './preview-types.ts';
import { count } from './wording.ts';

/** A finding of the newer side, and whether the older one had it already. */
export interface ComparedFinding {
  readonly finding: Finding;
  readonly isNew: boolean;
}

/** The findings of both sides: what is new comes first, errors before warnings; and what is gone. */
export interface ComparedFindings {
  readonly head: readonly ComparedFinding[];
  readonly gone: readonly Finding[];
}

/** A finding is the same where it says the same of the same file: lines move with what stands above them. */
export function compareFindingLists(base: readonly Finding[], head: readonly Finding[]): ComparedFindings {
  const known = Map.groupBy(base, findingKey);
  const compared = head.map((finding) => ({ finding, isNew: known.get(findingKey(finding))?.shift() === undefined }));
  return { head: compared.toSorted(compareCompared), gone: [...known.values()].flat().sort(compareFindings) };
}

function findingKey({ code, file, message, cluster = '' }: Finding): string {
  return [code, file, cluster, message].join('\n');
}

function compareCompared(a: ComparedFinding, b: ComparedFinding): number {
  return severityOf(a) - severityOf(b) || compareFindings(a.finding, b.finding);
}

/** New errors, new warnings, old errors, old warnings. */
function severityOf({ finding, isNew }: ComparedFinding): number {
  return (isNew ? 0 : 2) + (finding.severity === 'error' ? 0 : 1);
}

/** What is wrong with the newer side. Old warnings are counted, and listed in the complete report. */
export function findingLines(
  { baseFindings, headFindings }: PreviewInput,
  room: number,
  { rows }: Pick<HeaderExtent, 'rows'>,
): readonly string[] {
  const { head, gone } = compareFindingLists(baseFindings, headFindings);
  const told = head.filter((one) => !isOldWarning(one));
  const sentence = findingSentence(head, gone);
  if (sentence === '') return [];
  const { shown, left } = takeLines(told.map(findingLine), room, rows);
  const rest = left === 0 ? [] : [`and ${count(left, 'more finding')}`];
  return section([sentence, ...(shown.length + rest.length === 0 ? [] : ['', ...fence([...shown, ...rest], 'text')])]);
}

/** The warnings that were there before. */
export function oldWarningLines({ baseFindings, headFindings }: PreviewInput): readonly string[] {
  const old = compareFindingLists(baseFindings, headFindings).head.filter(isOldWarning);
  return old.length === 0 ? [] : fence(old.map(findingLine), 'text');
}

function isOldWarning({ finding, isNew }: ComparedFinding): boolean {
  return !isNew && finding.severity === 'warning';
}

function findingSentence(head: readonly ComparedFinding[], gone: readonly Finding[]): string {
  const number = (severity: Finding['severity'], isNew: boolean): number =>
    head.filter((one) => one.isNew === isNew && one.finding.severity === severity).length;
  const errors = number('error', true);
  const old = number('error', false);
  const parts = [
    ...(errors > 0
      ? [`**${count(errors, 'new error')}**: what is in error stays in the clusters as it was applied last`]
      : []),
    ...(old > 0 ? [`${count(old, 'error')} that ${old === 1 ? 'was' : 'were'} there before`] : []),
    ...(number('warning', true) > 0 ? [count(number('warning', true), 'new warning')] : []),
    ...(number('warning', false) > 0 ? [`${count(number('warning', false), 'warning')} as before`] : []),
    ...(gone.length > 0 ? [`${count(gone.length, 'finding')} of before ${gone.length === 1 ? 'is' : 'are'} gone`] : []),
  ];
  return parts.length === 0 ? '' : `Findings: ${parts.join('; ')}.`;
}

function findingLine({ finding, isNew }: ComparedFinding): string {
  const { file, line, column, severity, code } = finding;
  const place = file === '' ? 'repository' : `${file}:${line}:${column}`;
  const age = isNew ? '' : ' (was there before)';
  return fencedLine(`${place}: ${severity} ${code}${age}: ${messageWithCluster(finding)}`);
}
