import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildModel, type Model, ModelMemo } from '../../src/api/index.ts';
import { locate } from '../../src/core/index.ts';
import { ReadMemo } from '../../src/git/index.ts';
import { type ListedFile, readListing, type TreeListing } from '../../src/git/tree-listing.ts';
import {
  formatRendering,
  manifestYaml,
  type Observations,
  outputPath,
  type Rendering,
  RenderMemo,
  render,
  workloadKey,
} from '../../src/render/index.ts';
import { formatYamlStream } from '../../src/report/index.ts';
import { cluster, documents, federated, federatedNamespace, preference } from '../helpers/model-of.ts';

const KUBEFED_CONFIG = (spec: string): string =>
  `{apiVersion: core.kubefed.io/v1beta1, kind: KubeFedConfig, metadata: {name: kubefed, namespace: kube-federation-system}, spec: ${spec}}`;

const TYPE_CONFIG = (name: string, spec: string): string =>
  `{apiVersion: core.kubefed.io/v1beta1, kind: FederatedTypeConfig, metadata: {name: ${name}, namespace: kube-federation-system}, spec: ${spec}}`;

const DEPLOYMENTS =
  'targetType: {group: apps, version: v1, kind: Deployment, pluralName: deployments, scope: Namespaced}, federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced}';
const WIDGETS =
  'targetType: {group: example.com, version: v1, kind: Widget, pluralName: widgets, scope: Namespaced}, federatedType: {group: example.io, version: v1, kind: FederatedWidget, pluralName: federatedwidgets, scope: Namespaced}';

const name = fc.constantFrom('web', 'api');
const namespace = fc.constantFrom('shop', 'shop', 'other', 'kube-federation-system');
const clusterName = fc.constantFrom('eu-1', 'eu-2', 'us-1');
const labels = fc.constantFrom({}, { region: 'eu' }, { region: 'us' });
const placement = fc.constantFrom(
  '{clusterSelector: {}}',
  '{clusterSelector: {matchLabels: {region: eu}}}',
  '{clusterSelector: {matchExpressions: [{key: region, operator: Odd}]}}',
  '{clusters: [{name: eu-1}, {name: gone}]}',
  '{}',
  '7',
);
const overrides = fc.constantFrom(
  '[]',
  '[{clusterName: eu-1, clusterOverrides: [{path: /spec/replicas, value: 4}]}]',
  '[{clusterName: us-1, clusterOverrides: [{op: remove, path: /spec/nothing}]}, {clusterName: gone, clusterOverrides: [{path: x/y, value: 1}]}]',
  '[{clusterName: eu-1, clusterOverrides: [{path: /spec/nothing/deep, value: 1}]}]',
  '[{clusterName: eu-1}, {clusterName: eu-1}]',
);
const template = fc.constantFrom(
  '{spec: {replicas: 2}}',
  '{data: {on: yes}, metadata: {annotations: {a: b}, finalizers: [f], ownerReferences: [{name: o}]}}',
  '{spec: {replicas: 99999999999999999999999}}',
  '{data: {a: b}}',
  '[]',
);
const wave = fc.constantFrom('', '', 'annotations: {gitfed.io/wave: "2"}, ', 'annotations: {gitfed.io/wave: soon}, ');

interface ObjectParts {
  readonly kind: fc.Arbitrary<string>;
  readonly name: fc.Arbitrary<string>;
  readonly namespace: fc.Arbitrary<string>;
}

const federatedObjectOf = (parts: ObjectParts): fc.Arbitrary<string> =>
  fc
    .record({
      ...parts,
      wave,
      template,
      placement,
      overrides,
      retain: fc.boolean(),
    })
    .map(({ kind, retain, ...o }) =>
      federated(
        `Federated${kind}`,
        `{template: ${o.template}, placement: ${o.placement}, overrides: ${o.overrides}, retainReplicas: ${retain}}`,
        `{${o.wave}name: ${o.name}${kind === 'ClusterRole' ? '' : `, namespace: ${o.namespace}`}}`,
      ),
    );

const federatedObject = federatedObjectOf({
  kind: fc.constantFrom('Deployment', 'Deployment', 'ConfigMap', 'Secret', 'ClusterRole', 'Typo'),
  name,
  namespace,
});

