import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitAll, createFolder, gitfed, ROOT, type Run, spawnGitfed, writeFiles } from './run-gitfed.ts';

const EXAMPLE = join(ROOT, 'examples', 'repo');

/** The YAML files of the example under names in another order, in folders of their own. */
function shuffledExample(): string {
  const files = readdirSync(EXAMPLE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  const folder = createFolder();
  for (const [index, name] of files.sort().reverse().entries()) {
    const target =
      name === 'gitfed.yaml' ? name : `${String.fromCharCode(97 + (index % 26))}/${index}-${name.replaceAll('/', '_')}`;
    writeFiles(folder, { [target]: readFileSync(join(EXAMPLE, name), 'utf8') });
  }
  return folder;
}

describe('rendering the example', () => {
  let expected: Run;
  beforeAll(() => {
    expected = spawnGitfed(['render', '-o', 'json'], EXAMPLE);
  });

  it('has the documented shape', () => {
    expect(expected.code).toBe(0);
    const { clusters, replicas, findings } = JSON.parse(expected.stdout);
    expect(Object.keys(JSON.parse(expected.stdout))).toEqual(['clusters', 'replicas', 'findings']);
    expect(Object.keys(clusters)).toEqual(['ap-1', 'eu-1', 'eu-2', 'us-1', 'us-2']);
    for (const objects of Object.values<Record<string, unknown>[]>(clusters)) {
      expect(objects.length).toBeGreaterThan(0);
      for (const object of objects) {
        expect(object).toMatchObject({
          apiVersion: expect.any(String),
          kind: expect.any(String),
          metadata: { name: expect.any(String), labels: expect.objectContaining({ 'kubefed.io/managed': 'true' }) },
        });
      }
    }
    for (const plan of Object.values<Record<string, unknown>>(replicas)) {
      for (const number of Object.values(plan)) expect(number).toEqual(expect.any(Number));
    }
    expect(findings).toEqual([]);
  });

  it.each<[title: string, env: NodeJS.ProcessEnv]>([
    ['again', {}],
    ['in another time zone', { TZ: 'Pacific/Chatham' }],
    ['in another locale', { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }],
    ['without a locale', { LC_ALL: 'C' }],
  ])('%s gives the same bytes', (_title, env) => {
    expect(spawnGitfed(['render', '-o', 'json'], EXAMPLE, env)).toEqual(expected);
  });

  it('from shuffled file names gives the same bytes', async () => {
    const folder = shuffledExample();
    expect((await gitfed(['render', '-o', 'json'], folder)).stdout).toBe(expected.stdout);
    const yaml = await gitfed(['render'], EXAMPLE);
    expect((await gitfed(['render'], folder)).stdout).toBe(yaml.stdout);
  });

  it('from a commit gives the same bytes as from files', async () => {
    const folder = createFolder();
    cpSync(EXAMPLE, folder, { recursive: true });
    const commit = commitAll(folder);
    writeFiles(folder, { 'clusters/eu-1.yaml': 'changed afterwards' });
    expect((await gitfed(['render', '-o', 'json', '--ref', commit], folder)).stdout).toBe(expected.stdout);
  });

  it('from a sub-folder of a repository gives the same objects', async () => {
    const folder = createFolder();
    cpSync(EXAMPLE, join(folder, 'fleet'), { recursive: true });
    commitAll(folder);
    expect((await gitfed(['render', 'fleet', '-o', 'json', '--ref', 'HEAD'], folder)).stdout).toBe(expected.stdout);
    expect((await gitfed(['render', '-o', 'json'], join(folder, 'fleet'))).stdout).toBe(expected.stdout);
  });
});
