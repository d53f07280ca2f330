import { describe, expect, it } from 'vitest';
import { formatYaml, isJsonObject, type JsonObject, readYaml } from '../core/index.ts';
import { convertInstallation } from './import-convert.ts';
import { withoutRepeated } from './import-repeated.ts';
import type { SourceObject } from './import-types.ts';

function objectsOf(text: string): readonly SourceObject[] {
  return readYaml('host.yaml', text, { documentNodes: 10_000, depth: 50 }).flatMap((read) => {
    if (!read.ok) throw new Error(read.error.reason);
    const { value } = read.document;
    return isJsonObject(value) ? [{ object: value, where: `host.yaml:${read.document.locate([]).line}` }] : [];
  });
}

const type = (plural: string, kind: string, group = ''): string => `---
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: ${group === '' ? plural : `${plural}.${group}`}, namespace: kfs}
spec:
  propagation: Enabled
  targetType: {${group === '' ? '' : `group: ${group}, `}version: v1, kind: ${kind}, pluralName: ${plural}, scope: ${kind === 'Namespace' ? 'Cluster' : 'Namespaced'}}
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: Federated${kind}, pluralName: federated${plural}, scope: Namespaced}
`;

const TYPES = [
  type('namespaces', 'Namespace'),
  type('configmaps', 'ConfigMap'),
  type('secrets', 'Secret'),
  type('deployments', 'Deployment', 'apps'),
].join('');

function convert(text: string) {
  return convertInstallation(objectsOf(`${TYPES}---\n${text}`), 'kfs');
}

function manifests(text: string): Readonly<Record<string, JsonObject>> {
  const own = convert(text).objects.filter(({ file }) => !file.startsWith('types/'));
  return Object.fromEntries(own.map(({ file, manifest }) => [file, manifest]));
}

