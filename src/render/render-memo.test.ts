import { describe, expect, it } from 'vitest';
import { IncrementalRepository } from '../../test/helpers/incremental.ts';
import { cluster, federated, federatedNamespace, modelOf, preference } from '../../test/helpers/model-of.ts';
import { type Observations, type Rendering, RenderMemo, render, workloadKey } from './index.ts';

const web = (spec: string, metadata = '{name: web, namespace: shop}'): string =>
  federated('FederatedDeployment', spec, metadata);

const IN_EUROPE = '{template: {spec: {replicas: 1}}, placement: {clusterSelector: {matchLabels: {region: eu}}}}';
const EVERYWHERE = '{template: {spec: {replicas: 1}}, placement: {clusterSelector: {}}}';

/** Three objects in two namespaces, of which `planned` has a preference; with the FederatedNamespaces five. */
const REPOSITORY = {
  'clusters/eu-1.yaml': cluster('eu-1', { region: 'eu' }),
  'clusters/us-1.yaml': cluster('us-1', { region: 'us' }),
  'namespaces/shop.yaml': federatedNamespace('shop'),
  'namespaces/other.yaml': federatedNamespace('other'),
  'web.yaml': web(IN_EUROPE),
  'planned.yaml': web(EVERYWHERE, '{name: planned, namespace: shop}'),
  'preference.yaml': preference(
    '{targetKind: FederatedDeployment, totalReplicas: 6}',
    '{name: planned, namespace: shop}',
  ),
  'elsewhere.yaml': federated('FederatedConfigMap', EVERYWHERE, '{name: web, namespace: other}'),
};

const NOTHING = { files: 0, objects: 0, linted: 0, planned: 0, placed: 0 };

function configuration(settings: string): string {
  return `{apiVersion: gitfed.io/v1alpha1, kind: Configuration, ${settings}}`;
}

function kubeFedConfig(spec: string, namespace = 'kube-federation-system'): string {
  return `{apiVersion: core.kubefed.io/v1beta1, kind: KubeFedConfig, metadata: {name: kubefed, namespace: ${namespace}}, spec: ${spec}}`;
}

function typeConfig(propagation: string): string {
  return `
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: configmaps, namespace: kube-federation-system}
spec:
  propagation: ${propagation}
  targetType: {version: v1, kind: ConfigMap, pluralName: configmaps, scope: Namespaced}
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedConfigMap, pluralName: federatedconfigmaps, scope: Namespaced}
`;
}

function observed(kind: string, name: string, count: bigint, capacity = count): Observations {
  const workload = {
    specReplicas: count,
    readyReplicas: capacity,
    runningAndReadyPods: capacity,
    unschedulablePods: count - capacity,
  };
  const workloads = new Map([[workloadKey(kind, 'shop', name), workload]]);
  return { clusters: new Map([['eu-1', { ready: true, workloads }]]) };
}

