import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { test as base, type Cluster, describe, startControlPlane } from '../controlplane/fixtures.ts';
import { startGitServer } from '../git-server/git-server.ts';
import { temporaryFolder } from './credentials.ts';
import { DELAYS, RebalanceFleet, WORKLOAD_KINDS, workloadYaml } from './rebalance-fleet.ts';

const test = base
  .override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true, scheduler: true })
  .extend('four', { scope: 'file' }, async ({ sharedClusterOptions }, { onCleanup }) => {
    const controlPlane = await startControlPlane({ audit: true, ...sharedClusterOptions, clusters: 4 });
    onCleanup(() => controlPlane.stop());
    return controlPlane.clusters;
  });

const PLENTY = 30;

/** A Deployment without `rebalance`, and a ReplicaSet with it; both of ten replicas. */
function bothModes(namespace: string): Readonly<Record<string, string>> {
  return {
    'deployment.yaml': workloadYaml(namespace, 'Deployment', { totalReplicas: 10 }),
    'replicaset.yaml': workloadYaml(namespace, 'ReplicaSet', { totalReplicas: 10, rebalance: true }),
  };
}

/**
 * Expected numbers are those of KubeFed's planner, computed by hand. A hash of cluster and `namespace/name` decides who is served first. The
 * namespaces are chosen so that it is cluster2, then cluster1, then cluster3, as B, A and C in KubeFed's own tests.
 */
describe('replicas', () => {
  // Ten on three: 4 each in that order, until two are left for the last. Where cluster3 holds one of its two:
  // - What runs stays (4, 4, 1), and one is left. In turn, each is due one, and covers it with one that it has, but for cluster3, which is full.
  //   After four rounds nobody has one left, and cluster2 gets it: 4, 5, 1.
  // - With rebalance, cluster2 and cluster1 take the 4 that they are due. cluster3 is due 2, takes 1, and has an overflow of 1. The one that
  //   is left goes to cluster2. The overflow is written on top: 4, 5, 2.
  test.for([
    { namespace: 'short', order: [0, 1, 2] },
    { namespace: 'running', order: [1, 2, 0] },
  ])('of a cluster that is full move once, with pods that become ready in the order $order', async (row, { four }) => {
    const { namespace, order } = row;
    const clusters = four.slice(0, 3);
    const room = { Deployment: [PLENTY, PLENTY, 1], ReplicaSet: [PLENTY, PLENTY, 1] };
    const fleet = await RebalanceFleet.create(clusters, { namespace, room, files: bothModes(namespace) });
    for (const index of order) fleet.decide(index, () => 'pending');
    const running = await fleet.run();
    await running.applied(fleet.commit);
    await fleet.binds([8, 8, 2]);
    const ready = [0, 0, 0];
    for (const index of order) {
      await fleet.settles(running, {});
      for (const kind of WORKLOAD_KINDS) expect(fleet.written(kind)).toEqual([[4], [4], [2]]);
      // What starts because of the move waits for the end.
      const uids = new Set(fleet.kubelets[index]?.pods.map(({ metadata: { uid } }) => uid));
      fleet.decide(index, ({ metadata: { uid } }) => (uids.has(uid) ? 'ready' : 'pending'));
      ready[index] = [4, 4, 1][index] ?? 0;
      for (const kind of WORKLOAD_KINDS) await fleet.runs(kind, ready);
    }
    await fleet.holds('Deployment', [4, 5, 1]);
    await fleet.holds('ReplicaSet', [4, 5, 2]);
    await fleet.binds([8, 10, 2]);
    await fleet.settles(running, {});
    for (const index of order) fleet.decide(index, () => 'ready');
    for (const kind of WORKLOAD_KINDS) await fleet.runs(kind, [4, 5, 1]);

    await fleet.settles(running, { Deployment: [4, 5, 1], ReplicaSet: [4, 5, 1] });
    expect(fleet.written('Deployment')).toEqual([[4], [4, 5], [2, 1]]);
    expect(fleet.written('ReplicaSet')).toEqual([[4], [4, 5], [2]]);
    expect(running.of('observed').flatMap(({ moves }) => moves)).toHaveLength(3);
  });

  // There is room for nine of ten. Once three clusters are known to hold three each:
  // - Nine are kept and one is left that fits nowhere. Each cluster is due it, so each has it as overflow: 4, 4, 4. Before, 4 of cluster3 was what
  //   cluster1 and cluster2 did not hold: 3, 3, 4.
  // - With rebalance, the overflow was written from the beginning: 4, 4, 4.
  // When cluster3 has more room, its fourth runs, and nothing is left over: 3, 3, 4. With rebalance, the overflow is not taken back.
  test('that fit nowhere wait everywhere, until there is room', async ({ four }) => {
    const namespace = 'nowhere';
    const clusters = four.slice(0, 3);
    const room = { Deployment: [3, 3, 3], ReplicaSet: [3, 3, 3] };
    const fleet = await RebalanceFleet.create(clusters, { namespace, room, files: bothModes(namespace) });
    const running = await fleet.run();
    for (const kind of WORKLOAD_KINDS) {
      await fleet.holds(kind, [4, 4, 4]);
      await fleet.runs(kind, [3, 3, 3]);
    }
    await fleet.settles(running, { Deployment: [3, 3, 3], ReplicaSet: [3, 3, 3] });
    expect(fleet.written('Deployment')).toEqual([
      [4, 3, 4],
      [4, 3, 4],
      [2, 4],
    ]);
    expect(fleet.written('ReplicaSet')).toEqual([[4], [4], [2, 4]]);

    await fleet.enlarge(2, PLENTY);
    for (const kind of WORKLOAD_KINDS) await fleet.runs(kind, [3, 3, 4]);
    await fleet.settles(running, { Deployment: [3, 3, 4], ReplicaSet: [3, 3, 4] });
    expect(fleet.written('Deployment')).toEqual([
      [4, 3, 4, 3],
      [4, 3, 4, 3],
      [2, 4],
    ]);
    expect(fleet.written('ReplicaSet')).toEqual([[4], [4], [2, 4]]);
    const trees = running.of('observed').map(({ tree }) => tree);
    expect(new Set(trees).size).toBe(3);
    expect(fleet.recordedTrees()).toEqual(expect.arrayContaining(trees));
  });

  // Six in one cluster, then all may have some: what runs stays, and with rebalance two each. A pod that crashes is Running all the same.
  test('that run are moved with rebalance only, and not because they crash', async ({ four }) => {
    const namespace = 'spread';
    const clusters = four.slice(0, 3);
    const one = { totalReplicas: 6, clusters: { cluster1: { weight: 1 } } };
    const deployment = (spec: Parameters<typeof workloadYaml>[2]): Readonly<Record<string, string>> => ({
      'deployment.yaml': workloadYaml(namespace, 'Deployment', spec),
    });
    const fleet = await RebalanceFleet.create(clusters, {
      namespace,
      room: { Deployment: [PLENTY, PLENTY, PLENTY] },
      files: deployment(one),
    });
    const running = await fleet.run();
    await running.applied(fleet.commit);
    await fleet.runs('Deployment', [6, 0, 0]);
    await fleet.settles(running, { Deployment: [6, 0, 0] });

    await running.applied(fleet.change(deployment({ totalReplicas: 6 })));
    fleet.decide(0, () => 'crashing');
    await fleet.runs('Deployment', [0, 0, 0]);
    await fleet.settles(running, {});
    expect(fleet.written('Deployment')).toEqual([[6], [0], [0]]);

    fleet.decide(0, () => 'ready');
    await fleet.runs('Deployment', [6, 0, 0]);
    await running.applied(fleet.change(deployment({ totalReplicas: 6, rebalance: true })));
    await fleet.runs('Deployment', [2, 2, 2]);
    await fleet.settles(running, { Deployment: [2, 2, 2] });
    expect(fleet.written('Deployment')).toEqual([
      [6, 2],
      [0, 2],
      [0, 2],
    ]);
  });
});

