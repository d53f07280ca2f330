import { describe, expect, it } from 'vitest';
import { clusterOf, federatedOf, modelWith } from '../../test/helpers/render-input.ts';
import type { ClusterResult } from '../apply/types.ts';
import { render } from '../render/index.ts';
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

const first = statusTree(inputOf());
const lost: ClusterResult = {
  cluster: 'b',
  state: 'NotReady',
  health: 'Offline',
  message: 'at 10.0.0.1:6443',
  objects: [],
};

describe('the status tree', () => {
  it('is the same after a pass that changed nothing, whenever that was', () => {
    const unchanged = [done('a'), done('b')].map((one) => ({
      ...one,
      objects: one.objects.map((object) => ({ ...object, action: 'unchanged' as const })),
    }));
    const again = statusTree(inputOf({ previous: first, results: unchanged, now: '2027-01-01T00:00:00Z' }));
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

  it('tells where else a workload runs', () => {
    const { isElsewhere, isHere } = recordedObjects(new Map([['objects/a.yaml', first.get('objects/a.yaml') ?? '']]));
    expect(isElsewhere('b', web.target)).toBe(true);
    expect(isElsewhere('a', web.target)).toBe(false);
    expect(isElsewhere('b', { ...web.target, name: 'other' })).toBe(false);
    expect([isHere('a', web.target), isHere('b', web.target)]).toEqual([true, false]);
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
