/**
 * Writes what is made of other files in `deploy/`: the version and the schema of values in the chart, and the plain manifests.
 *
 * Run `npm run generate:deploy` after a change of the chart, of the daemon's settings or of the version; a test says when that was forgotten.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureHelm } from '../test/deploy/helm.ts';
import { valuesSchema } from './values-schema.ts';

const ROOT = resolve(import.meta.dirname, '..');
export const CHART = join(ROOT, 'deploy/chart');
export const MANIFESTS = join(ROOT, 'deploy/manifests');
const HEAD =
  '# Rendered from deploy/chart by `npm run generate:deploy`: change the chart, or patch this by a kustomization.\n';

/** Files of the chart that are generated, by their path below it. */
export function generatedChartFiles(): ReadonlyMap<string, string> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const chart = readFileSync(join(CHART, 'Chart.yaml'), 'utf8');
  return new Map([
    ['Chart.yaml', chart.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${version}`)],
    ['values.schema.json', `${JSON.stringify(valuesSchema(), undefined, 2)}\n`],
  ]);
}

/** The plain manifests: one file for each template that gives something, and the kustomization that lists them. */
export function generatedManifests(helm: string): ReadonlyMap<string, string> {
  const out = mkdtempSync(join(tmpdir(), 'gitfed-manifests-'));
  try {
    const args = ['--namespace', 'gitfed', '--values', join(MANIFESTS, 'values.yaml'), '--output-dir', out];
    execFileSync(helm, ['template', 'gitfed', CHART, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    const templates = join(out, 'gitfed', 'templates');
    const files = readdirSync(templates)
      .toSorted()
      .map((name) => [name, manifestOf(readFileSync(join(templates, name), 'utf8'))] as const);
    return new Map([
      ...files,
      ['kustomization.yaml', kustomizationOf(['namespace.yaml', ...files.map(([name]) => name)])],
    ]);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function manifestOf(rendered: string): string {
  const text = rendered.replaceAll(/^---\n# Source: .*\n/gm, '---\n').trim();
  return `${HEAD}${text.replace(/^---\n/, '')}\n`;
}

function kustomizationOf(names: readonly string[]): string {
  const resources = names.toSorted().map((name) => `  - ${name}\n`);
  return `${HEAD}apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources.join('')}`;
}

if (import.meta.main) {
  const helm = await ensureHelm();
  if (helm === undefined) throw new Error('Go 1.26 or newer is needed, which builds helm');
  for (const [name, text] of generatedChartFiles()) writeFileSync(join(CHART, name), text);
  for (const [name, text] of generatedManifests(helm)) writeFileSync(join(MANIFESTS, name), text);
}
