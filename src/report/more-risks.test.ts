import { describe, expect, it } from 'vitest';
import { cluster, documents, federated, federatedNamespace, modelOf } from '../../test/helpers/model-of.ts';
import { renderedObject, renderingOf } from '../../test/helpers/rendering-of.ts';
import { formatObjectId, type JsonObject } from '../core/index.ts';
import { render } from '../render/index.ts';
import type { NamedRisk } from './change-risks.ts';
import { compareRenderings } from './change-set.ts';
import { allRisks } from './change-wording.ts';

function risksOf(kind: string, before: JsonObject | undefined, after: JsonObject): readonly NamedRisk[] {
  const side = (manifest: JsonObject | undefined): ReturnType<typeof renderingOf> =>
    renderingOf({ eu: manifest === undefined ? [] : [renderedObject(manifest, { kind })] });
  return allRisks(compareRenderings(side(before), side(after)));
}

describe('replicas that drop', () => {
  it.each<[kind: string, before: JsonObject, after: JsonObject, codes: readonly string[]]>([
    ['Deployment.apps', { replicas: 10 }, { replicas: 4 }, ['ReplicasHalved']],
    ['Deployment.apps', { replicas: 10 }, { replicas: 5 }, []],
    ['Deployment.apps', { replicas: 3 }, { replicas: 1 }, ['ReplicasHalved']],
    ['Deployment.apps', { replicas: 3 }, { replicas: 0 }, ['ReplicasToZero']],
    ['Deployment.apps', { replicas: 3 }, {}, ['ReplicasHalved']],
    ['Deployment.apps', { replicas: 2 }, {}, []],
    ['Deployment.apps', {}, { replicas: 1 }, []],
    ['Widget.example.org', { replicas: 3 }, {}, []],
    ['Deployment.apps', { replicas: 'ten' }, { replicas: 'one' }, []],
    ['StatefulSet.apps', { replicas: 2_147_483_647 }, { replicas: 3 }, ['ReplicasHalved']],
  ])('by more than half are told, in a %s from %j to %j', (kind, before, after, codes) => {
    const spec = (content: JsonObject): JsonObject => ({ spec: { paused: true, ...content } });
    expect(risksOf(kind, spec(before), spec(after)).map(({ code }) => code)).toEqual(codes);
  });
});

describe('a Secret that changes', () => {
  it('is told with its keys, and without a value', () => {
    const before = { data: { a: 'MQ==', b: 'MQ==', c: 'MQ==' } };
    const after = { data: { a: 'Mg==', b: 'MQ==', d: 'MQ==' } };
    expect(risksOf('Secret', before, after)).toEqual([
      expect.objectContaining({ code: 'SecretChanges', keys: ['a', 'c', 'd'], clusters: ['eu'] }),
    ]);
  });

  it.each<[title: string, before: JsonObject, after: JsonObject]>([
    ['a label', { metadata: { labels: { a: '1' } } }, { metadata: { labels: { a: '2' } } }],
    ['the default type', {}, { type: 'Opaque' }],
  ])('is none where only %s does', (_title, before, after) => {
    expect(risksOf('Secret', before, after)).toEqual([]);
  });
});

describe('a role that gains a wildcard', () => {
  const rule = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] };
  const KIND = 'ClusterRole.rbac.authorization.k8s.io';

  it.each<[title: string, before: readonly JsonObject[], after: readonly JsonObject[], isRisk: boolean]>([
    ['in its verbs', [rule], [{ ...rule, verbs: ['*'] }], true],
    ['in its resources', [rule], [{ ...rule, resources: ['*/scale'] }], true],
    ['in its groups', [rule], [{ ...rule, apiGroups: ['*'] }], true],
    ['in its paths', [rule], [rule, { nonResourceURLs: ['/metrics/*'], verbs: ['get'] }], true],
    ['and another one had', [{ ...rule, verbs: ['*'] }], [rule, { ...rule, verbs: ['*'] }], false],
    ['for more kinds', [{ ...rule, verbs: ['*'] }], [{ ...rule, resources: ['secrets'], verbs: ['*'] }], true],
    ['for fewer names', [{ ...rule, verbs: ['*'] }], [{ ...rule, verbs: ['*'], resourceNames: ['a'] }], false],
    ['for all names', [{ ...rule, verbs: ['*'], resourceNames: ['a'] }], [{ ...rule, verbs: ['*'] }], true],
    ['in nothing', [rule], [{ ...rule, verbs: ['get', 'list'] }], false],
    ['in fewer verbs', [{ ...rule, verbs: ['*'] }], [{ ...rule, verbs: ['get'] }], false],
  ])('%s is judged by what its rules allowed before', (_title, before, after, isRisk) => {
    const codes = risksOf(KIND, { rules: before }, { rules: after }).map(({ code }) => code);
    expect(codes).toEqual(isRisk ? ['WildcardRule'] : []);
  });

  it('is told where the role is new', () => {
    const risks = risksOf('Role.rbac.authorization.k8s.io', undefined, { rules: [{ ...rule, verbs: ['*'] }] });
    expect(risks.map(({ code }) => code)).toEqual(['WildcardRule']);
  });
});

