/**
 * Federated Deployments with one override for each cluster, rendered by the built command as a fresh process from a commit to a stream, a
 * git tree and a directory, beside `kustomize build` of overlays with the same manifests and a bare loop that writes the same bytes.
 * Run with `npm run bench:render -- [--rounds N] [--sizes 100x1000,1000x100/7,…] [--cpu-prof FOLDER]`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { compareManifests, ensureKustomize, writeOverlay } from './render/kustomize.ts';
import { type Measurement, measureNode, measureProgram } from './render/measure.ts';
import { clusterNames, createRepository, manifestCount, type Size, sizeName } from './render/repository.ts';
import { type Change, formatRows, formatStart, type Output, type Row } from './render/table.ts';

const ROOT = resolve(import.meta.dirname, '..');
const BARE_LOOP = join(import.meta.dirname, 'render', 'bare-loop.ts');
const AGAIN = join(import.meta.dirname, 'render', 'again.ts');
const MEMORY = '/dev/shm';
/** More files than this take minutes to write, and as long to remove. */
const MOST_FILES = 200_000;
/** More than this are written to a disk twice. */
const MOST_FILES_OFTEN = 50_000;
/** Larger repositories are rendered once. */
const REPEATED_MANIFESTS = 200_000;
const STARTS = 11;
/** By the branch, or commit, that has it. */
const CHANGES: readonly (readonly [Change, string])[] = [
  ['one file changed', 'main~1'],
  ['one cluster relabelled', 'relabelled'],
];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '100x10,1000x10,100x100,1000x100,1000x100/7,100x1000,1000x1000' },
    'cpu-prof': { type: 'string' },
  },
});
const sizes = values.sizes.split(',').map(parseSize);

