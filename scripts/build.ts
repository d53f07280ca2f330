/**
 * Builds the package: `dist/lib`, the library as tsc emits it, and `dist/cli`, the command line as one bundle in a few
 * chunks. Does nothing when nothing changed since the last build; `--force` builds anyway.
 *
 * The same sources give the same bytes: no time, path or random name goes into the output.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { type OutputChunk, rolldown } from 'rolldown';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.built-from');
const SOURCES = [
  'src',
  'scripts/build.ts',
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
  const target = join(DIST, 'cli');
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const bundle = await rolldown({
    cwd: ROOT,
    input: { main: 'src/cli/main.ts' },
    platform: 'node',
    treeshake: true,
    onLog(level, log, handler) {
      // Evaluating strings is what these packages do in branches that are never taken here.
      if (log.code !== 'EVAL') handler(level, log);
    },
  });
  const { output } = await bundle.write({
    dir: fresh,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: false,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
  const modules = output
    .filter((file): file is OutputChunk => file.type === 'chunk')
    .flatMap((chunk) => chunk.moduleIds);
  writeFileSync(join(fresh, 'LICENSES.txt'), formatLicences(modules));
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

/** The licences of the packages inside the bundle: most ask for their text to go along. */
function formatLicences(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((module) => packageFolder(module) ?? []));
  const sections = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly license?: string;
    };
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
    const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    return `${name} ${version} (${license ?? 'see below'})\n${text}`;
  });
  return `The files beside this one hold parts of these packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

function packageFolder(module: string): string | undefined {
  const path = module.replace(/^\0/, '').replace(/\?.*$/, '');
  if (!path.includes('/node_modules/')) return undefined;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && 'name' in JSON.parse(readFileSync(manifest, 'utf8'))) return folder;
  }
  return undefined;
}
