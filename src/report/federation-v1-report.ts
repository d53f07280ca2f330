import type { JsonObject } from '../core/index.ts';
import type { FederationImportResult, ImportReport } from '../reconcile/federation-v1-options.ts';
import type { Loss } from '../reconcile/federation-v1-types.ts';
import { findingToJson } from '../render/index.ts';
import { inlineCode } from './markdown-text.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { count, list } from './wording.ts';
import { type Columns, wrapText } from './wrap-text.ts';

/** Losses that say the same of several objects. */
interface LossGroup extends Omit<Loss, 'object'> {
  readonly objects: readonly string[];
}

function grouped(losses: readonly Loss[]): readonly LossGroup[] {
  const groups = new Map<string, { readonly loss: Loss; readonly objects: string[] }>();
  for (const loss of losses) {
    const key = [loss.field, loss.reason, loss.action].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { loss, objects: [loss.object] });
    else group.objects.push(loss.object);
  }
  return [...groups.values()].map(({ loss: { field, reason, action }, objects }) => ({
    field,
    reason,
    action,
    objects,
  }));
}

/** How it is shown. */
export interface ImportedTextOptions {
  /** The folder as it was named. */
  readonly folder: string;
  readonly style: Style;
  readonly columns: Columns;
}

/** What was imported, and what is not the same. */
export function formatImported(
  { files, credentialFiles, report }: FederationImportResult,
  { folder, style, columns }: ImportedTextOptions,
): string {
  const kinds = [...report.objects].map(([kind, number]) => `${kind} ${number}`);
  const head = [
    style.strong(
      `Imported ${count(report.clusters.length, 'cluster')} and ${count(total(report), 'federated object')} into ${plainText(folder)}, in ${count(files.length, 'file')}.`,
    ),
    ...wrapText(`Clusters: ${list(report.clusters, 20)}.`, columns),
    ...(kinds.length === 0 ? [] : wrapText(`Objects: ${kinds.join(', ')}.`, columns)),
    ...(credentialFiles.length === 0
      ? []
      : [`Credentials: ${count(credentialFiles.length, 'file')} in --credentials-dir.`]),
  ];
  if (report.losses.length === 0) return `${[...head, '', 'Nothing was lost.'].join('\n')}\n`;
  const losses = grouped(report.losses).flatMap(({ field, reason, action, objects }) => [
    '',
    `${style.warning(plainText(field))} of ${list(objects)}`,
    ...wrapText(plainText(reason), columns, 2),
    ...wrapText(`To do: ${plainText(action)}`, columns, 2).map((line) => style.faint(line)),
  ]);
  const title = style.strong(`Not as it was, ${count(report.losses.length, 'record')}:`);
  return `${[...head, '', title, ...losses].join('\n')}\n`;
}

function total({ objects }: ImportReport): number {
  return [...objects.values()].reduce((sum, number) => sum + number, 0);
}

/** The report as one JSON document. */
export function importReportToJson(report: ImportReport): JsonObject {
  return {
    clusters: [...report.clusters],
    objects: Object.fromEntries(report.objects),
    losses: report.losses.map(({ object, field, reason, action }) => ({ object, field, reason, action })),
    findings: report.findings.map(findingToJson),
    ok: report.ok,
  };
}

/** What `-o json` prints. */
export function importedToJson({ outputDir, files, credentialFiles, report }: FederationImportResult): JsonObject {
  return { outputDir, files: [...files], credentialFiles: [...credentialFiles], ...importReportToJson(report) };
}

/** The report as a page for the repository. */
export function importReportMarkdown(report: ImportReport): string {
  const kinds = [...report.objects].map(([kind, number]) => `| ${inlineCode(kind)} | ${number} |`);
  const lines = [
    '# Imported from Federation v1',
    '',
    `${count(report.clusters.length, 'cluster')}: ${report.clusters.map(inlineCode).join(', ')}.`,
    '',
    ...(kinds.length === 0 ? [] : ['| kind | objects |', '|---|---|', ...kinds, '']),
    '## What is not as it was',
    '',
    ...(report.losses.length === 0 ? ['Nothing was lost.', ''] : grouped(report.losses).flatMap(lossLines)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function lossLines({ field, reason, action, objects }: LossGroup): readonly string[] {
  return [
    `### ${inlineCode(field)}`,
    '',
    markdownText(reason),
    '',
    `To do: ${markdownText(action)}`,
    '',
    ...objects.map((object) => `- ${inlineCode(object)}`),
    '',
  ];
}

/** A sentence with words that somebody else wrote, as a paragraph of Markdown that means nothing but its letters. */
function markdownText(text: string): string {
  return plainText(text).replace(/[\\`*_[\]<>|#&~]/g, '\\$&');
}