describe('a cluster', () => {
  // The numbers are those of a cluster that is stopped. A daemon that is started again goes on from what was observed: from its own folder, and
  // from git where it has none.
  test('that is lost while the git server is down loses its replicas all the same, for a restarted daemon too', async ({
    four,
  }) => {
    const namespace = 'silent';
    const clusters = four.slice(0, 3);
    const fleet = await RebalanceFleet.create(clusters, {
      namespace,
      room: { Deployment: [PLENTY, PLENTY, PLENTY], ReplicaSet: [PLENTY, PLENTY, PLENTY] },
      files: bothModes(namespace),
    });
    const server = await startGitServer({ folder: path.dirname(fleet.repository.bare) });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const source = `${server.url}/${path.basename(fleet.repository.bare)}`;
    const first = await fleet.run({ source });
    await first.applied(fleet.commit);
    for (const kind of WORKLOAD_KINDS) await fleet.runs(kind, [4, 4, 2]);
    await expect
      .poll(() => fleet.status('observations/cluster2.yaml'), { timeout: 30_000 })
      .toMatch(/runningAndReadyPods: 4/);

    await server.stop();
    await expect.poll(() => first.of('sourceFailed').length, { timeout: 30_000 }).toBeGreaterThan(0);
    const tree = fleet.observationsTree();
    const [, lost] = four;
    freeze(lost);
    for (const kind of WORKLOAD_KINDS) await fleet.holds(kind, [5, 4, 5]);
    await first.stop();
    const second = await fleet.run({ source });
    await expect.poll(() => second.of('passFinished').map(({ cluster }) => cluster)).toContain('cluster3');
    expect(fleet.observationsTree()).toBe(tree);

    await server.start();
    await expect.poll(() => fleet.status('observations/cluster2.yaml'), { timeout: 60_000 }).toMatch(/ready: false/);
    expect(fleet.trailer('Observations-Tree')).toBe(fleet.observationsTree());
    await second.stop();
    const third = await fleet.run({ source, dataDir: temporaryFolder() });
    await expect.poll(() => third.of('passFinished').map(({ cluster }) => cluster)).toContain('cluster3');
    lost.thaw();
    await fleet.runs('Deployment', [5, 4, 1]);
    await fleet.runs('ReplicaSet', [4, 4, 2]);
    expect(fleet.written('Deployment')).toEqual([[4, 5], [4], [2, 5, 1]]);
    expect(fleet.written('ReplicaSet')).toEqual([[4, 5, 4], [4], [2, 5, 2]]);
  });

  test('is not believed to be lost with two others of four, until they are back or a commit says so', async ({
    four,
  }) => {
    const namespace = 'guard';
    const [, ...lost] = four;
    const fleet = await RebalanceFleet.create(four, {
      namespace,
      room: { Deployment: [PLENTY, PLENTY, PLENTY, PLENTY] },
      files: { 'deployment.yaml': workloadYaml(namespace, 'Deployment', { totalReplicas: 8 }) },
    });
    const running = await fleet.run();
    const { applied, of } = running;
    await applied(fleet.commit);
    await fleet.runs('Deployment', [2, 2, 2, 2]);

    lost.forEach(freeze);
    await expect
      .poll(() => of('observerSuspect').at(-1)?.clusters, { timeout: 30_000 })
      .toEqual(['cluster2', 'cluster3', 'cluster4']);
    await fleet.settles(running, {});
    for (const cluster of lost) cluster.thaw();
    await expect.poll(() => of('observerTrusted').length, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(fleet.written('Deployment')).toEqual([[2], [2], [2], [2]]);

    const before = of('observerSuspect').length;
    lost.forEach(freeze);
    await expect.poll(() => of('observerSuspect').length, { timeout: 30_000 }).toBeGreaterThan(before);
    fleet.change({}, 'The datacentre is flooded\n\nGitfed-Allow: failover it will not be back this week');
    await fleet.holds('Deployment', [8, 2, 2, 2]);
    for (const cluster of lost) cluster.thaw();
  });

  test('that answers again before the delay is over keeps its replicas', async ({ four }) => {
    const namespace = 'brief';
    const clusters = four.slice(0, 3);
    const fleet = await RebalanceFleet.create(clusters, {
      namespace,
      room: { Deployment: [PLENTY, PLENTY, PLENTY] },
      files: {
        'deployment.yaml': workloadYaml(namespace, 'Deployment', { totalReplicas: 6 }),
        'config.yaml': DELAYS.replace('unavailableDelay: 5s', 'unavailableDelay: 5m'),
      },
    });
    const running = await fleet.run();
    await running.applied(fleet.commit);
    await fleet.runs('Deployment', [2, 2, 2]);

    const [, lost] = four;
    const lastState = (): string | undefined =>
      running.of('passFinished').findLast(({ cluster }) => cluster === lost.name)?.result.state;
    freeze(lost);
    await expect.poll(lastState, { timeout: 30_000 }).toBe('NotReady');
    await fleet.settles(running, {});
    lost.thaw();
    await expect.poll(lastState, { timeout: 30_000 }).toBe('Synced');
    await fleet.settles(running, { Deployment: [2, 2, 2] });
    expect(fleet.written('Deployment')).toEqual([[2], [2], [2]]);
    expect(running.of('observed')).toEqual([]);
  });

  // The last one: the controller manager of the cluster comes back long after it.
  //
  // Without cluster2: what runs stays (4 and 2), the other four go where fewer are, 5 and 5. When it is back, its four run still: they stay, then
  // the five of cluster1, and one is left for cluster3. With rebalance, 5 and 5, and then 4, 4, 2 as at first.
  test('that is stopped loses its replicas after the delay, and gets them back by the rule', async ({ four }) => {
    const namespace = 'gone';
    const clusters = four.slice(0, 3);
    const fleet = await RebalanceFleet.create(clusters, {
      namespace,
      room: { Deployment: [PLENTY, PLENTY, PLENTY], ReplicaSet: [PLENTY, PLENTY, PLENTY] },
      files: bothModes(namespace),
    });
    const running = await fleet.run();
    await running.applied(fleet.commit);
    for (const kind of WORKLOAD_KINDS) await fleet.runs(kind, [4, 4, 2]);

    const [, lost] = four;
    await lost.stop();
    for (const kind of WORKLOAD_KINDS) await fleet.holds(kind, [5, 4, 5]);
    await expect.poll(() => fleet.status('observations/cluster2.yaml'), { timeout: 30_000 }).toMatch(/ready: false/);
    expect(running.of('observerSuspect')).toEqual([]);

    await lost.start();
    await fleet.runs('Deployment', [5, 4, 1]);
    await fleet.runs('ReplicaSet', [4, 4, 2]);
    await fleet.settles(running, { Deployment: [5, 4, 1], ReplicaSet: [4, 4, 2] });
    expect(fleet.written('Deployment')).toEqual([[4, 5], [4], [2, 5, 1]]);
    expect(fleet.written('ReplicaSet')).toEqual([[4, 5, 4], [4], [2, 5, 2]]);
  });
});

/** Whatever happens, the next test finds it running. */
function freeze(cluster: Cluster): void {
  cluster.freeze();
  onTestFinished(() => cluster.thaw());
}
