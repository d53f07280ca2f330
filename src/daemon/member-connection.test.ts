import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { cluster, modelOf } from '../../test/helpers/model-of.ts';
import { FleetMemory, type ServedResource } from '../cluster/index.ts';
import { MemberConnection } from './member-connection.ts';

const MAPS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
  verbs: new Set(),
};

/** A healthy member with no objects, whose watches stay open. */
async function healthyMember() {
  const watches: string[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    if (url === '/healthz') response.end('ok');
    else if (url === '/version') response.end('{"gitVersion": "v1.33.0"}');
    else if (url.includes('watch=true')) {
      watches.push(headers.authorization ?? '');
      response.writeHead(200).flushHeaders();
    } else response.end('{"kind": "List", "metadata": {"resourceVersion": "5"}, "items": []}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { watches, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('goes on watching where a probe finds that the credentials were renewed', async () => {
  const { watches, url } = await healthyMember();
  const { clusters } = modelOf({ 'a.yaml': cluster('a').replace('https://a.example', url) });
  const [member] = clusters;
  if (member === undefined) throw new Error('It is not registered.');
  const credentialsDir = temporaryFolder();
  mkdirSync(path.join(credentialsDir, 'a'));
  const token = path.join(credentialsDir, 'a', 'token');
  writeFileSync(token, 'old');
  const connection = new MemberConnection(
    { cluster: member, sources: { credentialsDir }, thresholds: { failureThreshold: 3, successThreshold: 1 } },
    {
      client: {},
      clock: new ManualClock(),
      memory: new FleetMemory(),
      onChange: () => undefined,
      onPodChange: () => undefined,
    },
  );
  onTestFinished(() => connection.close());
  const { objects } = await connection.get();
  await objects?.list(MAPS);
  await vi.waitFor(() => expect(watches).toEqual(['Bearer old']));
  writeFileSync(token, 'renewed');
  await connection.probe();
  await vi.waitFor(() => expect(watches.at(-1)).toBe('Bearer renewed'), { timeout: 10_000 });
});

it('takes a member whose credential program hangs for one that does not answer', async () => {
  const { clusters } = modelOf({ 'a.yaml': cluster('a') });
  const [member] = clusters;
  if (member === undefined) throw new Error('It is not registered.');
  const kubeconfig = path.join(temporaryFolder(), 'kubeconfig');
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['600'] };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://a.example' } }],
      users: [{ name: 'a', user: { exec } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    }),
  );
  const message = 'the credential, or the program that gives it, did not come in time';
  const control = new AbortController();
  const connection = new MemberConnection(
    { cluster: member, sources: { kubeconfig }, thresholds: { failureThreshold: 3, successThreshold: 1 } },
    {
      client: { timeoutMs: 200, signal: control.signal },
      clock: new ManualClock(),
      memory: new FleetMemory(),
      onChange: () => undefined,
      onPodChange: () => undefined,
    },
  );
  onTestFinished(() => connection.close());
  await expect(connection.get()).rejects.toMatchObject({ failure: 'Timeout', message });
  expect(connection.health).toEqual({ state: 'Offline', message });
  expect(await connection.probe()).toEqual({ state: 'Offline', message });
  control.abort();
  await expect(connection.probe()).rejects.toMatchObject({ failure: 'Aborted' });
});
