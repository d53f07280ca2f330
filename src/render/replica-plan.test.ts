import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cluster, documents, federated, federatedNamespace, modelOf, preference } from '../../test/helpers/model-of.ts';
import { workloadKey } from './observations.ts';
import { render } from './render.ts';
import { plannedTotal, planWorkloads } from './replica-plan.ts';
import type { ClusterObservation, Observations } from './types.ts';

const NAMES = ['a', 'b', 'c'];
const WEB = federated('FederatedDeployment', '{placement: {clusterSelector: {}}, template: {spec: {}}}');
const KEY = workloadKey('Deployment', 'shop', 'web');

function fleet(spec: string, namespace = '{clusterSelector: {}}'): string {
  return documents(
    ...NAMES.map((name) => cluster(name)),
    federatedNamespace('shop', namespace),
    WEB,
    preference(`{targetKind: FederatedDeployment, ${spec}}`),
  );
}

/** One that runs `ready` of `spec`; the rest finds no room. */
function short(spec: bigint, ready: bigint): ClusterObservation {
  const numbers = {
    specReplicas: spec,
    readyReplicas: ready,
    runningAndReadyPods: ready,
    unschedulablePods: spec - ready,
  };
  return { ready: true, workloads: new Map([[KEY, numbers]]) };
}

function observed(clusters: Readonly<Record<string, ClusterObservation>>): Observations {
  return { clusters: new Map(Object.entries(clusters)) };
}

const LOST: ClusterObservation = { ready: false, workloads: new Map() };

describe('the plan of all workloads', () => {
  it.each<[title: string, spec: string, clusters: Readonly<Record<string, ClusterObservation>>, shown: string]>([
    ['shares the total', 'totalReplicas: 9', {}, 'a 3, b 3, c 3'],
    ['leaves out a lost cluster', 'totalReplicas: 9', { b: LOST }, 'a 4, c 5'],
    [
      'shows overflow on top of the total with rebalance',
      'totalReplicas: 9, rebalance: true',
      { a: short(3n, 1n) },
      'a 3 (2 overflow), b 4, c 4',
    ],
    [
      'shows as overflow without rebalance only what found no place',
      'totalReplicas: 9',
      { a: short(3n, 1n), b: short(3n, 1n), c: short(3n, 1n) },
      'a 2 (1 overflow), b 2 (1 overflow), c 2 (1 overflow)',
    ],
    ['has clusters that get nothing', 'totalReplicas: 1, clusters: {a: {weight: 1}}', {}, 'a 1, b 0, c 0'],
  ])('%s', (_title, spec, clusters, shown) => {
    const model = modelOf({ 'fleet.yaml': fleet(spec) });
    const [plan, ...others] = planWorkloads(model, observed(clusters));
    expect(others).toEqual([]);
    const texts = plan?.clusters.map(({ cluster: name, replicas, overflow }) => {
      return `${name} ${replicas}${overflow === 0n ? '' : ` (${overflow} overflow)`}`;
    });
    expect(texts?.join(', ')).toBe(shown);
  });

  it.each<[outcome: string, spec: string, clusters: Readonly<Record<string, ClusterObservation>>]>([
    ['NoReadyCluster', 'totalReplicas: 9', { a: LOST, b: LOST, c: LOST }],
    // The selector matches nothing: the object has none.
    ['EmptyIntersection', 'totalReplicas: 9, intersectWithClusterSelector: true', {}],
  ])('says %s where nothing is planned', (outcome, spec, clusters) => {
    const none = fleet(spec, '{clusters: [{name: a}]}');
    const [plan] = planWorkloads(modelOf({ 'fleet.yaml': none }), observed(clusters));
    expect(plan).toMatchObject({ outcome, clusters: [] });
  });

  it('says where the namespace is not placed', () => {
    const model = modelOf({ 'fleet.yaml': fleet('totalReplicas: 9', '{clusters: [{name: a}]}') });
    const [plan] = planWorkloads(model);
    expect(plan?.clusters.map(({ isPlaced }) => isPlaced)).toEqual([true, false, false]);
  });

  it('agrees with what is rendered, for any observations', () => {
    const count = fc.bigInt({ min: 0n, max: 12n });
    const entry = fc
      .record({ ready: fc.boolean(), spec: count, running: count, stuck: count })
      .map((one): ClusterObservation => {
        const { ready, spec, running, stuck } = one;
        const numbers = {
          specReplicas: spec,
          readyReplicas: running,
          runningAndReadyPods: running,
          unschedulablePods: stuck,
        };
        return { ready, workloads: new Map([[KEY, numbers]]) };
      });
    const observations = fc.dictionary(fc.constantFrom(...NAMES), entry).map(observed);
    const models = [false, true].map((rebalance) => {
      const spec = `totalReplicas: 9, rebalance: ${rebalance}, clusters: {a: {weight: 2, maxReplicas: 5}, "*": {weight: 1, minReplicas: 1}}`;
      return modelOf({ 'fleet.yaml': fleet(spec) });
    });
    fc.assert(
      fc.property(fc.constantFrom(...models), observations, (model, known) => {
        const { replicas } = render(model, known);
        const plans = planWorkloads(model, known).filter(({ outcome }) => outcome === 'Planned');
        const planned = plans.map((plan) => [
          plan.object,
          new Map(plan.clusters.map((one) => [one.cluster, one.replicas])),
        ]);
        expect(new Map(planned as [string, Map<string, bigint>][])).toEqual(replicas);
        for (const plan of plans) {
          const overflow = plan.clusters.reduce((sum, one) => sum + one.overflow, 0n);
          expect(plannedTotal(plan) - overflow).toBeLessThanOrEqual(plan.totalReplicas);
        }
      }),
    );
  });
});
