import { loadavg } from 'node:os';
import { formatTable, median, seconds } from '../table.ts';
import type { Latency } from './latency.ts';
import type { RealResult } from './real-clusters.ts';

/** The most that a daemon takes, as a part of kubectl's time. */
const AIMS = { all: 0.9, none: 0.1 };

/** The part of values that is not above the result, from 0 to 1. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** p50 and p95. */
export function percentiles(values: readonly number[]): string {
  if (values.length === 0) return '–';
  return `${duration(percentile(values, 0.5))}, ${duration(percentile(values, 0.95))}`;
}

export function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : seconds(ms);
}

export function loadText(): string {
  return `load ${loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')}`;
}

/** A table in Markdown. */
export function formatReal(result: RealResult): string {
  const changed = median(result.kubectlChanged);
  const unchanged = median(result.kubectlUnchanged);
  const rows = [
    latencyRow('every object changed', result.all, ratioText(result.all, changed, AIMS.all)),
    latencyRow('every object changed, status at most every 10 s', result.usual, '–'),
    latencyRow('one object changed', result.one, '–'),
    latencyRow('nothing changed but a README', result.none, ratioText(result.none, unchanged, AIMS.none)),
    ['nothing changed, all read again (one cluster)', percentiles(result.resyncs), '–', '–', '–', '–'],
    ['kubectl, every object changed', percentiles(result.kubectlChanged), '–', '–', '–', '–'],
    ['kubectl, nothing changed', percentiles(result.kubectlUnchanged), '–', '–', '–', '–'],
  ];
  return formatTable(['', 'applied (p50, p95)', 'told (p50, p95)', 'CPU', 'requests', 'aim'], rows);
}

function latencyRow(title: string, latencies: readonly Latency[], aim: string): readonly string[] {
  return [
    title,
    percentiles(latencies.map(({ appliedMs }) => appliedMs)),
    percentiles(latencies.flatMap(({ statusMs }) => statusMs ?? [])),
    duration(median(latencies.map(({ cpuMs }) => cpuMs))),
    `${median(latencies.map(({ requests }) => requests))}`,
    aim,
  ];
}

function ratioText(latencies: readonly Latency[], peer: number, aim: number): string {
  const ratio = median(latencies.map(({ appliedMs, statusMs }) => statusMs ?? appliedMs)) / peer;
  return `≤ ${aim} × kubectl: ${ratio.toFixed(2)}, ${ratio <= aim ? 'reached' : 'not reached'}`;
}
