import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/index.ts';
import {
  currentReplicas,
  isReady,
  NOTHING_OBSERVED,
  parseObservations,
  readObservations,
  workloadKey,
} from './observations.ts';
import type { WorkloadObservation } from './types.ts';

const HEAD = { apiVersion: 'gitfed.io/v1alpha1', kind: 'Observations' };
const WEB = { kind: 'Deployment', namespace: 'shop', name: 'web' };

function failure(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (err) {
    return (err as Error).message;
  }
}

describe('parseObservations', () => {
  it('reads every number as int64', () => {
    const workload = {
      ...WEB,
      specReplicas: 7,
      readyReplicas: 5,
      runningAndReadyPods: 9007199254740993n,
      unschedulablePods: 2,
    };
    const { clusters } = parseObservations({ ...HEAD, clusters: { 'eu-1': { ready: true, workloads: [workload] } } });

    expect(clusters.get('eu-1')?.workloads.get(workloadKey('Deployment', 'shop', 'web'))).toEqual({
      specReplicas: 7n,
      readyReplicas: 5n,
      runningAndReadyPods: 9007199254740993n,
      unschedulablePods: 2n,
    });
  });

  it('takes what is absent for ready, without workloads, 0', () => {
    const { clusters } = parseObservations({ ...HEAD, clusters: { a: null, b: { workloads: [WEB] } } });

    expect(clusters.get('a')).toEqual({ ready: true, workloads: new Map() });
    expect([...(clusters.get('b')?.workloads.values() ?? [])]).toEqual([
      { specReplicas: 0n, readyReplicas: 0n, runningAndReadyPods: 0n, unschedulablePods: 0n },
    ]);
  });

  it('reads a cluster without clusters', () => {
    expect(parseObservations(HEAD).clusters.size).toBe(0);
  });

  it.each<[string, JsonValue, string]>([
    ['a list', [], 'seen.yaml: must be an object of kind Observations'],
    ['another kind', { ...HEAD, kind: 'Configuration' }, 'seen.yaml: kind must be Observations'],
    ['clusters that are a list', { ...HEAD, clusters: [] }, 'seen.yaml: clusters must be a mapping'],
    [
      'readiness in words',
      { ...HEAD, clusters: { a: { ready: 'yes' } } },
      'seen.yaml: clusters.a.ready must be true or false',
    ],
    [
      'a workload without a name',
      { ...HEAD, clusters: { a: { workloads: [{ kind: 'X', namespace: 'y' }] } } },
      'seen.yaml: clusters.a.workloads[0].name must be a text that is not empty',
    ],
    [
      'a fraction',
      { ...HEAD, clusters: { a: { workloads: [{ ...WEB, specReplicas: 1.5 }] } } },
      'seen.yaml: clusters.a.workloads[0].specReplicas must be an integer',
    ],
    [
      'a number beyond int64',
      { ...HEAD, clusters: { a: { workloads: [{ ...WEB, specReplicas: 2n ** 63n }] } } },
      'seen.yaml: clusters.a.workloads[0].specReplicas must be an integer',
    ],
    [
      'a workload twice',
      { ...HEAD, clusters: { a: { workloads: [WEB, WEB] } } },
      'seen.yaml: clusters.a.workloads[1] is there twice: Deployment/shop/web',
    ],
  ])('refuses %s', (_title, value, message) => {
    expect(failure(() => parseObservations(value, 'seen.yaml'))).toBe(message);
  });

  it('tells every problem at once', () => {
    const value = { ...HEAD, clusters: { a: { ready: 1 }, b: { ready: 2 } } };

    expect(failure(() => parseObservations(value)).split('\n')).toHaveLength(2);
  });
});

describe('readObservations', () => {
  it('reads YAML', () => {
    const text = 'apiVersion: gitfed.io/v1alpha1\nkind: Observations\nclusters: {eu-1: {ready: false}}\n';

    expect(isReady(readObservations(text, 'seen.yaml'), 'eu-1')).toBe(false);
  });

  it.each([
    ['broken YAML', 'a: [', /^seen\.yaml:\d+:\d+: /],
    ['no document', '', /^seen\.yaml: must hold one document/],
    ['two documents', 'a: 1\n---\nb: 2\n', /^seen\.yaml: must hold one document/],
  ])('refuses %s', (_title, text, message) => {
    expect(failure(() => readObservations(text, 'seen.yaml'))).toMatch(message);
  });
});

describe('isReady', () => {
  it('takes a cluster that was not observed for ready', () => {
    expect(isReady(NOTHING_OBSERVED, 'a')).toBe(true);
  });
});

describe('currentReplicas', () => {
  it.each([
    ['all are ready', [5n, 5n, 0n, 0n], { current: 5n }],
    ['running pods count whether they are ready or not', [5n, 2n, 3n, 1n], { current: 3n, capacity: 4n }],
    ['nothing is known', [0n, 0n, 0n, 0n], { current: 0n }],
    ['some are not ready and none unschedulable', [4n, 3n, 3n, 0n], { current: 3n }],
    ['the capacity may be negative', [0n, 3n, 3n, 1n], { current: 3n, capacity: -1n }],
  ] as const)('%s', (_title, [specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods], expected) => {
    expect(currentReplicas({ specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods })).toEqual(expected);
  });
});

describe('a capacity that was found before', () => {
  const counted = { specReplicas: 4n, readyReplicas: 4n, runningAndReadyPods: 4n, unschedulablePods: 0n };

  it.each<[string, Partial<WorkloadObservation>, bigint | undefined]>([
    ['counts for the demand that it was found for', { capacity: 4n, demand: 'da' }, 4n],
    ['counts for none other', { capacity: 4n, demand: 'db' }, undefined],
    ['counts for any, where none is named', { capacity: 4n }, 4n],
    ['gives way to one that pods show', { specReplicas: 6n, unschedulablePods: 1n, capacity: 4n, demand: 'da' }, 5n],
    ['is none where only the demand is known', { demand: 'da' }, undefined],
  ])('%s', (_title, parts, capacity) => {
    const { capacity: found } = currentReplicas({ ...counted, ...parts }, () => 'da');
    expect(found).toBe(capacity);
  });

  it('is read from a file', () => {
    const text =
      'apiVersion: gitfed.io/v1alpha1\nkind: Observations\nclusters: {a: {workloads: [{kind: D, namespace: ns, name: w, capacity: -1, demand: dx}]}}';
    const { clusters } = readObservations(text, 'x.yaml');
    expect(clusters.get('a')?.workloads.get(workloadKey('D', 'ns', 'w'))).toMatchObject({
      capacity: -1n,
      demand: 'dx',
    });
  });
});
