import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatYaml, readYaml } from '../../src/core/index.ts';
import { ensureGoBinary } from '../../test/controlplane/go-binary.ts';
import { clusterNames, deploymentNames, replicasIn, type Size, templateText } from './repository.ts';

const SOURCES = resolve(import.meta.dirname, '..', 'kustomize');

/** The path of kustomize, which is built once; `undefined` where there is no Go to build it. */
export async function ensureKustomize(): Promise<string | undefined> {
  const notice = 'building kustomize to compare with; the first time takes about a minute';
  return await ensureGoBinary({ name: 'kustomize', directory: SOURCES, notice });
}

/**
 * Writes a base with every Deployment, and the overlay of one cluster with a patch for each: the same manifests as gitfed's for that cluster.
 *
 * @returns the folder of the overlay.
 */
export function writeOverlay(folder: string, size: Size, cluster: number): string {
  const base = join(folder, 'base');
  const overlay = join(folder, 'overlays', clusterNames(size)[cluster] ?? '');
  mkdirSync(base, { recursive: true });
  mkdirSync(overlay, { recursive: true });
  const names = deploymentNames(size);
  for (const name of names) writeFileSync(join(base, `${name}.yaml`), deploymentManifest(name));
  writeFileSync(join(base, 'namespace.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
  const resources = ['namespace.yaml', ...names.map((name) => `${name}.yaml`)];
  writeFileSync(join(base, 'kustomization.yaml'), formatYaml({ resources }));
  writeFileSync(join(overlay, 'kustomization.yaml'), overlayText(names, replicasIn(size, cluster)));
  return overlay;
}

function overlayText(names: readonly string[], replicas: number): string {
  const patch = `[{"op": "replace", "path": "/spec/replicas", "value": ${replicas}}]`;
  return formatYaml({
    resources: ['../../base'],
    labels: [{ pairs: { 'kubefed.io/managed': 'true' } }],
    patches: names.map((name) => ({ target: { kind: 'Deployment', name }, patch })),
  });
}

function deploymentManifest(name: string): string {
  const [metadata = '', ...rest] = templateText(name).split(/^(?= {4}spec:)/m);
  const head = `apiVersion: apps/v1\nkind: Deployment\n${outdent(metadata)}  name: ${name}\n  namespace: shop\n`;
  return head + outdent(rest.join(''));
}

function outdent(text: string): string {
  return text.replaceAll(/^ {4}/gm, '');
}

/** @throws where kustomize's manifests of a cluster are not those of gitfed for the first commit. */
export function compareManifests(
  program: { readonly kustomize: string; readonly gitfed: string; readonly repository: string },
  overlay: string,
  cluster: string,
): void {
  const options = { encoding: 'utf8', maxBuffer: 1 << 30 } as const;
  const theirs = execFileSync(program.kustomize, ['build', overlay], options);
  const args = [program.gitfed, 'render', '--ref', 'HEAD~1', '--cluster', cluster, program.repository];
  const ours = execFileSync(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
  if (canonical(theirs) !== canonical(ours)) throw new Error(`kustomize does not make the same of ${overlay}`);
}

function canonical(stream: string): string {
  const documents = readYaml('', stream, { documentNodes: 1_000_000, depth: 100 });
  return documents
    .map((result) => (result.ok ? formatYaml(Object(result.document.value)) : 'unreadable'))
    .sort()
    .join('---\n');
}
