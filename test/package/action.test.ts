import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const COMMITTED = join(ROOT, 'dist/action');
/** GitHub fetches it for each run; what is not used must not get in. */
const MOST_BYTES = 5_000_000;

function build(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gitfed-action-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const target = join(folder, 'action');
  execFileSync(process.execPath, ['scripts/build-action.ts', target], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  return target;
}

function contents(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('the bundle of the Action', () => {
  it('is what its sources give, each time: after a change of them run npm run build:action', () => {
    const committed = contents(COMMITTED);
    const first = contents(build());
    expect(Object.keys(first)).toEqual(Object.keys(committed));
    for (const [name, text] of Object.entries(first)) expect(text === committed[name], name).toBe(true);
    expect(contents(build())).toEqual(first);
  });

  it('is small, and knows neither where it was built nor a package that is not in it', () => {
    const files = contents(COMMITTED);
    const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    console.log(`the Action: ${(bytes / 1e6).toFixed(2)} MB in ${Object.keys(files).length} files`);
    expect(bytes).toBeLessThan(MOST_BYTES);
    const scripts = Object.entries(files).filter(([name]) => name.endsWith('.js'));
    for (const [name, text] of scripts) {
      expect(text.includes(ROOT) || text.includes('/node_modules/'), name).toBe(false);
      const imports = [...text.matchAll(/(?:^|[;}])import[^;"'()]*["'](?<from>[^"']+)["']/g)].map(
        ({ groups }) => groups?.['from'] ?? '',
      );
      expect(imports.filter((from) => !/^(?:\.\/|node:)/.test(from) && !isBuiltin(from))).toEqual([]);
    }
  });
});
