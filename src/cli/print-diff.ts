import { stringifyJson } from '../core/index.ts';
import { findingToJson } from '../render/index.ts';
import { isEmptyChangeSet } from '../report/change-set.ts';
import { plainJson, plainText } from '../report/plain-text.ts';
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

async function toJson({ from, to, changes, notes, unknown, findings }: DiffReport): Promise<string> {
  const { changeSetToJson } = await import('../report/change-json.ts');
  const document = {
    from,
    to,
    ...changeSetToJson(changes),
    ...(unknown === undefined ? {} : { unknown: unknown.map((cluster) => ({ ...cluster })) }),
    notes: notes.map((note) => ({ ...note })),
    findings: findings.map(findingToJson),
  };
  return `${plainJson(stringifyJson(document, 2))}\n`;
}

async function toMarkdown(report: DiffReport, { stat }: DiffPrinting): Promise<string> {
  const { formatChangeMarkdown } = await import('../report/change-markdown.ts');
  const { to, changes, notes } = report;
  return formatChangeMarkdown(changes, { from: sideName(report), to, notes, stat });
}

async function toText({ changes }: DiffReport, { stat, color }: DiffPrinting, io: Io): Promise<string> {
  const style = styleFor(io.stdout, color, io);
  if (stat) {
    const { formatStat } = await import('../report/change-stat.ts');
    return formatStat(changes, style, io.stdout.columns);
  }
  const { formatChangeSet } = await import('../report/change-text.ts');
  return formatChangeSet(changes, style, io.stdout.columns);
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