describe('what is done again', () => {
  it.each<[string, Record<string, string | null>, Partial<typeof NOTHING>]>([
    ['nothing, where nothing changes', {}, {}],
    ['an object whose file changes', { 'web.yaml': web(EVERYWHERE) }, { files: 1, objects: 1, linted: 1, placed: 1 }],
    [
      'an object whose file moves',
      { 'web.yaml': null, 'deep/web.yaml': web(IN_EUROPE) },
      { files: 1, objects: 1, linted: 1, placed: 1 },
    ],
    ['nothing else, where an object goes', { 'web.yaml': null }, {}],
    [
      'both objects that turn out to be one',
      { 'copy.yaml': web(IN_EUROPE) },
      // Neither is rendered.
      { files: 1, objects: 1 },
    ],
    [
      'the objects in a namespace whose placement changes',
      { 'namespaces/shop.yaml': federatedNamespace('shop', '{clusters: [{name: eu-1}]}') },
      { files: 1, objects: 1, linted: 1, placed: 3 },
    ],
    [
      'the namespace alone, where its placement says the same in other words',
      { 'namespaces/shop.yaml': federatedNamespace('shop', '{clusters: [{name: us-1}, {name: eu-1}]}') },
      { files: 1, objects: 1, linted: 1, placed: 1 },
    ],
    [
      'the objects that a cluster gains by a label',
      { 'clusters/us-1.yaml': cluster('us-1', { region: 'eu' }) },
      { files: 1, placed: 1 },
    ],
    [
      'no object, where a label is nobody’s',
      { 'clusters/us-1.yaml': cluster('us-1', { region: 'us', x: 'y' }) },
      { files: 1 },
    ],
    [
      'everything that is placed everywhere, where a cluster goes',
      { 'clusters/us-1.yaml': null },
      // Every object is held against the names of the clusters, and those in Europe stay.
      { linted: 6, planned: 1, placed: 5 },
    ],
    [
      'the target of a preference that changes',
      {
        'preference.yaml': preference(
          '{targetKind: FederatedDeployment, totalReplicas: 8}',
          '{name: planned, namespace: shop}',
        ),
      },
      { files: 1, linted: 1, planned: 1, placed: 1 },
    ],
    ['the target of a preference that goes', { 'preference.yaml': null }, { objects: 1, linted: 1, placed: 1 }],
    [
      'the objects of a kind that is switched off',
      { 'types.yaml': typeConfig('Disabled') },
      { files: 1, objects: 1, linted: 1, placed: 1 },
    ],
    [
      'everything, where the configuration changes what becomes of templates',
      { 'gitfed.yaml': configuration('templateAnnotations: Drop') },
      { placed: 5 },
    ],
    [
      'the plans, where the configuration names another scheduler',
      { 'gitfed.yaml': configuration('scheduling: {scheduler: none}') },
      { planned: 1, placed: 1 },
    ],
    [
      'nothing, where the configuration changes something else',
      { 'gitfed.yaml': configuration('prune: {maxDeletions: {count: 3}}') },
      {},
    ],
    [
      'every file, where the configuration limits them',
      { 'gitfed.yaml': configuration('limits: {depth: 20}') },
      { files: 8, objects: 5, linted: 6, planned: 1, placed: 5 },
    ],
    [
      'the plans, where the KubeFedConfig switches preferences off',
      {
        'config.yaml': kubeFedConfig(
          '{scope: Cluster, featureGates: [{name: SchedulerPreferences, configuration: Disabled}]}',
        ),
      },
      { files: 1, objects: 1, linted: 1, placed: 1 },
    ],
    [
      'the lint of everything in a namespace that is federated no longer',
      { 'namespaces/other.yaml': null },
      { linted: 1, placed: 1 },
    ],
    [
      'the lint of everything in a namespace that comes in a later wave',
      {
        'namespaces/other.yaml': federatedNamespace('other').replace(
          '{name',
          '{annotations: {gitfed.io/wave: "3"}, name',
        ),
      },
      { files: 1, objects: 1, linted: 2, placed: 1 },
    ],
    [
      'nothing, where a file breaks that holds nothing that others depend on',
      { 'broken.yaml': 'kind: {half-written' },
      { files: 1 },
    ],
  ])('is %s', (_title, edit, expected) => {
    const repository = new IncrementalRepository();
    repository.edit(REPOSITORY);
    expect(repository.edit(edit)).toEqual({ ...NOTHING, ...expected });
    // And nothing the other way round is forgotten.
    repository.edit(REPOSITORY);
    expect(repository.edit({})).toEqual(NOTHING);
  });

  it('is the plan whose workload is observed anew, and no other', () => {
    const repository = new IncrementalRepository();
    repository.edit(REPOSITORY);
    expect(repository.edit({}, observed('Deployment', 'planned', 5n))).toMatchObject({ planned: 1, placed: 1 });
    expect(repository.edit({}, observed('Deployment', 'planned', 5n))).toEqual(NOTHING);
    expect(repository.edit({}, observed('Deployment', 'planned', 5n, 2n))).toMatchObject({ planned: 1, placed: 1 });
    expect(repository.edit({}, observed('Deployment', 'planned', 5n, 3n))).toMatchObject({ planned: 1, placed: 1 });
    repository.edit({});
    expect(repository.edit({}, observed('Deployment', 'web', 5n))).toEqual(NOTHING);
  });

  it('is the plan that intersects with a namespace whose selector changes', () => {
    const repository = new IncrementalRepository();
    const intersecting = preference(
      '{targetKind: FederatedDeployment, totalReplicas: 6, intersectWithClusterSelector: true}',
      '{name: planned, namespace: shop}',
    );
    repository.edit({ ...REPOSITORY, 'preference.yaml': intersecting });
    const inEurope = federatedNamespace('shop', '{clusterSelector: {matchLabels: {region: eu}}}');
    expect(repository.edit({ 'namespaces/shop.yaml': inEurope })).toMatchObject({ planned: 1 });
  });

  it('is the lint of what lies in a namespace that was federated twice, and is no longer', () => {
    const repository = new IncrementalRepository();
    repository.edit({ ...REPOSITORY, 'copy.yaml': federatedNamespace('other') });
    expect(repository.edit({ 'copy.yaml': null, 'namespaces/other.yaml': null })).toMatchObject({ linted: 1 });
  });

  it('is every plan, where a cluster is not ready any more', () => {
    const repository = new IncrementalRepository();
    repository.edit(REPOSITORY);
    const away: Observations = { clusters: new Map([['us-1', { ready: false, workloads: new Map() }]]) };
    expect(repository.edit({}, away)).toEqual({ ...NOTHING, planned: 1, placed: 1 });
  });

  it('is a cluster without a namespace, where the system namespace becomes another one', () => {
    const repository = new IncrementalRepository();
    const homeless = cluster('eu-1').replace('  namespace: kube-federation-system\n', '');
    repository.edit({ 'eu-1.yaml': homeless, 'config.yaml': kubeFedConfig('{scope: Cluster}') });
    expect(repository.edit({ 'config.yaml': kubeFedConfig('{scope: Cluster}', 'elsewhere') })).toMatchObject({
      files: 1,
    });
  });

  it('is a file that is too large all of a sudden', () => {
    const repository = new IncrementalRepository();
    repository.edit(REPOSITORY);
    expect(repository.edit({ 'gitfed.yaml': configuration('limits: {fileBytes: 100}') }).files).toBe(8);
  });

  it.each<[string, Record<string, string>, Record<string, string | null>]>([
    [
      'its target was there twice and is there no longer',
      { 'copy.yaml': web(EVERYWHERE, '{name: planned, namespace: shop}') },
      { 'planned.yaml': null, 'copy.yaml': null },
    ],
    [
      'a cluster that it names was in error and goes',
      {
        'preference.yaml': preference(
          '{targetKind: FederatedDeployment, totalReplicas: 6, clusters: {us-1: {weight: 1}}}',
          '{name: planned, namespace: shop}',
        ),
        'clusters/us-1.yaml': cluster('us-1').replace('apiEndpoint', 'apiendpoint'),
      },
      { 'clusters/us-1.yaml': null },
    ],
    [
      'a FederatedTypeConfig goes that describes its kind',
      {
        'preference.yaml': preference('{targetKind: FederatedWidget, totalReplicas: 6}', '{name: w, namespace: shop}'),
        'types.yaml': typeConfig('Enabled').replaceAll('ConfigMap', 'Widget').replaceAll('configmap', 'widget'),
      },
      { 'types.yaml': null },
    ],
    [
      'a cluster that it names goes',
      {
        'preference.yaml': preference(
          '{targetKind: FederatedDeployment, totalReplicas: 6, clusters: {us-1: {weight: 1}}}',
          '{name: planned, namespace: shop}',
        ),
      },
      { 'clusters/us-1.yaml': null },
    ],
    [
      'a cluster that it names is in error',
      {
        'preference.yaml': preference(
          '{targetKind: FederatedDeployment, totalReplicas: 1, clusters: {"*": {minReplicas: 1}}}',
          '{name: planned, namespace: shop}',
        ),
      },
      { 'clusters/us-1.yaml': cluster('us-1').replace('apiEndpoint', 'apiendpoint') },
    ],
    [
      'its kind is one no longer',
      {
        'preference.yaml': preference(
          '{targetKind: FederatedConfigMap, totalReplicas: 6}',
          '{name: web, namespace: other}',
        ),
      },
      { 'gitfed.yaml': configuration('scheduling: {anyReplicasKind: false}') },
    ],
  ])('is the lint of a preference, where %s', (_title, files, edit) => {
    const repository = new IncrementalRepository();
    repository.edit({ ...REPOSITORY, ...files });
    expect(repository.edit(edit).linted).toBeGreaterThan(0);
  });
});

