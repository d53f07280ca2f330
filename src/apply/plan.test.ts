import { describe, expect, it } from 'vitest';
import { federatedOf, NAMESPACE_TYPE, typeOf } from '../../test/helpers/render-input.ts';
import type { ObjectMetadata, ServedResource } from '../cluster/index.ts';
import { type ObjectId, objectIdKey } from '../core/index.ts';
import type { FieldSet } from '../drift/index.ts';
import { desiredObject } from './desired.ts';
import type { Live } from './live.ts';
import { type PlanInput, planCluster } from './plan.ts';
import { PlanMemo } from './plan-memo.ts';

const OURS = 'applyset-ours-v1';
const MAPS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
  verbs: new Set(['list']),
};
const NAMESPACES: ServedResource = { ...MAPS, kind: 'Namespace', plural: 'namespaces', scope: 'Cluster' };
const type = typeOf('ConfigMap', { group: '' });

function mapId(name: string, namespace = 'shop'): ObjectId {
  return { group: '', kind: 'ConfigMap', namespace, name };
}

function live(id: ObjectId, metadata: ObjectMetadata = {}): Live {
  const labels = { 'applyset.kubernetes.io/part-of': OURS };
  const wrote = { 'f:metadata': { 'f:labels': { 'f:applyset.kubernetes.io/part-of': {} } } };
  const own = {
    managedFields: [{ manager: 'gitfed', operation: 'Apply', apiVersion: 'v1', fieldsV1: wrote }],
    name: id.name,
    namespace: id.namespace,
    uid: `uid-${id.namespace}-${id.name}`,
    resourceVersion: '1',
    labels,
  };
  return { id, resource: id.kind === 'Namespace' ? NAMESPACES : MAPS, object: { metadata: { ...own, ...metadata } } };
}

function namespaceOf(name: string, metadata: ObjectMetadata = {}): Live {
  return live({ group: '', kind: 'Namespace', namespace: '', name }, metadata);
}

function desired(name: string) {
  const federated = federatedOf({ type, name });
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { a: 'b' } };
  return desiredObject({ id: mapId(name), manifest, federated }, 'eu-1', OURS, new WeakMap());
}

function inputOf(objects: readonly Live[], parts: Partial<PlanInput> = {}): PlanInput {
  return {
    cluster: 'eu-1',
    formerManagers: { takeOver: [], people: ['kubectl*'] },
    ignoreDifferences: [],
    desired: [],
    held: [],
    live: { objects: new Map(objects.map((one) => [objectIdKey(one.id), one])), failedKinds: new Set() },
    inventoryId: OURS,
    parent: { group: '', kind: 'Secret', namespace: 'kube-federation-system', name: 'gitfed-shop' },
    hadInventory: true,
    appliedHash: () => 'hash',
    adoptResources: true,
    suspend: { all: false, clusters: [], kinds: [], namespaces: [] },
    maxDeletions: { count: 10, percent: 30 },
    prune: true,
    isGuardLifted: false,
    releasesAll: false,
    isModelEmpty: false,
    isFederated: () => false,
    isReturning: () => false,
    isRecordedElsewhere: () => false,
    memo: new PlanMemo(),
    rules: '',
    ...parts,
  };
}

function many(count: number): readonly Live[] {
  return Array.from({ length: count }, (_, index) => live(mapId(`map-${index}`)));
}

function deleted(input: PlanInput): readonly string[] {
  return planCluster(input).deletions.map(({ live: { id } }) => id.name);
}

