import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { type Default, fillDefaults } from './fill-defaults.ts';
import { listOf, mappingOf, stringOf, valueAt, withValueAt } from './object-fields.ts';
import type { SandboxResource } from './served-resource.ts';
import { qualifiedKind } from './status-error.ts';

const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

function containerDefaults(list: string): readonly Default[] {
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'];
  return [
    [`${list}/*`, { resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' }],
    [`${list}/*/ports/*`, { protocol: 'TCP' }],
    [`${list}/*/env/*/valueFrom/fieldRef`, { apiVersion: 'v1' }],
    ...probes.flatMap((probe): Default[] => [
      [`${list}/*/${probe}`, PROBE],
      [`${list}/*/${probe}/httpGet`, { path: '/', scheme: 'HTTP' }],
    ]),
    [`${list}/*/lifecycle/*/httpGet`, { path: '/', scheme: 'HTTP' }],
  ];
}

/** @param spec of a pod, as a path. */
function podDefaults(spec: string): readonly Default[] {
  return [
    [
      spec,
      {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
      },
    ],
    ...containerDefaults(`${spec}/containers`),
    ...containerDefaults(`${spec}/initContainers`),
    [`${spec}/volumes/*/configMap`, { defaultMode: 420 }],
    [`${spec}/volumes/*/secret`, { defaultMode: 420 }],
    [`${spec}/volumes/*/downwardAPI`, { defaultMode: 420 }],
    [`${spec}/volumes/*/projected`, { defaultMode: 420 }],
    [`${spec}/volumes/*/hostPath`, { type: '' }],
  ];
}

const DEFAULT_METRIC = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

const JOB_POD = podDefaults('/spec/template/spec');
const ROLLING = { type: 'RollingUpdate' };

/** What an API server fills in, kind by kind. */
const DEFAULTS: Readonly<Record<string, readonly Default[]>> = {
  'Deployment.apps': [
    ['/spec', { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }],
    ['/spec/strategy+', ROLLING],
    ...JOB_POD,
  ],
  'ReplicaSet.apps': [['/spec', { replicas: 1 }], ...JOB_POD],
  'StatefulSet.apps': [
    ['/spec', { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 }],
    ['/spec/updateStrategy+', ROLLING],
    ['/spec/persistentVolumeClaimRetentionPolicy+', { whenDeleted: 'Retain', whenScaled: 'Retain' }],
    ['/spec/volumeClaimTemplates/*', { apiVersion: 'v1', kind: 'PersistentVolumeClaim' }],
    ['/spec/volumeClaimTemplates/*/spec', { volumeMode: 'Filesystem' }],
    ['/spec/volumeClaimTemplates/*/status+', { phase: 'Pending' }],
    ...JOB_POD,
  ],
  'DaemonSet.apps': [['/spec', { revisionHistoryLimit: 10 }], ['/spec/updateStrategy+', ROLLING], ...JOB_POD],
  'Job.batch': [
    [
      '/spec',
      { backoffLimit: 6, completionMode: 'NonIndexed', suspend: false, podReplacementPolicy: 'TerminatingOrFailed' },
    ],
    ...JOB_POD,
  ],
  'CronJob.batch': [
    ['/spec', { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }],
    ['/spec/jobTemplate', { metadata: {} }],
    ['/spec/jobTemplate/spec/template', { metadata: {} }],
    ...podDefaults('/spec/jobTemplate/spec/template/spec'),
  ],
  Pod: [['/spec', { enableServiceLinks: true }], ...podDefaults('/spec')],
  ReplicationController: [['/spec', { replicas: 1 }], ...JOB_POD],
  Service: [
    ['/spec', { type: 'ClusterIP', sessionAffinity: 'None' }],
    ['/spec/ports/*', { protocol: 'TCP' }],
  ],
  PodTemplate: [['/template', { metadata: {} }], ...podDefaults('/template/spec')],
  Secret: [['', { type: 'Opaque' }]],
  Namespace: [['/spec+', { finalizers: ['kubernetes'] }]],
  PersistentVolumeClaim: [['/spec', { volumeMode: 'Filesystem' }]],
  PersistentVolume: [['/spec', { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }]],
  'HorizontalPodAutoscaler.autoscaling': [['/spec', { minReplicas: 1, metrics: [DEFAULT_METRIC] }]],
  'NetworkPolicy.networking.k8s.io': [['/spec/*/*/ports/*', { protocol: 'TCP' }]],
  'PriorityClass.scheduling.k8s.io': [['', { preemptionPolicy: 'PreemptLowerPriority' }]],
  'StorageClass.storage.k8s.io': [['', { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }]],
  'RoleBinding.rbac.authorization.k8s.io': [['/roleRef', { apiGroup: 'rbac.authorization.k8s.io' }]],
  'ClusterRoleBinding.rbac.authorization.k8s.io': [['/roleRef', { apiGroup: 'rbac.authorization.k8s.io' }]],
  'CustomResourceDefinition.apiextensions.k8s.io': [['/spec/conversion+', { strategy: 'None' }]],
};

/** The object with what an API server fills in; the README lists it. */
export function withBuiltinDefaults(object: JsonObject, resource: SandboxResource): JsonObject {
  const kind = qualifiedKind(resource);
  const defaults = Object.hasOwn(DEFAULTS, kind) ? DEFAULTS[kind] : undefined;
  const filled = defaults === undefined ? object : fillDefaults(object, defaults);
  const special = Object.hasOwn(SPECIAL, kind) ? SPECIAL[kind] : undefined;
  return special === undefined ? filled : special(filled);
}

/** Defaults that depend on other fields. */
const SPECIAL: Readonly<Record<string, (object: JsonObject) => JsonObject>> = {
  'Deployment.apps': (object) =>
    withPodImages(withRolling(object, 'strategy', { maxUnavailable: '25%', maxSurge: '25%' }), [
      'spec',
      'template',
      'spec',
    ]),
  'DaemonSet.apps': (object) =>
    withPodImages(withRolling(object, 'updateStrategy', { maxUnavailable: 1, maxSurge: 0 }), [
      'spec',
      'template',
      'spec',
    ]),
  'StatefulSet.apps': (object) =>
    withPodImages(withRolling(object, 'updateStrategy', { partition: 0 }), ['spec', 'template', 'spec']),
  'ReplicaSet.apps': (object) => withPodImages(object, ['spec', 'template', 'spec']),
  'Job.batch': (object) => withPodImages(withJobCounts(object), ['spec', 'template', 'spec']),
  'CronJob.batch': (object) => withPodImages(object, ['spec', 'jobTemplate', 'spec', 'template', 'spec']),
  Pod: (object) => withPodImages(object, ['spec']),
  ReplicationController: (object) => withPodImages(object, ['spec', 'template', 'spec']),
  PodTemplate: (object) => withPodImages(object, ['template', 'spec']),
  ConfigMap: withoutEmptyData,
  Service: withTargetPorts,
  Secret: withEncodedData,
  'NetworkPolicy.networking.k8s.io': withPolicyTypes,
  'RoleBinding.rbac.authorization.k8s.io': withSubjectGroups,
  'ClusterRoleBinding.rbac.authorization.k8s.io': withSubjectGroups,
  'CustomResourceDefinition.apiextensions.k8s.io': withListKind,
};

function withRolling(object: JsonObject, field: string, values: JsonObject): JsonObject {
  if (valueAt(object, ['spec', field, 'type']) !== 'RollingUpdate') return object;
  return fillDefaults(object, [[`/spec/${field}/rollingUpdate+`, values]]);
}

function withPodImages(object: JsonObject, spec: readonly string[]): JsonObject {
  let filled = withServiceAccount(object, spec);
  for (const list of ['containers', 'initContainers']) {
    const containers = valueAt(filled, [...spec, list]);
    if (Array.isArray(containers)) filled = withValueAt(filled, [...spec, list], listOf(containers).map(pulled));
  }
  return filled;
}

function pulled(container: JsonObject[string]): JsonObject[string] {
  if (!isJsonObject(container) || container.imagePullPolicy !== undefined) return container;
  const image = stringOf(container.image);
  const tag = /:([^/:@]+)$/.exec(image)?.[1];
  const isMoving = !image.includes('@') && (tag === undefined || tag === 'latest');
  return { ...container, imagePullPolicy: isMoving ? 'Always' : 'IfNotPresent' };
}

/** The old name of the field is kept for old clients. */
function withServiceAccount(object: JsonObject, spec: readonly string[]): JsonObject {
  const pod = mappingOf(valueAt(object, spec));
  const name = pod.serviceAccountName ?? pod.serviceAccount;
  if (name === undefined || (pod.serviceAccountName === name && pod.serviceAccount === name)) return object;
  return withValueAt(object, spec, { ...pod, serviceAccountName: name, serviceAccount: name });
}

function withJobCounts(object: JsonObject): JsonObject {
  const spec = mappingOf(object.spec);
  if (spec.completions !== undefined) return fillDefaults(object, [['/spec', { parallelism: 1 }]]);
  const counts = spec.parallelism === undefined ? { parallelism: 1, completions: 1 } : {};
  return fillDefaults(object, [['/spec', counts]]);
}

function withTargetPorts(object: JsonObject): JsonObject {
  const spec = mappingOf(object.spec);
  const isExternal = spec.type === 'ExternalName';
  const ports = listOf(spec.ports).map((port) =>
    isJsonObject(port) && port.targetPort === undefined && port.port !== undefined
      ? { ...port, targetPort: port.port }
      : port,
  );
  const filled = ports.length === 0 ? object : withValueAt(object, ['spec', 'ports'], ports);
  const isOpen = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  return fillDefaults(filled, [
    ['/spec', isExternal ? {} : { internalTrafficPolicy: 'Cluster' }],
    ['/spec', isOpen ? { externalTrafficPolicy: 'Cluster' } : {}],
    ['/spec', spec.type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}],
  ]);
}

function withoutEmptyData(object: JsonObject): JsonObject {
  const isEmpty = (value: JsonValue | undefined): boolean => isJsonObject(value) && Object.keys(value).length === 0;
  if (!isEmpty(object.data) && !isEmpty(object.binaryData)) return object;
  const entries = Object.entries(object).filter(
    ([key, value]) => !/^(?:data|binaryData)$/.test(key) || !isEmpty(value),
  );
  return Object.fromEntries(entries);
}

/** `stringData` is for writing only. */
function withEncodedData(object: JsonObject): JsonObject {
  const { stringData, ...rest } = object;
  if (!isJsonObject(stringData)) return withoutEmptyData(object);
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(stringOf(value)).toString('base64'),
  ]);
  return { ...rest, data: { ...mappingOf(object.data), ...Object.fromEntries(encoded) } };
}

function withPolicyTypes(object: JsonObject): JsonObject {
  const spec = mappingOf(object.spec);
  const types = listOf(spec.egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  return fillDefaults(object, [['/spec', { policyTypes: types }]]);
}

function withSubjectGroups(object: JsonObject): JsonObject {
  if (!Array.isArray(object.subjects)) return object;
  const subjects = listOf(object.subjects).map((subject) => {
    if (!isJsonObject(subject) || subject.apiGroup !== undefined) return subject;
    return subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup: 'rbac.authorization.k8s.io' };
  });
  return { ...object, subjects };
}

function withListKind(object: JsonObject): JsonObject {
  const kind = stringOf(valueAt(object, ['spec', 'names', 'kind']));
  return fillDefaults(object, [['/spec/names', { listKind: `${kind}List`, singular: kind.toLowerCase() }]]);
}
