import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import type { ClusterResult, ObjectResult } from '../apply/index.ts';
import { openRepository } from '../git/index.ts';
import type { Pass } from '../reconcile/read-pass.ts';
import { isAtRest, isSameWork, type LaneWork, worksOf } from './lane-work.ts';
import { Revisions } from './revisions.ts';

const cluster = (name: string, labels = '{}'): string => `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system, labels: ${labels}}
spec: {apiEndpoint: "https://${name}.example", secretRef: {name: ${name}}}
`;

const federated = (kind: string, name: string, spec: string): string => `apiVersion: types.kubefed.io/v1beta1
kind: Federated${kind}
metadata: {name: ${name}, namespace: shop}
spec: ${spec}
`;

const FIRST = {
  'a.yaml': cluster('a'),
  'b.yaml': cluster('b'),
  'gitfed.yaml': 'inventory: shop\n',
  'namespace.yaml': federated('Namespace', 'shop', '{placement: {clusterSelector: {}}}'),
  'both.yaml': federated('ConfigMap', 'both', '{template: {data: {a: "1"}}, placement: {clusterSelector: {}}}'),
  'one.yaml': federated('ConfigMap', 'one', '{template: {data: {a: "1"}}, placement: {clusters: [{name: b}]}}'),
};

/** The clusters whose members have something else to be brought to after a commit. */
async function changedBy(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const repository = new TestRepository();
  const revisions = new Revisions();
  const opened = await openRepository(repository.folder);
  const read = async (written: Readonly<Record<string, string>>): Promise<Pass> => {
    const commit = repository.write(written).commit();
    const options = { source: repository.folder };
    return await revisions.read(opened, commit, { options, placeOf: (place) => place, known: () => undefined });
  };
  const before = await read(FIRST);
  const after = await read(files);
  const known = new Map(before.model.clusters.map((one) => [one.name, worksOf(before)(one)]));
  const isChanged = (work: LaneWork): boolean => {
    const last = known.get(work.cluster.name);
    return last === undefined || !isSameWork(last, work);
  };
  return after.model.clusters
    .map(worksOf(after))
    .filter(isChanged)
    .map((work) => work.cluster.name);
}

describe('another commit is other work', () => {
  it.each<readonly [title: string, files: Readonly<Record<string, string>>, changed: readonly string[]]>([
    ['for no cluster when it changes a file that nothing is rendered from', { 'README.md': '# Shop\n' }, []],
    [
      'for the clusters that an object is in which it changes',
      { 'one.yaml': FIRST['one.yaml'].replace('"1"', '"2"') },
      ['b'],
    ],
    [
      'for all clusters when it changes an object in all of them',
      { 'both.yaml': FIRST['both.yaml'].replace('"1"', '"2"') },
      ['a', 'b'],
    ],
    ['for a cluster that gets a label', { 'a.yaml': cluster('a', '{region: eu}') }, ['a']],
    ['for a cluster that is reached otherwise', { 'a.yaml': FIRST['a.yaml'].replace('a.example', 'c.example') }, ['a']],
    [
      'for all clusters when the configuration changes',
      { 'gitfed.yaml': 'inventory: shop\nsuspend: {all: true}\n' },
      ['a', 'b'],
    ],
    ['for all clusters when the configuration is not valid any more', { 'gitfed.yaml': 'inventory: [' }, ['a', 'b']],
    ['for all clusters when one joins', { 'c.yaml': cluster('c') }, ['a', 'b', 'c']],
    [
      'for all clusters when there is another federated object, wherever it is',
      { 'two.yaml': federated('ConfigMap', 'two', '{template: {}, placement: {clusters: [{name: b}]}}') },
      ['a', 'b'],
    ],
    [
      'for a cluster in which an object is in error',
      {
        'one.yaml': FIRST['one.yaml'].replace(
          'spec: {',
          'spec: {overrides: [{clusterName: b, clusterOverrides: [{path: x}]}], ',
        ),
      },
      ['b'],
    ],
  ])('%s', async (_title, files, changed) => {
    expect(await changedBy(files)).toEqual(changed);
  });
});

describe('a member is at rest', () => {
  const id = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'one' };
  const untouched: ObjectResult = { id, federated: 'FederatedConfigMap/shop/one', action: 'unchanged', status: '' };
  const result = (object: Partial<ObjectResult>, state: ClusterResult['state'] = 'Synced'): ClusterResult => ({
    cluster: 'a',
    state,
    objects: [untouched, { ...untouched, ...object }],
  });

  it.each<readonly [title: string, result: ClusterResult, expected: boolean]>([
    ['when nothing was done', result({}), true],
    ['not when something was written', result({ action: 'configured' }), false],
    ['not when something was deleted', result({ action: 'deleted' }), false],
    ['not when something is being removed', result({ action: 'skipped', status: 'WaitingForRemoval' }), false],
    ['not when something differs there', result({ action: 'skipped', drift: [] }), false],
    ['not when it failed', result({}, 'Failed'), false],
    ['not when it is suspended', result({}, 'Suspended'), false],
  ])('%s', (_title, found, expected) => {
    expect(isAtRest(found)).toBe(expected);
  });
});
