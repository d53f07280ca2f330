import { formatTable, median, spread } from '../table.ts';
import type { Measurement } from './measure.ts';
import { type Size, sizeName } from './repository.ts';

export type Output =
  | 'stream'
  | 'git tree'
  | 'git tree again'
  | `directory, ${'memory' | 'disk'}`
  | `bare loop, ${'memory' | 'disk'}`
  | 'kustomize, 1 cluster'
  | `${Change}: ${'rendering' | 'reading and rendering' | 'stream' | 'directory' | 'git tree'}`;

/** What happened between two renderings of one process. */
export type Change = 'one file changed' | 'one cluster relabelled';

export interface Row {
  readonly size: Size;
  readonly output: Output;
  readonly manifests: number;
  readonly measured: readonly Measurement[];
}

/** The size that the aims are for. */
const AIMED = { clusters: 100, deployments: 1000 };
const MOST_SECONDS = 2;
const MOST_MEMORY = 400;
const TIMES_KUSTOMIZE = 100;
const MOST_SECONDS_OF_DIRECTORY = 2.5;
const TIMES_BARE_LOOP = 1.5;
const MOST_MS_OF_START = 100;
const MOST_MS_AGAIN = 30;

/** A table in Markdown: what each way of output takes, and whether the aims are reached. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    sizeName(row.size),
    row.output,
    spread(row.measured.map(({ ms }) => ms)),
    Math.round(rateOf(row)).toLocaleString('en'),
    peakOf(row) === undefined ? '–' : `${peakOf(row)?.toFixed(0)} MB`,
    aimText(row, rows),
  ]);
  return formatTable(['Deployments × clusters', 'to', 'time', 'manifests/s', 'peak memory', 'aim'], cells);
}

function aimText(row: Row, rows: readonly Row[]): string {
  if (row.size.clusters !== AIMED.clusters || row.size.deployments !== AIMED.deployments) return '–';
  const find = (output: Output): Row | undefined =>
    rows.find((other) => other.output === output && other.size === row.size);
  switch (row.output) {
    case 'stream':
    case 'git tree': {
      const peer = find('kustomize, 1 cluster');
      return [
        told(`≤ ${MOST_SECONDS} s`, secondsOf(row) <= MOST_SECONDS),
        told(`≤ ${MOST_MEMORY} MB`, (peakOf(row) ?? Number.POSITIVE_INFINITY) <= MOST_MEMORY),
        ...(peer === undefined ? [] : [timesText(rateOf(row) / rateOf(peer))]),
      ].join('; ');
    }
    case 'directory, memory':
      return told(`≤ ${MOST_SECONDS_OF_DIRECTORY} s`, secondsOf(row) <= MOST_SECONDS_OF_DIRECTORY);
    case 'directory, disk': {
      const loop = find('bare loop, disk');
      if (loop === undefined) return '–';
      const ratio = secondsOf(row) / secondsOf(loop);
      return told(`≤ ${TIMES_BARE_LOOP} × bare loop: ${ratio.toFixed(2)}`, ratio <= TIMES_BARE_LOOP);
    }
    case 'one file changed: rendering':
      return told(`≤ ${MOST_MS_AGAIN} ms`, secondsOf(row) * 1000 <= MOST_MS_AGAIN);
    default:
      return '–';
  }
}

function timesText(times: number): string {
  return told(`≥ ${TIMES_KUSTOMIZE} × kustomize: ${times.toFixed(0)}`, times >= TIMES_KUSTOMIZE);
}

function told(aim: string, isReached: boolean): string {
  return `${aim}, ${isReached ? 'reached' : 'not reached'}`;
}

/** How long `--help` takes, beside an empty program of Node. */
export function formatStart({
  help,
  node,
}: {
  readonly help: readonly number[];
  readonly node: readonly number[];
}): string {
  const aim = told(`≤ ${MOST_MS_OF_START} ms`, median(help) <= MOST_MS_OF_START);
  const rows = [
    ['gitfed --help', spreadMs(help), aim],
    ['node --eval ""', spreadMs(node), '–'],
  ];
  return formatTable(['start', 'time', 'aim'], rows);
}

function spreadMs(times: readonly number[]): string {
  return `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)})`;
}

function secondsOf({ measured }: Row): number {
  return median(measured.map(({ ms }) => ms)) / 1000;
}

function rateOf(row: Row): number {
  return row.manifests / secondsOf(row);
}

function peakOf({ measured }: Row): number | undefined {
  const peaks = measured.flatMap(({ peak }) => peak ?? []);
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}
