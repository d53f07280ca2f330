import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { writeOverlay } from '../render/kustomize.ts';
import { deploymentNames, type Size } from '../render/repository.ts';

/**
 * What people do without gitfed: `kustomize build` of the overlays of both commits, and `diff -r`. So many clusters only: all of them would take
 * minutes.
 *
 * @returns milliseconds of all of it.
 */
export function compareOverlays(
  kustomize: string,
  folder: string,
  size: Size,
  clusters: number,
  changed: readonly string[],
): number {
  const sides = ['before', 'after'].map((name) => join(folder, name));
  const overlays = sides.map((side) =>
    Array.from({ length: clusters }, (_, cluster) => writeOverlay(side, size, cluster)),
  );
  for (const name of changed) retag(join(folder, 'after', 'base', `${name}.yaml`));
  const start = performance.now();
  for (const [index, side] of sides.entries()) {
    for (const [cluster, overlay] of (overlays[index] ?? []).entries()) {
      const text = execFileSync(kustomize, ['build', overlay], { maxBuffer: 1 << 30 });
      writeFileSync(join(side, `rendered-${cluster}.yaml`), text);
    }
  }
  let found = 0;
  for (let cluster = 0; cluster < clusters; cluster += 1) found += countDifferences(sides, `rendered-${cluster}.yaml`);
  const ms = performance.now() - start;
  if (found !== changed.length * clusters)
    throw new Error(`diff -r found ${found} changed images, not ${changed.length * clusters}`);
  return ms;
}

function retag(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/:1\.0$/m, ':1.1'));
}

function countDifferences(sides: readonly string[], name: string): number {
  try {
    execFileSync('diff', ['-r', ...sides.map((side) => join(side, name))], {
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 30,
    });
    return 0;
  } catch (error) {
    const { status, stdout } = error as { readonly status?: number; readonly stdout?: Buffer };
    if (status !== 1 || stdout === undefined) throw error;
    return stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line.startsWith('>')).length;
  }
}

/** The names of all Deployments, or of the one that changes. */
export function changedNames(size: Size, all: boolean): readonly string[] {
  return all ? deploymentNames(size) : deploymentNames(size).slice(0, 1);
}
