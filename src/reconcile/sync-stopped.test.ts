import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { sync } from './sync.ts';

function clusterYaml(name: string, endpoint: string): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system}
spec: {apiEndpoint: "${endpoint}", disabledTLSValidations: ["*"], secretRef: {name: ${name}}}
`;
}

/** Takes connections, and never says a word. */
async function silentServer(): Promise<string> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('a pass that is stopped commits the status of the clusters that had ended', async () => {
  const repository = new TestRepository().write({
    'ended.yaml': clusterYaml('ended', 'https://127.0.0.1:1'),
    'silent.yaml': clusterYaml('silent', await silentServer()),
  });
  const commit = repository.commit();
  const credentialsDir = temporaryFolder();
  mkdirSync(path.join(credentialsDir, 'silent'));
  writeFileSync(path.join(credentialsDir, 'silent', 'token'), 'x');
  const stop = new AbortController();
  const running = sync({
    source: repository.folder,
    credentialsDir,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'clusterFinished') stop.abort();
    },
  });
  await expect(running).rejects.toThrow();
  expect(repository.git('log', '--format=%s', 'gitfed/status')).toBe('ended misconfigured [skip ci]');
  expect(repository.git('log', '-1', '--format=%B', 'gitfed/status')).toContain(`Source-Commit: ${commit}`);
  const files = repository.git('ls-tree', '-r', '--name-only', 'gitfed/status').split('\n');
  expect(files).toEqual(['README.md', 'clusters/ended.yaml', 'status.json']);
});

it('a pass does not wait for a credential program that hangs, and does the other clusters', async () => {
  const repository = new TestRepository().write({
    'hangs.yaml': clusterYaml('hangs', 'https://127.0.0.1:1'),
    'refused.yaml': clusterYaml('refused', 'https://127.0.0.1:1'),
  });
  repository.commit();
  const kubeconfig = path.join(temporaryFolder(), 'kubeconfig');
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['600'] };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [
        { name: 'hangs', user: { exec } },
        { name: 'refused', user: { token: 't' } },
      ],
      contexts: ['hangs', 'refused'].map((name) => ({ name, context: { cluster: 'a', user: name } })),
    }),
  );
  const { clusters } = await sync({
    source: repository.folder,
    kubeconfig,
    requestTimeoutMs: 2_000,
  });
  expect(clusters.map(({ cluster, health, message }) => [cluster, health, message])).toEqual([
    ['hangs', 'Offline', 'the credential, or the program that gives it, did not come in time'],
    ['refused', 'Offline', 'the API server was not reached: ECONNREFUSED'],
  ]);
});
