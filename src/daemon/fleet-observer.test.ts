import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { cluster, documents, federated, federatedNamespace, modelOf, preference } from '../../test/helpers/model-of.ts';
import { SharedMap } from '../core/index.ts';
import { EMPTY_TREE } from '../git/index.ts';
import type { FleetObservations } from '../reconcile/fleet-observations.ts';
import { render, type SeenWorkload, workloadKey } from '../render/index.ts';
import { FleetObserver, type ObservedPlan } from './fleet-observer.ts';

const WEB = workloadKey('Deployment', 'shop', 'web');
const NOTHING: FleetObservations = { observations: { clusters: new Map() }, files: new Map(), tree: EMPTY_TREE };

function modelWith(names: readonly string[], configuration = '') {
  const template = '{template: {spec: {selector: {matchLabels: {app: web}}}}, placement: {clusterSelector: {}}}';
  const spec = `{targetKind: FederatedDeployment, totalReplicas: ${names.length * 3}}`;
  const web = documents(federated('FederatedDeployment', template), preference(spec), federatedNamespace('shop'));
  return modelOf({
    'gitfed.yaml': configuration,
    'clusters.yaml': documents(...names.map((name) => cluster(name))),
    'web.yaml': web,
  });
}

function settled(count: bigint): SeenWorkload {
  const counts = { specReplicas: count, readyReplicas: count, runningAndReadyPods: count, unschedulablePods: 0n };
  return { ...counts, isSettled: true };
}

/** An observer whose observations are planned from at once, in a fleet where everything is done at once. */
function observing(names: readonly string[], observed = NOTHING, configuration = '') {
  const clock = new ManualClock();
  const told: string[] = [];
  const model = modelWith(names, configuration);
  const planOf = (from: FleetObservations): ObservedPlan => {
    return { model, observed: from, rendering: render(model, from.observations) };
  };
  let plan = planOf(observed);
  const observer = new FleetObserver({
    clock,
    onObserved: () => {
      plan = planOf(observer.observed ?? NOTHING);
      observer.begin(plan);
    },
    onSuspect: (clusters) => told.push(`suspect ${clusters.length}`),
    onTrusted: () => told.push('trusted'),
  });
  onTestFinished(() => observer.close());
  observer.begin(plan);
  const replicas = (): Readonly<Record<string, number>> => {
    const planned = plan.rendering.replicas.get('FederatedDeployment/shop/web') ?? new Map<string, bigint>();
    return Object.fromEntries([...planned].map(([name, count]) => [name, Number(count)]));
  };
  const run = (): void => {
    for (const [name, count] of Object.entries(replicas())) {
      observer.seen(name, SharedMap.of([[WEB, settled(BigInt(count))]]));
    }
    clock.advance(1000);
  };
  const probe = (ready: Readonly<Record<string, boolean>>): void => {
    for (const [name, isReady] of Object.entries(ready)) observer.probed(name, isReady);
  };
  return { observer, clock, told, replicas, run, probe };
}

