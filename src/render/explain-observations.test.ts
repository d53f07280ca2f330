import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cluster, documents, federated, federatedNamespace, modelOf, preference } from '../../test/helpers/model-of.ts';
import { explainObject, traceObject } from './explain.ts';
import type { ObservationEffect } from './explain-types.ts';
import { workloadKey } from './observations.ts';
import { render } from './render.ts';
import type { ClusterObservation, Observations } from './types.ts';

const NAMES = ['a', 'b', 'c'];
const KEY = workloadKey('Deployment', 'shop', 'web');

function fleet(spec: string) {
  return modelOf({
    'fleet.yaml': documents(
      ...NAMES.map((name) => cluster(name)),
      federatedNamespace('shop'),
      federated('FederatedDeployment', '{placement: {clusterSelector: {}}, template: {spec: {}}}'),
      preference(`{targetKind: FederatedDeployment, ${spec}}`),
    ),
  });
}

function runs(spec: bigint, ready: bigint, unschedulable = 0n): ClusterObservation {
  const numbers = {
    specReplicas: spec,
    readyReplicas: ready,
    runningAndReadyPods: ready,
    unschedulablePods: unschedulable,
  };
  return { ready: true, workloads: new Map([[KEY, numbers]]) };
}

/** One that runs all of its replicas, and had no room for more. */
function found(spec: bigint, capacity: bigint): ClusterObservation {
  const numbers = {
    specReplicas: spec,
    readyReplicas: spec,
    runningAndReadyPods: spec,
    unschedulablePods: 0n,
    capacity,
  };
  return { ready: true, workloads: new Map([[KEY, numbers]]) };
}

const LOST: ClusterObservation = { ready: false, workloads: new Map() };

type Observed = Readonly<Record<string, ClusterObservation>>;

function effects(model: ReturnType<typeof fleet>, clusters: Observed): readonly ObservationEffect[] {
  const [object] = model.objects;
  if (object === undefined) throw new Error('the model has no object');
  const observations: Observations = { clusters: new Map(Object.entries(clusters)) };
  return explainObject(traceObject(model, object, { observations })).plan?.observations ?? [];
}

/** `a Capacity: a 3 for 1, b 3 for 4`. */
function shown({ cluster: name, type, without }: ObservationEffect): string {
  const numbers = without.map((other) => `${other.cluster} ${other.otherwise} for ${other.replicas}`);
  return [`${name} ${type}`, ...(numbers.length === 0 ? [] : [numbers.join(', ')])].join(': ');
}

describe('what observations did to a plan', () => {
  it.each<[title: string, spec: string, clusters: Observed, expected: readonly string[]]>([
    ['nothing was observed', 'totalReplicas: 9', {}, []],
    ['all that is planned runs', 'totalReplicas: 9', { a: runs(3n, 3n), b: runs(3n, 3n), c: runs(3n, 3n) }, []],
    ['a cluster is lost', 'totalReplicas: 9', { a: LOST }, ['a NotReady: a 3 for 0, b 3 for 4, c 3 for 5']],
    [
      'a lost cluster would get nothing anyway',
      'totalReplicas: 9, clusters: {b: {weight: 1}}',
      { a: LOST },
      ['a NotReady'],
    ],
    [
      'a cluster has room for less',
      'totalReplicas: 9',
      { a: runs(3n, 1n, 2n) },
      ['a Capacity: a 3 for 1, b 3 for 4, c 3 for 4'],
    ],
    ['what runs is kept', 'totalReplicas: 9', { a: runs(7n, 7n) }, ['a Running: a 3 for 7, b 3 for 1, c 3 for 1']],
    ['what runs may be moved', 'totalReplicas: 9, rebalance: true', { a: runs(7n, 7n) }, []],
    [
      'of two, each by itself',
      'totalReplicas: 9, rebalance: true',
      { a: LOST, b: runs(5n, 2n, 3n) },
      ['a NotReady: a 3 for 0, b 3 for 4, c 4 for 7', 'b Capacity: c 5 for 7'],
    ],
    [
      'a capacity was found before and is remembered',
      'totalReplicas: 9',
      { a: found(1n, 1n) },
      ['a Capacity: a 3 for 1, b 3 for 4, c 3 for 4'],
    ],
    ['pods are only starting', 'totalReplicas: 9, rebalance: true', { a: runs(3n, 1n) }, []],
    [
      'no cluster is left',
      'totalReplicas: 9',
      { a: LOST, b: LOST, c: LOST },
      ['a NotReady: a 9 for 0', 'b NotReady: b 9 for 0', 'c NotReady: c 9 for 0'],
    ],
  ])('where %s', (_title, spec, clusters, expected) => {
    expect(effects(fleet(spec), clusters).map(shown)).toEqual(expected);
  });

  it('has the numbers that were observed', () => {
    const [effect] = effects(fleet('totalReplicas: 9'), { a: runs(6n, 4n, 2n) });
    expect(effect).toMatchObject({
      cluster: 'a',
      current: 4n,
      capacity: 4n,
      observed: { specReplicas: 6n, readyReplicas: 4n, runningAndReadyPods: 4n, unschedulablePods: 2n },
    });
  });

  it('is about the observations of this object only', () => {
    const other = workloadKey('Deployment', 'shop', 'other');
    const [entry] = runs(6n, 4n, 2n).workloads.values();
    if (entry === undefined) throw new Error('nothing runs');
    expect(effects(fleet('totalReplicas: 9'), { a: { ready: true, workloads: new Map([[other, entry]]) } })).toEqual(
      [],
    );
  });

  it('tells the numbers that are rendered, and that would be rendered if a lost cluster were ready', () => {
    const count = fc.bigInt({ min: 0n, max: 9n });
    const entry = fc.oneof(
      fc.constant(LOST),
      fc.tuple(count, count, count).map(([spec, ready, stuck]) => runs(spec, ready, stuck)),
    );
    const observed = fc.dictionary(fc.constantFrom(...NAMES), entry);
    const models = [false, true].map((rebalance) => fleet(`totalReplicas: 9, rebalance: ${rebalance}`));
    fc.assert(
      fc.property(fc.constantFrom(...models), observed, (model, clusters) => {
        const numbers = (of: Observed) => {
          const rendered = render(model, { clusters: new Map(Object.entries(of)) }).replicas;
          const replicas = rendered.get('FederatedDeployment/shop/web');
          return (name: string): bigint => replicas?.get(name) ?? 0n;
        };
        const now = numbers(clusters);
        for (const { cluster: name, type, without } of effects(model, clusters)) {
          for (const other of without) expect(other.replicas).toBe(now(other.cluster));
          if (type !== 'NotReady') continue;
          const then = numbers({ ...clusters, [name]: { ready: true, workloads: new Map() } });
          const changed = NAMES.filter((one) => then(one) !== now(one));
          expect(without.map((other) => [other.cluster, other.otherwise])).toEqual(
            changed.map((one) => [one, then(one)]),
          );
        }
      }),
    );
  });
});
