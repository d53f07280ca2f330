import { expect } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { type DaemonProcess, startDaemonProcess } from '../faults/daemon-process.ts';
import { type FaultProxy, isWrite, onNthWrite, type RequestMatch, startFaultProxy } from './fault-proxy.ts';
import {
  configMapYaml,
  fleetRepository,
  get,
  grantFor,
  type TestRepository,
  temporaryFolder,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const KILLS = 12;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const NAMESPACE = 'daemon-kill';
const MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;

/** Renewing a Lease depends on the clock: it is not counted. */
const isCounted: RequestMatch = (request) => isWrite(request) && !request.path.includes('/leases');

/** At each step every ConfigMap changes, and `odd` and `even` take turns. */
function namesOf(step: number): readonly string[] {
  return [...NAMES, step % 2 === 1 ? 'odd' : 'even'];
}

function filesOf(step: number): Readonly<Record<string, string>> {
  const maps = namesOf(step).map((name) => configMapYaml(NAMESPACE, name, { step: String(step) }));
  return { 'maps.yaml': maps.join('---\n') };
}

async function stepsIn(cluster: Cluster): Promise<Readonly<Record<string, string>>> {
  const { items } = await get(cluster, MAPS);
  const ours = items.filter(({ data }: { data: Record<string, string> }) => data.step !== undefined);
  return Object.fromEntries(
    ours.map(({ metadata, data }: { metadata: { name: string }; data: { step: string } }) => [
      metadata.name,
      data.step,
    ]),
  );
}

async function converged(clusters: readonly Cluster[], repository: TestRepository, step: number): Promise<void> {
  const expected = Object.fromEntries(namesOf(step).map((name) => [name, String(step)]));
  for (const cluster of clusters) await expect.poll(() => stepsIn(cluster), { timeout: 60_000 }).toEqual(expected);
  const commit = repository.git('rev-parse', 'HEAD');
  const states = Object.fromEntries(clusters.map(({ name }) => [name, { state: 'Synced' }]));
  const summary = (): unknown => {
    repository.git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    return JSON.parse(repository.git('show', 'origin/gitfed/status:status.json'));
  };
  await expect.poll(summary, { timeout: 60_000, interval: 200 }).toMatchObject({ commit, clusters: states });
}

async function deletionsIn(cluster: Cluster): Promise<readonly string[]> {
  const deletions = (await writesOf(cluster)).filter(({ verb }) => verb.startsWith('delete'));
  return deletions
    .filter(({ responseStatus, objectRef }) => responseStatus?.code === 200 && objectRef?.namespace === NAMESPACE)
    .map(({ requestURI }) => requestURI.replace(/\?.*/, ''))
    .sort();
}

describe('a daemon that is killed at any write to a cluster', () => {
  test('is caught up with by its successor, which deletes nothing it should not', { timeout: 300_000 }, async ({
    clusters: [first, second],
  }) => {
    const clusters = [first, second];
    const proxies: readonly FaultProxy[] = await Promise.all(clusters.map(startFaultProxy));
    const registered = proxies.map((proxy) => [`clusters/${proxy.cluster.name}.yaml`, proxy.clusterYaml]);
    const repository = fleetRepository(clusters, NAMESPACE, {
      'gitfed.yaml': `inventory: ${NAMESPACE}\nstatus: {minInterval: 0s}\n`,
      ...Object.fromEntries(registered),
      ...filesOf(0),
    });
    const credentials = writeCredentials(clusters);
    await grantFor(credentials, repository.folder);
    const args = [repository.publish(), '--credentials-dir', credentials, '--poll-interval', '1s'];
    const dataDir = temporaryFolder();
    const start = (): DaemonProcess => startDaemonProcess([...args, '--data-dir', dataDir]);
    const commit = (step: number): void => {
      repository.commit(filesOf(step));
      repository.push();
    };

    let daemon = start();
    await converged(clusters, repository, 0);
    const count = onNthWrite(
      proxies,
      { k: Number.POSITIVE_INFINITY, when: 'before', match: isCounted },
      async () => {},
    );
    commit(1);
    await converged(clusters, repository, 1);
    const writes = count();
    expect(writes).toBeGreaterThan(KILLS);

    for (let index = 0; index < KILLS; index += 1) {
      for (const proxy of proxies) await proxy.clear();
      const k = 1 + Math.round((index * (writes - 1)) / (KILLS - 1));
      const kill = { k, when: index % 2 === 0 ? 'before' : 'after', match: isCounted } as const;
      onNthWrite(proxies, kill, () => daemon.kill());
      commit(index + 2);
      await expect.poll(() => daemon.child.signalCode, { timeout: 30_000 }).toBe('SIGKILL');
      // Of a watch nobody here would notice that its reader is gone.
      for (const proxy of proxies) proxy.cutConnections();
      for (const proxy of proxies) await proxy.settled();
      for (const proxy of proxies) await proxy.clear();
      daemon = start();
      await converged(clusters, repository, index + 2);
    }
    await daemon.says(/"msg":"started"/);
    expect(await daemon.stop()).toBe(0);
    const steps = Array.from({ length: KILLS + 1 }, (_, index) => `${MAPS}/${index % 2 === 0 ? 'even' : 'odd'}`);
    for (const cluster of clusters) expect(await deletionsIn(cluster)).toEqual([...steps].sort());
  });
});
