import { describe, expect, it } from 'vitest';
import { modernized } from './import-legacy.ts';

const KEPT = { metadata: { name: 'web', namespace: 'shop' } };

describe('An object of an older KubeFed', () => {
  it.each([
    [
      'gets clusters for its clusterNames',
      { placement: { clusterNames: ['a', 'b'] } },
      { placement: { clusters: [{ name: 'a' }, { name: 'b' }] } },
    ],
    [
      'keeps its clusters where it has both',
      { placement: { clusterNames: ['a'], clusters: [{ name: 'b' }] } },
      { placement: { clusters: [{ name: 'b' }] } },
    ],
    [
      'keeps an empty list, which places it nowhere',
      { placement: { clusterNames: [], clusterSelector: {} } },
      { placement: { clusters: [], clusterSelector: {} } },
    ],
    ['loses clusterNames that say nothing', { placement: { clusterNames: null } }, { placement: {} }],
    [
      'gets paths for its dotted overrides',
      { overrides: [{ clusterName: 'a', clusterOverrides: [{ path: 'spec.replicas', value: 2 }] }] },
      { overrides: [{ clusterName: 'a', clusterOverrides: [{ path: '/spec/replicas', value: 2 }] }] },
    ],
    [
      'keeps overrides that are paths already',
      { overrides: [{ clusterName: 'a', clusterOverrides: [{ path: '/data/a.b', value: 2 }] }] },
      { overrides: [{ clusterName: 'a', clusterOverrides: [{ path: '/data/a.b', value: 2 }] }] },
    ],
    ['without a spec stays without one', undefined, undefined],
  ])('%s', (_, spec, expected) => {
    const old = { apiVersion: 'types.kubefed.k8s.io/v1alpha1', kind: 'FederatedDeployment', ...KEPT };
    const now = { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedDeployment', ...KEPT };
    expect(modernized({ ...old, ...(spec === undefined ? {} : { spec }) })).toEqual({
      ...now,
      ...(expected === undefined ? {} : { spec: expected }),
    });
  });

  it('keeps a dotted path of v1beta1, which means something else there', () => {
    const object = {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedDeployment',
      ...KEPT,
      spec: { overrides: [{ clusterName: 'a', clusterOverrides: [{ path: 'spec.replicas', value: 2 }] }] },
    };
    expect(modernized(object)).toEqual(object);
  });

  it('gets the clusters of v1beta1 for clusterNames there too, as upgraded installations store them', () => {
    const object = {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedDeployment',
      ...KEPT,
      spec: { placement: { clusterNames: ['a'] } },
    };
    expect(modernized(object)['spec']).toEqual({ placement: { clusters: [{ name: 'a' }] } });
  });

  it('is today’s FederatedTypeConfig, with scopes and switches', () => {
    const old = {
      apiVersion: 'core.kubefed.k8s.io/v1alpha1',
      kind: 'FederatedTypeConfig',
      metadata: { name: 'namespaces' },
      spec: {
        target: { version: 'v1', kind: 'Namespace', pluralName: 'namespaces' },
        namespaced: false,
        propagationEnabled: true,
        comparisonField: 'ResourceVersion',
        enableStatus: false,
        federatedType: {
          group: 'types.kubefed.k8s.io',
          version: 'v1alpha1',
          kind: 'FederatedNamespace',
          pluralName: 'federatednamespaces',
        },
      },
    };
    expect(modernized(old)).toEqual({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'FederatedTypeConfig',
      metadata: { name: 'namespaces' },
      spec: {
        targetType: { version: 'v1', kind: 'Namespace', pluralName: 'namespaces', scope: 'Cluster' },
        federatedType: {
          group: 'types.kubefed.io',
          version: 'v1beta1',
          kind: 'FederatedNamespace',
          pluralName: 'federatednamespaces',
          scope: 'Namespaced',
        },
        propagation: 'Enabled',
        statusCollection: 'Disabled',
      },
    });
  });

  it('is today’s KubeFedConfig, with durations and switches', () => {
    const old = {
      apiVersion: 'core.kubefed.k8s.io/v1alpha1',
      kind: 'KubefedConfig',
      metadata: { name: 'kubefed' },
      spec: {
        scope: 'Cluster',
        featureGates: [{ name: 'PushReconciler', enabled: true }],
        clusterHealthCheck: { periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 3 },
        syncController: { skipAdoptingResources: true },
      },
    };
    expect(modernized(old)).toEqual({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedConfig',
      metadata: { name: 'kubefed' },
      spec: {
        scope: 'Cluster',
        featureGates: [{ name: 'PushReconciler', configuration: 'Enabled' }],
        clusterHealthCheck: { period: '10s', failureThreshold: 3, timeout: '3s' },
        syncController: { adoptResources: 'Disabled' },
      },
    });
  });

  it.each([
    ['a PropagatedVersion', 'core.kubefed.k8s.io/v1alpha1', 'PropagatedVersion', 'core.kubefed.io/v1alpha1'],
    ['a cluster', 'core.kubefed.io/v1alpha1', 'KubefedCluster', 'core.kubefed.io/v1beta1'],
    [
      'a preference',
      'scheduling.kubefed.k8s.io/v1alpha1',
      'ReplicaSchedulingPreference',
      'scheduling.kubefed.io/v1alpha1',
    ],
    ['a Secret', 'v1', 'Secret', 'v1'],
    ['what is none of KubeFed', 'apps/v1', 'Deployment', 'apps/v1'],
  ])('has the group of today: %s', (_, apiVersion, kind, expected) => {
    expect(modernized({ apiVersion, kind })['apiVersion']).toBe(expected);
  });
});
