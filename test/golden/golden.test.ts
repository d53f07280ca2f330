import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/api/index.ts';
import { buildModel } from '../../src/api/index.ts';
import type { Finding } from '../../src/core/index.ts';
import { formatObjectId } from '../../src/core/index.ts';
import { readWorkingTree } from '../../src/git/index.ts';
import type { Rendering } from '../../src/render/index.ts';
import { manifestYaml, outputPath, readObservations, render } from '../../src/render/index.ts';

const CASES = import.meta.dirname;
const EXAMPLE = path.join(CASES, '..', '..', 'examples', 'repo');

const cases = readdirSync(CASES).filter((name) => statSync(path.join(CASES, name)).isDirectory());

describe('golden case', () => {
  it.each(cases)('%s', async (name) => {
    const folder = path.join(CASES, name);
    const input = path.join(folder, 'input');
    expect(
      readFileSync(path.join(folder, 'README.md'), 'utf8').trim(),
      'the README says why the case is there',
    ).not.toBe('');

    const actual = await renderCopy(existsSync(input) ? input : EXAMPLE, path.join(folder, 'observations.yaml'));
    const expected = path.join(folder, 'expected');
    for (const [file, text] of actual) await expect(text).toMatchFileSnapshot(path.join(expected, file));
    const stale = filesBelow(expected).filter((file) => !actual.has(file));
    expect(stale, 'files that are no longer rendered: remove them, if that is meant').toEqual([]);
  });

  it('has cases to run', () => {
    expect(cases).toContain('examples-repo');
  });
});

/** Outside of this repository, so that paths in findings begin at the case. */
async function renderCopy(input: string, observationsFile: string): Promise<ReadonlyMap<string, string>> {
  const copy = mkdtempSync(path.join(tmpdir(), 'gitfed-golden-'));
  try {
    cpSync(input, copy, { recursive: true });
    return await renderFiles(copy, observationsFile);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Everything that a rendering says, as files: path → text. */
async function renderFiles(repository: string, observationsFile: string): Promise<ReadonlyMap<string, string>> {
  const model = buildModel(await readWorkingTree(repository));
  const observations = existsSync(observationsFile)
    ? readObservations(readFileSync(observationsFile, 'utf8'), observationsFile)
    : undefined;
  const rendering = render(model, observations);
  const held = heldText(model, rendering);
  return new Map([
    ...manifestFiles(rendering),
    ['replicas.json', replicasText(rendering)],
    ['findings.txt', rendering.findings.map(findingLine).join('')],
    ...(held === '' ? [] : [['held.txt', held] as const]),
  ]);
}

function manifestFiles({ clusters }: Rendering): (readonly [string, string])[] {
  return clusters.flatMap(({ cluster, objects }) =>
    objects.map((object) => [`clusters/${outputPath(cluster, object)}`, manifestYaml(object.manifest)] as const),
  );
}

function replicasText({ replicas }: Rendering): string {
  const byObject = [...replicas].map(([object, planned]): [string, unknown] => [
    object,
    Object.fromEntries([...planned].map(([cluster, count]) => [cluster, Number(count)])),
  ]);
  return `${JSON.stringify(Object.fromEntries(byObject), undefined, 2)}\n`;
}

function findingLine({ file, line, column, severity, code, cluster, object, message }: Finding): string {
  const about = [cluster, object].filter((part) => part !== undefined).join(' ');
  return `${file}:${line}:${column} ${severity} ${code}${about === '' ? '' : ` (${about})`}\n  ${message}\n`;
}

function heldText(model: Model, { clusters }: Rendering): string {
  const deletions = model.holds.map(({ file, line, code }) => `every deletion: ${code} in ${file}:${line}\n`);
  const everywhere = model.heldTargets.map(
    ({ target, object }) => `everywhere: ${formatObjectId(target)} (${object})\n`,
  );
  const somewhere = clusters.flatMap(({ cluster, held }) => held.map((id) => `in ${cluster}: ${formatObjectId(id)}\n`));
  return [...deletions, ...everywhere, ...somewhere].join('');
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .toSorted();
}
