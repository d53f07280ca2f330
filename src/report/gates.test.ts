import { describe, expect, it } from 'vitest';
import { CONFIGURATION, clusterOf, federatedOf } from '../../test/helpers/render-input.ts';
import type { Configuration, FederatedObject, GateSettings } from '../api/index.ts';
import type { JsonObject, ObjectId } from '../core/index.ts';
import type { RenderedObject, Rendering } from '../render/types.ts';
import type { Allowance } from './allowance.ts';
import { compareRenderings } from './change-set.ts';
import { checkGates, failedGates, type GatedState, type GateReport, isGateReportQuiet } from './gates.ts';

type Objects = Readonly<Record<string, readonly RenderedObject[]>>;

function one(kind: string, name: string, manifest: JsonObject = {}, namespace = 'shop'): RenderedObject {
  const [plain = '', ...group] = kind.split('.');
  const id: ObjectId = { group: group.join('.'), kind: plain, namespace, name };
  const federated: FederatedObject = { ...federatedOf({ name, namespace }), target: id };
  return { id, federated, manifest: { kind: plain, metadata: { name }, ...manifest } };
}

const config = (name: string, value = 'a', namespace = 'shop'): RenderedObject =>
  one('ConfigMap', name, { data: { value } }, namespace);
const web = (replicas?: number, name = 'web'): RenderedObject =>
  one('Deployment.apps', name, { spec: replicas === undefined ? {} : { replicas } });
/** With enough in it to be known again under another name. */
const like = (name: string): RenderedObject => {
  const container = { name: 'main', image: 'registry.example/web:1', args: ['--port', '8080'] };
  return one('Deployment.apps', name, { spec: { replicas: 5, template: { spec: { containers: [container] } } } });
};
const many = (number: number): readonly RenderedObject[] =>
  Array.from({ length: number }, (_, index) => config(`c${index}`, `${index}`));

interface Settings {
  readonly gates?: Partial<Omit<GateSettings, 'protected'>>;
  readonly protect?: Partial<GateSettings['protected']>;
  readonly prune?: Configuration['prune'];
}

function configurationOf({ gates, protect, prune }: Settings): Configuration {
  const { gates: usual } = CONFIGURATION;
  return {
    ...CONFIGURATION,
    ...(prune === undefined ? {} : { prune }),
    gates: { ...usual, ...gates, protected: { ...usual.protected, ...protect } },
  };
}

function stateOf(objects: Objects, settings: Settings): GatedState {
  const clusters = Object.entries(objects).map(([cluster, list]) => ({ cluster, objects: list, held: [] }));
  const rendering: Rendering = { clusters, replicas: new Map(), findings: [] };
  const federated = Object.values(objects).flatMap((list) => list.map((object) => object.federated));
  return { rendering, model: { configuration: configurationOf(settings), objects: federated, heldTargets: [] } };
}

/** @param fresh Default: the same settings on both sides. */
function check(
  before: Objects,
  after: Objects,
  settings: Settings,
  { fresh = settings, allowances = [] }: { readonly fresh?: Settings; readonly allowances?: readonly Allowance[] } = {},
): GateReport {
  const [old, now] = [stateOf(before, settings), stateOf(after, fresh)];
  const model = { ...now.model, holds: [], clusters: Object.keys(after).map((name) => clusterOf(name)) };
  const changes = compareRenderings(old.rendering, now.rendering, model);
  return checkGates({ before: old, after: now, changes, allowances });
}

const failed = (report: GateReport): readonly string[] => failedGates(report).map(({ gate }) => gate);

