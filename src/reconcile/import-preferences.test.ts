import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/index.ts';
import { isIdleKind, scheduledTargets, withoutSchedule } from './import-preferences.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const replicas = (value: number): JsonObject => ({ path: '/spec/replicas', value });

function web(spec: JsonObject, applied?: JsonObject | string): JsonObject {
  const text = typeof applied === 'string' ? applied : JSON.stringify(applied);
  const annotations = applied === undefined ? {} : { annotations: { [LAST_APPLIED]: text } };
  return { kind: 'FederatedDeployment', metadata: { name: 'web', namespace: 'shop', ...annotations }, spec };
}

const WRITTEN = [{ name: 'm1' }, { name: 'm2' }];

describe('Of a federated object that a preference schedules', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'the replicas go, and entries that held nothing else',
      {
        overrides: [
          { clusterName: 'm1', clusterOverrides: [replicas(4)] },
          { clusterName: 'm2', clusterOverrides: [{ path: '/spec/paused', value: true }, replicas(3)] },
        ],
      },
      { overrides: [{ clusterName: 'm2', clusterOverrides: [{ path: '/spec/paused', value: true }] }] },
    ],
    ['shells that the scheduler left behind go', { overrides: [{ clusterName: 'm1', clusterOverrides: [] }] }, {}],
    [
      'an override of another path stays, however much it looks like one of the replicas',
      { overrides: [{ clusterName: 'm1', clusterOverrides: [{ path: 'spec/replicas', value: 1 }] }] },
      { overrides: [{ clusterName: 'm1', clusterOverrides: [{ path: 'spec/replicas', value: 1 }] }] },
    ],
    [
      'what cannot be read stays, to be told of',
      { overrides: ['odd', { clusterName: 'm1', clusterOverrides: 'odd' }] },
      { overrides: ['odd', { clusterName: 'm1', clusterOverrides: 'odd' }] },
    ],
    [
      'the clusters go beside a selector',
      { placement: { clusterSelector: { matchLabels: { a: 'b' } }, clusters: WRITTEN } },
      { placement: { clusterSelector: { matchLabels: { a: 'b' } } } },
    ],
  ])('%s', (_, spec, expected) => {
    const { object, notes } = withoutSchedule(web({ template: {}, ...spec }));
    expect(object['spec']).toEqual({ template: {}, ...expected });
    expect(notes).toEqual([]);
  });

  it('the clusters are those that its user had applied', () => {
    const applied = { spec: { placement: { clusters: [{ name: 'm1' }] } } };
    const { object, notes } = withoutSchedule(web({ placement: { clusters: WRITTEN } }, applied));
    expect(object['spec']).toEqual({ placement: { clusters: [{ name: 'm1' }] } });
    expect(notes).toEqual([]);
  });

  it('the clusters go where its user had applied none', () => {
    const { object } = withoutSchedule(web({ placement: { clusters: WRITTEN } }, { spec: {} }));
    expect(object['spec']).toEqual({ placement: {} });
  });

  it.each([
    ['nothing tells what stood there before', undefined],
    ['what was applied cannot be read', '{'],
  ])('the clusters stay and are told of where %s', (_, applied) => {
    const { object, notes } = withoutSchedule(web({ placement: { clusters: WRITTEN } }, applied));
    expect(object['spec']).toEqual({ placement: { clusters: WRITTEN } });
    expect(notes).toEqual([
      { object: 'FederatedDeployment/shop/web', text: expect.stringContaining('keeps the clusters') },
    ]);
  });
});

describe('The scheduler', () => {
  const preference = (targetKind: string): JsonObject => ({
    metadata: { name: 'web', namespace: 'shop' },
    spec: { targetKind, totalReplicas: 3 },
  });
  const types = new Set(['deployments.apps', 'namespaces']);

  it.each([
    ['acts on Deployments', 'FederatedDeployment', types, true, ['FederatedDeployment/shop/web']],
    ['leaves other kinds alone', 'FederatedStatefulSet', types, true, []],
    ['leaves kinds alone that are not enabled', 'FederatedReplicaSet', types, true, []],
    ['rests without the type of namespaces', 'FederatedDeployment', new Set(['deployments.apps']), true, []],
    ['rests without its feature gate', 'FederatedDeployment', types, false, []],
  ])('%s', (_, kind, enabledTypes, isEnabled, expected) => {
    expect([...scheduledTargets([preference(kind)], { enabledTypes, isEnabled })]).toEqual(expected);
  });

  it('never acts on kinds but two', () => {
    const kinds = ['FederatedDeployment', 'FederatedReplicaSet', 'FederatedStatefulSet', ''];
    expect(kinds.filter((kind) => isIdleKind(preference(kind)))).toEqual(['FederatedStatefulSet', '']);
  });
});
