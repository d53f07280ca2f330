import { cluster, documents, federated } from '../helpers/model-of.ts';
import { edit, exampleFiles, type Files, type PullRequest, without } from './pull-request.ts';

const BASE = exampleFiles();

/** What `before` and `after` have beside the example. */
function both(more: Files, change: (files: Files) => Files): Pick<PullRequest, 'before' | 'after'> {
  const before = { ...BASE, ...more };
  return { before, after: change(before) };
}

function changing(
  name: string,
  ...edits: readonly (readonly [from: string | RegExp, to: string])[]
): Pick<PullRequest, 'before' | 'after'> {
  return both({}, (files) => edit(files, name, ...edits));
}

const SUBJECTS = {
  from: { name: 'main (9b1f3c0d2a44)', subject: 'A shop on five clusters' },
  to: { name: 'storefront-4.13 (2c61d7e90b13)', subject: 'Storefront 4.13, on more replicas' },
};

const EVERYWHERE = 'placement: {clusterSelector: {}}';

const CLAIM = federated(
  'FederatedPersistentVolumeClaim',
  `{template: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}}, ${EVERYWHERE}}`,
  '{name: orders, namespace: shop}',
);
const CLAIM_TYPE = `apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: persistentvolumeclaims, namespace: kube-federation-system}
spec:
  federatedType: {group: types.kubefed.io, kind: FederatedPersistentVolumeClaim, pluralName: federatedpersistentvolumeclaims, scope: Namespaced, version: v1beta1}
  propagation: Enabled
  targetType: {kind: PersistentVolumeClaim, pluralName: persistentvolumeclaims, scope: Namespaced, version: v1}
`;

const LOGIN = federated(
  'FederatedSecret',
  `{template: {type: Opaque, data: {user: c2hvcA==, password: aHVudGVyMjI0}}, ${EVERYWHERE}}`,
  '{name: login, namespace: shop}',
);

const NASTY = '@org/team ```` <script>alert(1)</script> [click](https://evil.example) | \u202e #1';

