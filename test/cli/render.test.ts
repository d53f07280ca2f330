import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/core/index.ts';
import { documents, FLEET, federated, preference } from '../helpers/model-of.ts';
import { createFolder, gitfed, writeFiles } from './run-gitfed.ts';

const SETTINGS = federated('FederatedConfigMap', '{template: {data: {a: b}}, placement: {clusterSelector: {}}}');
const WEB = documents(
  federated(
    'FederatedDeployment',
    '{template: {spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}, placement: {clusterSelector: {}}}',
  ),
  preference('{targetKind: FederatedDeployment, totalReplicas: 9}'),
);

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('gitfed render', () => {
  it('prints a stream of documents that says which cluster each one is for', async () => {
    const { code, stdout, stderr } = await gitfed(
      ['render'],
      createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS }),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^---\n# cluster: .*$/gm)).toEqual(
      ['eu-1', 'eu-1', 'us-1', 'us-1'].map((name) => `---\n# cluster: ${name}`),
    );
    const read = readYaml('stdout', stdout, { documentNodes: 1000, depth: 20 });
    expect(read.map((result) => result.ok && (result.document.value as { kind: string }).kind)).toEqual([
      'Namespace',
      'ConfigMap',
      'Namespace',
      'ConfigMap',
    ]);
  });

  it('prints one cluster, or some', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS, 'web.yaml': WEB });
    const one = await gitfed(['render', '--cluster', 'us-1'], folder);
    expect(one.stdout).not.toContain('eu-1');
    const json = JSON.parse((await gitfed(['render', '--cluster', 'us-1', '-o', 'json'], folder)).stdout);
    expect(Object.keys(json.clusters)).toEqual(['us-1']);
    expect(json.replicas).toEqual({ 'FederatedDeployment/shop/web': { 'us-1': expect.any(Number) } });
    const both = await gitfed(['render', '--cluster', 'us-1', '--cluster', 'eu-1'], folder);
    expect(both.stdout).toBe((await gitfed(['render'], folder)).stdout);
  });

  it('names the clusters that there are when asked for another one', async () => {
    const { code, stderr } = await gitfed(['render', '--cluster', 'mars'], createFolder({ 'fleet.yaml': FLEET }));
    expect(code).toBe(2);
    expect(stderr).toMatch(/no cluster "mars" is registered; registered are eu-1, us-1/);
  });

  it('plans with observations', async () => {
    const observed = 'apiVersion: gitfed.io/v1alpha1\nkind: Observations\nclusters: {eu-1: {ready: false}}\n';
    const outside = createFolder({ 'observed.yaml': observed });
    const folder = createFolder({ 'fleet.yaml': FLEET, 'web.yaml': WEB });
    const args = ['render', '-o', 'json', '--observed', join(outside, 'observed.yaml')];
    const { replicas } = JSON.parse((await gitfed(args, folder)).stdout);
    expect(replicas).toEqual({ 'FederatedDeployment/shop/web': { 'us-1': 9 } });
  });

  it('refuses observations that are wrong', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'observed.yaml': 'kind: Nonsense\n' });
    const { code, stderr } = await gitfed(['render', '--observed', 'observed.yaml'], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/observed\.yaml: /);
  });

  it('keeps the digits of integers in JSON and YAML', async () => {
    const number = '18446744073709551615';
    const map = federated('FederatedConfigMap', `{template: {x: ${number}}, placement: {clusterSelector: {}}}`);
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': map });
    expect((await gitfed(['render', '-o', 'json'], folder)).stdout).toContain(`"x":${number}`);
    expect((await gitfed(['render'], folder)).stdout).toContain(`x: ${number}\n`);
  });
});

describe('gitfed render --output-dir', () => {
  it('writes a file for each object, and removes what is no longer rendered', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS });
    const out = createFolder();
    const first = await gitfed(['render', '--output-dir', out], folder);
    expect(first).toEqual({ code: 0, stdout: '', stderr: '4 files written, 0 unchanged, 0 removed\n' });
    expect(listFiles(out)).toEqual([
      '.gitfed-index',
      'eu-1/_cluster/Namespace-shop.yaml',
      'eu-1/shop/ConfigMap-web.yaml',
      'us-1/_cluster/Namespace-shop.yaml',
      'us-1/shop/ConfigMap-web.yaml',
    ]);
    writeFiles(folder, { 'a.yaml': SETTINGS.replace('name: web', 'name: web2') });
    const second = await gitfed(['render', '--output-dir', out], folder);
    expect(second.stderr).toBe('2 files written, 2 unchanged, 2 removed\n');
    expect(listFiles(out)).toContain('eu-1/shop/ConfigMap-web2.yaml');
    expect(listFiles(out)).not.toContain('eu-1/shop/ConfigMap-web.yaml');
  });

  it('with chosen clusters leaves the files of the others alone', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS });
    const out = createFolder();
    await gitfed(['render', '--output-dir', out], folder);
    writeFiles(folder, { 'a.yaml': '' });
    const { stderr } = await gitfed(['render', '--cluster', 'us-1', '--output-dir', out], folder);
    expect(stderr).toBe('0 files written, 1 unchanged, 1 removed\n');
    expect(listFiles(out)).toContain('eu-1/shop/ConfigMap-web.yaml');
  });

  it('removes nothing while an error may hide objects', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS });
    const out = createFolder();
    await gitfed(['render', '--output-dir', out], folder);
    writeFiles(folder, { 'a.yaml': 'kind: [' });
    const { code, stderr } = await gitfed(['render', '--output-dir', out], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/0 files written, 2 unchanged, 0 removed, 2 kept because of the errors above\n$/);
    expect(listFiles(out)).toContain('eu-1/shop/ConfigMap-web.yaml');
  });

  it('keeps the file of an object in error, and removes others', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS, 'web.yaml': WEB });
    const out = createFolder();
    await gitfed(['render', '--output-dir', out], folder);
    const broken = SETTINGS.replace(
      '}}}',
      '}}, overrides: [{clusterName: eu-1, clusterOverrides: [{path: /kind, value: x}]}]}',
    );
    writeFiles(folder, { 'a.yaml': broken, 'web.yaml': '' });
    const { code, stderr } = await gitfed(['render', '--output-dir', out], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/2 removed, 2 kept/);
    expect(readFileSync(join(out, 'eu-1/shop/ConfigMap-web.yaml'), 'utf8')).toContain('a: b');
  });

  it('refuses a folder with files of others', async () => {
    const out = createFolder({ 'mine.txt': 'mine' });
    const { code, stderr } = await gitfed(['render', '--output-dir', out], createFolder({ 'fleet.yaml': FLEET }));
    expect(code).toBe(2);
    expect(stderr).toMatch(/gitfed did not write/);
    expect(listFiles(out)).toEqual(['mine.txt']);
  });
});
