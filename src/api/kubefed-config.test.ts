import { describe, expect, it } from 'vitest';
import { FLEET, messages, modelOf } from '../../test/helpers/model-of.ts';
import { DEFAULT_KUBEFED_CONFIG } from './kubefed-config.ts';

function config(spec: string, metadata = '{name: kubefed, namespace: kube-federation-system}'): string {
  return `apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedConfig\nmetadata: ${metadata}\nspec: ${spec}\n`;
}

describe('a KubeFedConfig', () => {
  it('has the defaults of KubeFed', () => {
    const model = modelOf({ 'a.yaml': config('{scope: Cluster}'), 'b.yaml': FLEET });
    expect(messages(model)).toEqual([]);
    expect(model.kubeFedConfig).toEqual(DEFAULT_KUBEFED_CONFIG);
  });

  it('is read with all its fields', () => {
    const spec = `
  scope: Namespaced
  controllerDuration: {availableDelay: 2s, unavailableDelay: 1m30s, cacheSyncTimeout: 5m}
  leaderElect: {leaseDuration: 15s, renewDeadline: 10s, retryPeriod: 5s, resourceLock: configmaps}
  featureGates: [{name: PushReconciler, configuration: Disabled}, {name: RawResourceStatusCollection, configuration: Enabled}]
  clusterHealthCheck: {period: 5s, timeout: 1s, failureThreshold: 4, successThreshold: 2}
  syncController: {adoptResources: Disabled, maxConcurrentReconciles: 3}
  statusController: {maxConcurrentReconciles: 3}`;
    const model = modelOf({ 'a.yaml': config(spec) });
    expect(messages(model)).toEqual([]);
    expect(model.kubeFedConfig).toEqual({
      scope: 'Namespaced',
      adoptResources: false,
      featureGates: { PushReconciler: false, RawResourceStatusCollection: true, SchedulerPreferences: true },
      availableDelaySeconds: 2,
      unavailableDelaySeconds: 90,
      clusterHealthCheck: { periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 4, successThreshold: 2 },
    });
  });

  it.each([
    ['{}', 'spec.scope is required: Cluster or Namespaced'],
    ['{scope: cluster}', 'spec.scope is "cluster"; it must be Cluster or Namespaced (case matters)'],
    [
      '{scope: Cluster, controllerDuration: {availableDelay: 0s}}',
      'spec.controllerDuration.availableDelay "0s" should be greater than 0',
    ],
    [
      '{scope: Cluster, controllerDuration: {unavailableDelay: -1s}}',
      'spec.controllerDuration.unavailableDelay "-1s" should be greater than 0',
    ],
    [
      '{scope: Cluster, controllerDuration: {cacheSyncTimeout: soon}}',
      'spec.controllerDuration.cacheSyncTimeout "soon" is not a duration such as 20s or 1m30s',
    ],
    [
      '{scope: Cluster, controllerDuration: {availableDelay: 20}}',
      'spec.controllerDuration.availableDelay must be a string, not a number: put it in quotes',
    ],
    [
      '{scope: Cluster, leaderElect: {leaseDuration: 10s}}',
      'spec.leaderElect.leaseDuration must be greater than renewDeadline',
    ],
    [
      '{scope: Cluster, leaderElect: {retryPeriod: 9s}}',
      'spec.leaderElect.renewDeadline must be greater than 1.2 times retryPeriod',
    ],
    [
      '{scope: Cluster, leaderElect: {resourceLock: leases}}',
      'spec.leaderElect.resourceLock is "leases"; it must be configmaps or endpoints (case matters)',
    ],
    [
      '{scope: Cluster, featureGates: [{name: Foo, configuration: Enabled}]}',
      'spec.featureGates[0].name is "Foo"; it must be PushReconciler, RawResourceStatusCollection or SchedulerPreferences (case matters)',
    ],
    [
      '{scope: Cluster, featureGates: [{name: SchedulerPreferences, configuration: true}]}',
      'spec.featureGates[0].configuration must be a string, not a boolean: put it in quotes',
    ],
    [
      '{scope: Cluster, featureGates: [{name: PushReconciler, configuration: Enabled}, {name: PushReconciler, configuration: Enabled}]}',
      'spec.featureGates[1].name is "PushReconciler", which is there twice',
    ],
    [
      '{scope: Cluster, featureGates: [PushReconciler]}',
      'spec.featureGates[0] must be a mapping with name and configuration',
    ],
    [
      '{scope: Cluster, clusterHealthCheck: {failureThreshold: 0}}',
      'spec.clusterHealthCheck.failureThreshold is 0; it should be greater than 0',
    ],
    [
      '{scope: Cluster, clusterHealthCheck: {successThreshold: 1.5}}',
      'spec.clusterHealthCheck.successThreshold must be a whole number, not a number with a fraction',
    ],
    [
      '{scope: Cluster, syncController: {adoptResources: Yes please}}',
      'spec.syncController.adoptResources is "Yes please"; it must be Enabled or Disabled (case matters)',
    ],
    [
      '{scope: Cluster, statusController: {maxConcurrentReconciles: -1}}',
      'spec.statusController.maxConcurrentReconciles is -1; it should be greater than 0',
    ],
  ])('with %s is an error and holds deletions back', (spec, problem) => {
    const model = modelOf({ 'a.yaml': config(spec), 'b.yaml': FLEET });
    expect(messages(model)).toEqual([`InvalidKubeFedConfig KubeFedConfig/kube-federation-system/kubefed: ${problem}`]);
    expect(model.holds).toHaveLength(1);
    expect(model.kubeFedConfig).toEqual(DEFAULT_KUBEFED_CONFIG);
  });

  it.each([
    ['true', 'must be a string, not a boolean: put it in quotes'],
    ['disabled', 'is "disabled"; it must be Enabled or Disabled (case matters)'],
  ])('pauses everything with PushReconciler in error: %s', (configuration, problem) => {
    const gates = `{scope: Cluster, featureGates: [{name: PushReconciler, configuration: ${configuration}}]}`;
    const model = modelOf({ 'a.yaml': config(gates), 'b.yaml': FLEET });
    const where =
      'InvalidKubeFedConfig KubeFedConfig/kube-federation-system/kubefed: spec.featureGates[0].configuration';
    expect(messages(model)).toEqual([`${where} ${problem}`]);
    expect(model.kubeFedConfig.featureGates.PushReconciler).toBe(false);
    expect(model.configuration.suspend.all).toBe(true);
  });

  it('of another name is not read', () => {
    const model = modelOf({ 'a.yaml': config('{scope: Namespaced}', '{name: other, namespace: x}'), 'b.yaml': FLEET });
    expect(model.findings.map(({ code }) => code)).toEqual(['NotSupported']);
    expect(model.kubeFedConfig.scope).toBe('Cluster');
  });

  it('that is there twice is an error and holds deletions back', () => {
    const model = modelOf({
      'a.yaml': config('{scope: Cluster}'),
      'b.yaml': config('{scope: Cluster}'),
      'c.yaml': FLEET,
    });
    expect(model.findings.map(({ code }) => code)).toEqual(['DuplicateObject', 'DuplicateObject']);
    expect(model.holds).toHaveLength(2);
  });
});