const namespaceDocument = (own: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(own, placement, fc.constantFrom('', '', 'annotations: {gitfed.io/wave: "1"}, '))
    .map(([text, where, waves]) => federatedNamespace(text, where).replace('{name', `{${waves}name`));

const preferenceDocument = (own: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      own,
      fc.constantFrom(
        '{targetKind: FederatedDeployment, totalReplicas: 9}',
        '{targetKind: FederatedDeployment, totalReplicas: 9, rebalance: true}',
        '{targetKind: FederatedDeployment, totalReplicas: 5, clusters: {eu-1: {weight: 2}, gone: {minReplicas: 9}}}',
        '{targetKind: FederatedDeployment, totalReplicas: 5, clusters: {us-1: {weight: 2}, "*": {minReplicas: 2}}}',
        '{targetKind: FederatedDeployment, totalReplicas: 5, intersectWithClusterSelector: true}',
        '{targetKind: FederatedConfigMap, totalReplicas: 5}',
        '{targetKind: FederatedWidget, totalReplicas: 5}',
        '{targetKind: FederatedDeployment}',
        '{totalReplicas: many}',
      ),
    )
    .map(([text, spec]) => preference(spec, `{name: ${text}, namespace: shop}`));

const clusterDocument = (own: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(own, labels, fc.constantFrom('namespace: kube-federation-system', 'namespace: elsewhere', '# none'))
    .map(([text, label, where]) => cluster(text, label).replace('namespace: kube-federation-system', where));

const document = fc.oneof(
  { weight: 4, arbitrary: federatedObject },
  { weight: 2, arbitrary: clusterDocument(clusterName) },
  { weight: 2, arbitrary: namespaceDocument(namespace) },
  { weight: 2, arbitrary: preferenceDocument(name) },
  fc.constantFrom(
    KUBEFED_CONFIG('{scope: Cluster}'),
    KUBEFED_CONFIG('{scope: Namespaced}'),
    KUBEFED_CONFIG('{scope: Cluster, featureGates: [{name: SchedulerPreferences, configuration: Disabled}]}'),
    KUBEFED_CONFIG('{scope: Sideways}'),
    KUBEFED_CONFIG('{scope: Cluster}').replace('kube-federation-system', 'elsewhere'),
    TYPE_CONFIG('deployments.apps', `{propagation: Disabled, ${DEPLOYMENTS}}`),
    TYPE_CONFIG('deployments.apps', `{propagation: Enabled, ${DEPLOYMENTS}}`),
    TYPE_CONFIG('widgets.example.com', `{propagation: Enabled, ${WIDGETS}}`),
    TYPE_CONFIG('widgets.example.com', `{propagation: Perhaps, ${WIDGETS}}`),
    '{apiVersion: example.io/v1, kind: FederatedWidget, metadata: {name: web, namespace: shop}, spec: {placement: {clusterSelector: {}}}}',
    '{apiVersion: v1, kind: Secret, metadata: {name: eu-1}, stringData: {token: t}}',
    '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}',
    '# nothing',
    'a: {broken',
  ),
);

/** A file of one or several documents, or of a List. */
const content = fc.oneof(
  { weight: 4, arbitrary: document },
  { weight: 2, arbitrary: fc.array(document, { maxLength: 3 }).map((all) => documents(...all)) },
  fc
    .array(federatedObject, { maxLength: 3 })
    .map((all) =>
      ['apiVersion: v1', 'kind: List', 'items:', ...all.map((one) => `- ${one.trim().replaceAll('\n', '\n  ')}`)].join(
        '\n',
      ),
    ),
);

/** Where something usually is, so that edits change what others depend on, more than they break it. */
const usualFile = fc.oneof(
  fc.tuple(
    fc.constant('a.yaml'),
    federatedObjectOf({ kind: fc.constant('Deployment'), name: fc.constant('web'), namespace: fc.constant('shop') }),
  ),
  fc.tuple(fc.constant('b.yaml'), clusterDocument(fc.constant('eu-1'))),
  fc.tuple(fc.constant('c.json'), clusterDocument(fc.constant('us-1'))),
  fc.tuple(fc.constant('x/d.yaml'), namespaceDocument(fc.constant('shop'))),
  fc.tuple(fc.constant('x/e.yml'), preferenceDocument(fc.constant('web'))),
);

const file = fc.oneof(
  { weight: 12, arbitrary: usualFile },
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constantFrom('a.yaml', 'b.yaml', 'c.json', 'x/d.yaml', 'x/e.yml', 'x/y/f.yaml', 'z.yaml'),
      content,
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant('gitfed.yaml'),
      fc.constantFrom(
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, templateAnnotations: Drop}',
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, scheduling: {anyReplicasKind: false}}',
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, scheduling: {scheduler: none}}',
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, limits: {files: 2, fileBytes: 300}}',
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, limits: {documentNodes: 25}}',
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, limits: {depth: 5}}',
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, credentials: {allowPlaintext: true}}',
        '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, nonsense: 1}',
        'a: {broken',
      ),
    ),
  },
  fc.tuple(
    fc.constantFrom('.gitfedignore', 'x/.gitfedignore'),
    fc.constantFrom('a.yaml', '*.yaml\n!z.yaml', 'y/', 'd.yaml'),
  ),
  fc.tuple(fc.constantFrom('x/kustomization.yaml', 'x/y/Chart.yaml'), fc.constant('')),
);

