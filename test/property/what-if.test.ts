import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterPreference, Model } from '../../src/api/index.ts';
import {
  type ClusterLoss,
  type Observations,
  observationsAsPlanned,
  parseObservations,
  type Rendering,
  render,
  WhatIf,
} from '../../src/render/index.ts';
import {
  CONFIGURATION,
  clusterOf,
  federatedOf,
  modelWith,
  NAMESPACE_TYPE,
  operationOf,
  overridesOf,
  preferenceOf,
  typeOf,
} from '../helpers/render-input.ts';

const CLUSTERS = ['a', 'b', 'c', 'd'];
const WORKLOADS = ['web', 'api'];

const someClusters = fc.subarray(CLUSTERS);
const placement = fc.oneof(
  someClusters.map((clusters) => ({ clusters })),
  fc.constantFrom('a', 'b').map((tier) => ({ clusterSelector: { matchLabels: { tier }, matchExpressions: [] } })),
  fc.constant({ clusterSelector: { matchLabels: {}, matchExpressions: [] } }),
);
const clusterPreference = fc.record(
  { weight: fc.bigInt(0n, 4n), minReplicas: fc.bigInt(0n, 3n), maxReplicas: fc.bigInt(0n, 8n) },
  { requiredKeys: ['weight', 'minReplicas'] },
) as fc.Arbitrary<ClusterPreference>;
const preference = fc.record({
  totalReplicas: fc.integer({ min: 0, max: 30 }),
  rebalance: fc.boolean(),
  intersectWithClusterSelector: fc.boolean(),
  clusters: fc.dictionary(fc.constantFrom(...CLUSTERS, '*'), clusterPreference, { minKeys: 1 }).map((entries) => {
    return new Map(Object.entries(entries));
  }),
});
const override = fc.constantFrom(
  operationOf('', '/spec/replicas', 2),
  operationOf('remove', '/spec/replicas'),
  operationOf('replace', '/spec', { replicas: 5 }),
  operationOf('replace', '/spec/paused', true),
  operationOf('remove', '/spec/nothing'),
);
const workload = fc.record({
  placement,
  replicas: fc.integer({ min: 0, max: 6 }),
  overrides: fc.dictionary(fc.constantFrom(...CLUSTERS), fc.array(override, { minLength: 1, maxLength: 2 })),
  preference: fc.option(preference, { nil: undefined, freq: 4 }),
});
const observed = fc.dictionary(
  fc.constantFrom(...CLUSTERS),
  fc.record({
    ready: fc.boolean(),
    workloads: fc.uniqueArray(
      fc.record({
        kind: fc.constant('Deployment'),
        namespace: fc.constant('shop'),
        name: fc.constantFrom(...WORKLOADS),
        specReplicas: fc.integer({ min: 4, max: 9 }),
        readyReplicas: fc.integer({ min: 0, max: 9 }),
        runningAndReadyPods: fc.integer({ min: 0, max: 9 }),
        unschedulablePods: fc.integer({ min: 0, max: 4 }),
      }),
      { selector: ({ name }) => name, maxLength: 2 },
    ),
  }),
);
const fleet = fc.record({
  workloads: fc.array(workload, { minLength: 1, maxLength: 2 }),
  namespace: placement,
  settings: placement,
  observed: fc.option(observed, { nil: undefined }),
  lost: someClusters,
});
type Fleet = typeof fleet extends fc.Arbitrary<infer T> ? T : never;