describe('a rendering of other observations', () => {
  const model = modelOf(REPOSITORY);
  const planned = (rendering: Rendering) => rendering.replicas.get('FederatedDeployment/shop/planned');

  it('keeps the lanes, manifests and findings that they do not change', () => {
    const memo = new RenderMemo();
    const first = render(model, observed('Deployment', 'planned', 3n), { memo });
    const same = render(model, observed('Deployment', 'web', 9n), { memo });
    expect(render(model, observed('Deployment', 'other', 9n), { memo })).toBe(same);
    const short = render(model, observed('Deployment', 'planned', 3n, 1n), { memo });
    expect(short).toEqual(render(model, observed('Deployment', 'planned', 3n, 1n)));
    expect(Object.fromEntries(planned(short) ?? [])).toEqual({ 'eu-1': 1n, 'us-1': 5n });
    expect(short.findings).toBe(first.findings);
    const others = (rendering: Rendering) =>
      rendering.clusters.map(({ objects }) => objects.filter(({ id }) => id.name !== 'planned'));
    for (const [index, objects] of others(short).entries()) {
      for (const [at, object] of objects.entries()) expect(object).toBe(others(first)[index]?.[at]);
    }
  });

  it('gives a cluster whose number comes back the very content that it had', () => {
    const memo = new RenderMemo();
    const first = render(model, observed('Deployment', 'planned', 3n), { memo });
    render(model, observed('Deployment', 'planned', 3n, 1n), { memo });
    const again = render(model, observed('Deployment', 'planned', 3n), { memo });
    expect(again).toEqual(first);
    for (const [index, { objects }] of again.clusters.entries()) {
      for (const [at, { manifest }] of objects.entries())
        expect(manifest).toBe(first.clusters[index]?.objects[at]?.manifest);
    }
  });

  it('says what is lost by them, and says it no longer when it is not', () => {
    const bounded =
      '{targetKind: FederatedDeployment, totalReplicas: 6, clusters: {eu-1: {weight: 1}, us-1: {maxReplicas: 2, weight: 1}}}';
    const repository = { ...REPOSITORY, 'preference.yaml': preference(bounded, '{name: planned, namespace: shop}') };
    const other = modelOf(repository);
    const memo = new RenderMemo();
    const codes = (observations: Observations) =>
      render(other, observations, { memo }).findings.map(({ code }) => code);
    const calm = codes(observed('Deployment', 'planned', 3n));
    const away: Observations = { clusters: new Map([['eu-1', { ready: false, workloads: new Map() }]]) };
    expect(codes(away)).toContain('ReplicasLost');
    expect(codes(observed('Deployment', 'planned', 3n))).toEqual(calm);
  });
});
