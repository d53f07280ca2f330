import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, messages, modelOf } from '../../test/helpers/model-of.ts';

function config(name: string, spec: string): string {
  return `apiVersion: core.kubefed.io/v1beta1\nkind: FederatedTypeConfig\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

const TARGET = 'targetType: {group: example.com, version: v1, kind: Bar, pluralName: bars, scope: Namespaced}';
const FEDERATED =
  'federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedBar, pluralName: federatedbars, scope: Namespaced}';
const BAR = federated('FederatedBar', '{placement: {clusterSelector: {}}}');

describe('a FederatedTypeConfig', () => {
  it('makes a custom kind federated', () => {
    const model = modelOf({
      'a.yaml': documents(
        FLEET,
        config('bars.example.com', `{${TARGET}, ${FEDERATED}, propagation: Enabled, statusCollection: Enabled}`),
        BAR,
      ),
    });
    expect(messages(model)).toEqual([]);
    expect(model.objects[0]?.type).toMatchObject({
      name: 'bars.example.com',
      target: { group: 'example.com', version: 'v1', kind: 'Bar', plural: 'bars', scope: 'Namespaced' },
      federated: { group: 'types.kubefed.io', kind: 'FederatedBar', plural: 'federatedbars' },
      propagation: 'Enabled',
      statusCollection: true,
    });
  });

  it('fills in what its name says', () => {
    const spec =
      '{targetType: {version: v1, kind: Bar, scope: Namespaced}, federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedBar, scope: Namespaced}, statusType: {kind: BarStatus, scope: Namespaced}, propagation: Disabled}';
    const model = modelOf({ 'a.yaml': documents(FLEET, config('bars.example.com', spec), BAR) });
    expect(messages(model)).toEqual([]);
    expect(model.objects[0]?.type).toMatchObject({
      target: { group: 'example.com', plural: 'bars' },
      federated: { plural: 'federatedbars' },
      propagation: 'Disabled',
      statusCollection: false,
    });
  });

  it('wins over the table of built-in kinds', () => {
    const target =
      'targetType: {group: apps, version: v1beta2, kind: Deployment, pluralName: deployments, scope: Namespaced}';
    const type =
      'federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced}';
    const model = modelOf({
      'a.yaml': documents(
        FLEET,
        config('deployments.apps', `{${target}, ${type}, propagation: Disabled}`),
        federated('FederatedDeployment', '{placement: {clusterSelector: {}}}'),
      ),
    });
    expect(model.objects[0]?.type).toMatchObject({ target: { version: 'v1beta2' }, propagation: 'Disabled' });
  });

  it('without anything has every error of KubeFed that its name does not mend', () => {
    const fields = messages(modelOf({ 'a.yaml': config('bars', '{}'), 'b.yaml': FLEET })).map(
      (message) => / (spec\.[\w.]+) is required/.exec(message)?.[1],
    );
    expect(fields.toSorted()).toEqual([
      'spec.federatedType.group',
      'spec.federatedType.kind',
      'spec.federatedType.pluralName',
      'spec.federatedType.scope',
      'spec.federatedType.version',
      'spec.propagation',
      'spec.targetType.kind',
      'spec.targetType.scope',
      'spec.targetType.version',
    ]);
  });

  it.each([
    [
      'bars.example.com',
      `{targetType: [], ${FEDERATED}, propagation: Enabled}`,
      'spec.targetType must be a mapping, not a list',
    ],
    [
      'foos.example.com',
      `{${TARGET}, ${FEDERATED}, propagation: Enabled}`,
      'metadata.name is "foos.example.com"; it must be bars or bars.example.com, the name of the target type',
    ],
    [
      'bars',
      `{${TARGET.replace('example.com', 'Example.com')}, ${FEDERATED}, propagation: Enabled}`,
      'spec.targetType.group is "Example.com", which is not a valid API group',
    ],
    [
      'bars',
      `{${TARGET.replace('v1', '1')}, ${FEDERATED}, propagation: Enabled}`,
      'spec.targetType.version must be a string, not a number: put it in quotes',
    ],
    [
      'bars',
      `{${TARGET.replace('v1', 'V1')}, ${FEDERATED}, propagation: Enabled}`,
      'spec.targetType.version is "V1", which is not a valid API version such as v1',
    ],
    [
      'bars',
      `{${TARGET.replace('Bar,', 'B.r,')}, ${FEDERATED}, propagation: Enabled}`,
      'spec.targetType.kind is "B.r", which is not a valid kind such as Deployment',
    ],
    [
      'bars',
      `{${TARGET.replace('Namespaced', 'namespaced')}, ${FEDERATED}, propagation: Enabled}`,
      'spec.targetType.scope is "namespaced"; it must be Cluster or Namespaced (case matters)',
    ],
    [
      'bars',
      `{${TARGET}, ${FEDERATED.replace('types.kubefed.io', 'types')}, propagation: Enabled}`,
      'spec.federatedType.group is "types"; it must be a domain with at least one dot',
    ],
    [
      'bars',
      `{${TARGET}, ${FEDERATED.replace('Namespaced', 'Cluster')}, propagation: Enabled}`,
      'spec.federatedType.scope is Cluster, but targets live in namespaces: it must be Namespaced',
    ],
    [
      'bars',
      `{${TARGET}, ${FEDERATED}, propagation: enabled}`,
      'spec.propagation is "enabled"; it must be Enabled or Disabled (case matters)',
    ],
    [
      'bars',
      `{${TARGET}, ${FEDERATED}, propagation: yes}`,
      'spec.propagation must be Enabled or Disabled, not a boolean',
    ],
    [
      'bars',
      `{${TARGET}, ${FEDERATED}, propagation: Enabled, statusCollection: "On"}`,
      'spec.statusCollection is "On"; it must be Enabled or Disabled (case matters)',
    ],
    [
      'bars',
      `{${TARGET}, ${FEDERATED}, propagation: Enabled, statusType: {group: status, version: v1, kind: S, pluralName: s, scope: Namespaced}}`,
      'spec.statusType.group is "status"; it must be a domain with at least one dot',
    ],
  ])('named %s with %s is an error and holds deletions back', (name, spec, problem) => {
    const model = modelOf({ 'a.yaml': config(name, spec), 'b.yaml': FLEET });
    expect(messages(model)).toContain(`InvalidTypeConfig FederatedTypeConfig/${name}: ${problem}`);
    expect(model.holds.length).toBeGreaterThan(0);
  });

  it('in error leaves its objects unknown, even those of a built-in kind', () => {
    const type =
      'federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced}';
    const model = modelOf({
      'a.yaml': config('deployments.apps', `{${type}}`),
      'b.yaml': documents(FLEET, federated('FederatedDeployment', '{}')),
    });
    expect(messages(model)).toContain(
      'UnknownFederatedType FederatedDeployment/shop/web: FederatedTypeConfig/deployments.apps, which describes this kind, is in error: mend that first',
    );
    expect(model.objects.map(({ id }) => id.kind)).toEqual(['FederatedNamespace']);
  });

  it('may not have the federated type of another', () => {
    const model = modelOf({
      'a.yaml': documents(
        config('bars', `{${TARGET}, ${FEDERATED}, propagation: Enabled}`),
        config('bars.example.com', `{${TARGET}, ${FEDERATED}, propagation: Enabled}`),
      ),
      'b.yaml': documents(FLEET, BAR),
    });
    expect(model.findings.map(({ code }) => code)).toEqual([
      'InvalidTypeConfig',
      'InvalidTypeConfig',
      'UnknownFederatedType',
    ]);
  });

  it('outside the system namespace is not read', () => {
    const text = config('bars', '{}').replace('name: bars', 'name: bars, namespace: elsewhere');
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET });
    expect(model.findings.map(({ code }) => code)).toEqual(['IgnoredNamespace']);
  });

  it('makes unknown kinds of its group errors', () => {
    const spec = `{${TARGET}, ${FEDERATED.replace('types.kubefed.io', 'fed.example.com')}, propagation: Enabled}`;
    const model = modelOf({
      'a.yaml': documents(
        FLEET,
        config('bars', spec),
        federated('FederatedFoo', '{}').replace('types.kubefed.io', 'fed.example.com'),
      ),
    });
    expect(model.findings.map(({ code }) => code)).toEqual(['UnknownFederatedType']);
  });
});

describe('the table of built-in kinds', () => {
  it.each([
    ['FederatedDeployment', 'apps', 'v1'],
    ['FederatedHorizontalPodAutoscaler', 'autoscaling', 'v2'],
    ['FederatedEvent', '', 'v1'],
    ['FederatedIngress', 'networking.k8s.io', 'v1'],
    ['FederatedConfigMap', '', 'v1'],
    ['FederatedCronJob', 'batch', 'v1'],
  ])('knows %s as a kind of group "%s" in version %s', (kind, group, version) => {
    const model = modelOf({ 'a.yaml': documents(FLEET, federated(kind, '{placement: {clusterSelector: {}}}')) });
    expect(model.objects.find(({ id }) => id.kind === kind)?.type.target).toMatchObject({ group, version });
  });
});
