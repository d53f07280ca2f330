import { expect, test } from 'vitest';
import { cluster, documents, federated, federatedNamespace, modelOf } from '../../test/helpers/model-of.ts';
import { nextObservations } from './next-observations.ts';
import { NOTHING_OBSERVED, workloadKey } from './observations.ts';
import { render } from './render.ts';
import type { SeenCluster, SeenWorkload } from './seen.ts';

const KEY = workloadKey('Deployment', 'shop', 'web');

const MODEL = modelOf({
  'clusters.yaml': documents(cluster('a'), cluster('b')),
  'namespace.yaml': federatedNamespace('shop'),
  'web.yaml': documents(
    federated('FederatedDeployment', '{template: {spec: {replicas: 1}}, placement: {clusterSelector: {}}}'),
    `apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: {name: web, namespace: shop}
spec: {targetKind: FederatedDeployment, totalReplicas: 8}`,
  ),
});

function workload(spec: bigint, ready: bigint): SeenWorkload {
  const counts = { specReplicas: spec, readyReplicas: ready, runningAndReadyPods: ready, unschedulablePods: 0n };
  return { ...counts, isSettled: spec === ready };
}

/** Published of the workload, by cluster: `running`. */
function firstLook(seen: Readonly<Record<string, SeenCluster>>): Readonly<Record<string, bigint | undefined>> {
  const { observations } = nextObservations({
    published: NOTHING_OBSERVED,
    seen: new Map(Object.entries(seen)),
    rendering: render(MODEL),
    model: MODEL,
    waiting: new Map(),
    nowMs: 0,
    isFirstLook: true,
  });
  const clusters = [...observations.clusters];
  return Object.fromEntries(clusters.map(([name, { workloads }]) => [name, workloads.get(KEY)?.runningAndReadyPods]));
}

const seen = (one?: SeenWorkload): SeenCluster => ({
  ready: true,
  workloads: new Map(one === undefined ? [] : [[KEY, one]]),
});

test('a first look publishes what runs, whatever is planned, once it runs in every cluster', () => {
  expect(firstLook({ a: seen(workload(7n, 7n)), b: seen(workload(4n, 4n)) })).toEqual({ a: 7n, b: 4n });
});

test('a first look publishes nothing of a workload that runs in one cluster and starts, or is not seen yet, in another', () => {
  expect(firstLook({ a: seen(workload(4n, 4n)), b: seen(workload(4n, 0n)) })).toEqual({});
  expect(firstLook({ a: seen(workload(4n, 4n)), b: seen() })).toEqual({});
  expect(firstLook({ a: seen(workload(4n, 4n)), b: { ready: true } })).toEqual({});
});

test('a first look does not wait for a cluster that is not ready', () => {
  expect(firstLook({ a: seen(workload(4n, 4n)), b: { ready: false } })).toEqual({ a: 4n, b: undefined });
});
