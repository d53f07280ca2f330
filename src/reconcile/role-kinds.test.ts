import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, modelOf } from '../../test/helpers/model-of.ts';
import type { Discovery, ServedResource } from '../cluster/index.ts';
import { render } from '../render/index.ts';
import { type MemberContent, roleKinds, roleNamespaces } from './role-kinds.ts';

const SETTINGS = federated('FederatedConfigMap', '{template: {data: {a: b}}, placement: {clusterSelector: {}}}');
const WIDGETS: ServedResource = {
  group: 'shop.example',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
  verbs: new Set(),
};

function member(
  groupKinds: readonly string[],
  resources: readonly ServedResource[] = [],
  rest: Partial<Discovery> & { readonly namespaces?: readonly string[] } = {},
): MemberContent {
  const { namespaces = [], staleGroups = new Set() } = rest;
  return { cluster: 'eu-1', groupKinds, namespaces, discovery: { resources, staleGroups, find: () => undefined } };
}

function kindsOf(
  yaml: string,
  members: readonly MemberContent[] = [],
  configuration = '',
): ReturnType<typeof roleKinds> {
  const model = modelOf({ 'fleet.yaml': documents(FLEET, yaml), 'gitfed.yaml': configuration });
  return roleKinds(model, render(model), members);
}

/** `plural.group use` of what is granted. */
function uses({ kinds }: ReturnType<typeof roleKinds>): readonly string[] {
  return kinds.map(({ group, plural, use }) => `${plural}${group === '' ? '' : `.${group}`} ${use}`);
}

function typeConfig(propagation: string): string {
  return `
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: widgets.shop.example, namespace: kube-federation-system}
spec:
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedWidget, pluralName: federatedwidgets, scope: Namespaced}
  targetType: {group: shop.example, version: v1, kind: Widget, pluralName: widgets, scope: Namespaced}
  propagation: ${propagation}
`;
}

const WIDGET = federated('FederatedWidget', '{template: {}, placement: {clusterSelector: {}}}');

describe('the kinds of a role', () => {
  it.each<[title: string, yaml: string, members: readonly MemberContent[], expected: readonly string[]]>([
    ['are those that have objects', SETTINGS, [], ['configmaps Apply', 'namespaces Apply']],
    ['are not those that are merely configured', typeConfig('Enabled'), [], ['namespaces Apply']],
    [
      'of a FederatedTypeConfig are named by it',
      documents(typeConfig('Enabled'), WIDGET),
      [],
      ['namespaces Apply', 'widgets.shop.example Apply'],
    ],
    [
      'whose propagation is disabled are read',
      documents(typeConfig('Disabled'), WIDGET),
      [],
      ['namespaces Apply', 'widgets.shop.example Read'],
    ],
    [
      'that are disabled and in an inventory can be removed',
      documents(typeConfig('Disabled'), WIDGET),
      [member(['Widget.shop.example'])],
      ['namespaces Apply', 'widgets.shop.example Prune'],
    ],
    [
      'of objects in error are among them: they are there still',
      documents(SETTINGS, SETTINGS),
      [],
      ['configmaps Apply', 'namespaces Apply'],
    ],
    [
      'that only an inventory has can be removed',
      '',
      [member(['Deployment.apps', 'Widget.shop.example'], [WIDGETS])],
      ['namespaces Apply', 'deployments.apps Prune', 'widgets.shop.example Prune'],
    ],
    ['that no member serves any more are left out', '', [member(['Widget.shop.example'])], ['namespaces Apply']],
    [
      'of a template that names another group are named by that group',
      federated('FederatedEvent', '{template: {apiVersion: events.k8s.io/v1}, placement: {clusterSelector: {}}}'),
      [],
      ['events Apply', 'namespaces Apply', 'events.events.k8s.io Apply'],
    ],
  ])('%s', (_title, yaml, members, expected) => {
    const result = kindsOf(yaml, members);
    expect(uses(result)).toEqual(expected);
    expect(result.unknown).toEqual([]);
  });

  it.each<[title: string, text: string, resource: ServedResource]>([
    ['all resources', 'Widget.shop.example', { ...WIDGETS, plural: '*' }],
    ['all groups', 'Widget.*', { ...WIDGETS, group: '*' }],
    ['a subresource', 'Widget.shop.example', { ...WIDGETS, plural: 'widgets/status' }],
    [
      "one of Kubernetes' kinds under another name",
      'Widget.apps',
      { ...WIDGETS, group: 'apps', plural: 'deployments' },
    ],
    ['a kind of the core group', 'Widget', { ...WIDGETS, group: '', plural: 'secrets' }],
  ])('are never widened by a member that calls its kind %s', (_title, text, resource) => {
    expect(uses(kindsOf('', [member([text], [resource])]))).toEqual(['namespaces Apply']);
  });

  it('that an inventory adds are told with their members', () => {
    const { remaining } = kindsOf(SETTINGS, [member(['ConfigMap', 'Secret'])]);
    expect([...remaining]).toEqual([['Secret', ['eu-1']]]);
  });

  it.each<[title: string, keepLive: string, members: readonly MemberContent[], expected: string]>([
    ['only read where all objects of them are', '{kind: ConfigMap}', [], 'configmaps Read'],
    ['written where another object of them is not', '{kind: ConfigMap, name: other}', [], 'configmaps Apply'],
    ['removed where an inventory has some', '{kind: ConfigMap}', [member(['ConfigMap'])], 'configmaps Prune'],
    ['not read where the repository has none', '{kind: Secret}', [], 'configmaps Apply'],
  ])('that keepLive covers are %s', (_title, rule, members, expected) => {
    const result = kindsOf(SETTINGS, members, `keepLive: [${rule}]`);
    expect(uses(result)).toEqual([expected, 'namespaces Apply']);
  });

  it('that keepLive covers are those of the members, under whatever group an override gives them', () => {
    const events = federated(
      'FederatedEvent',
      '{template: {apiVersion: events.k8s.io/v1}, placement: {clusterSelector: {}}}',
    );
    expect(uses(kindsOf(events, [], 'keepLive: [{group: events.k8s.io}]'))).toEqual([
      'events Apply',
      'namespaces Apply',
      'events.events.k8s.io Read',
    ]);
  });

  it('are not known where the server of their group does not answer', () => {
    const hidden = member(['Widget.shop.example'], [], { staleGroups: new Set(['shop.example']) });
    expect(kindsOf('', [hidden]).unknown).toEqual(['Widget.shop.example']);
  });
});

describe('the namespaces of a role', () => {
  it('are those of the repository and of the inventories', () => {
    const model = modelOf({ 'fleet.yaml': documents(FLEET, SETTINGS) });
    expect(roleNamespaces(model, [member([], [], { namespaces: ['old'] })])).toEqual(['old', 'shop']);
  });
});
