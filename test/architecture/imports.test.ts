import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * What each folder may import, besides itself. `cli|action → daemon → reconcile|report → apply → cluster|git → render|drift → api → core`.
 * The sandbox is a Kubernetes of its own: of gitfed it needs `core` and `drift`, and nothing but the command line and tests starts it.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['core', 'errors.ts', 'version.ts'],
  ['api'],
  ['render', 'drift'],
  ['cluster', 'git'],
  ['apply'],
  ['reconcile', 'report'],
  ['daemon', 'sandbox'],
  ['cli', 'action', 'index.ts'],
];

const sources = resolve(import.meta.dirname, '../../src');

function layerOf(file: string): { readonly name: string; readonly rank: number } {
  const [name = ''] = relative(sources, file).split('/');
  return { name, rank: LAYERS.findIndex((layer) => layer.includes(name)) };
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(?<target>\.[^']+)'/g)].map((match) =>
    resolve(dirname(file), match.groups?.target ?? ''),
  );
}

const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => join(sources, name))
  .sort();

describe('imports point one way', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(files.map((file) => [relative(sources, file), file]))('%s imports nothing above its layer', (_name, file) => {
    const self = layerOf(file);
    expect(self.rank, `${self.name} is not a known folder`).toBeGreaterThanOrEqual(0);
    const upward = importsOf(file).filter((target) => {
      const other = layerOf(target);
      if (other.name === self.name) return false;
      return other.rank >= self.rank && !sharesLayer(self.name, other.name);
    });
    expect(upward.map((target) => relative(sources, target))).toEqual([]);
  });
});

/** `reconcile` and `report` stand side by side: a pass asks for the status tree, and reports print its result. Entry points never import each other. */
function sharesLayer(from: string, to: string): boolean {
  return ['reconcile', 'report'].includes(from) && ['reconcile', 'report'].includes(to);
}
