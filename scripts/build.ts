/**
 * Builds the package: `dist/lib`, the library as tsc emits it, and `dist/cli`, the command line as one bundle in a few
 * chunks. Does nothing when nothing changed since the last build; `--force` builds anyway.
 *
 * The same sources give the same bytes: no time, path or random name goes into the output.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { bundle } from './bundle.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.built-from');
const SOURCES = [
  'src',
  'scripts/build.ts',
  'scripts/bundle.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

const stamp = hashSources();
if (process.argv.includes('--force') || !isBuilt(stamp)) await build();

async function build(): Promise<void> {
  rmSync(STAMP, { force: true });
  buildLibrary();
  await buildCommandLine();
  writeFileSync(STAMP, stamp);
}

function isBuilt(wanted: string): boolean {
  const outputs = ['lib/index.js', 'lib/index.d.ts', 'cli/main.js'].map((file) => join(DIST, file));
  return outputs.every((file) => existsSync(file)) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted;
}

function hashSources(): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of SOURCES.flatMap(listFiles)) {
    if (!file.endsWith('.test.ts')) hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

function listFiles(name: string): readonly string[] {
  const target = join(ROOT, name);
  if (!statSync(target).isDirectory()) return [name];
  return readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

function buildLibrary(): void {
  rmSync(join(DIST, 'lib'), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('tsc refused the library: see above');
}

async function buildCommandLine(): Promise<void> {
  await bundle({ entry: { main: 'src/cli/main.ts' }, target: join(DIST, 'cli'), chunkNames: '[name]-[hash].js' });
}
