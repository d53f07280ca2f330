import { stringifyJson } from '../core/index.ts';
import { type ChangeSet, isEmptyChangeSet } from '../report/change-set.ts';
import { formatGates } from '../report/gates-text.ts';
import { plainJson, plainText } from '../report/plain-text.ts';
import type { PreviewInput } from '../report/preview-types.ts';
import type { Style } from '../report/style.ts';
import { styleFor } from './colour.ts';
import type { DiffReport } from './gather-diff.ts';
import type { Io } from './io.ts';
import { writePaged } from './pager.ts';
import { printFindings } from './print-findings.ts';

export interface DiffPrinting {
  readonly output: 'text' | 'json' | 'markdown';
  readonly stat: boolean;
  /** Characters of Markdown; absent: all of it. */
  readonly limit: number | undefined;
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

async function toJson(report: DiffReport): Promise<string> {
  const { previewToJson } = await import('../report/preview-json.ts');
  const { from, unknown } = report;
  const document = {
    ...previewToJson(previewInput(report)),
    from,
    ...(unknown === undefined ? {} : { unknown: unknown.map((cluster) => ({ ...cluster })) }),
  };
  return `${plainJson(stringifyJson(document, 2))}\n`;
}

async function toMarkdown(report: DiffReport, { stat, limit }: DiffPrinting): Promise<string> {
  const { createPreview } = await import('../report/preview.ts');
  const preview = createPreview({ ...previewInput(report), stat });
  if (limit === undefined) return preview.markdown();
  return preview.comment({ characters: limit, parts: 1 })[0] ?? '';
}

function previewInput(report: DiffReport): PreviewInput {
  const { to, changes, notes, findings, baseFindings, gates } = report;
  return {
    from: { name: sideName(report) },
    to: { name: to },
    changes,
    notes,
    headFindings: findings,
    baseFindings,
    ...(gates === undefined ? {} : { gates }),
    isLive: report.unknown !== undefined,
  };
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