describe('gates', () => {
  it('are not checked where none is set, but for the guard of deletions', () => {
    const report = check({ a: [config('x')] }, { a: [config('x', 'b')] }, {});
    expect(report.results.map(({ gate, passed }) => [gate, passed])).toEqual([['maxDeletions', true]]);
    expect(isGateReportQuiet(report)).toBe(true);
  });

  it.each<[title: string, before: Objects, after: Objects, settings: Settings, failed: readonly string[]]>([
    [
      'lets through as many clusters as the limit says',
      { a: [config('x')], b: [config('x')] },
      { a: [config('x', 'b')], b: [config('x', 'b')] },
      { gates: { maxClusters: 2 } },
      [],
    ],
    [
      'stops at one cluster more',
      { a: [config('x')], b: [config('x')] },
      { a: [config('x', 'b')], b: [] },
      { gates: { maxClusters: 1 } },
      ['maxClusters'],
    ],
    [
      'counts a cluster that leaves',
      { a: [config('x')], b: [config('x')] },
      { a: [config('x', 'b')] },
      { gates: { maxClusters: 1 } },
      ['maxClusters'],
    ],
    [
      'does not count replicas that move to another cluster',
      { a: [web(5)], b: [web(1)] },
      { a: [web(1)], b: [web(5)] },
      { gates: { maxReplicasLost: { count: 0, percent: 0 } } },
      [],
    ],
    [
      'does not set off what one workload loses against what another one wins',
      { a: [web(5), web(5, 'api')] },
      { a: [web(2), web(8, 'api')] },
      { gates: { maxReplicasLost: { count: 2, percent: 0 } } },
      ['maxReplicasLost'],
    ],
    [
      'needs both, the count and the percentage, to stop',
      { a: [web(100)] },
      { a: [web(80)] },
      { gates: { maxReplicasLost: { count: 10, percent: 20 } } },
      [],
    ],
    [
      'counts the replicas of a workload that leaves a cluster, one where nothing is said',
      { a: [web()], b: [web()] },
      { a: [web()], b: [] },
      { gates: { maxReplicasLost: { count: 0, percent: 0 } } },
      ['maxReplicasLost'],
    ],
    [
      'does not count replicas that the repository leaves to the cluster from now on',
      { a: [web(5)] },
      { a: [web()] },
      { gates: { maxReplicasLost: { count: 0, percent: 0 } } },
      [],
    ],
    [
      'takes a workload with a new name for the one with the old name',
      { a: [like('web')] },
      { a: [like('store')] },
      { gates: { maxReplicasLost: { count: 0, percent: 0 } } },
      [],
    ],
    [
      'stops more deletions than the guard lets through in one cluster',
      { a: many(20), b: many(20) },
      { a: many(20).slice(0, 8), b: many(20) },
      {},
      ['maxDeletions'],
    ],
    ['lets many deletions through that are few of many', { a: many(100) }, { a: many(80) }, {}, []],
    [
      'counts what goes with a Namespace',
      { a: [one('Namespace', 'shop', {}, ''), ...many(20)] },
      { a: [], b: [config('x')] },
      {},
      ['maxDeletions'],
    ],
    ['stops when nothing is left of the repository', { a: [config('x')] }, { a: [] }, {}, ['maxDeletions']],
    [
      'stops a change of a protected kind',
      { a: [web(1)] },
      { a: [web(2)] },
      { protect: { kinds: ['Deployment.apps'] } },
      ['protected.kinds'],
    ],
    [
      'knows a kind by its name alone, and not under another group',
      { a: [web(1)] },
      { a: [web(2)] },
      { protect: { kinds: ['Deployment.extensions', 'StatefulSet'] } },
      [],
    ],
    [
      'lets a change of a protected kind through where only deletions count',
      { a: [web(1)] },
      { a: [web(2)] },
      { protect: { kinds: ['Deployment'], from: 'Deletions' } },
      [],
    ],
    [
      'stops a deletion in a protected namespace',
      { a: [config('x'), config('y', 'a', 'payments')] },
      { a: [config('x')] },
      { protect: { namespaces: ['payments'], from: 'Deletions' } },
      ['protected.namespaces'],
    ],
    [
      'stops a change of the protected Namespace itself',
      { a: [one('Namespace', 'payments', {}, '')] },
      { a: [one('Namespace', 'payments', { metadata: { labels: { a: 'b' } } }, '')] },
      { protect: { namespaces: ['payments'] } },
      ['protected.namespaces'],
    ],
    [
      'stops whatever is created in a protected cluster',
      { a: [], b: [] },
      { a: [config('x')], b: [config('x')] },
      { protect: { clusters: ['b'] } },
      ['protected.clusters'],
    ],
    [
      'stops when a protected cluster leaves, also where only deletions count',
      { a: [config('x')], b: [config('x')] },
      { a: [config('x')] },
      { protect: { clusters: ['b'], from: 'Deletions' } },
      ['protected.clusters'],
    ],
  ])('%s', (_title, before, after, settings, expected) => {
    expect(failed(check(before, after, settings))).toEqual(expected);
  });

  it('say where a change is over the limit, and what is', () => {
    const before = { a: [web(9), config('x')], b: [web(3)] };
    const after = { a: [web(1), config('x')], b: [web(3)] };
    const { results } = check(before, after, {
      gates: { maxClusters: 5, maxReplicasLost: { count: 2, percent: 10 } },
      protect: { clusters: ['a'] },
    });
    expect(
      results.map(({ gate, passed, actual, limit, clusters, objects, message }) => ({
        gate,
        passed,
        actual,
        limit,
        clusters,
        names: objects.map(({ name }) => name),
        message,
      })),
    ).toMatchSnapshot();
  });

  it.each<[title: string, old: Settings, fresh: Settings, expected: readonly string[]]>([
    ['opens its own gate', { gates: { maxClusters: 1 } }, { gates: { maxClusters: 9 } }, ['maxClusters']],
    ['takes its own gate away', { gates: { maxClusters: 1 } }, {}, ['maxClusters']],
    ['does not keep to the gate that it brings', {}, { gates: { maxClusters: 1 } }, ['maxClusters']],
    ['is let through by both', { gates: { maxClusters: 2 } }, { gates: { maxClusters: 3 } }, []],
  ])('stop a change by the stricter of both sides: it %s', (_title, old, fresh, expected) => {
    const before = { a: [config('x')], b: [config('x')] };
    const report = check(before, { a: [config('x', 'b')], b: [config('x', 'b')] }, old, { fresh });
    expect(failed(report)).toEqual(expected);
  });

  it('tell which of them a change sets otherwise, and whether that lets more through', () => {
    const objects = { a: [config('x')] };
    const old = { gates: { maxClusters: 5 }, protect: { kinds: ['Namespace', 'Secret'], clusters: ['a'] } };
    const fresh = {
      gates: { maxReplicasLost: { count: 3, percent: 0 } },
      prune: { maxDeletions: { count: 5, percent: 40 } },
      protect: { kinds: ['Namespace'], clusters: ['a', 'b'], from: 'Deletions' as const },
    };
    const report = check(objects, objects, old, { fresh });
    expect(report.settings).toEqual([
      { setting: 'prune.maxDeletions', before: '10 and 30 %', after: '5 and 40 %', isLooser: true },
      { setting: 'gates.maxClusters', before: '5', isLooser: true },
      { setting: 'gates.maxReplicasLost', after: '3 and 0 %', isLooser: false },
      { setting: 'gates.protected.from', before: 'Changes', after: 'Deletions', isLooser: true },
      { setting: 'gates.protected.kinds', before: 'Namespace, Secret', after: 'Namespace', isLooser: true },
      { setting: 'gates.protected.clusters', before: 'a', after: 'a, b', isLooser: false },
    ]);
    expect(isGateReportQuiet(report)).toBe(false);
    expect(check(objects, objects, old).settings).toEqual([]);
  });

  it('tell of protected.from only where something is protected on both sides', () => {
    const objects = { a: [config('x')] };
    const fresh = { protect: { kinds: ['Secret'], from: 'Deletions' as const } };
    const setting = 'gates.protected.kinds';
    expect(check(objects, objects, {}, { fresh }).settings).toEqual([{ setting, after: 'Secret', isLooser: false }]);
    expect(check(objects, objects, fresh, { fresh: {} }).settings).toEqual([
      { setting, before: 'Secret', isLooser: true },
    ]);
  });

  it('let a change through on the word of a commit, and tell whose word it was', () => {
    const commit = { id: 'abc', author: 'Ann' };
    const allowances = [
      { gate: 'MAXCLUSTERS', reason: 'agreed', commit },
      { gate: 'maxCluster', reason: 'a slip', commit },
    ];
    const settings = { gates: { maxClusters: 0 }, protect: { kinds: ['ConfigMap'] } };
    const report = check({ a: [config('x')] }, { a: [config('x', 'b')] }, settings, { allowances });
    expect(failed(report)).toEqual(['protected.kinds']);
    expect(report.results.find(({ gate }) => gate === 'maxClusters')).toMatchObject({
      passed: true,
      allowedBy: allowances[0],
    });
    expect(report.unknown).toEqual([allowances[1]]);
  });

  it('do not name an allowance that nothing needed', () => {
    const allowances = [{ gate: 'maxClusters', reason: 'just so' }];
    const report = check({ a: [] }, { a: [] }, { gates: { maxClusters: 0 } }, { allowances });
    expect(report.results.some(({ allowedBy }) => allowedBy !== undefined)).toBe(false);
  });
});
