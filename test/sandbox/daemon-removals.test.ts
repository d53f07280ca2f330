import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';
import { runDaemon } from './daemon-run.ts';

const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: eu-1, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: eu-1}}
`;

function federated(kind: string, name: string, namespace: string): string {
  return `apiVersion: types.kubefed.io/v1beta1
kind: Federated${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec: {template: {}, placement: {clusterSelector: {}}}
`;
}

it('a daemon with drift.policy Report makes again what it deleted, though the status branch has it there still', async () => {
  const sandbox = await startSandbox({ name: 'eu-1', namespaces: ['kube-federation-system'] });
  onTestFinished(() => sandbox.stop());
  const kubeconfig = path.join(temporaryFolder(), 'kubeconfig');
  writeFileSync(kubeconfig, sandbox.kubeconfig());
  const repository = new TestRepository();
  const first = repository
    .write({
      'gitfed.yaml': 'inventory: shop\ndrift: {policy: Report}\n',
      'cluster.yaml': CLUSTER,
      'namespace.yaml': federated('Namespace', 'shop', 'shop'),
      'map.yaml': federated('ConfigMap', 'map', 'shop'),
      'other.yaml': federated('ConfigMap', 'other', 'shop'),
    })
    .commit();
  // After the first commit to the status branch there is none in the time of this test.
  const { events } = await runDaemon({ source: repository.folder, kubeconfig, status: { minIntervalMs: 600_000 } });
  const told = (type: 'revisionApplied' | 'statusCommitted', wanted: number): Promise<void> =>
    expect.poll(() => events.filter((event) => event.type === type).length, { timeout: 30_000 }).toBe(wanted);
  const target = (name: string): string => `/api/v1/namespaces/shop/configmaps/${name}`;
  const statusOf = (name: string): number => sandbox.request({ method: 'GET', path: target(name) }).status;
  await told('revisionApplied', 1);
  await told('statusCommitted', 1);
  const branch = (): string => repository.git('show', 'gitfed/status:objects/eu-1.yaml');
  expect(branch()).toContain('name: map');

  repository.write({ 'map.yaml': null }).commit();
  await told('revisionApplied', 2);
  expect(statusOf('map')).toBe(404);
  // Somebody else deletes the other one.
  expect(sandbox.request({ method: 'DELETE', path: target('other') }).status).toBe(200);
  repository.write({ 'map.yaml': federated('ConfigMap', 'map', 'shop') }).commit();
  await told('revisionApplied', 3);
  expect(branch()).toContain('name: map');
  expect(repository.git('log', '-1', '--format=%(trailers:key=Source-Commit,valueonly)', 'gitfed/status')).toBe(first);
  expect([statusOf('map'), statusOf('other')]).toEqual([200, 404]);
});