describe('pruning', () => {
  it.each<[string, readonly Live[], Partial<PlanInput>]>([
    ['it is held', [live(mapId('a'))], { held: [mapId('a')] }],
    ['it is desired', [live(mapId('a'))], { desired: [desired('a')] }],
    [
      'it is the same object as a desired one, by uid',
      [live(mapId('a'), { uid: 'u' }), live(mapId('b'), { uid: 'u' })],
      { desired: [desired('b')] },
    ],
    ['it is another inventory’s', [live(mapId('a'), { labels: { 'applyset.kubernetes.io/part-of': 'other' } })], {}],
    ['it has no label of ours', [live(mapId('a'), { labels: {} })], {}],
    ['somebody else put the label there', [live(mapId('a'), { managedFields: [] })], {}],
    [
      'it is an inventory',
      [live(mapId('a'), { labels: { 'applyset.kubernetes.io/part-of': OURS, 'applyset.kubernetes.io/id': 'x' } })],
      {},
    ],
    [
      'its kind could not be listed',
      [live(mapId('a'))],
      {
        live: { objects: new Map([[objectIdKey(mapId('a')), live(mapId('a'))]]), failedKinds: new Set(['ConfigMap']) },
      },
    ],
    ['it is on its way out', [live(mapId('a'), { deletionTimestamp: 'now' })], {}],
    ['it is protected', [live(mapId('a'), { annotations: { 'gitfed.io/prune': 'false' } })], {}],
    [
      'it was not read completely',
      [
        {
          ...live(mapId('a')),
          object: { metadata: { name: 'a', labels: { 'applyset.kubernetes.io/part-of': OURS } } },
        },
      ],
      {},
    ],
    ['a file hides objects', [live(mapId('a'))], { hold: 'a.yaml:1' }],
    ['there was no inventory', [live(mapId('a'))], { hadInventory: false }],
    ['the model is empty', [live(mapId('a'))], { isModelEmpty: true }],
    ['pruning is off', [live(mapId('a'))], { prune: false }],
    [
      'its cluster is back, and does not take part yet',
      [live(mapId('a'))],
      { isReturning: ({ name }) => name === 'a' },
    ],
    [
      'its namespace is suspended',
      [live(mapId('a'))],
      { suspend: { all: false, clusters: [], kinds: [], namespaces: ['shop'] } },
    ],
    ['gitfed.yaml keeps it', [live(mapId('a'))], { keepLive: [{ kind: 'ConfigMap', name: 'a' }] }],
    ['it is the system namespace', [namespaceOf('kube-federation-system')], {}],
    ['it is a namespace of Kubernetes', [namespaceOf('kube-system')], {}],
    [
      'it is a namespace with something desired in it',
      [namespaceOf('shop'), live(mapId('a'))],
      { desired: [desired('a')] },
    ],
    ['it would delete more than both limits', many(11), {}],
    ['an option allows fewer', many(11), { allowDeletions: 10 }],
  ])('deletes nothing when %s', (_when, objects, parts) => {
    expect(deleted(inputOf(objects, parts))).toEqual([]);
  });

  it.each<[string, readonly Live[], Partial<PlanInput>, number]>([
    ['what is ours and not wanted', [live(mapId('a'))], {}, 1],
    ['ten objects, were they all there are', many(10), {}, 10],
    [
      'many objects, if they are few of all',
      many(40),
      { desired: Array.from({ length: 28 }, (_, index) => desired(`map-${index}`)) },
      12,
    ],
    ['as many as an option allows', many(11), { allowDeletions: 11 }, 11],
    ['any number when a trailer lifts the guard', many(50), { isGuardLifted: true }, 50],
    [
      'the rest of an emptied repository when it is allowed',
      [live(mapId('a'))],
      { isModelEmpty: true, allowDeletions: 1 },
      1,
    ],
  ])('deletes %s', (_what, objects, parts, count) => {
    expect(deleted(inputOf(objects, parts))).toHaveLength(count);
  });

  it('goes in reverse: the contents of a namespace before it, later waves first', () => {
    const late = live(mapId('late'), { annotations: { 'gitfed.io/wave': '2' } });
    expect(deleted(inputOf([namespaceOf('shop'), live(mapId('a')), late]))).toEqual(['late', 'a', 'shop']);
  });

  it('keeps a namespace in which something of ours stays, and leaves orphans without deleting', () => {
    const orphan = live(mapId('orphan'), { annotations: { 'kubefed.io/orphan': 'true' } });
    const plan = planCluster(inputOf([namespaceOf('shop'), orphan]));
    expect(plan.releases.map(({ live: { id } }) => id.name)).toEqual(['orphan']);
    expect(plan.deletions).toEqual([]);
    expect(plan.kept).toMatchObject([{ status: 'NamespaceNotEmpty' }]);
    const gone = planCluster(inputOf([orphan], { isFederated: () => true }));
    expect(gone.deletions.map(({ live: { id } }) => id.name)).toEqual(['orphan']);
  });

  it('releases everything where that is wanted, what is protected from being deleted too', () => {
    const kept = live(mapId('kept'), { annotations: { 'gitfed.io/prune': 'false' } });
    const plan = planCluster(inputOf([namespaceOf('shop'), kept], { releasesAll: true, isFederated: () => true }));
    expect(plan.releases.map(({ live: { id } }) => id.name)).toEqual(['kept', 'shop']);
    expect([plan.deletions, plan.kept]).toEqual([[], []]);
    const going = live(mapId('going'), { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(planCluster(inputOf([going], { releasesAll: true })).releases).toEqual([]);
  });
});

describe('applying', () => {
  const applied = { annotations: { 'gitfed.io/applied': 'hash' } };
  const complete = {
    manager: 'gitfed',
    operation: 'Apply',
    apiVersion: 'v1',
    fieldsV1: {
      'f:metadata': {
        'f:labels': { 'f:applyset.kubernetes.io/part-of': {} },
        'f:annotations': { 'f:gitfed.io/applied': {} },
      },
      'f:data': { 'f:a': {} },
    },
  };
  const { 'f:annotations': _mark, ...unmarked } = complete.fieldsV1['f:metadata'];
  const byPeople = (fieldsV1: FieldSet) => ({
    manager: 'kubectl-edit',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsV1,
  });

  it.each<[string, ObjectMetadata, string]>([
    ['same hash and every field ours: nothing', { ...applied, managedFields: [complete] }, 'unchanged'],
    [
      'fields made ours, and the apply did not follow: applied',
      { ...applied, managedFields: [{ ...complete, fieldsV1: { ...complete.fieldsV1, 'f:metadata': unmarked } }] },
      'apply',
    ],
    [
      'a key that a person added: applied',
      { ...applied, managedFields: [complete, byPeople({ 'f:data': { 'f:b': {} } })] },
      'apply',
    ],
    [
      'a key that a person wrote as it is, or an annotation: nothing',
      {
        ...applied,
        managedFields: [
          complete,
          byPeople({ 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:annotations': { 'f:x': {} } } }),
        ],
      },
      'unchanged',
    ],
    ['another hash: applied', { annotations: { 'gitfed.io/applied': 'old' }, managedFields: [complete] }, 'apply'],
    ['a field that somebody took: applied', { ...applied, managedFields: [{ ...complete, fieldsV1: {} }] }, 'apply'],
    [
      'our fields in another version: applied',
      { ...applied, managedFields: [{ ...complete, apiVersion: 'v2' }] },
      'apply',
    ],
    ['no entry of ours: applied', { ...applied, managedFields: [{ ...complete, manager: 'kubectl' }] }, 'apply'],
    ['not to be managed: left alone', { labels: { 'kubefed.io/managed': 'false' } }, 'ManagedLabelFalse'],
    ['of another inventory: left alone', { labels: { 'applyset.kubernetes.io/part-of': 'x' } }, 'InventoryConflict'],
    ['being deleted: waited for', { deletionTimestamp: 'now' }, 'WaitingForRemoval'],
  ])('%s', (_what, metadata, outcome) => {
    const [planned] = planCluster(inputOf([live(mapId('a'), metadata)], { desired: [desired('a')] })).objects;
    expect(planned?.type === 'apply' ? 'apply' : planned?.result.status || planned?.result.action).toBe(outcome);
  });

  it.each<[string, readonly Live[]]>([
    ['that is not there', []],
    ['that is ours and another one', [live(mapId('a'), { annotations: { 'gitfed.io/applied': 'old' } })]],
    ['that is nobody’s', [live(mapId('a'), { labels: {} })]],
  ])('leaves an object alone that gitfed.yaml keeps as it is: one %s', (_what, objects) => {
    const plan = planCluster(
      inputOf(objects, { desired: [desired('a')], keepLive: [{ kind: 'ConfigMap', name: 'a' }] }),
    );
    expect(plan.objects).toMatchObject([{ type: 'result', result: { status: 'KeptLive', action: 'skipped' } }]);
    expect(plan.deletions).toEqual([]);
  });

  it('never writes its own inventory as an object of the repository', () => {
    const federated = federatedOf({
      type: typeOf('Secret', { group: '' }),
      name: 'gitfed-shop',
      namespace: 'kube-federation-system',
    });
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gitfed-shop' }, data: {} };
    const one = desiredObject({ id: federated.target, manifest, federated }, 'eu-1', OURS, new WeakMap());
    expect(planCluster(inputOf([], { desired: [one] })).objects).toMatchObject([
      { result: { status: 'InventoryConflict' } },
    ]);
  });

  it('leaves a Namespace to its inventory', () => {
    const federated = federatedOf({ type: NAMESPACE_TYPE, name: 'shop' });
    const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    const one = desiredObject({ id: federated.target, manifest, federated }, 'eu-1', OURS, new WeakMap());
    const theirs = namespaceOf('shop', { labels: { 'applyset.kubernetes.io/part-of': 'x' } });
    expect(planCluster(inputOf([theirs], { desired: [one] })).objects).toMatchObject([
      { result: { status: 'NamespaceShared' } },
    ]);
  });
});

describe('a desired object', () => {
  it('is without nulls, status and what servers set, with stringData as data, our label and what pruning needs', () => {
    const federated = federatedOf({
      type: typeOf('Secret', { group: '' }),
      annotations: { 'kubefed.io/orphan': 'true', other: 'x' },
    });
    const manifest = {
      apiVersion: '/v1',
      kind: 'Secret',
      metadata: {
        name: 'web',
        namespace: 'shop',
        uid: 'u',
        resourceVersion: '5',
        creationTimestamp: null,
        labels: { a: 'b' },
      },
      data: { k: 'eA==', gone: null },
      stringData: { k: 'y' },
      status: { x: 1 },
    };
    expect(desiredObject({ id: federated.target, manifest, federated }, 'eu-1', OURS, new WeakMap()).manifest).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'web',
        namespace: 'shop',
        labels: { a: 'b', 'applyset.kubernetes.io/part-of': OURS },
        annotations: { 'kubefed.io/orphan': 'true' },
      },
      data: { k: 'eQ==' },
    });
  });
});
