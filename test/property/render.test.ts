import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FederatedObject, Model } from '../../src/api/index.ts';
import { cloneJson, formatYaml } from '../../src/core/index.ts';
import { formatRendering, manifestYaml, outputPath, render } from '../../src/render/index.ts';
import {
  clusterOf,
  federatedOf,
  modelWith,
  NAMESPACE_TYPE,
  overridesOf,
  preferenceOf,
  typeOf,
} from '../helpers/render-input.ts';
import { deepFreeze, jsonObject, jsonValue, patchPath } from './json-values.ts';

const clusterName = fc.constantFrom('a', 'b', 'Eu-1', 'eu-1.example', 'gone');
const operation = fc.record({
  op: fc.constantFrom('add', 'remove', 'replace'),
  path: fc.oneof(patchPath, fc.constantFrom('/spec/replicas', '/metadata/labels/a', '/metadata', 'x/kind')),
  value: jsonValue,
  hasValue: fc.constant(true),
});

const object: fc.Arbitrary<FederatedObject> = fc
  .record({
    kind: fc.constantFrom('Deployment', 'ConfigMap', 'Widget'),
    name: fc.constantFrom('web', 'api', 'worker'),
    namespace: fc.constantFrom('shop', 'other'),
    template: fc.oneof(jsonObject, fc.record({ spec: jsonObject, metadata: jsonObject })),
    clusters: fc.option(fc.array(clusterName), { nil: undefined }),
    overrides: fc.dictionary(clusterName, fc.array(operation, { maxLength: 3 })),
    wave: fc.constantFrom('0', '-1', '3', 'x'),
  })
  .map(({ kind, clusters, overrides, wave, ...parts }) =>
    federatedOf({
      ...parts,
      type: typeOf(kind),
      annotations: { 'gitfed.io/wave': wave },
      overrides: overridesOf(overrides),
      ...(clusters === undefined ? {} : { placement: { clusters } }),
    }),
  );

const model: fc.Arbitrary<Model> = fc
  .record({
    objects: fc.uniqueArray(object, { selector: ({ id }) => `${id.kind}/${id.namespace}/${id.name}`, maxLength: 6 }),
    clusters: fc.uniqueArray(clusterName, { maxLength: 4 }),
    total: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ objects, clusters, total }) =>
    modelWith({
      objects,
      clusters: clusters.map((name) => clusterOf(name)),
      namespaces: new Map(['shop', 'other'].map((name) => [name, federatedOf({ type: NAMESPACE_TYPE, name })])),
      preferences: ['shop', 'other'].map((namespace) => preferenceOf({ namespace, totalReplicas: total })),
    }),
  );

function textOf(input: Model): string {
  return [...formatRendering(render(input))].join('');
}

describe('render', () => {
  it('gives the same bytes twice, and whatever the order of objects and clusters', () => {
    fc.assert(
      fc.property(model, (input) => {
        const shuffled = {
          ...input,
          objects: input.objects.toReversed(),
          namespaces: new Map([...input.namespaces].toReversed()),
        };

        expect(textOf(input)).toBe(textOf(input));
        expect(textOf(shuffled)).toBe(textOf(input));
      }),
    );
  });

  it('writes every manifest as it would be written alone', () => {
    fc.assert(
      fc.property(model, (input) => {
        for (const { objects } of render(input).clusters) {
          for (const { manifest } of objects) expect(manifestYaml(manifest)).toBe(formatYaml(cloneJson(manifest)));
        }
      }),
    );
  });

  it('never changes the model', () => {
    fc.assert(
      fc.property(model, (input) => {
        render(deepFreeze(input));
      }),
    );
  });

  it('renders every placed object or says why it is held', () => {
    fc.assert(
      fc.property(model, (input) => {
        const { clusters, findings } = render(input);
        const errors = findings.filter(({ severity }) => severity === 'error');
        for (const { cluster, held } of clusters) {
          const reasons = errors.filter((finding) => finding.cluster === undefined || finding.cluster === cluster);
          expect(reasons.length).toBeGreaterThanOrEqual(held.length);
        }
      }),
    );
  });

  it('renders nothing under another name or namespace, and nothing without the managed label', () => {
    fc.assert(
      fc.property(model, (input) => {
        for (const { objects } of render(input).clusters) {
          for (const { id, manifest } of objects) {
            expect(manifest.metadata).toMatchObject({
              name: id.name,
              namespace: id.namespace,
              labels: { 'kubefed.io/managed': 'true' },
            });
          }
        }
      }),
    );
  });

  it('leaves other objects alone when one goes', () => {
    fc.assert(
      fc.property(model, (input) => {
        const [gone, ...others] = input.objects;
        fc.pre(gone !== undefined);
        const before = render(input).clusters.map(({ objects }) =>
          objects.filter(({ federated }) => federated !== gone),
        );
        const after = render({ ...input, objects: others }).clusters.map(({ objects }) => objects);

        expect(after).toEqual(before);
      }),
    );
  });
});

describe('outputPath', () => {
  const text = fc.string({
    unit: fc.constantFrom(
      'a',
      'A',
      'b',
      '-',
      '.',
      '_',
      '%',
      ':',
      '/',
      'ä',
      'nul',
      'con',
      '1',
      'E',
      'yaml',
      'É',
      '~',
      ' ',
    ),
    minLength: 1,
    maxLength: 5,
  });
  const long = fc.tuple(text, text).map(([one, other]) => one + 'n'.repeat(199) + other);
  const name = fc.oneof(text, text, long);
  const id = fc.record({
    group: fc.constantFrom('', 'apps', 'my-group.io', 'group.io', 'my', 'a.b', 'a-b.c'),
    kind: fc.constantFrom('Foo', 'Bar', 'Con', 'Foo-my'),
    namespace: fc.oneof(fc.constant(''), fc.constant('_cluster'), name),
    name: fc.oneof(name, fc.constantFrom('x', 'group.io-x', 'my-x', 'c-x')),
  });
  const place = fc.record({ cluster: name, id });

  it('gives two objects two paths, even where capitals do not count', () => {
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 12 }), (places) => {
        const identities = new Set(places.map(({ cluster, id: own }) => JSON.stringify([cluster, own])));
        const paths = new Set(places.map(({ cluster, id: own }) => outputPath(cluster, { id: own }).toLowerCase()));

        expect(paths.size).toBe(identities.size);
      }),
      { numRuns: 3000 },
    );
  });

  it('never has a segment that a file system refuses or takes for something else', () => {
    fc.assert(
      fc.property(place, ({ cluster, id: own }) => {
        const segments = outputPath(cluster, { id: own }).split('/');

        for (const segment of segments) {
          expect(segment).toMatch(/^[A-Za-z0-9._%-]{1,205}$/);
          expect(segment).not.toMatch(/^\.{1,2}$|\.$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never makes one path a directory of another', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        const [first, second] = [one, other].map(({ cluster, id: own }) =>
          outputPath(cluster, { id: own }).toLowerCase(),
        );

        expect(`${second}`.startsWith(`${first}/`)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
