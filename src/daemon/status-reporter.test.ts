import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { readPass } from '../reconcile/read-pass.ts';
import { openSource } from '../reconcile/source.ts';
import type { DaemonEvent } from './events.ts';
import { StatusReporter } from './status-reporter.ts';

const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: a, namespace: kube-federation-system}
spec: {apiEndpoint: "https://a.example", secretRef: {name: a}}
`;

/** A git server that takes requests and says nothing. */
async function silentServer() {
  const asked: string[] = [];
  const server = createServer(({ url }) => asked.push(url ?? ''));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/status.git` };
}

it('ends in time where the server of the status branch is silent, and keeps what it committed', async () => {
  const { asked, url } = await silentServer();
  const repository = new TestRepository();
  repository.write({ 'a.yaml': CLUSTER }).commit();
  const options = { source: repository.folder };
  const source = await openSource(options);
  onTestFinished(source.close);
  const pass = await readPass(source, options);
  const clock = new ManualClock();
  const events: DaemonEvent[] = [];
  const reporter = new StatusReporter({
    settings: { repository: url },
    clock,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
  });
  await reporter.begin(pass);
  reporter.submit({ cluster: 'a', state: 'NotReady', health: 'Offline', objects: [] }, false);
  const closed = reporter.close();
  await vi.waitFor(() => expect(asked).not.toEqual([]), { timeout: 10_000 });
  clock.advance(15_000);
  await closed;
  expect(events).toMatchObject([
    { type: 'statusCommitted', pushed: false },
    { type: 'statusFailed', message: expect.stringContaining('waits') },
  ]);
});
