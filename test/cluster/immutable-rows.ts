import type { AcceptanceKind } from './acceptance-kinds.ts';

const POD = { metadata: { labels: { app: 'one' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
const RBAC = 'rbac.authorization.k8s.io';

function workload(app: string): object {
  return {
    selector: { matchLabels: { app } },
    template: { ...POD, metadata: { labels: { app } } },
  };
}

function roleRef(name: string): object {
  return { roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name } };
}

function claim(storageClassName: string): object {
  const resources = { requests: { storage: '1Gi' } };
  return { spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources } };
}

function volume(path: string): object {
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path } };
  return { spec };
}

/** A field that an API server fixes when the object is made. */
export interface ImmutableRow extends Pick<AcceptanceKind, 'kind' | 'group' | 'version' | 'plural' | 'scope'> {
  readonly field: string;
  readonly before: object;
  readonly after: object;
}

type Kind = Pick<AcceptanceKind, 'kind' | 'group' | 'version' | 'plural' | 'scope'>;

function kindOf(kind: string, group: string, plural: string, scope: Kind['scope'] = 'Namespaced'): Kind {
  return { kind, group, version: 'v1', plural, scope };
}

const CONFIG_MAP = kindOf('ConfigMap', '', 'configmaps');
const SECRET = kindOf('Secret', '', 'secrets');
const JOB = kindOf('Job', 'batch', 'jobs');
const PRIORITY_CLASS = kindOf('PriorityClass', 'scheduling.k8s.io', 'priorityclasses', 'Cluster');
const STORAGE_CLASS = kindOf('StorageClass', 'storage.k8s.io', 'storageclasses', 'Cluster');
const SERVICE = kindOf('Service', '', 'services');

/** Its definition says of one field that it cannot change, and nothing else. */
const FROZEN = kindOf('Frozen', 'immutable.example', 'frozens');

export const FROZEN_DEFINITION = {
  metadata: { name: 'frozens.immutable.example' },
  spec: {
    group: FROZEN.group,
    scope: FROZEN.scope,
    names: { kind: FROZEN.kind, plural: FROZEN.plural },
    versions: [
      {
        name: FROZEN.version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } },
              },
            },
          },
        },
      },
    ],
  },
};

