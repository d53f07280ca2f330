import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedMap } from '../core/index.ts';
import { formatObservation, readObservationFiles } from './observation-files.ts';
import { readObservations, workloadKey } from './observations.ts';
import type { ClusterObservation, Observations, WorkloadObservation } from './types.ts';

const INT64 = 2n ** 63n;
const integer = fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: -INT64, max: INT64 - 1n }));
const name = fc.oneof(
  fc.constantFrom('web', 'yes', 'null', '1e3', '0644', 'a.b-c', '__proto__', 'Deployment', 'x: y', '{', "'", '"', 'ü'),
  fc.string({ minLength: 1 }).filter((text) => !text.includes('\n') && text.isWellFormed()),
);
const workload: fc.Arbitrary<WorkloadObservation> = fc
  .record({
    specReplicas: integer,
    readyReplicas: integer,
    runningAndReadyPods: integer,
    unschedulablePods: integer,
    capacity: fc.option(integer, { nil: undefined }),
    demand: fc.option(name, { nil: undefined }),
  })
  .map(({ capacity, demand, ...counts }) => ({
    ...counts,
    ...(capacity === undefined ? {} : { capacity }),
    ...(demand === undefined ? {} : { demand }),
  }));
const clusterObservation: fc.Arbitrary<ClusterObservation> = fc.record({
  ready: fc.boolean(),
  workloads: fc
    .array(fc.tuple(fc.tuple(name, name, name), workload))
    .map((list) => new Map(list.map(([[kind, namespace, own], one]) => [workloadKey(kind, namespace, own), one]))),
});

/** With plain maps, which compare by what they hold. */
function plain({ clusters }: Observations): Observations {
  return { clusters: new Map([...clusters].map(([key, one]) => [key, { ...one, workloads: new Map(one.workloads) }])) };
}

const counts = { specReplicas: 7n, readyReplicas: 5n, runningAndReadyPods: 5n, unschedulablePods: 2n };

describe('an observation', () => {
  it('is a file with a line for each workload, sorted', () => {
    const workloads = new Map([
      [workloadKey('Deployment', 'shop', 'web'), { ...counts, demand: 'd0123456789abcdef' }],
      [workloadKey('Deployment', 'shop', 'api'), { ...counts, unschedulablePods: 0n, capacity: 5n, demand: 'dx' }],
    ]);
    expect(formatObservation('eu-1', { ready: true, workloads })).toBe(`apiVersion: gitfed.io/v1alpha1
kind: Observations
clusters:
  eu-1:
    ready: true
    workloads:
    - {kind: Deployment, namespace: shop, name: api, specReplicas: 7, readyReplicas: 5, runningAndReadyPods: 5, unschedulablePods: 0, capacity: 5, demand: dx}
    - {kind: Deployment, namespace: shop, name: web, specReplicas: 7, readyReplicas: 5, runningAndReadyPods: 5, unschedulablePods: 2, demand: d0123456789abcdef}
`);
    expect(formatObservation('1e3', { ready: false, workloads: new Map() })).toBe(`apiVersion: gitfed.io/v1alpha1
kind: Observations
clusters:
  "1e3":
    ready: false
    workloads: []
`);
  });

  it('is read back, and as any reader of YAML reads it', () => {
    fc.assert(
      fc.property(name, clusterObservation, (cluster, observation) => {
        const text = formatObservation(cluster, observation);
        const expected = plain({ clusters: new Map([[cluster, observation]]) });
        expect(plain(readObservationFiles(new Map([['x.yaml', text]])))).toEqual(expected);
        expect(readObservations(text, 'x.yaml')).toEqual(expected);
        const shared = { ...observation, workloads: SharedMap.of([...observation.workloads].reverse()) };
        expect(formatObservation(cluster, shared)).toBe(text);
      }),
    );
  });
});

describe('the folder of observations', () => {
  const file = (cluster: string): string => formatObservation(cluster, { ready: true, workloads: new Map() });

  it('holds every cluster, whoever wrote its file', () => {
    const files = new Map([
      ['b.yaml', file('b')],
      ['a.yaml', '# by hand\n{apiVersion: gitfed.io/v1alpha1, kind: Observations, clusters: {a: {ready: false}}}'],
      ['README.md', 'not read'],
    ]);
    const { clusters } = readObservationFiles(files);
    expect([...clusters].map(([name, { ready }]) => [name, ready])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    expect(readObservationFiles(new Map()).clusters.size).toBe(0);
  });

  it.each<[string, Record<string, string>, string]>([
    ['is no YAML', { 'a.yaml': 'a: [' }, 'observations/a.yaml:'],
    ['is something else', { 'a.yaml': 'kind: List\n' }, 'observations/a.yaml: kind must be Observations'],
    [
      'has a cluster of another one',
      { 'a.yaml': file('a'), 'b.yaml': file('a') },
      'observations/b.yaml: cluster a stands in another file',
    ],
    ['was cut off', { 'a.yaml': `${file('a').replace(' []', '')}    - {kind: Depl` }, 'observations/a.yaml:'],
    [
      'has a list where it says that there is none',
      { 'a.yaml': `${file('a')}    - {kind: D, namespace: n, name: w}\n` },
      'observations/a.yaml:',
    ],
    [
      'has a workload twice',
      {
        'a.yaml': `${file('a').replace(' []', '')}${'    - {kind: D, namespace: n, name: w, specReplicas: 1, readyReplicas: 1, runningAndReadyPods: 1, unschedulablePods: 0}\n'.repeat(2)}`,
      },
      'is there twice',
    ],
  ])('says which file %s', (_title, files, message) => {
    expect(() => readObservationFiles(new Map(Object.entries(files)))).toThrow(message);
  });

  it('takes a word that YAML takes for something else as that', () => {
    const line =
      '    - {kind: D, namespace: n, name: yes, specReplicas: 1, readyReplicas: 1, runningAndReadyPods: 1, unschedulablePods: 0}\n';
    const text = `${file('a').replace(' []', '')}${line}`;
    expect(() => readObservationFiles(new Map([['a.yaml', text]]))).toThrow('name must be a text');
  });
});