/** Pull requests over `examples/repo`, by the name of their report. */
export const EXAMPLE_REQUESTS: Readonly<Record<string, PullRequest>> = {
  typical: {
    about: 'a new image on more replicas, and a setting: what a reviewer sees most often',
    ...both({}, (files) =>
      edit(
        edit(files, 'shop/web.yaml', ['web:4.12.0', 'web:4.13.0'], ['totalReplicas: 24', 'totalReplicas: 30']),
        'shop/web-settings.yaml',
        ['LOG_LEVEL: info', 'LOG_LEVEL: warn'],
      ),
    ),
    input: { ...SUBJECTS, milliseconds: 830 },
    whatIf: true,
  },
  empty: { about: 'nothing changes', ...both({}, (files) => files) },
  'everything-deleted': {
    about: 'all federated objects go, and the guard holds the deletions',
    before: BASE,
    after: Object.fromEntries(Object.entries(BASE).filter(([name]) => /^(?:clusters|kubefed|gitfed)/.test(name))),
  },
  'only-whitespace': {
    about: 'comments and empty lines are no change',
    before: BASE,
    after: Object.fromEntries(
      Object.entries(BASE).map(([name, text]) => [name, `# ${name}\n\n${text.replaceAll('\n---\n', '\n\n---\n\n')}\n`]),
    ),
  },
  renamed: {
    about: 'one application gets another name',
    ...changing('shop/cart.yaml', [/^ {2}name: cart$/gm, '  name: basket']),
  },
  'hostile-contents': {
    about: 'everything that Markdown, HTML, GitHub or a terminal could act on, in keys and values',
    ...both({}, (files) => ({
      ...edit(files, 'shop/web-settings.yaml', ['LOG_LEVEL: info', `LOG_LEVEL: ${JSON.stringify(NASTY)}`]),
      'hostile.yaml': federated(
        'FederatedConfigMap',
        `{template: {data: {${JSON.stringify(NASTY)}: ${JSON.stringify(`\`\`\`\n</details>\n# title\n${NASTY}`)}}}, ${EVERYWHERE}}`,
        '{name: hostile, namespace: shop}',
      ),
    })),
  },
  'hostile-names': {
    about: 'the same in names, file names, findings and subjects of commits',
    ...both({}, (files) => ({
      ...files,
      [`${NASTY}/x.yaml`]: federated(
        'FederatedConfigMap',
        `{template: {}, ${EVERYWHERE}}`,
        `{name: ${JSON.stringify(NASTY)}, namespace: shop}`,
      ),
      'y.yaml': 'kind: [`',
    })),
    input: { from: { name: NASTY, subject: NASTY }, to: { name: NASTY, subject: `**bold** ${NASTY}` } },
  },
  'errors-before': {
    about: 'a file was in error before, and is so still; what changes elsewhere is shown all the same',
    ...both({ 'broken.yaml': 'kind: FederatedConfigMap\nspec: {' }, (files) =>
      edit(files, 'shop/web-settings.yaml', ['LOG_LEVEL: info', 'LOG_LEVEL: warn']),
    ),
  },
  'errors-after': {
    about: 'a file comes into error: nothing is taken for deleted',
    ...both({}, (files) =>
      without({ ...files, 'shop/api.yaml': `${files['shop/api.yaml']}\n---\n{` }, 'shop/cart.yaml'),
    ),
  },
  'errors-on-both-sides': {
    about: 'an override failed before, another one fails now, and one is corrected',
    before: edit(BASE, 'shop/web.yaml', ['containers/0/resources', 'containers/7/resources']),
    after: edit(BASE, 'payments/gateway.yaml', ['containers/0/env/0', 'containers/7/env/0']),
  },
  secrets: {
    about: 'values of a Secret change: the keys are named, and nothing else',
    ...both({ 'shop/login.yaml': LOGIN }, (files) =>
      edit(files, 'shop/login.yaml', [/password: \w+/, 'password: c3dvcmRmaXNo']),
    ),
  },
  'definition-deleted': {
    about: 'a CustomResourceDefinition goes, with its objects',
    before: BASE,
    after: without(BASE, 'promotions/crd.yaml'),
  },
  'claim-deleted': {
    about: 'a PersistentVolumeClaim goes',
    ...both({ 'shop/claim.yaml': CLAIM, 'types/claims.yaml': CLAIM_TYPE }, (files) =>
      without(files, 'shop/claim.yaml'),
    ),
  },
  'namespace-deleted': {
    about: 'a Namespace goes, with everything in it',
    before: BASE,
    after: without(BASE, 'namespaces/warehouse.yaml'),
  },
  'rbac-wildcard': {
    about: 'a role may do everything with what it could read',
    ...changing('monitoring/collector.yaml', ['verbs: [get, list, watch]', 'verbs: ["*"]']),
  },
  'placement-empties': {
    about: 'a selector matches no cluster any more',
    ...changing('shop/web-settings.yaml', [
      /clusterSelector:\s*\{\}/,
      'clusterSelector: {matchLabels: {region: mars}}',
    ]),
  },
  'selector-widens': {
    about: 'a selector matches more clusters',
    ...changing('shop/web.yaml', [/clusterSelector:\n\s+matchLabels:\n\s+env: prod/, 'clusterSelector: {}']),
  },
  'replicas-halved': {
    about: 'fewer than half of the replicas are left',
    ...changing('shop/web.yaml', ['totalReplicas: 24', 'totalReplicas: 9']),
  },
  'replicas-to-zero': {
    about: 'a workload is scaled to zero',
    ...changing('monitoring/collector.yaml', ['      replicas: 2', '      replicas: 0']),
  },
  'new-cluster': {
    about: 'a cluster joins, and gets what selectors match there',
    ...both({}, (files) => ({
      ...files,
      'clusters/eu-3.yaml': cluster('eu-3', { region: 'eu', env: 'prod', tier: 'secondary' }),
    })),
  },
  'cluster-removed': {
    about: 'a cluster is registered no longer: what is there stays',
    before: BASE,
    after: without(BASE, 'clusters/us-2.yaml'),
  },
  'cluster-relabelled': {
    about: 'a cluster gets other labels: selectors match it that did not',
    ...changing('clusters/us-2.yaml', ['env: staging', 'env: prod'], ['tier: secondary', 'tier: primary']),
  },
  'override-added': {
    about: 'one cluster gets another value',
    ...changing('shop/web.yaml', [
      '  overrides:\n',
      '  overrides:\n    - clusterName: ap-1\n      clusterOverrides:\n        - path: /spec/template/spec/containers/0/image\n          value: registry.shop.example/web:4.13.0\n',
    ]),
  },
  'preference-changed': {
    about: 'replicas move from one cluster to others',
    ...changing('shop/web.yaml', [
      '      weight: 4\n      minReplicas: 4\n      maxReplicas: 10',
      '      weight: 1\n      minReplicas: 1\n      maxReplicas: 3',
    ]),
    whatIf: true,
  },
  'type-disabled': {
    about: 'the propagation of a kind is stopped: its objects stay as they are',
    ...changing('kubefed/campaigns-type.yaml', ['propagation: Enabled', 'propagation: Disabled']),
  },
  'immutable-field': {
    about: 'the template of a Job cannot change',
    ...changing('shop/jobs.yaml', ['--to=0042', '--to=0043']),
  },
  'annotations-only': {
    about: 'only metadata changes, in all objects of an application',
    ...changing('shop/api.yaml', [/part-of: shop/g, 'part-of: store']),
  },
  gates: {
    about: 'gates that fail, one that somebody opened, one that the change itself opens, and a slip',
    ...changing('shop/web.yaml', ['totalReplicas: 24', 'totalReplicas: 9']),
    input: {
      ...SUBJECTS,
      gates: {
        results: [
          {
            gate: 'maxClusters',
            limit: '3',
            actual: 5,
            clusters: ['ap-1', 'ap-2', 'eu-1', 'eu-2', 'us-1'],
            objects: [],
            passed: false,
            message: 'The change touches 5 clusters; gates.maxClusters lets 3 through.',
          },
          {
            gate: 'maxReplicasLost',
            limit: '5',
            actual: 15,
            clusters: ['eu-1'],
            objects: [],
            passed: true,
            message: 'The fleet loses 15 of 24 replicas; gates.maxReplicasLost lets 5 through.',
            allowedBy: {
              gate: 'maxReplicasLost',
              reason: 'the sale is over @everyone',
              commit: { id: '2c61d7e90b13'.padEnd(40, '0'), author: 'Kim <kim@shop.example>' },
            },
          },
          {
            gate: 'maxDeletions',
            limit: '10 and 30 %',
            actual: 0,
            clusters: [],
            objects: [],
            passed: true,
            message: 'Nothing is deleted.',
          },
        ],
        settings: [{ setting: 'gates.maxReplicasLost', before: '2', after: '5', isLooser: true }],
        unknown: [{ gate: 'maxReplicaLost', reason: '' }],
      },
    },
  },
  drift: {
    about: 'what the status branch recorded stands by itself',
    ...changing('shop/web-settings.yaml', ['LOG_LEVEL: info', 'LOG_LEVEL: warn']),
    input: {
      drift: {
        branch: 'gitfed-status',
        statusCommit: 'a1b2c3d4e5f6'.padEnd(40, '0'),
        writtenAt: 1_767_225_600,
        clusters: ['ap-1', 'eu-1', 'eu-2'].map((name) => ({
          name,
          state: 'Synced',
          objects: 12,
          problems: [],
          drift: [
            {
              id: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
              type: 'differs',
              state: name === 'eu-2' ? 'corrected' : 'reported',
              fields: [],
            },
          ],
        })),
      },
    },
  },
  'many-things': {
    about: 'a large change of everything at once',
    ...both({}, (files) =>
      without(
        edit(
          edit(files, 'shop/web.yaml', ['web:4.12.0', 'web:4.13.0'], ['totalReplicas: 24', 'totalReplicas: 9']),
          'monitoring/collector.yaml',
          ['verbs: [get, list, watch]', 'verbs: ["*"]'],
        ),
        'promotions/crd.yaml',
        'namespaces/warehouse.yaml',
      ),
    ),
  },
  'first-commit': {
    about: 'everything is new',
    before: { 'gitfed.yaml': BASE['gitfed.yaml'] ?? '' },
    after: documentsOf(BASE),
  },
};

function documentsOf(files: Files): Files {
  return {
    'all.yaml': documents(...Object.entries(files).flatMap(([name, text]) => (name === 'gitfed.yaml' ? [] : [text]))),
  };
}