const inMemory = existsSync(MEMORY) ? mkdtempSync(join(MEMORY, 'gitfed-bench-')) : undefined;
const onDisk = mkdtempSync(join(tmpdir(), 'gitfed-bench-'));
const scratch = inMemory ?? onDisk;
try {
  const gitfed = buildGitfed();
  const kustomize = await ensureKustomize();
  if (kustomize === undefined) console.log('kustomize is not compared with: there is no Go 1.26 or newer to build it.');

  const rows: Row[] = [];
  for (const size of sizes) rows.push(...(await measureSize(gitfed, kustomize, size)));
  console.log(`\n${formatRows(rows)}\n`);
  console.log(formatStart(await measureStart(gitfed)));
} finally {
  for (const folder of [inMemory, onDisk]) if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** Every way of output, in turn, so that what else the machine does hits all of them. */
async function measureSize(gitfed: string, kustomize: string | undefined, size: Size): Promise<readonly Row[]> {
  const repository = join(scratch, 'repository');
  createRepository(repository, size);
  const measured = new Map<Output, readonly Measurement[]>();
  const add = (output: Output, one: Measurement): void => {
    measured.set(output, [...(measured.get(output) ?? []), one]);
    console.log(`${sizeName(size)}, ${output}: ${one.ms.toFixed(0)} ms`);
  };
  const render = ['render', '--ref', 'HEAD', repository];
  const source = join(scratch, 'source');
  if (manifestCount(size) <= MOST_FILES) await measureNode(gitfed, [...render, '--output-dir', source]);
  const rounds = manifestCount(size) > REPEATED_MANIFESTS ? 1 : Number(values.rounds);
  for (let round = 1; round <= rounds; round += 1) {
    add('stream', await measureNode(gitfed, render));
    add('git tree', await measureNode(gitfed, [...render, '--commit', 'rendered']));
    add('git tree again', await measureNode(gitfed, [...render, '--commit', 'rendered']));
    execFileSync('git', ['update-ref', '-d', 'refs/heads/rendered'], { cwd: repository });
    if (manifestCount(size) > MOST_FILES) continue;
    for (const [place, folder] of [
      ['memory', inMemory],
      ['disk', onDisk],
    ] as const) {
      if (folder === undefined || (place === 'disk' && round > 2 && manifestCount(size) > MOST_FILES_OFTEN)) continue;
      const [ours, loops] = ['gitfed', 'loop'].map((name) => join(folder, `${sizeName(size)}, ${name} ${round}`));
      if (ours === undefined || loops === undefined) continue;
      const contenders = [
        async () => add(`directory, ${place}`, await measureNode(gitfed, [...render, '--output-dir', ours])),
        async () => add(`bare loop, ${place}`, bareLoop(source, loops)),
      ];
      // Whoever comes second may wait for what the first one left to be written.
      for (const contender of round % 2 === 1 ? contenders : contenders.reverse()) await contender();
      // Those on the disk stay until the end: ext4 takes its time over inodes that were freed lately.
      if (place === 'memory') for (const target of [ours, loops]) rmSync(target, { recursive: true });
    }
  }
  rmSync(source, { recursive: true, force: true });
  if (manifestCount(size) <= MOST_FILES) {
    for (const [change, branch] of CHANGES) {
      const folder = join(scratch, 'again');
      for (const [output, all] of measureAgain(repository, folder, branch)) measured.set(`${change}: ${output}`, all);
      rmSync(folder, { recursive: true });
    }
  }
  const rows = [...measured].map(
    ([output, all]): Row => ({ size, output, manifests: manifestCount(size), measured: all }),
  );
  const peer = kustomize === undefined ? [] : [await measureKustomize(gitfed, kustomize, repository, size)];
  for (const folder of [inMemory, onDisk]) {
    if (folder !== undefined) rmSync(join(folder, 'repository'), { recursive: true, force: true });
  }
  return [...rows, ...peer];
}

/** From one commit to the next in one process. */
function measureAgain(
  repository: string,
  folder: string,
  branch: string,
): readonly (readonly [keyof AgainTimes, readonly Measurement[]])[] {
  const text = execFileSync(process.execPath, [AGAIN, repository, folder, branch], { encoding: 'utf8' });
  const { times, peak } = JSON.parse(text) as { readonly times: AgainTimes; readonly peak: number };
  return (Object.keys(times) as (keyof AgainTimes)[]).map((output) => {
    const all = times[output].map((ms): Measurement => ({ ms, peak }));
    console.log(`again by ${branch}, ${output}: ${all.map(({ ms }) => ms.toFixed(0)).join(', ')} ms`);
    return [output, all] as const;
  });
}

type AgainTimes = Readonly<
  Record<'rendering' | 'reading and rendering' | 'stream' | 'directory' | 'git tree', readonly number[]>
>;

function bareLoop(source: string, target: string): Measurement {
  return { ms: Number(execFileSync(process.execPath, [BARE_LOOP, source, target], { encoding: 'utf8' })) };
}

/** One cluster: all of them would take minutes, and each is a process of its own. */
async function measureKustomize(gitfed: string, kustomize: string, repository: string, size: Size): Promise<Row> {
  const folder = join(scratch, 'kustomize');
  const cluster = clusterNames(size).length - 1;
  const overlay = writeOverlay(folder, size, cluster);
  compareManifests({ kustomize, gitfed, repository }, overlay, clusterNames(size)[cluster] ?? '');
  const one = await measureProgram(kustomize, ['build', overlay]);
  console.log(`${sizeName(size)}, kustomize, 1 cluster: ${one.ms.toFixed(0)} ms`);
  rmSync(folder, { recursive: true });
  return { size, output: 'kustomize, 1 cluster', manifests: size.deployments + 1, measured: [one] };
}

async function measureStart(
  gitfed: string,
): Promise<{ readonly help: readonly number[]; readonly node: readonly number[] }> {
  const help: number[] = [];
  const node: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    help.push((await measureProgram(process.execPath, [gitfed, '--help'])).ms);
    node.push((await measureProgram(process.execPath, ['--eval', ''])).ms);
  }
  return { help, node };
}

/** A copy, so that a build during the measurement does not change what is measured. */
function buildGitfed(): string {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: ROOT, stdio: 'inherit' });
  for (const part of ['bin', 'dist/cli', 'package.json']) {
    cpSync(join(ROOT, part), join(scratch, 'gitfed', part), { recursive: true });
  }
  return join(scratch, 'gitfed', 'bin', 'gitfed.js');
}

/** `1000x100`: so many Deployments in so many clusters; `/7` limits the contents of each. */
function parseSize(text: string): Size {
  const groups = /^(?<deployments>[1-9]\d*)x(?<clusters>[1-9]\d*)(?:\/(?<contents>[1-9]\d*))?$/.exec(text)?.groups;
  if (groups === undefined)
    throw new Error(`--sizes lists DEPLOYMENTSxCLUSTERS[/CONTENTS], not ${JSON.stringify(text)}`);
  const clusters = Number(groups.clusters);
  return { clusters, deployments: Number(groups.deployments), contents: Number(groups.contents ?? clusters) };
}
