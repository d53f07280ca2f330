import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { loadAll } from 'js-yaml';

const CHART = path.resolve(import.meta.dirname, '../../deploy/chart');

/** An object as helm prints it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks for is in there, or it fails
  readonly [key: string]: any;
}

/** Values of the chart, over its own. */
export type Values = Readonly<Record<string, unknown>>;

/** The least that has to be said. */
export const LEAST: Values = { configuration: { source: 'https://git.example/fleet.git' } };

/** The chart as release `gitfed` in namespace `gitfed`. @throws with helm's words where it refuses. */
export function renderChart(helm: string, values: Values): readonly Manifest[] {
  const text = execFileSync(helm, [...ARGUMENTS, '--values', '-'], { encoding: 'utf8', input: JSON.stringify(values) });
  const documents: readonly unknown[] = loadAll(text);
  return documents.filter(isManifest);
}

function isManifest(document: unknown): document is Manifest {
  return typeof document === 'object' && document !== null && 'kind' in document && 'metadata' in document;
}

/** What helm says when it refuses values; empty where it takes them. */
export function refusalOf(helm: string, values: Values): string {
  const { status, stderr } = spawnSync(helm, [...ARGUMENTS, '--values', '-'], {
    encoding: 'utf8',
    input: JSON.stringify(values),
  });
  return status === 0 ? '' : stderr;
}

const ARGUMENTS = ['template', 'gitfed', CHART, '--namespace', 'gitfed'];

/** The only one of a kind. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const [first, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (first === undefined || more.length > 0)
    throw new Error(`${more.length + (first === undefined ? 0 : 1)} of kind ${kind}`);
  return first;
}
