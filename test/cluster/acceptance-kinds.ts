import { federatedYaml } from './fleet.ts';

/** A kind that is federated in the tests, with a template and an override whose effects can be read at one place. */
export interface AcceptanceKind {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** Some have labels; the label `acceptance` is added to all of them. */
  readonly template: Readonly<Record<string, unknown>>;
  /** A JSON pointer, and what stands there in most clusters and in the one that an override is for. */
  readonly field: { readonly path: string; readonly value: unknown; readonly overridden: unknown };
  /** What the kind needs before it exists: files of the repository. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Where the tests of each kind work: one namespace, inventory and repository per kind. */
export function acceptanceName({ kind }: AcceptanceKind): string {
  return `accept-${kind.toLowerCase()}`;
}

const PODS = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
};

/** The ten kinds that KubeFed federates by default. */
const DEFAULT_KINDS: readonly AcceptanceKind[] = [
  {
    kind: 'ClusterRole',
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural: 'clusterroles',
    scope: 'Cluster',
    template: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
    field: { path: '/rules/0/verbs', value: ['get'], overridden: ['get', 'list'] },
  },
  {
    kind: 'ConfigMap',
    group: '',
    version: 'v1',
    plural: 'configmaps',
    scope: 'Namespaced',
    template: { data: { greeting: 'hello', kept: 'yes' } },
    field: { path: '/data/greeting', value: 'hello', overridden: 'salut' },
  },
  {
    kind: 'Deployment',
    group: 'apps',
    version: 'v1',
    plural: 'deployments',
    scope: 'Namespaced',
    template: { spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: PODS } },
    field: { path: '/spec/replicas', value: 1, overridden: 2 },
  },
  {
    kind: 'Ingress',
    group: 'networking.k8s.io',
    version: 'v1',
    plural: 'ingresses',
    scope: 'Namespaced',
    template: {
      spec: {
        rules: [
          {
            host: 'shop.example',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
    field: { path: '/spec/rules/0/host', value: 'shop.example', overridden: 'magasin.example' },
  },
  {
    kind: 'Job',
    group: 'batch',
    version: 'v1',
    plural: 'jobs',
    scope: 'Namespaced',
    template: {
      spec: { parallelism: 1, template: { spec: { ...PODS.spec, restartPolicy: 'Never' } } },
    },
    field: { path: '/spec/parallelism', value: 1, overridden: 2 },
  },
  {
    kind: 'Namespace',
    group: '',
    version: 'v1',
    plural: 'namespaces',
    scope: 'Cluster',
    template: { metadata: { labels: { team: 'all' } } },
    field: { path: '/metadata/labels/team', value: 'all', overridden: 'shop' },
  },
  {
    kind: 'ReplicaSet',
    group: 'apps',
    version: 'v1',
    plural: 'replicasets',
    scope: 'Namespaced',
    template: { spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: PODS } },
    field: { path: '/spec/replicas', value: 1, overridden: 2 },
  },
  {
    kind: 'Secret',
    group: '',
    version: 'v1',
    plural: 'secrets',
    scope: 'Namespaced',
    template: { type: 'Opaque', data: { key: 'b25l' } },
    field: { path: '/data/key', value: 'b25l', overridden: 'dHdv' },
  },
  {
    kind: 'Service',
    group: '',
    version: 'v1',
    plural: 'services',
    scope: 'Namespaced',
    template: { spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } },
    field: { path: '/spec/selector/app', value: 'web', overridden: 'web-two' },
  },
  {
    kind: 'ServiceAccount',
    group: '',
    version: 'v1',
    plural: 'serviceaccounts',
    scope: 'Namespaced',
    template: { automountServiceAccountToken: true },
    field: { path: '/automountServiceAccountToken', value: true, overridden: false },
  },
];

const GROUP = 'acceptance.example';

/** What a definition of a custom kind looks like, in a template and in a cluster. */
export function definitionSpec(
  kind: string,
  scope: AcceptanceKind['scope'],
  { group = GROUP, versions = ['v1'] }: { group?: string; versions?: readonly string[] } = {},
): Readonly<Record<string, unknown>> {
  const openAPIV3Schema = {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { size: { type: 'integer' }, colour: { type: 'string' } } },
    },
  };
  return {
    group,
    scope,
    names: {
      kind,
      listKind: `${kind}List`,
      plural: `${kind.toLowerCase()}s`,
      singular: kind.toLowerCase(),
    },
    versions: versions.map((name, index) => ({
      name,
      served: true,
      storage: index === 0,
      schema: { openAPIV3Schema },
    })),
  };
}

export function federatedDefinition(kind: string, scope: AcceptanceKind['scope'], group = GROUP): string {
  const spec = { template: { spec: definitionSpec(kind, scope, { group }) }, placement: { clusterSelector: {} } };
  return federatedYaml('FederatedCustomResourceDefinition', `${kind.toLowerCase()}s.${group}`, { namespace: '', spec });
}

function customKind(
  kind: string,
  scope: AcceptanceKind['scope'],
  files: Readonly<Record<string, string>> = {},
): AcceptanceKind {
  return {
    kind,
    group: GROUP,
    version: 'v1',
    plural: `${kind.toLowerCase()}s`,
    scope,
    template: { spec: { size: 1 } },
    field: { path: '/spec/size', value: 1, overridden: 2 },
    files,
  };
}

/** Custom kinds whose definition comes in the same pass, and {@link PREINSTALLED} which the members have already. */
const FEDERATED_DEFINITIONS: readonly AcceptanceKind[] = [
  customKind('Widget', 'Namespaced', { 'widgets.yaml': federatedDefinition('Widget', 'Namespaced') }),
  customKind('Depot', 'Cluster', { 'depots.yaml': federatedDefinition('Depot', 'Cluster') }),
];

export const PREINSTALLED: readonly AcceptanceKind[] = [
  customKind('Gadget', 'Namespaced'),
  customKind('Region', 'Cluster'),
];

const DEFINITION: AcceptanceKind = {
  kind: 'CustomResourceDefinition',
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  scope: 'Cluster',
  template: { spec: definitionSpec('Parcel', 'Namespaced') },
  field: { path: '/spec/names/singular', value: 'parcel', overridden: 'packet' },
};

export const ACCEPTANCE_KINDS: readonly AcceptanceKind[] = [
  ...DEFAULT_KINDS,
  DEFINITION,
  ...FEDERATED_DEFINITIONS,
  ...PREINSTALLED,
];

/** The FederatedTypeConfig with which KubeFed has a kind enabled. */
export function typeConfigYaml({
  kind,
  group,
  version,
  plural,
  scope,
}: Omit<AcceptanceKind, 'template' | 'field'>): string {
  // KubeFed federates Namespaces by objects inside of them.
  const federatedScope = kind === 'Namespace' ? 'Namespaced' : scope;
  return `apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: ${plural}${group === '' ? '' : `.${group}`}, namespace: kube-federation-system}
spec:
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: Federated${kind}, pluralName: federated${plural}, scope: ${federatedScope}}
  targetType: {group: '${group}', version: ${version}, kind: ${kind}, pluralName: ${plural}, scope: ${scope}}
  propagation: Enabled
`;
}