type Tree = Map<string, string>;

const edit: fc.Arbitrary<(tree: Tree) => void> = fc.oneof(
  {
    weight: 5,
    arbitrary: file.map(
      ([path, text]) =>
        (tree: Tree) =>
          void tree.set(path, text),
    ),
  },
  fc.nat().map((at) => (tree: Tree) => void tree.delete([...tree.keys()][at % tree.size] ?? '')),
  fc.tuple(fc.nat(), fc.constantFrom('moved.yaml', 'x/moved.yaml')).map(([at, to]) => (tree: Tree) => {
    const from = [...tree.keys()][at % tree.size];
    if (from === undefined) return;
    tree.set(to, tree.get(from) ?? '');
    tree.delete(from);
  }),
  // Touched, and the same: a comment moves everything below it.
  fc.nat().map((at) => (tree: Tree) => {
    const path = [...tree.keys()][at % tree.size];
    if (path !== undefined) tree.set(path, `# moved\n${tree.get(path)}`);
  }),
);

const observations: fc.Arbitrary<Observations | undefined> = fc.option(
  fc
    .dictionary(clusterName, fc.record({ ready: fc.boolean(), count: fc.nat(6), stuck: fc.nat(2) }))
    .map((clusters) => ({
      clusters: new Map(
        Object.entries(clusters).map(([own, { ready, count, stuck }]) => {
          const workload = {
            specReplicas: BigInt(count),
            readyReplicas: BigInt(Math.max(0, count - stuck)),
            runningAndReadyPods: BigInt(Math.max(0, count - stuck)),
            unschedulablePods: BigInt(stuck),
          };
          return [own, { ready, workloads: new Map([[workloadKey('Deployment', 'shop', 'web'), workload]]) }] as const;
        }),
      ),
    })),
  { nil: undefined },
);

function listingOf(tree: Tree): TreeListing {
  const files = [...tree].map(([path, text]): ListedFile => {
    return { path, kind: 'file', size: Buffer.byteLength(text), stamp: text };
  });
  return {
    files,
    rootConfiguration: undefined,
    read: async ({ path }) => ({ content: new Uint8Array(Buffer.from(tree.get(path) ?? '')) }),
    readLink: async () => '/',
  };
}

/** Everything that anyone can make of a rendering. */
function outputs(rendering: Rendering): unknown {
  const files = rendering.clusters.flatMap(({ cluster: own, objects }) =>
    objects.map((object) => [outputPath(own, object), manifestYaml(object.manifest)]),
  );
  return {
    json: [...formatRendering(rendering)].join(''),
    yaml: [...formatYamlStream(rendering)].join(''),
    files,
    held: rendering.clusters.map(({ held }) => held),
    replicas: [...rendering.replicas].map(([key, plan]) => [key, [...plan]]),
  };
}

function places({ objects, clusters, preferences }: Model): unknown {
  return [...objects, ...clusters, ...preferences].map(({ source }) => [locate(source), locate(source, ['spec'])]);
}

/** Enough that most edits matter. */
const REPOSITORY = {
  'a.yaml': federated('FederatedDeployment', '{template: {spec: {replicas: 2}}, placement: {clusterSelector: {}}}'),
  'b.yaml': cluster('eu-1', { region: 'eu' }),
  'c.json': cluster('us-1', { region: 'us' }),
  'x/d.yaml': federatedNamespace('shop'),
  'x/e.yml': preference('{targetKind: FederatedDeployment, totalReplicas: 7}'),
};

it('whatever is edited, rendering what changed gives what rendering everything gives', async () => {
  const start = fc.array(file, { maxLength: 4 });
  const steps = fc.array(fc.tuple(edit, observations), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(start, steps, async (files, changes) => {
      const tree: Tree = new Map([...Object.entries(REPOSITORY), ...files]);
      const memo = { reading: new ReadMemo(), model: new ModelMemo(), rendering: new RenderMemo() };
      for (const [change, observed] of [[() => undefined, undefined] as const, ...changes]) {
        change(tree);
        const snapshot = await readListing(listingOf(tree), '', memo.reading);
        const model = buildModel(snapshot, memo.model);
        const rendering = render(model, observed, { memo: memo.rendering });

        const wholeSnapshot = await readListing(listingOf(tree), '');
        const wholeModel = buildModel(wholeSnapshot);
        const whole = render(wholeModel, observed);

        expect(snapshot).toEqual(wholeSnapshot);
        expect(model).toEqual(wholeModel);
        expect(places(model)).toEqual(places(wholeModel));
        expect(outputs(rendering)).toEqual(outputs(whole));
        expect(rendering).toEqual(whole);
      }
    }),
    { numRuns: 300 },
  );
});
