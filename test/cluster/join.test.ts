import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { filesBelow, get, TestRepository, temporaryFolder } from './fleet.ts';

test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true });

function kubeconfigOf(cluster: Cluster, text = cluster.kubeconfig('admin')): string {
  const file = path.join(temporaryFolder(), 'config');
  writeFileSync(file, text);
  return file;
}

describe('gitfed join on API servers', () => {
  test('joins a cluster, and changes nothing the second time', async ({ clusters: [cluster] }) => {
    const { folder } = new TestRepository({ 'gitfed.yaml': 'inventory: shop\n' });
    const credentials = path.join(temporaryFolder(), 'credentials');
    const join = ['join', cluster.name, '--kubeconfig', kubeconfigOf(cluster), '--credentials-dir', credentials];
    const dry = await gitfed([...join, '--dry-run'], folder);
    console.log(dry);
    const run = await gitfed(join, folder);
    console.log(run, filesBelow(folder), statSync(credentials).mode.toString(8));
    const again = await gitfed(join, folder);
    console.log(again);
    const rot = await gitfed([...join, '--rotate'], folder);
    console.log(rot);
    expect(again.code).toBe(0);
    expect(await get(cluster, '/api/v1/namespaces/kube-federation-system')).toBeDefined();
  });
});
