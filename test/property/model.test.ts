import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildModel } from '../../src/api/index.ts';
import { compareText, FINDING_CODES, type JsonValue } from '../../src/core/index.ts';
import { fileEntry } from '../helpers/model-of.ts';

const OBJECTS: readonly JsonValue[] = [
  {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedConfig',
    metadata: { name: 'kubefed', namespace: 'kube-federation-system' },
    spec: {
      scope: 'Cluster',
      featureGates: [{ name: 'PushReconciler', configuration: 'Enabled' }],
      clusterHealthCheck: { period: '10s' },
    },
  },
  {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: 'eu-1', namespace: 'kube-federation-system', labels: { region: 'eu' } },
    spec: { apiEndpoint: 'https://a', secretRef: { name: 'a' }, disabledTLSValidations: ['*'], proxyURL: 'http://p' },
  },
  {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'FederatedTypeConfig',
    metadata: { name: 'deployments.apps' },
    spec: {
      propagation: 'Enabled',
      targetType: { group: 'apps', version: 'v1', kind: 'Deployment', pluralName: 'deployments', scope: 'Namespaced' },
      federatedType: {
        group: 'types.kubefed.io',
        version: 'v1beta1',
        kind: 'FederatedDeployment',
        pluralName: 'federateddeployments',
        scope: 'Namespaced',
      },
    },
  },
  {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { placement: { clusterSelector: { matchExpressions: [{ key: 'region', operator: 'In', values: ['eu'] }] } } },
  },
  {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedDeployment',
    metadata: { name: 'web', namespace: 'shop', annotations: { a: 'b' } },
    spec: {
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { replicas: 2, template: { spec: { containers: [{ env: [{ name: 'A', value: '1' }] }] } } },
      },
      placement: { clusters: [{ name: 'eu-1' }], clusterSelector: {} },
      overrides: [{ clusterName: 'eu-1', clusterOverrides: [{ op: 'add', path: '/spec/replicas', value: 5 }] }],
      retainReplicas: false,
    },
  },
  {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      targetKind: 'FederatedDeployment',
      totalReplicas: 9,
      clusters: { '*': { weight: 1 }, 'eu-1': { minReplicas: 1, maxReplicas: 3 } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'types.kubefed.io/v1beta1',
        kind: 'FederatedSecret',
        metadata: { name: 's', namespace: 'shop' },
        spec: { template: { stringData: { a: 'x' } } },
      },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: {} },
    ],
  },
];

const WRONG: readonly JsonValue[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  '../..',
  'a\u0000\u001b',
  [],
  [null],
  {},
  { constructor: 1 },
  { a: { b: [] } },
];

/** One of the objects with some of its nodes replaced or left out. */
const damaged: fc.Arbitrary<JsonValue> = fc
  .tuple(
    fc.constantFrom(...OBJECTS),
    fc.array(fc.tuple(fc.nat(), fc.option(fc.constantFrom(...WRONG), { nil: undefined })), { maxLength: 3 }),
  )
  .map(([object, damages]) =>
    damages.reduce<JsonValue>((value, [at, wrong]) => damage(value, { left: at % 40 }, wrong) ?? null, object),
  );

function damage(value: JsonValue, counter: { left: number }, wrong: JsonValue | undefined): JsonValue | undefined {
  if (counter.left-- === 0) return wrong;
  if (Array.isArray(value)) {
    return value.flatMap((item: JsonValue) => {
      const result = damage(item, counter, wrong);
      return result === undefined ? [] : [result];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, JsonValue][] => {
    const result = damage(item, counter, wrong);
    return result === undefined ? [] : [[key, result]];
  });
  return Object.fromEntries(entries);
}

function modelOfObjects(objects: readonly JsonValue[]): ReturnType<typeof buildModel> {
  const entries = objects.map((object, index) => fileEntry(`${index}.json`, JSON.stringify(object)));
  return buildModel({ entries: entries.toSorted((a, b) => compareText(a.path, b.path)), complete: true });
}

it('any damage to a repository becomes findings, never an exception', () => {
  fc.assert(
    fc.property(fc.array(damaged, { maxLength: 8 }), (objects) => {
      const model = modelOfObjects(objects);
      for (const finding of model.findings) {
        expect(finding.severity).toBe(FINDING_CODES[finding.code]);
        expect(finding.line).toBeGreaterThan(0);
        expect(finding.column).toBeGreaterThan(0);
        expect(finding.message).not.toMatch(/undefined|\[object|NaN/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(finding.message).not.toMatch(/[\u0000-\u001f\u007f]/);
      }
      const held = new Set(model.heldTargets.map(({ object }) => object));
      for (const { id } of model.objects) expect(held).not.toContain(`${id.kind}/${id.namespace}/${id.name}`);
    }),
    { numRuns: 500 },
  );
});

it('a model does not depend on how objects are spread over files', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...OBJECTS]), (objects) => {
      const inOrder = OBJECTS.filter((object) => objects.includes(object));
      const essence = ({
        clusters,
        objects: found,
        preferences,
        heldTargets,
        systemNamespace,
      }: ReturnType<typeof buildModel>) => ({
        clusters: clusters.map(({ name }) => name),
        objects: found.map(({ id, template, placement, overrides }) => ({ id, template, placement, overrides })),
        preferences: preferences.map(({ source: _source, ...rest }) => rest),
        heldTargets,
        systemNamespace,
      });
      expect(essence(modelOfObjects(objects))).toEqual(essence(modelOfObjects(inOrder)));
    }),
  );
});

it('no value of a Secret is in any finding, however broken the Secret is', () => {
  const canary = 'CANARY-3f9a';
  const secret: JsonValue = {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedSecret',
    metadata: { name: 's', namespace: 'shop' },
    spec: {
      template: { data: { a: canary, b: 424242, c: [canary], d: { e: canary } }, stringData: { a: canary, b: true } },
      placement: { clusterSelector: {} },
      overrides: [
        {
          clusterName: 'eu-1',
          clusterOverrides: [
            { path: '/data/a', value: canary },
            { path: '/data/b', value: 424242 },
          ],
        },
      ],
    },
  };
  const credential: JsonValue = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a' },
    data: canary,
    stringData: { token: canary },
  };
  const broken = fc
    .tuple(
      fc.constantFrom(secret, credential),
      fc.array(fc.tuple(fc.nat(40), fc.constantFrom(...WRONG)), { maxLength: 3 }),
    )
    .map(([object, damages]) =>
      damages.reduce<JsonValue>((value, [left, wrong]) => damage(value, { left }, wrong) ?? null, object),
    );
  fc.assert(
    fc.property(fc.array(broken, { maxLength: 4 }), (objects) => {
      const { findings } = modelOfObjects(objects);
      expect(JSON.stringify(findings)).not.toMatch(/CANARY|424242/);
    }),
    { numRuns: 500 },
  );
});