describe('An installation', () => {
  it('is converted without what controllers and servers added', () => {
    const found = manifests(`
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata:
  name: settings
  namespace: shop
  uid: 1-2
  resourceVersion: '7'
  generation: 3
  creationTimestamp: '2026-01-01T00:00:00Z'
  finalizers: [kubefed.io/sync-controller]
  managedFields: [{manager: x}]
  labels: {team: shop}
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{}'
    kubefed.io/orphan: 'true'
spec:
  template: {data: {a: '1'}}
  placement: {clusters: [{name: m1}]}
status: {clusters: [{name: m1}]}
`);
    expect(found).toEqual({
      'shop/ConfigMap-settings.yaml': {
        apiVersion: 'types.kubefed.io/v1beta1',
        kind: 'FederatedConfigMap',
        metadata: {
          name: 'settings',
          namespace: 'shop',
          labels: { team: 'shop' },
          annotations: { 'kubefed.io/orphan': 'true' },
        },
        spec: { template: { data: { a: '1' } }, placement: { clusters: [{ name: 'm1' }] } },
      },
    });
  });

  it('keeps no copy of a whole object in a template', () => {
    const found = manifests(`
apiVersion: types.kubefed.io/v1beta1
kind: FederatedSecret
metadata: {name: db, namespace: shop}
spec:
  template: {metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: 'CANARY', note: x}}, data: {}}
`);
    expect(formatYaml(found['shop/Secret-db.yaml'] ?? {})).not.toContain('CANARY');
    expect(formatYaml(found['shop/Secret-db.yaml'] ?? {})).toContain('note: x');
  });

  it.each([
    ['a cluster', 'core.kubefed.io/v1beta1', 'KubeFedCluster', 'Eu.1', 'kfs', 'clusters/%45u.1.yaml'],
    [
      'a cluster that is called like a file of others',
      'core.kubefed.io/v1beta1',
      'KubeFedCluster',
      'kustomization',
      'kfs',
      'clusters/kustomization-cluster.yaml',
    ],
    ['the configuration', 'core.kubefed.io/v1beta1', 'KubeFedConfig', 'kubefed', 'kfs', 'kubefed-config.yaml'],
    ['a namespace', 'types.kubefed.io/v1beta1', 'FederatedNamespace', 'shop', 'shop', 'shop/Namespace-shop.yaml'],
    ['an object', 'types.kubefed.io/v1beta1', 'FederatedDeployment', 'web', 'shop', 'shop/Deployment.apps-web.yaml'],
    [
      'an object of an odd name',
      'types.kubefed.io/v1beta1',
      'FederatedConfigMap',
      '../x:y',
      'shop',
      'shop/ConfigMap-..%2Fx%3Ay.yaml',
    ],
    [
      'a preference',
      'scheduling.kubefed.io/v1alpha1',
      'ReplicaSchedulingPreference',
      'web',
      'shop',
      'shop/ReplicaSchedulingPreference-web.yaml',
    ],
  ])('puts %s into a file of its own', (_, apiVersion, kind, name, namespace, file) => {
    const found = manifests(formatYaml({ apiVersion, kind, metadata: { name, namespace }, spec: {} }));
    expect(Object.keys(found)).toEqual([file]);
  });

  it('never puts two objects into one file, not even where capitals do not count', () => {
    const kinds = [type('kats', 'Kat'), type('cats', 'kat')].join('');
    const kat = (kind: string): string =>
      `---\napiVersion: types.kubefed.io/v1beta1\nkind: Federated${kind}\nmetadata: {name: a, namespace: shop}\nspec: {}\n`;
    const { objects } = convertInstallation(objectsOf(`${kinds}${kat('Kat')}${kat('kat')}`), 'kfs');
    expect(objects.filter(({ file }) => file.startsWith('shop/')).map(({ file }) => file)).toEqual([
      'shop/Kat-a.yaml',
      'shop/kat-a-2.yaml',
    ]);
  });

  it.each([
    [
      'an object that is being deleted',
      'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: {name: a, namespace: shop, deletionTimestamp: x}\nspec: {}\n',
      'FederatedConfigMap/shop/a',
      'is being deleted',
    ],
    [
      'a cluster that is being deleted',
      'apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: a, namespace: kfs, deletionTimestamp: x}\nspec: {}\n',
      'KubeFedCluster/kfs/a',
      'is being deleted',
    ],
    [
      'an object of a kind that KubeFed does not propagate, and gitfed would',
      'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedService\nmetadata: {name: a, namespace: shop}\nspec: {}\n',
      'FederatedService/shop/a',
      'is of a kind that no FederatedTypeConfig names',
    ],
  ])('tells that it cannot take %s', (_, text, object, reason) => {
    const { notImportable, objects } = convert(text);
    expect(notImportable).toEqual([
      { object, where: expect.stringMatching(/^host\.yaml:\d+$/), reason: expect.stringContaining(reason) },
    ]);
    expect(objects.map(({ name }) => name)).not.toContain(object);
  });

  it('passes over clusters of another KubeFed, and over what is none of it', () => {
    const found = manifests(`
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: a, namespace: elsewhere}
spec: {}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: kfs}
`);
    expect(found).toEqual({});
  });

  it('tells of kinds that gitfed has not', () => {
    const { notes } = convert(
      'apiVersion: multiclusterdns.kubefed.io/v1alpha1\nkind: Domain\nmetadata: {name: a, namespace: shop}\n',
    );
    expect(notes).toEqual([{ object: 'Domain/shop/a', text: 'was left out: gitfed has nothing of this kind.' }]);
  });

  const cluster = (secret: string): string =>
    `apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: a, namespace: kfs}\nspec: {secretRef: {name: ${JSON.stringify(secret)}}}\n`;
  const secret = (name: string): string =>
    `---\napiVersion: v1\nkind: Secret\nmetadata: {name: ${JSON.stringify(name)}, namespace: kfs, annotations: {kubectl.kubernetes.io/last-applied-configuration: CANARY}}\ndata: {token: dG9r}\n`;

  it('has the credential of a cluster, and no file of it', () => {
    const { credentials, objects } = convert(cluster('s') + secret('s'));
    expect(credentials).toEqual([
      {
        name: 's',
        namespace: 'kfs',
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 's', namespace: 'kfs' },
          data: { token: 'dG9r' },
        },
      },
    ]);
    expect(objects.filter(({ manifest }) => manifest['kind'] === 'Secret')).toEqual([]);
  });

  it.each([
    ['is not there', 's', secret('other'), 'its Secret s was not found'],
    ['is not named', '', '', 'its Secret is not named'],
    ['leads out of its folder', '../../s', secret('../../s'), 'not one that a Secret can have'],
  ])('tells of a cluster whose Secret %s', (_, name, text, reason) => {
    const { credentials, notes } = convert(cluster(name) + text);
    expect(credentials).toEqual([]);
    expect(notes).toEqual([{ object: 'KubeFedCluster/kfs/a', text: expect.stringContaining(reason) }]);
  });

  it('has a key that is called like a prototype as any other', () => {
    const found = manifests(
      'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: {name: a, namespace: shop, labels: {__proto__: x}}\nspec: {template: {data: {__proto__: z}}}\n',
    );
    expect(formatYaml(found['shop/ConfigMap-a.yaml'] ?? {})).toMatch(/labels:\n\s+__proto__: x[\s\S]*__proto__: z/);
  });
});

describe('An object that a dump has twice', () => {
  const map = (value: string, extra = ''): string =>
    `apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: {name: a, namespace: shop${extra}}\nspec: {template: {data: {a: '${value}'}}}\n`;

  it.each([
    ['counts once where both are the same', map('1'), map('1', ", resourceVersion: '9'"), 0, '1'],
    ['counts as it was in the cluster, and not as it was applied', map('1'), map('2', ', uid: x'), 0, '2'],
    ['counts as it was in the cluster, whichever comes first', map('2', ', uid: x'), map('1'), 0, '2'],
    ['counts once in two versions of the API', map('1'), map('1').replace('v1beta1', 'v1alpha1'), 0, '1'],
    ['is told of where the two are not the same', map('1', ', uid: x'), map('2', ', uid: x'), 1, '1'],
  ])('%s', (_, first, second, conflicts, kept) => {
    const { objects, twice } = withoutRepeated(objectsOf(`${first}---\n${second}`));
    expect(twice).toHaveLength(conflicts);
    expect(objects.map(({ object }) => object['spec'])).toEqual([{ template: { data: { a: kept } } }]);
  });
});
