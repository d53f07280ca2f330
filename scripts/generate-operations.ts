/**
 * Writes the tables of `docs/operations.md` that the code knows best: the settings of the daemon, and its metrics.
 *
 * Run `node scripts/generate-operations.ts` after a change of either; a test says when that was forgotten.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS, type Setting } from '../src/daemon/settings.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
export const PAGE = join(ROOT, 'docs/operations.md');
/** What the daemon answers at `/metrics`, without values; a test holds it against the code. */
const METRICS = join(ROOT, 'src/daemon/testdata/metrics.txt');

/** A metric as Prometheus is told of it. */
export interface DescribedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** The page with its tables as they should be. */
export function generateOperations(page: string): string {
  const metrics = describedMetrics();
  const tables: Readonly<Record<string, string>> = {
    settings: table(['setting', 'variable', 'option', 'default', 'a change counts', ''], SETTINGS.map(settingRow)),
    metrics: table(
      ['metric', 'type', 'labels', ''],
      metrics.map(({ name, type, help, labels }) => [`\`${name}\``, type, codes(labels), help]),
    ),
  };
  return page.replaceAll(/<!-- table: (\w+) -->[\s\S]*?<!-- end -->/g, (_match, name: string) => {
    return `<!-- table: ${name} -->\n\n${tables[name] ?? ''}\n<!-- end -->`;
  });
}

/** Every metric of gitfed itself, in the order in which they are told. */
export function describedMetrics(): readonly DescribedMetric[] {
  const text = readFileSync(METRICS, 'utf8');
  return [...text.matchAll(/^# HELP (?<name>\S+) (?<help>.*)\n# TYPE \S+ (?<type>\w+)\n(?<series>[^#\n]*)/gm)].map(
    ({ groups: { name = '', help = '', type = '', series = '' } = {} }) => {
      const labels = /\{(?<labels>.*)\}/.exec(series)?.groups?.['labels']?.split(',') ?? [];
      return { name, type, help, labels: labels.filter((label) => !label.startsWith('le=')) };
    },
  );
}

function settingRow({ name, env, flag, change, schema }: Setting): readonly string[] {
  const value = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('"', '')}\``;
  const option = name === 'source' ? 'the argument' : `\`--${flag}\``;
  const when = change === 'live' ? 'at once' : 'after a restart';
  return [`\`${name}\``, `\`${env}\``, option, value, when, (schema.description ?? '').replaceAll(/[|<>]/g, '\\$&')];
}

function codes(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

if (import.meta.main) writeFileSync(PAGE, generateOperations(readFileSync(PAGE, 'utf8')));