describe('placements', () => {
  const LABELS = { 'eu-1': { tier: 'a' }, 'us-1': { tier: 'b' }, 'ap-1': { tier: 'b' } };
  type Fleet = Readonly<Record<string, Readonly<Record<string, string>>>>;

  function placementRisks(
    before: string,
    after: string,
    labels: readonly [Fleet, Fleet] = [LABELS, LABELS],
    configuration = '',
  ): readonly string[] {
    const [old, fresh] = [before, after].map((placement, index) => {
      const model = modelOf({
        'fleet.yaml': documents(
          ...Object.entries(labels[index] ?? {}).map(([name, own]) => cluster(name, own)),
          federatedNamespace('shop'),
        ),
        'web.yaml': federated('FederatedConfigMap', `{template: {data: {a: b}}, placement: ${placement}}`),
        'gitfed.yaml': configuration,
      });
      return { model, rendering: render(model) };
    });
    if (old === undefined || fresh === undefined) return [];
    const sides = { before: old, after: fresh };
    const { risks } = compareRenderings(old.rendering, fresh.rendering, fresh.model, sides);
    return risks.map(({ code, id, clusters }) => `${code} ${id && formatObjectId(id)} ${clusters.join()}`);
  }

  it.each<[title: string, before: string, after: string, risks: readonly string[]]>([
    [
      'a list that is emptied',
      '{clusters: [{name: eu-1}]}',
      '{clusters: []}',
      ['PlacementEmpty ConfigMap/shop/web eu-1'],
    ],
    [
      'a selector that matches nothing any more',
      '{clusterSelector: {}}',
      '{clusterSelector: {matchLabels: {tier: c}}}',
      ['PlacementEmpty ConfigMap/shop/web ap-1,eu-1,us-1'],
    ],
    ['a placement that loses some', '{clusterSelector: {}}', '{clusters: [{name: eu-1}]}', []],
    ['a placement that was empty before', '{}', '{clusters: []}', []],
    [
      'a selector that matches more',
      '{clusterSelector: {matchLabels: {tier: a}}}',
      '{clusterSelector: {}}',
      ['SelectorWidens ConfigMap/shop/web ap-1,us-1'],
    ],
    ['a list that names more', '{clusters: [{name: eu-1}]}', '{clusters: [{name: eu-1}, {name: us-1}]}', []],
  ])('%s: %s to %s', (_title, before, after, risks) => {
    expect(placementRisks(before, after)).toEqual(risks);
  });

  it('are told to match more where a cluster gets another label, and not where one joins', () => {
    const selector = '{clusterSelector: {matchLabels: {tier: a}}}';
    const relabelled = { ...LABELS, 'us-1': { tier: 'a' } };
    expect(placementRisks(selector, selector, [LABELS, relabelled])).toEqual([
      'SelectorWidens ConfigMap/shop/web us-1',
    ]);
    expect(placementRisks(selector, selector, [LABELS, { ...LABELS, 'eu-2': { tier: 'a' } }])).toEqual([]);
  });

  it('are told to select nothing where the last cluster of them is registered no longer', () => {
    const { 'eu-1': _, ...left } = LABELS;
    expect(placementRisks('{clusters: [{name: eu-1}]}', '{clusters: [{name: eu-1}]}', [LABELS, left])).toEqual([
      'PlacementEmpty ConfigMap/shop/web eu-1',
    ]);
  });

  it.each([
    ['{clusters: [{name: eu-1}]}', '{clusters: []}', LABELS],
    ['{clusters: [{name: eu-1}]}', '{clusters: [{name: eu-1}]}', { 'us-1': {} }],
    ['{clusterSelector: {matchLabels: {tier: a}}}', '{clusterSelector: {}}', LABELS],
  ] as const)('are not told of where keepLive covers the object: %s to %s', (before, after, labels) => {
    expect(placementRisks(before, after, [LABELS, labels], 'keepLive: [{kind: ConfigMap}]')).toEqual([]);
  });
});
