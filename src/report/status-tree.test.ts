import { describe, expect, it } from 'vitest';
import { clusterOf, federatedOf, modelWith, typeOf } from '../../test/helpers/render-input.ts';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import { render } from '../render/index.ts';
import { readObjects } from './status-objects.ts';
import { clusterOfPath, clusterStatusPath, objectsStatusPath, resourceStatusPath } from './status-path.ts';
import { recordedObjects, type StatusInput, statusTree } from './status-tree.ts';

const web = federatedOf();
const model = modelWith({ clusters: [clusterOf('a'), clusterOf('b')], objects: [web] });
const done = (cluster: string): ClusterResult => ({
  cluster,
  state: 'Synced',
  kubernetesVersion: 'v1.36.3',
  objects: [
    { id: web.target, federated: 'FederatedDeployment/shop/web', action: 'created', status: '', scheduledReplicas: 3n },
  ],
});

function inputOf(parts: Partial<StatusInput> = {}): StatusInput {
  return {
    model,
    rendering: render(model),
    commit: 'c1',
    inventory: 'shop',
    results: [done('a'), done('b')],
    now: '2026-01-01T00:00:00Z',
    previous: new Map(),
    ...parts,
  };
}

const collecting = { ...typeOf('Deployment'), statusCollection: true };

/** A result whose only object is another one. */
function withObject(result: ClusterResult, parts: Partial<ObjectResult>): ClusterResult {
  return { ...result, objects: result.objects.map((object) => ({ ...object, ...parts })) };
}

function unchanged(cluster: string): ClusterResult {
  return withObject(done(cluster), { action: 'unchanged' });
}

const first = statusTree(inputOf());
const lostOf = (cluster: string): ClusterResult => {
  return { cluster, state: 'NotReady', health: 'Offline', message: 'at 10.0.0.1:6443', objects: [] };
};
const lost = lostOf('b');

