import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { describe, test } from '../controlplane/fixtures.ts';
import { GITFED } from '../faults/faulty-fleet.ts';
import { webOf } from '../sandbox/observed-fleet.ts';
import { BOUND_MS, LEASE_MS, ManyMachines, Meddler } from './many-machines.ts';

const ALL = ['a', 'b', 'c'];

describe('three daemons that share twelve clusters', { timeout: 300_000 }, () => {
  test('see to each cluster alone, and one of them writes the status for all', async ({ clusters: [home] }) => {
    const machines = await ManyMachines.start(home, 12);
    await machines.runAll(ALL);
    const commitsOf = (name: string): number =>
      machines
        .daemon(name)
        .lines()
        .filter(({ msg }) => msg === 'status was committed').length;
    // Of two that came in the same second, the one that was there first may have led until it saw the other.
    const before = new Map(ALL.map((name) => [name, commitsOf(name)]));
    const meddler = new Meddler(machines.fleet);
    await expect.poll(() => machines.expectOneWriter(), { timeout: 60_000 }).toBeGreaterThan(150);
    expect(meddler.longestMs()).toBeLessThan(BOUND_MS);
    const leader = machines.leader();
    for (const name of ALL) {
      if (name === leader) expect(commitsOf(name), name).toBeGreaterThan(0);
      else expect(commitsOf(name), name).toBe(before.get(name));
      expect((await machines.daemon(name).get('readyz')).status).toBe(200);
      const { text } = await machines.daemon(name).get('metrics');
      expect(text).toContain(`\ngitfed_home_members 3\n`);
      expect(text).toContain(`\ngitfed_home_leader ${name === leader ? 1 : 0}\n`);
      expect(text).toContain(`\ngitfed_home_clusters ${machines.clustersOf(name).length}\n`);
    }
    machines.expectLinearStatus();
  });

  test.for(['the leader', 'another one'])('take over from %s when it is killed', async (who, { clusters: [home] }) => {
    const machines = await ManyMachines.start(home, 12);
    await machines.runAll(ALL);
    const leader = machines.leader();
    const victim = who === 'the leader' ? leader : (ALL.find((name) => name !== leader) ?? '');
    const rest = ALL.filter((name) => name !== victim);
    const meddler = new Meddler(machines.fleet);
    await machines.kill(victim);
    await machines.settle(rest);
    const written = machines.writes;
    await expect.poll(() => machines.writes, { timeout: 60_000 }).toBeGreaterThan(written + 60);
    meddler.stop();
    expect(meddler.longestMs()).toBeLessThan(LEASE_MS + BOUND_MS);
    await machines.fleet.converges('1');
    await machines.fleet.reports(machines.fleet.change('2'));
    await machines.fleet.converges('2');
    machines.expectOneWriter();
    machines.expectLinearStatus();
    expect(rest).toContain(machines.leader());
  });

  test('take over from one that is stopped in its tracks, which writes nothing when it goes on', async ({
    clusters: [home],
  }) => {
    const machines = await ManyMachines.start(home, 12);
    await machines.runAll(ALL);
    const victim = machines.leader();
    const rest = ALL.filter((name) => name !== victim);
    const meddler = new Meddler(machines.fleet);
    // In the middle of its work.
    const written = machines.writes;
    await expect.poll(() => machines.writes).toBeGreaterThan(written + 20);
    machines.pause(victim);
    onTestFinished(() => machines.resume(victim));
    await machines.settle(rest);
    const taken = machines.writes;
    await expect.poll(() => machines.writes, { timeout: 60_000 }).toBeGreaterThan(taken + 40);
    expect(meddler.longestMs()).toBeLessThan(LEASE_MS + BOUND_MS);
    machines.resume(victim);
    await machines.settle(ALL);
    meddler.stop();
    await machines.fleet.converges('1');
    await machines.fleet.reports(machines.fleet.change('2'));
    machines.expectOneWriter();
    machines.expectLinearStatus();
  });

  test('are replaced one after the other without a cluster being left alone', async ({ clusters: [home] }) => {
    const machines = await ManyMachines.start(home, 12);
    await machines.runAll(ALL);
    const meddler = new Meddler(machines.fleet);
    const running = [...ALL];
    for (const [index, next] of ['d', 'e', 'f'].entries()) {
      machines.run(next);
      running.push(next);
      await expect.poll(async () => (await machines.daemon(next).get('readyz')).status, { timeout: 60_000 }).toBe(200);
      await machines.stop(ALL[index] ?? '');
      running.shift();
      await machines.settle(running);
    }
    await expect.poll(() => machines.writes, { timeout: 60_000 }).toBeGreaterThan(300);
    meddler.stop();
    expect(meddler.longestMs()).toBeLessThan(LEASE_MS);
    await machines.fleet.converges('1');
    await machines.fleet.reports(machines.fleet.change('2'));
    machines.expectOneWriter();
    machines.expectLinearStatus();
  });

  test('write nothing while their home is away, and go on when it is back', async ({ clusters: [home] }) => {
    const machines = await ManyMachines.start(home, 12);
    await machines.runAll(ALL);
    home.freeze();
    onTestFinished(() => home.thaw());
    const frozen = Date.now();
    await machines.areMembers(ALL, false);
    expect(Date.now() - frozen).toBeLessThan(LEASE_MS + BOUND_MS);
    const written = machines.writes;
    const commit = machines.fleet.change('2');
    for (const name of ALL) {
      await machines.daemon(name).line('a commit is followed', { revision: commit });
      expect((await machines.daemon(name).get('metrics')).text).toContain('\ngitfed_home_member 0\n');
      expect((await machines.daemon(name).get('healthz')).status).toBe(200);
    }
    expect(machines.writes).toBe(written);
    home.thaw();
    await machines.settle(ALL);
    await machines.fleet.converges('2');
    await machines.fleet.reports(commit);
    machines.expectOneWriter();
    machines.expectLinearStatus();
  });

  test('hold back what none of them takes, also where one of them sees two commits as one', async ({
    clusters: [home],
  }) => {
    const machines = await ManyMachines.start(home, 6);
    const { fleet } = machines;
    const gates = { 'gitfed.yaml': `${GITFED}gates: {maxReplicasLost: {count: 3}}\n`, 'web.yaml': webOf(12) };
    fleet.commit({ ...gates, 'config.yaml': CONFIG, 'namespace.yaml': null });
    await machines.runAll(ALL);
    const leader = machines.leader();
    const others = ALL.filter((name) => name !== leader);
    const [late = ''] = others;
    const rest = ALL.filter((name) => name !== late);
    const follows = async (names: readonly string[], revision: string): Promise<void> => {
      for (const name of names) await machines.daemon(name).line('a commit is followed', { revision });
    };

    machines.pause(late);
    onTestFinished(() => machines.resume(late));
    for (const total of [10, 8]) await follows(rest, fleet.commit({ 'web.yaml': webOf(total) }));
    machines.resume(late);
    await follows([late], fleet.repository.work.git('rev-parse', 'HEAD'));

    // Whoever leads sees as one what the others see as two.
    machines.pause(leader);
    onTestFinished(() => machines.resume(leader));
    for (const total of [6, 4]) await follows(others, fleet.commit({ 'web.yaml': webOf(total) }));
    machines.resume(leader);
    const last = fleet.repository.work.git('rev-parse', 'HEAD');
    await follows([leader], last);
    await fleet.reports(last);

    const held = fleet.commit({ 'web.yaml': webOf(0) });
    const refused = 'a commit is not followed; the one before stays';
    for (const name of ALL) await machines.daemon(name).line(refused, { revision: held, reason: 'GateFailed' });
    await follows(ALL, fleet.repository.commit({}, 'It is night\n\nGitfed-Allow: maxReplicasLost night'));
  });

  test('tell of each commit, also where the one that leads has no cluster', async ({ clusters: [home] }) => {
    const machines = await ManyMachines.start(home, 1);
    await machines.runAll(ALL);
    for (const value of ['2', '3', '4']) {
      await machines.fleet.reports(machines.fleet.change(value));
      await machines.fleet.converges(value);
    }
    const without = ALL.find((name) => machines.clustersOf(name).length === 0) ?? '';
    for (const name of ALL) if (name !== without) await machines.stop(name);
    await machines.settle([without]);
    await machines.fleet.reports(machines.fleet.change('5'));
  });

  test('plan replicas alike, from what all of them see, and go on from it when another one leads', async ({
    clusters: [home],
  }) => {
    const machines = await ManyMachines.start(home, 6);
    const { fleet } = machines;
    fleet.commit({
      'gitfed.yaml': `${GITFED}observation: {unschedulableAfter: 1s}\n`,
      'config.yaml': CONFIG,
      'namespace.yaml': null,
      'web.yaml': webOf(12),
    });
    await machines.runAll(ALL);
    const replicas = (): Readonly<Record<string, number | undefined>> =>
      Object.fromEntries(fleet.sandboxes.map((sandbox) => [sandbox.name, replicasOf(sandbox)]));
    const each = (count: number): ReturnType<typeof replicas> =>
      Object.fromEntries(fleet.sandboxes.map(({ name }) => [name, count]));
    await expect.poll(replicas, { timeout: 60_000 }).toEqual(each(2));
    const leader = machines.leader();
    const own = machines.clustersOf(leader);
    const lost = fleet.sandboxes.map(({ name }) => name).find((name) => !own.includes(name)) ?? own[0] ?? '';
    await fleet.sandbox(lost).pause();
    const total = (): number =>
      fleet.sandboxes.reduce((sum, one) => sum + (one.name === lost ? 0 : (replicasOf(one) ?? 0)), 0);
    await expect.poll(total, { timeout: 60_000 }).toBe(12);
    // Some skip what others have planned in between, so only what all come to is alike.
    const living = (numbers: ReturnType<typeof replicas>): unknown => ({ ...numbers, [lost]: 'lost' });
    const plans = (): readonly unknown[] => ALL.map((name) => living({ ...each(2), ...machines.plannedBy(name) }));
    await expect
      .poll(() => plans().filter((plan) => !isDeepStrictEqual(plan, living(replicas()))), { timeout: 60_000 })
      .toEqual([]);
    expect(total()).toBe(12);
    const after = replicas();

    await machines.kill(leader);
    const rest = ALL.filter((name) => name !== leader);
    await machines.settle(rest);
    const commit = fleet.change('2');
    const told = (): unknown => {
      const { commit: at } = JSON.parse(fleet.status('status.json') ?? '{}');
      return at === commit ? 'told' : { at, lines: machines.lastLines(rest) };
    };
    await expect.poll(told, { timeout: 120_000 }).toBe('told');
    expect(replicas()).toEqual(after);
    await fleet.sandbox(lost).resume();
    machines.expectOneWriter();
    machines.expectLinearStatus();
  });
});

const CONFIG = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec:
  scope: Cluster
  controllerDuration: {availableDelay: 1s, unavailableDelay: 4s}
  clusterHealthCheck: {period: 1s, timeout: 1s, failureThreshold: 1, successThreshold: 1}
`;

function replicasOf(sandbox: Sandbox): number | undefined {
  const { status, body } = sandbox.request({ method: 'GET', path: '/apis/apps/v1/namespaces/shop/deployments/web' });
  const { spec } = body as { readonly spec?: { readonly replicas?: number } };
  return status === 200 ? spec?.replicas : undefined;
}
