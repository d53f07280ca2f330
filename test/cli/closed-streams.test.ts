import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, ROOT, writeFiles } from './run-gitfed.ts';

const CLUSTER = 'apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: eu-1}\n';
const SETTINGS = federated('FederatedConfigMap', '{template: {data: {a: b}}, placement: {clusterSelector: {}}}');

/** A repository with something to say on standard error, and something to write. */
function createRepository(files: Readonly<Record<string, string>> = {}): string {
  const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS, 'bad.yaml': CLUSTER, ...files });
  commitAll(folder);
  return folder;
}

function start(args: readonly string[], folder: string): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args], { cwd: folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Runs a command line whose output nobody reads. @returns its exit code. */
async function runUnread(args: readonly string[], folder: string): Promise<unknown> {
  const child = start(args, folder);
  child.stdout.destroy();
  child.stderr.destroy();
  const [code] = await once(child, 'close');
  return code;
}

describe('a command whose output nobody reads', () => {
  it('commits its rendering all the same', async () => {
    const folder = createRepository();
    expect(await runUnread(['render', '--commit', 'rendered'], folder)).toBe(1);
    expect(git(folder, 'ls-tree', '-r', '--name-only', 'rendered')).toContain('us-1/shop/ConfigMap-web.yaml');
  });

  it('writes its folder all the same', async () => {
    const folder = createRepository();
    expect(await runUnread(['render', '--output-dir', 'out'], folder)).toBe(1);
    expect(existsSync(join(folder, 'out/us-1/shop/ConfigMap-web.yaml'))).toBe(true);
  });

  it('writes the whole starter repository', async () => {
    const folder = createFolder();
    expect(await runUnread(['init'], folder)).toBe(0);
    expect(await runUnread(['validate'], folder)).toBe(0);
    expect(existsSync(join(folder, 'gitfed.yaml'))).toBe(true);
  });

  it.each([
    [1, 'of errors', ['validate']],
    [2, 'of a wrong word', ['nothing']],
    [2, 'of a folder that is not there', ['render', 'nowhere']],
  ])('keeps exit code %i, %s', async (code, _title, args) => {
    expect(await runUnread(args, createRepository())).toBe(code);
  });

  it('goes on to the end where only the reader of standard error has gone', async () => {
    const objects = Array.from({ length: 1000 }, (_, index) =>
      federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}', `{name: c${index}, namespace: shop}`),
    );
    const child = start(['render'], createRepository({ 'many.yaml': documents(...objects) }));
    child.stderr.destroy();
    let stdout = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(stdout).toContain('name: c999\n');
  });

  it('does not watch on for a reader who has gone', async () => {
    const folder = createRepository();
    const child = start(['validate', '--watch'], folder);
    child.stderr.resume();
    await once(child.stdout, 'data');
    child.stdout.destroy();
    writeFiles(folder, { 'bad.yaml': '[' });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
  });
});