describe('the status tree', () => {
  it('is the same after a pass that changed nothing, whenever that was', () => {
    const results = [unchanged('a'), unchanged('b')];
    const again = statusTree(inputOf({ previous: first, results, now: '2027-01-01T00:00:00Z' }));
    expect([...again]).toEqual([...first]);
  });

  it('has a file for each cluster and object, and the two at a glance', () => {
    expect([...first.keys()]).toEqual([
      'README.md',
      'clusters/a.yaml',
      'clusters/b.yaml',
      'objects/a.yaml',
      'objects/b.yaml',
      'resources/shop/Deployment.apps/web.yaml',
      'status.json',
    ]);
  });

  it('keeps the objects of a cluster that was not reached, and nothing that a server or a network said', () => {
    const tree = statusTree(inputOf({ previous: first, results: [done('a'), lost], now: '2027-01-01T00:00:00Z' }));
    expect(tree.get('objects/b.yaml')).toBe(first.get('objects/b.yaml'));
    expect(tree.get('objects/a.yaml')).toBe(first.get('objects/a.yaml'));
    expect(tree.get('clusters/b.yaml')).toContain('lastTransitionTime: "2027-01-01T00:00:00Z"');
    expect(tree.get('clusters/a.yaml')).toBe(first.get('clusters/a.yaml'));
    expect(tree.get('resources/shop/Deployment.apps/web.yaml')).toMatch(/ClusterNotReady[\s\S]*reason: CheckClusters/);
    expect([...tree.values()].join('\n')).not.toContain('10.0.0.1');
  });

  it('keeps what was known of the health of a cluster whose pass broke off before it was asked', () => {
    const broken = withObject(
      { ...done('b'), state: 'Failed', health: 'Unknown' },
      { action: 'skipped', status: 'RetrievalFailed' },
    );
    const results = [done('a'), broken];
    const before = statusTree(inputOf({ results: [done('a'), lost] }));
    for (const previous of [first, before, new Map<string, string>()]) {
      const told = statusTree(inputOf({ previous, results, now: '2027-01-01T00:00:00Z' })).get('clusters/b.yaml');
      if (previous.size > 0) expect(told).toBe(previous.get('clusters/b.yaml'));
      else expect(told).not.toContain('status');
    }
  });

  it('drops a cluster that left, but not one that a broken file hides', () => {
    const smaller = { ...model, clusters: model.clusters.slice(0, 1), objects: [] };
    const input = inputOf({ model: smaller, rendering: render(smaller), results: [done('a')], previous: first });
    expect(statusTree(input).has('objects/b.yaml')).toBe(false);
    const holds = [{ file: 'b.yaml', line: 1, code: 'InvalidYAML' as const }];
    const held = statusTree({ ...input, model: { ...smaller, holds } });
    expect(held.get('objects/b.yaml')).toBe(first.get('objects/b.yaml'));
    expect(held.has('resources/shop/Deployment.apps/web.yaml')).toBe(true);
  });

  it('shows no password of a proxy, and no markup of a name', () => {
    const odd = {
      ...clusterOf('a'),
      object: { kind: 'KubeFedCluster', spec: { proxyURL: 'http://me:secret@proxy:1/' } },
    };
    const bad: ClusterResult = {
      ...done('a'),
      objects: [{ id: { ...web.target, name: '[x](//y)|<b>@z' }, action: 'skipped', status: 'UpdateFailed' }],
    };
    const tree = statusTree(inputOf({ model: { ...model, clusters: [odd] }, results: [bad] }));
    expect(tree.get('clusters/a.yaml')).toContain('proxyURL: http://proxy:1/');
    expect(tree.get('README.md')).not.toMatch(/\[x\]|<b>|@z/);
  });

  it.each(['http://me:se/cret@proxy:1/', 'http://me:se?cr#et@proxy:1/'])(
    'shows no password of a proxy that a URL cannot hold as it is written: %s',
    (proxyURL) => {
      const odd = { ...clusterOf('a'), object: { kind: 'KubeFedCluster', spec: { proxyURL } } };
      const tree = statusTree(inputOf({ model: { ...model, clusters: [odd] }, results: [done('a')] }));
      expect(tree.get('clusters/a.yaml')).toContain('proxyURL: http://proxy:1/');
    },
  );

  it('tells the health of objects, and what is broken first', () => {
    const health = (status: 'Failed' | 'InProgress', summary: string): Pick<ObjectResult, 'health'> => {
      return { health: { status, message: '1/3', summary } };
    };
    const results = [
      withObject(done('a'), health('InProgress', 'Not all of its Pods are ready.')),
      withObject(done('b'), health('Failed', 'It exceeded its progress deadline.')),
    ];
    const tree = statusTree(inputOf({ results, subject: 'Use [the](//new) image' }));
    expect(readObjects('a', tree.get('objects/a.yaml'))[0]).toMatchObject({
      health: 'InProgress',
      healthMessage: 'Not all of its Pods are ready.',
    });
    const readme = tree.get('README.md') ?? '';
    expect(readme).toContain('❌ **1 of 2 clusters is not in order.** 2 objects, 2 not ready.');
    expect(readme).toMatch(
      /## What is broken[^#]*\*\*Failed\*\*[^#]*`b`[^#]*## On the way[^#]*\*\*InProgress\*\*[^#]*`a`/,
    );
    expect(readme).not.toContain('[the]');
    expect(JSON.parse(tree.get('status.json') ?? '')).toMatchObject({
      states: { Synced: 2, Failed: 0, NotReady: 0, Suspended: 0 },
      health: { Current: 0, InProgress: 1, Failed: 1 },
      clusters: { a: { state: 'Synced', health: { InProgress: 1 } } },
    });
  });

  it('takes drift that is only told for no trouble of the cluster', () => {
    const drifted = { action: 'skipped', status: 'Drifted', wasDeleted: true } as const;
    const tree = statusTree(inputOf({ results: [withObject(done('a'), drifted), done('b')] }));
    const readme = tree.get('README.md') ?? '';
    expect(readme).toContain('✅ **All 2 clusters are in order.** 2 objects. Drift of 1 object stands.');
    expect(readme).toMatch(/## Drift[^#]*it was deleted[^#]*\*\*not put back\*\*/);
    expect(readme).not.toContain('## What is broken');
    const summary = JSON.parse(tree.get('status.json') ?? '');
    expect(summary.clusters.a).toMatchObject({ state: 'Synced', problems: 0, drift: { reported: 1 } });
  });

  it('has a drift file as long as there is something to tell', () => {
    const field = { type: 'changed', path: ['data', 'a'], desired: '1', live: '<b>|@you', manager: 'kubectl' } as const;
    const changed = withObject(done('a'), { action: 'configured', drift: [field] });
    const told = statusTree(inputOf({ results: [changed, done('b')], previous: first }));
    expect(told.get('drift/a.yaml')).toContain('state: corrected');
    expect(told.get('README.md')).toContain('Drift of 1 object was put back.');
    expect(told.get('README.md')).not.toMatch(/<b>|@you/);
    const quiet = [unchanged('a'), unchanged('b')];
    expect(statusTree(inputOf({ results: quiet, previous: told })).get('drift/a.yaml')).toBe(told.get('drift/a.yaml'));
    expect(statusTree(inputOf({ results: [lostOf('a')], previous: told })).has('drift/a.yaml')).toBe(true);
    const again = withObject(done('a'), { action: 'configured' });
    expect(statusTree(inputOf({ results: [again], previous: told })).has('drift/a.yaml')).toBe(false);
  });

  it('shows the status of members where it is collected, and does not change with the time of looking', () => {
    const gates = { ...model.kubeFedConfig.featureGates, RawResourceStatusCollection: true };
    const collected = {
      ...modelWith({ clusters: [clusterOf('a'), clusterOf('b')], objects: [federatedOf({ type: collecting })] }),
      kubeFedConfig: { ...model.kubeFedConfig, featureGates: gates },
    };
    const at = (lastUpdateTime: string): ClusterResult =>
      withObject(done('a'), { remoteStatus: { conditions: [{ type: 'Available', lastUpdateTime }] } });
    const input = inputOf({ model: collected, rendering: render(collected), results: [at('1'), done('b')] });
    const tree = statusTree(input);
    const resource = 'resources/shop/Deployment.apps/web.yaml';
    // As in KubeFed, one that has no status yet is not propagated.
    expect(tree.get(resource)).toMatch(
      /- name: a\n {4}remoteStatus:[\s\S]*- name: b\n {2}conditions:[\s\S]*CheckClusters/,
    );
    const later = { ...input, previous: tree, now: '2027-01-01T00:00:00Z' };
    expect([...statusTree({ ...later, results: [at('2')] })]).toEqual([...tree]);
    const all = statusTree({ ...later, results: [withObject(done('b'), { remoteStatus: {} })] });
    expect(all.get(resource)).toMatch(
      /remoteStatus: \{\}\n {2}conditions:\n {2}- lastTransitionTime: "2027-[\s\S]*status: "True"/,
    );
  });

  it('keeps the time of a transition where only the clusters change, in files that others wrote too', () => {
    const three = modelWith({ clusters: ['a', 'b', 'c'].map((name) => clusterOf(name)), objects: [web] });
    const path = 'resources/shop/Deployment.apps/web.yaml';
    const input = inputOf({ model: three, rendering: render(three), previous: first, now: '2027-01-01T00:00:00Z' });
    const broken = statusTree({ ...input, results: [withObject(done('a'), { status: 'UpdateFailed' })] });
    expect(broken.get(path)).toMatch(/lastTransitionTime: "2027[^"]+"\n {4}lastUpdateTime: "2027/);
    const later = { ...input, results: [done('c')], now: '2028-01-01T00:00:00Z' };
    const text = broken.get(path) ?? '';
    for (const known of [text, text.replace('"False"', "'False'")]) {
      const tree = statusTree({ ...later, previous: new Map([...broken, [path, known]]) });
      expect(tree.get(path)).toMatch(/lastTransitionTime: "2027[^"]+"\n {4}lastUpdateTime: "2028/);
    }
  });

  it('is a page of limited size, whatever is in it', () => {
    const many = Array.from({ length: 40 }, (_, index) => federatedOf({ name: `web-${index}` }));
    const clusters = Array.from({ length: 160 }, (_, index) => clusterOf(`cluster-${index}`));
    const large = modelWith({ clusters, objects: many });
    const results = clusters.map(({ name }, index): ClusterResult => {
      return {
        cluster: name,
        state: 'Failed',
        objects: many.map(({ target }, at) => ({
          id: target,
          action: 'skipped',
          status: 'UpdateFailed',
          message: at === index % 40 ? `It is odd in its own way: ${at}.` : 'It is refused.',
          drift: [{ type: 'changed', path: ['spec', 'x'], desired: 'y'.repeat(900), live: `${index}` }],
        })),
      };
    });
    const readme = statusTree(inputOf({ model: large, rendering: render(large), results })).get('README.md') ?? '';
    expect(readme.length).toBeLessThan(60_000);
    expect(readme).toMatch(
      /And 10 more clusters \(10 Failed\)[\s\S]*And \d+ more rows: see `objects\/`[\s\S]*see `drift\/`/,
    );
  });

  it.each(['ClusterLocked', 'ClusterNotReady'] as const)(
    'does not take for there what %s kept from being made',
    (status) => {
      const untried = { ...done('a'), objects: [{ id: web.target, action: 'skipped', status }] } as const;
      const tree = statusTree(inputOf({ results: [untried] }));
      expect(recordedObjects(tree).isHere('a', web.target)).toBe(false);
    },
  );

  it('tells where else a workload runs', () => {
    const { isElsewhere, isHere } = recordedObjects(new Map([['objects/a.yaml', first.get('objects/a.yaml') ?? '']]));
    expect(isElsewhere('b', web.target)).toBe(true);
    expect(isElsewhere('a', web.target)).toBe(false);
    expect(isElsewhere('b', { ...web.target, name: 'other' })).toBe(false);
    expect([isHere('a', web.target), isHere('b', web.target)]).toEqual([true, false]);
    const leaving = {
      ...done('a'),
      objects: [{ id: web.target, action: 'deleted', status: 'WaitingForRemoval' }],
    } as const;
    const tree = statusTree(inputOf({ results: [leaving] }));
    expect(recordedObjects(tree).isHere('a', web.target)).toBe(false);
  });
});

describe('paths', () => {
  it('are injective where capitals do not count, and read back', () => {
    const names = ['eu-1', 'EU-1', 'a.b', 'con', '.x', 'ü'];
    const paths = names.map((name) => clusterStatusPath(name).toLowerCase());
    expect(new Set(paths).size).toBe(names.length);
    expect(names.map((name) => clusterOfPath(objectsStatusPath(name)))).toEqual(names);
    expect(resourceStatusPath({ group: '', kind: 'Namespace', namespace: '', name: 'shop' })).toBe(
      'resources/_cluster/Namespace/shop.yaml',
    );
  });
});
