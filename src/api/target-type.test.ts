import { describe, expect, it } from 'vitest';
import type { FederatedType } from './model.ts';
import { BUILTIN_TYPES, findType, type TargetType, typeConfigName, withConfigured } from './target-type.ts';

const WIDGET: TargetType = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  scope: 'Namespaced',
  shortNames: ['WG'],
  schemas: new Map([['v1', 'Object']]),
};
const GATEWAYS = ['gateway.networking.k8s.io', 'networking.istio.io'].map((group): TargetType => {
  return { ...WIDGET, group, kind: 'Gateway', plural: 'gateways', singular: 'gateway', shortNames: [] };
});
const TYPES = [...BUILTIN_TYPES, WIDGET, ...GATEWAYS];

function meaning(text: string): string {
  const found = findType(text, TYPES);
  if (found.type === 'several') return `several: ${found.names.join(' ')}`;
  if (found.type === 'none') return 'none';
  return `${typeConfigName(found.target)}${found.version === undefined ? '' : ` ${found.version}`}`;
}

describe('a kind is found by', () => {
  it.each([
    ['its plural', 'deployments', 'deployments.apps'],
    ['its kind', 'Deployment', 'deployments.apps'],
    ['its kind in any case', 'dEPLOYment', 'deployments.apps'],
    ['its short name', 'deploy', 'deployments.apps'],
    ['the short name of a custom kind, in any case', 'wg', 'widgets.example.com'],
    ['plural and group', 'deployments.apps', 'deployments.apps'],
    ['kind and group', 'Widget.example.com', 'widgets.example.com'],
    ['plural, version and group', 'widgets.v1beta1.example.com', 'widgets.example.com v1beta1'],
    ['group, version and kind', 'apps/v1/Deployment', 'deployments.apps v1'],
    ['group, version and plural', 'example.com/v2/widgets', 'widgets.example.com v2'],
    ['version and kind in the core group', 'v1/ConfigMap', 'configmaps v1'],
    ['a group that tells two of one name apart', 'gateways.networking.istio.io', 'gateways.networking.istio.io'],
    ['a name of several, one in the core group', 'events', 'events'],
  ])('%s', (_, text, name) => {
    expect(meaning(text)).toBe(name);
  });

  it.each([
    ['of several kinds', 'gateways', 'several: gateways.gateway.networking.k8s.io gateways.networking.istio.io'],
    ['of no kind', 'gadgets', 'none'],
    ['with a group of another', 'widgets.apps', 'none'],
    ['with a group that begins like its own', 'widgets.example', 'none'],
    ['with a version and no kind', 'v1/', 'none'],
    ['without a version', 'apps//Deployment', 'none'],
    ['with too many parts', 'a/apps/v1/Deployment', 'none'],
    ['that is empty', '', 'none'],
    ['that every object has', '__proto__', 'none'],
  ])('no name %s', (_, text, name) => {
    expect(meaning(text)).toBe(name);
  });
});

describe('kinds of FederatedTypeConfigs', () => {
  const configured = (target: FederatedType['target']): FederatedType => ({
    name: typeConfigName(target),
    target,
    federated: { ...target, group: 'types.kubefed.io', kind: `Federated${target.kind}` },
    propagation: 'Enabled',
    statusCollection: false,
  });

  it('are known by themselves, without a schema', () => {
    const { group, version, kind, plural, scope } = WIDGET;
    const types = withConfigured(BUILTIN_TYPES, [configured({ group, version, kind, plural, scope })]);
    const found = findType('widgets', types);
    expect(found.type === 'found' && [...found.target.schemas]).toEqual([['v1', 'Unknown']]);
  });

  it('give a built-in kind their version, and keep its schema and its short name', () => {
    const hpa = BUILTIN_TYPES.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
    if (hpa === undefined) throw new Error('it is built in');
    const { group, kind, plural, scope } = hpa;
    const types = withConfigured(BUILTIN_TYPES, [configured({ group, version: 'v1', kind, plural, scope })]);
    const found = findType('hpa', types);
    expect(found).toMatchObject({ type: 'found', target: { version: 'v1' } });
    expect(found.type === 'found' && [...found.target.schemas]).toEqual([
      ['v1', 'Object'],
      ['v2', 'Object'],
    ]);
    expect(types).toHaveLength(BUILTIN_TYPES.length);
  });
});