describe('what is made of what is seen', () => {
  it('is an observation when a workload runs everywhere as planned', () => {
    const { observer, run, replicas } = observing(['a', 'b']);
    expect(observer.observed).toBe(NOTHING);
    run();
    expect(replicas()).toEqual({ a: 3, b: 3 });
    expect([...(observer.observed?.files.keys() ?? [])]).toEqual(['observations/a.yaml', 'observations/b.yaml']);
    expect(observer.observed?.tree).not.toBe(EMPTY_TREE);
    const { observed } = observer;
    run();
    expect(observer.observed).toBe(observed);
  });

  it('moves the replicas of a cluster after the delay, and takes it back after it was there for long enough', () => {
    const { clock, run, probe, replicas } = observing(['a', 'b', 'c', 'd']);
    probe({ a: true, b: true, c: true, d: true });
    run();
    probe({ d: false });
    clock.advance(59_000);
    expect(replicas()).toHaveProperty('d', 3);
    clock.advance(2000);
    expect(replicas()).toEqual({ a: 4, b: 4, c: 4 });
    run();
    probe({ d: true });
    clock.advance(299_000);
    expect(replicas()).not.toHaveProperty('d');
    clock.advance(2000);
    expect(replicas()).toHaveProperty('d');
  });

  it('is nothing where a cluster is away for a moment', () => {
    const { clock, run, probe, observer } = observing(['a', 'b', 'c', 'd']);
    probe({ a: true, b: true, c: true, d: true });
    run();
    const { observed } = observer;
    for (let times = 0; times < 5; times += 1) {
      probe({ d: false });
      clock.advance(50_000);
      probe({ d: true });
      clock.advance(50_000);
    }
    expect(observer.observed).toBe(observed);
  });

  it('is a suspicion where too many are lost at once, of which nothing is made until somebody confirms it', () => {
    const { clock, run, probe, observer, told, replicas } = observing(['a', 'b', 'c', 'd']);
    probe({ a: true, b: true, c: true, d: true });
    run();
    const { observed } = observer;
    probe({ b: false, c: false, d: false });
    clock.advance(3_600_000);
    expect(told).toEqual(['suspect 3']);
    expect(observer.suspect).toEqual(['b', 'c', 'd']);
    expect(observer.observed).toBe(observed);
    observer.confirm();
    clock.advance(1000);
    expect(told).toEqual(['suspect 3', 'trusted']);
    expect(replicas()).toEqual({ a: 12 });
  });

  it('is confirmed also by a word that came before it, for the clusters that were lost then and until they answer', () => {
    const { clock, run, probe, observer, told, replicas } = observing(['a', 'b', 'c', 'd']);
    probe({ a: true, b: true, c: true, d: true });
    run();
    probe({ c: false, d: false });
    observer.confirm();
    clock.advance(61_000);
    expect(told).toEqual([]);
    expect(replicas()).toEqual({ a: 6, b: 6 });
    run();
    probe({ c: true, d: true });
    clock.advance(301_000);
    run();
    expect(Object.keys(replicas())).toEqual(['a', 'b', 'c', 'd']);
    probe({ c: false, d: false });
    clock.advance(61_000);
    expect(told).toEqual(['suspect 2']);
  });

  it('is confirmed where the process before suspected the same, and no more', () => {
    const { clock, run, probe, observer, told, replicas } = observing(['a', 'b', 'c', 'd']);
    observer.confirm(['c', 'd']);
    probe({ a: true, b: false, c: false, d: false });
    run();
    clock.advance(61_000);
    expect(told).toEqual(['suspect 3']);
    probe({ b: true });
    clock.advance(61_000);
    expect(told).toEqual(['suspect 3', 'trusted']);
    expect(Object.keys(replicas())).toEqual(['a', 'b']);
  });

  it('is over when they are back', () => {
    const { clock, run, probe, observer, told } = observing(
      ['a', 'b', 'c', 'd'],
      NOTHING,
      'failover: {maxUnreadyPercent: 0}',
    );
    probe({ a: true, b: true, c: true, d: true });
    run();
    const { observed } = observer;
    probe({ b: false, c: false });
    clock.advance(61_000);
    probe({ b: true, c: true });
    clock.advance(61_000);
    expect(told).toEqual(['suspect 2', 'trusted']);
    expect(observer.observed).toBe(observed);
  });

  it('begins with what was observed before this process', () => {
    const before = observing(['a', 'b', 'c', 'd']);
    before.probe({ a: true, b: true, c: true, d: true });
    before.run();
    before.probe({ d: false });
    before.clock.advance(61_000);
    before.run();
    const { observer, clock, probe, replicas } = observing(['a', 'b', 'c', 'd'], before.observer.observed);
    expect(replicas()).toEqual({ a: 4, b: 4, c: 4 });
    clock.advance(3_600_000);
    // Nobody has asked them yet.
    expect(observer.observed).toBe(before.observer.observed);
    probe({ a: true, b: true, c: true, d: false });
    clock.advance(3_600_000);
    expect(replicas()).toEqual({ a: 4, b: 4, c: 4 });
  });

  it('forgets clusters that are not registered any more', () => {
    const { observer, run, probe, clock } = observing(['a', 'b', 'c']);
    probe({ a: true, b: true, c: true });
    run();
    const model = modelWith(['a', 'b']);
    const observed = observer.observed ?? NOTHING;
    observer.begin({ model, observed, rendering: render(model, observed.observations) });
    clock.advance(1000);
    expect([...(observer.observed?.files.keys() ?? [])]).toEqual(['observations/a.yaml', 'observations/b.yaml']);
  });

  it('costs nothing while nothing happens', () => {
    const { clock, run, probe } = observing(['a', 'b']);
    probe({ a: true, b: true });
    run();
    for (let times = 0; times < 10; times += 1) {
      clock.advance(10_000);
      probe({ a: true, b: true });
    }
    expect(clock.waiting).toBe(0);
  });
});

describe('with several processes', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

  it('believes no process that has lost most of its own clusters, however few they are of all', () => {
    const { observer, clock, run, replicas, told } = observing(NAMES);
    for (const name of NAMES) observer.probed(name, true, name < 'c' ? 'one' : 'two');
    run();
    for (const name of ['a', 'b']) observer.probed(name, false, 'one');
    clock.advance(120_000);
    expect(replicas()).toEqual(Object.fromEntries(NAMES.map((name) => [name, 3])));
    expect(told).toEqual(['suspect 2']);
    observer.probed('a', true, 'one');
    clock.advance(120_000);
    expect(told).toEqual(['suspect 2', 'trusted']);
    expect(replicas()).not.toHaveProperty('b');
  });

  it('says how it is when it leads again: that they are lost still, or that what it said is over', () => {
    const { clock, run, probe, observer, told } = observing(['a', 'b', 'c', 'd']);
    probe({ a: true, b: true, c: true, d: true });
    run();
    probe({ b: false, c: false, d: false });
    clock.advance(120_000);
    const leadAgain = (): void => {
      observer.follow(() => true);
      expect(observer.suspect).toEqual([]);
      observer.lead();
      clock.advance(120_000);
    };
    leadAgain();
    expect(told).toEqual(['suspect 3', 'suspect 3']);
    observer.follow(() => true);
    probe({ b: true, c: true, d: true });
    observer.lead();
    clock.advance(1000);
    expect(told).toEqual(['suspect 3', 'suspect 3', 'trusted']);
    leadAgain();
    expect(told).toHaveLength(3);
  });

  it('plans what the one that leads has decided, and goes on from it when it leads itself', () => {
    const decided = observing(['a', 'b', 'c', 'd']);
    decided.probe({ a: true, b: true, c: true, d: true });
    decided.run();
    decided.probe({ d: false });
    decided.clock.advance(61_000);
    const observed = decided.observer.observed ?? NOTHING;
    expect(decided.replicas()).toEqual({ a: 4, b: 4, c: 4 });

    const { observer, clock, replicas } = observing(['a', 'b', 'c', 'd']);
    observer.follow(() => false);
    observer.probed('a', false);
    clock.advance(120_000);
    expect(observer.observed).toBe(NOTHING);
    observer.adopt(observed);
    expect(replicas()).toEqual({ a: 4, b: 4, c: 4 });
    observer.lead();
    clock.advance(120_000);
    expect(observer.observed?.observations.clusters.get('d')?.ready).toBe(false);
    observer.adopt(NOTHING);
    expect(observer.observed?.observations.clusters.get('d')?.ready).toBe(false);
  });
});