export const IMMUTABLE_ROWS: readonly ImmutableRow[] = [
  {
    ...SERVICE,
    field: 'cluster-ip',
    before: { spec: { ports: [{ port: 80 }] } },
    after: { spec: { ports: [{ port: 80 }], clusterIP: '10.0.0.77' } },
  },
  {
    ...kindOf('Deployment', 'apps', 'deployments'),
    field: 'selector',
    before: { spec: workload('one') },
    after: { spec: workload('two') },
  },
  {
    ...kindOf('ReplicaSet', 'apps', 'replicasets'),
    field: 'selector',
    before: { spec: workload('one') },
    after: { spec: workload('two') },
  },
  {
    ...kindOf('DaemonSet', 'apps', 'daemonsets'),
    field: 'selector',
    before: { spec: workload('one') },
    after: { spec: workload('two') },
  },
  {
    ...kindOf('StatefulSet', 'apps', 'statefulsets'),
    field: 'service-name',
    before: { spec: { ...workload('one'), serviceName: 'one' } },
    after: { spec: { ...workload('one'), serviceName: 'two' } },
  },
  {
    ...JOB,
    field: 'template',
    before: { spec: { template: { spec: { ...POD.spec, restartPolicy: 'Never' } } } },
    after: { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }], restartPolicy: 'Never' } } } },
  },
  {
    ...JOB,
    field: 'completions',
    before: { spec: { completions: 1, template: { spec: { ...POD.spec, restartPolicy: 'Never' } } } },
    after: { spec: { completions: 2, template: { spec: { ...POD.spec, restartPolicy: 'Never' } } } },
  },
  {
    ...kindOf('Pod', '', 'pods'),
    field: 'command',
    before: { spec: { ...POD.spec, automountServiceAccountToken: false } },
    after: {
      spec: { containers: [{ name: 'web', image: 'web:1', command: ['x'] }], automountServiceAccountToken: false },
    },
  },
  {
    ...kindOf('PersistentVolumeClaim', '', 'persistentvolumeclaims'),
    field: 'class',
    before: claim('one'),
    after: claim('two'),
  },
  {
    ...kindOf('PersistentVolume', '', 'persistentvolumes', 'Cluster'),
    field: 'source',
    before: volume('/one'),
    after: volume('/two'),
  },
  {
    ...CONFIG_MAP,
    field: 'data',
    before: { immutable: true, data: { a: '1' } },
    after: { immutable: true, data: { a: '2' } },
  },
  {
    ...CONFIG_MAP,
    field: 'immutable',
    before: { immutable: true, data: { a: '1' } },
    after: { immutable: false, data: { a: '1' } },
  },
  {
    ...SECRET,
    field: 'data',
    before: { immutable: true, data: { a: 'MQ==' } },
    after: { immutable: true, data: { a: 'Mg==' } },
  },
  {
    ...SECRET,
    field: 'immutable',
    before: { immutable: true, data: { a: 'MQ==' } },
    after: { immutable: false, data: { a: 'MQ==' } },
  },
  { ...SECRET, field: 'type', before: { type: 'Opaque' }, after: { type: 'shop.example/other' } },
  {
    ...kindOf('RoleBinding', RBAC, 'rolebindings'),
    field: 'role-ref',
    before: roleRef('view'),
    after: roleRef('edit'),
  },
  {
    ...kindOf('ClusterRoleBinding', RBAC, 'clusterrolebindings', 'Cluster'),
    field: 'role-ref',
    before: roleRef('view'),
    after: roleRef('edit'),
  },
  {
    ...STORAGE_CLASS,
    field: 'provisioner',
    before: { provisioner: 'one.example' },
    after: { provisioner: 'two.example' },
  },
  {
    ...STORAGE_CLASS,
    field: 'parameters',
    before: { provisioner: 'one.example', parameters: { a: '1' } },
    after: { provisioner: 'one.example', parameters: { a: '2' } },
  },
  {
    ...PRIORITY_CLASS,
    field: 'value',
    before: { value: 1 },
    after: { value: 2 },
  },
  {
    ...kindOf('IngressClass', 'networking.k8s.io', 'ingressclasses', 'Cluster'),
    field: 'controller',
    before: { spec: { controller: 'one.example/ingress' } },
    after: { spec: { controller: 'two.example/ingress' } },
  },
  {
    ...kindOf('CSIDriver', 'storage.k8s.io', 'csidrivers', 'Cluster'),
    field: 'attach-required',
    before: { spec: { attachRequired: true } },
    after: { spec: { attachRequired: false } },
  },
  {
    ...kindOf('RuntimeClass', 'node.k8s.io', 'runtimeclasses', 'Cluster'),
    field: 'handler',
    before: { handler: 'one' },
    after: { handler: 'two' },
  },
  {
    ...kindOf('EndpointSlice', 'discovery.k8s.io', 'endpointslices'),
    field: 'address-type',
    before: { addressType: 'IPv4', endpoints: [] },
    after: { addressType: 'IPv6', endpoints: [] },
  },
  {
    ...kindOf('ControllerRevision', 'apps', 'controllerrevisions'),
    field: 'data',
    before: { revision: 1, data: { a: '1' } },
    after: { revision: 1, data: { a: '2' } },
  },
  {
    ...SERVICE,
    field: 'headless',
    before: { spec: { ports: [{ port: 80 }] } },
    after: { spec: { ports: [{ port: 80 }], clusterIP: 'None' } },
  },
  {
    ...PRIORITY_CLASS,
    field: 'preemption-policy',
    before: { value: 1, preemptionPolicy: 'Never' },
    after: { value: 1, preemptionPolicy: 'PreemptLowerPriority' },
  },
  {
    ...kindOf('ResourceQuota', '', 'resourcequotas'),
    field: 'scopes',
    before: { spec: { hard: { pods: '1000' }, scopes: ['BestEffort'] } },
    after: { spec: { hard: { pods: '1000' }, scopes: ['NotBestEffort'] } },
  },
  { ...FROZEN, field: 'size', before: { spec: { size: 'one' } }, after: { spec: { size: 'two' } } },
];
