/**
 * The report of a pull request by the built command as a fresh process, from its start to its end: a change of one file, and one that
 * touches every object; beside `kustomize build` of both commits and `diff -r`.
 * Run with `npm run bench:preview -- [--rounds N] [--sizes 1000x100,…] [--kustomize-clusters N]`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { changedNames, compareOverlays } from './preview/kustomize.ts';
import { ensureKustomize } from './render/kustomize.ts';
import { type Measurement, measureNode } from './render/measure.ts';
import { createRepository, deploymentPath, deploymentText, type Size, sizeName } from './render/repository.ts';
import { formatTable, median, seconds, spread } from './table.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MEMORY = '/dev/shm';
const MOST_MS = 1500;
/** A difference was found. */
const DIFFERENT = 1;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '1000x100' },
    'kustomize-clusters': { type: 'string', default: '2' },
  },
});

const CHANGES = [
  { name: 'one file', base: 'main~1', head: 'main', all: false },
  { name: 'every object', base: 'main~1', head: 'everything', all: true },
] as const;
const FORMATS = [
  ['Markdown, a comment', ['-o', 'markdown', '--limit', '65536']],
  ['Markdown, all of it', ['-o', 'markdown']],
  ['JSON', ['-o', 'json']],
] as const;

const scratch = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'gitfed-bench-'));
try {
  const gitfed = buildGitfed();
  const kustomize = await ensureKustomize();
  const rows: (readonly string[])[] = [];
  for (const size of values.sizes.split(',').map(parseSize)) {
    const repository = join(scratch, 'repository');
    createRepository(repository, size);
    touchEverything(repository, size);
    for (const change of CHANGES) {
      for (const [format, args] of FORMATS) {
        const diff = ['diff', '--against', change.base, '--ref', change.head, ...args, repository];
        const measured: Measurement[] = [];
        for (let round = 0; round < Number(values.rounds); round += 1) {
          measured.push(await measureNode(gitfed, diff, [DIFFERENT]));
        }
        rows.push(rowOf(size, change.name, format, measured));
        console.log(rows.at(-1)?.join(' | '));
      }
      if (kustomize !== undefined) rows.push(measureKustomize(kustomize, size, change));
    }
    rmSync(repository, { recursive: true });
  }
  console.log(`\n${formatTable(['Deployments × clusters', 'change', 'what', 'time', 'peak memory', 'aim'], rows)}`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function rowOf(size: Size, change: string, format: string, measured: readonly Measurement[]): readonly string[] {
  const times = measured.map(({ ms }) => ms);
  const peak = median(measured.map((one) => one.peak ?? Number.NaN));
  const isAimed = change === 'one file' && size.clusters === 100 && size.deployments === 1000;
  const aim = isAimed ? `≤ ${seconds(MOST_MS)}, ${median(times) <= MOST_MS ? 'reached' : 'not reached'}` : '–';
  return [sizeName(size), change, format, spread(times), `${peak.toFixed(0)} MB`, aim];
}

function measureKustomize(kustomize: string, size: Size, { name, all }: (typeof CHANGES)[number]): readonly string[] {
  const clusters = Math.min(Number(values['kustomize-clusters']), size.clusters);
  const folder = join(scratch, 'kustomize');
  const ms = compareOverlays(kustomize, folder, size, clusters, changedNames(size, all));
  rmSync(folder, { recursive: true });
  const what = `kustomize build of both commits and diff -r, ${clusters} of ${size.clusters} clusters`;
  return [sizeName(size), name, what, seconds(ms), '–', '–'];
}

/** A branch on which every Deployment has another image than in the first commit. */
function touchEverything(repository: string, size: Size): void {
  const contents = changedNames(size, true).map((name) => {
    return `M 100644 inline ${deploymentPath(name)}\n${data(deploymentText(name, size, '1.1'))}`;
  });
  const head = 'commit refs/heads/everything\ncommitter bench <bench@example> 1767225600 +0000\n';
  const input = `${head}${data('everything')}from refs/heads/main~1\n${contents.join('')}\ndone\n`;
  execFileSync('git', ['fast-import', '--quiet', '--done'], { cwd: repository, input });
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** A copy, so that a build during the measurement does not change what is measured. */
function buildGitfed(): string {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: ROOT, stdio: 'inherit' });
  for (const part of ['bin', 'dist/cli', 'package.json']) {
    cpSync(join(ROOT, part), join(scratch, 'gitfed', part), { recursive: true });
  }
  return join(scratch, 'gitfed', 'bin', 'gitfed.js');
}

/** `1000x100`: so many Deployments in so many clusters, with an override for each cluster. */
function parseSize(text: string): Size {
  const groups = /^(?<deployments>[1-9]\d*)x(?<clusters>[1-9]\d*)$/.exec(text)?.groups;
  if (groups === undefined) throw new Error(`--sizes lists DEPLOYMENTSxCLUSTERS, not ${JSON.stringify(text)}`);
  const clusters = Number(groups.clusters);
  return { clusters, deployments: Number(groups.deployments), contents: clusters };
}
