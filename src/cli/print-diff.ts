import { stringifyJson } from '../core/index.ts';
import { findingToJson } from '../render/index.ts';
import { type ChangeSet, isEmptyChangeSet } from '../report/change-set.ts';
import { formatGates } from '../report/gates-text.ts';
import { plainJson, plainText } from '../report/plain-text.ts';
import type { Style } from '../report/style.ts';
import { styleFor } from './colour.ts';
import type { DiffReport } from './gather-diff.ts';
import type { Io } from './io.ts';
import { writePaged } from './pager.ts';
import { printFindings } from './print-findings.ts';

export interface DiffPrinting {
  readonly output: 'text' | 'json' | 'markdown';
  readonly stat: boolean;
  readonly color: boolean | undefined;
  readonly pager: boolean;
}

/** Prints a report in one form: the result on stdout; with text and Markdown, the commentary on stderr. */
export async function printDiff(report: DiffReport, printing: DiffPrinting, io: Io): Promise<void> {
  if (printing.output === 'json') {
    await io.stdout.write(await toJson(report));
    return;
  }
  await printFindings(report.findings, io.stderr, styleFor(io.stderr, printing.color, io));
  if (printing.output === 'markdown') await io.stdout.write(await toMarkdown(report, printing));
  else {
    await printHints(report, io);
    await writePaged(await toText(report, printing, io), io, printing.pager);
  }
}

async function toJson({ from, to, changes, gates, notes, unknown, findings }: DiffReport): Promise<string> {
  const { changeSetToJson } = await import('../report/change-json.ts');
  const { gateReportToJson } = await import('../report/gates-json.ts');
  const document = {
    from,
    to,
    ...changeSetToJson(changes),
    ...(gates === undefined ? {} : { gates: gateReportToJson(gates) }),
    ...(unknown === undefined ? {} : { unknown: unknown.map((cluster) => ({ ...cluster })) }),
    notes: notes.map((note) => ({ ...note })),
    findings: findings.map(findingToJson),
  };
  return `${plainJson(stringifyJson(document, 2))}\n`;
}

async function toMarkdown(report: DiffReport, { stat }: DiffPrinting): Promise<string> {
  const { formatChangeMarkdown } = await import('../report/change-markdown.ts');
  const { to, changes, notes, gates } = report;
  const options = { from: sideName(report), to, notes, stat, ...(gates === undefined ? {} : { gates }) };
  return formatChangeMarkdown(changes, options);
}

async function toText({ changes, gates }: DiffReport, printing: DiffPrinting, io: Io): Promise<string> {
  const style = styleFor(io.stdout, printing.color, io);
  const told = gates === undefined ? '' : formatGates(gates, style, { columns: io.stdout.columns });
  const text = await changesToText(changes, printing, { style, columns: io.stdout.columns });
  return [text, told].filter((part) => part !== '').join('\n');
}

async function changesToText(
  changes: ChangeSet,
  { stat }: DiffPrinting,
  { style, columns }: { readonly style: Style; readonly columns: number | undefined },
): Promise<string> {
  if (stat) {
    const { formatStat } = await import('../report/change-stat.ts');
    return formatStat(changes, style, columns);
  }
  const { formatChangeSet } = await import('../report/change-text.ts');
  return formatChangeSet(changes, style, columns);
}

async function printHints(report: DiffReport, io: Io): Promise<void> {
  const [from, to] = [plainText(sideName(report)), plainText(report.to)];
  const lines = report.notes.map(({ subject, text, detail }) =>
    plainText([subject, text, detail ?? ''].join(' ').trimEnd()),
  );
  const title = isEmptyChangeSet(report.changes)
    ? `No difference between ${from} and ${to}.`
    : `From ${from} to ${to}:`;
  await io.stderr.write([...lines, title, ''].join('\n'));
}

function sideName({ from, unknown }: DiffReport): string {
  return unknown === undefined ? from : 'the members';
}