describe('the loss of clusters', () => {
  it('leaves in each of the others what is rendered while the lost ones are not ready, and in the lost ones nothing', () => {
    fc.assert(
      fc.property(fleet, (given) => {
        const { model, observations, loss } = ask(given);
        const ready = loss.lost.filter((name) => !loss.notReady.includes(name));
        const before = counts(render(model, observations), loss.left, ready);
        const after = counts(render(model, withLoss(observations, given.lost)), loss.left, []);
        const held = heldIn(render(model, withLoss(observations, given.lost)));
        for (const { object, clusters, replicas } of loss.workloads) {
          for (const one of clusters) {
            const key = `${object} ${one.cluster}`;
            if (held.has(key)) continue;
            expect([key, replicas, one.before, one.after]).toEqual([
              key,
              replicas,
              before.get(key) ?? 0n,
              after.get(key) ?? 0n,
            ]);
          }
        }
        const told = new Set(
          loss.workloads.flatMap(({ object, clusters }) => clusters.map(({ cluster }) => `${object} ${cluster}`)),
        );
        const changed = [...new Set([...before.keys(), ...after.keys()])].filter((key) => {
          return !held.has(key) && (before.get(key) ?? 0n) !== (after.get(key) ?? 0n);
        });
        expect(changed.filter((key) => !told.has(key))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('adds up: what is lost is gained elsewhere or missing', () => {
    fc.assert(
      fc.property(fleet, (given) => {
        for (const { clusters, before, lost, gained, given: less, missing, waiting, homes, outcome } of ask(given).loss
          .workloads) {
          const sum = (of: (one: (typeof clusters)[number]) => bigint): bigint =>
            clusters.reduce((total, one) => total + of(one), 0n);
          expect(sum((one) => one.before) - lost + gained - less).toBe(sum((one) => one.after));
          expect(before).toBeGreaterThanOrEqual(lost);
          const fewer = lost + less - gained;
          // A cluster that is observed may have no room, and what has no room does not run.
          if (given.observed === undefined) expect([missing, waiting]).toEqual([fewer > 0n ? fewer : 0n, 0n]);
          expect(missing).toBeLessThanOrEqual(before);
          expect(outcome === 'NoSecondHome').toBe(homes === 0);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is the same whether clusters are lost in one question or are not ready before it', () => {
    fc.assert(
      fc.property(fleet, (given) => {
        const { model, observations, loss } = ask(given);
        const gone = new WhatIf(model, { observations: withLoss(observations, given.lost) });
        expect(gone.ready).toEqual(loss.left);
        expect(gone.lose(given.lost).workloads).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a fleet that runs what is planned', () => {
  it('is planned to run the same', () => {
    fc.assert(
      fc.property(fleet, ({ observed: _, ...given }) => {
        // A maximum below its minimum gives replicas back, or not, by what runs: `ReplicaBounds` warns of it.
        fc.pre(given.workloads.every(({ preference: own }) => [...(own?.clusters.values() ?? [])].every(isInBounds)));
        const model = modelOf(given);
        const planned = observationsAsPlanned(model);
        expect(counts(render(model, planned), CLUSTERS, [])).toEqual(counts(render(model), CLUSTERS, []));
      }),
      { numRuns: 400 },
    );
  });
});

function isInBounds({ minReplicas, maxReplicas = minReplicas }: ClusterPreference): boolean {
  return minReplicas <= maxReplicas;
}

function ask(given: Fleet): { readonly model: Model; readonly observations: Observations; readonly loss: ClusterLoss } {
  const model = modelOf(given);
  const whatIf = new WhatIf(
    model,
    given.observed === undefined ? {} : { observations: observationsOf(given.observed) },
  );
  return { model, observations: whatIf.observations, loss: whatIf.lose(given.lost) };
}

function modelOf({ workloads, namespace, settings }: Omit<Fleet, 'observed'>): Model {
  const named = workloads.map((item, index) => ({ ...item, name: WORKLOADS[index] ?? '' }));
  return modelWith({
    configuration: CONFIGURATION,
    clusters: CLUSTERS.map((name, index) => clusterOf(name, { tier: index < 2 ? 'a' : 'b' })),
    namespaces: new Map([['shop', federatedOf({ type: NAMESPACE_TYPE, name: 'shop', placement: namespace })]]),
    objects: [
      ...named.map(({ name, replicas, overrides, placement: own }) => {
        return federatedOf({
          name,
          placement: own,
          template: { spec: { replicas } },
          overrides: overridesOf(overrides),
        });
      }),
      federatedOf({ type: typeOf('ConfigMap', { group: '' }), name: 'settings', placement: settings }),
    ],
    preferences: named.flatMap(({ name, preference: own }) =>
      own === undefined ? [] : [preferenceOf({ ...own, name })],
    ),
  });
}

function observationsOf(clusters: NonNullable<Fleet['observed']>): Observations {
  return parseObservations({ apiVersion: 'gitfed.io/v1alpha1', kind: 'Observations', clusters });
}

function withLoss({ clusters }: Observations, lost: readonly string[]): Observations {
  const gone = lost.map(
    (name) => [name, { ready: false, workloads: clusters.get(name)?.workloads ?? new Map() }] as const,
  );
  return { clusters: new Map([...clusters, ...gone.map(([name, one]): [string, typeof one] => [name, one])]) };
}

/** Replicas of each workload in each of these clusters; a Deployment that does not say is one. */
function counts(rendering: Rendering, left: readonly string[], lost: readonly string[]): ReadonlyMap<string, bigint> {
  const wanted = new Set([...left, ...lost]);
  const found = rendering.clusters.flatMap(({ cluster, objects }) =>
    objects.flatMap(({ id, manifest }): [string, bigint][] => {
      if (id.kind !== 'Deployment' || !wanted.has(cluster)) return [];
      const { replicas = 1 } = (manifest['spec'] ?? {}) as { replicas?: number };
      return [[`FederatedDeployment/shop/${id.name} ${cluster}`, BigInt(replicas)]];
    }),
  );
  return new Map(found);
}

function heldIn(rendering: Rendering): ReadonlySet<string> {
  return new Set(
    rendering.clusters.flatMap(({ cluster, held }) =>
      held.map(({ name }) => `FederatedDeployment/shop/${name} ${cluster}`),
    ),
  );
}
