/** Bundles for Node: an entry with everything that it imports, in a few files, and the licences of what is in them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';

const ROOT = resolve(import.meta.dirname, '..');

export interface BundleOptions {
  /** The source of each entry, by its name. */
  readonly entry: Readonly<Record<string, string>>;
  /** Replaced as a whole. */
  readonly target: string;
  /** How the files beside the entries are called. */
  readonly chunkNames: string;
}

/** The same sources give the same bytes: no time, path or random name goes into the output. */
export async function bundle({ entry, target, chunkNames }: BundleOptions): Promise<void> {
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const build = await rolldown({
    cwd: ROOT,
    input: { ...entry },
    platform: 'node',
    treeshake: true,
    onLog(level, log, handler) {
      // Evaluating strings is what these packages do in branches that are never taken here.
      if (log.code !== 'EVAL') handler(level, log);
    },
  });
  const { output } = await build.write({
    dir: fresh,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: chunkNames,
    comments: false,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  });
  await build.close();
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
