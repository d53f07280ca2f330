import type { JsonObject } from '../core/index.ts';
import { metadataOf, stringOf, valueAt, withMetadata, withValueAt } from './object-fields.ts';
import type { SandboxResource } from './served-resource.ts';
import { qualifiedKind } from './status-error.ts';

/** Top-level fields of kinds that have others than `spec` and `status`. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['data', 'binaryData', 'immutable'],
  Secret: ['data', 'stringData', 'type', 'immutable'],
  ServiceAccount: ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'],
  PodTemplate: ['template'],
  Endpoints: ['subsets'],
  'ControllerRevision.apps': ['data', 'revision'],
  'EndpointSlice.discovery.k8s.io': ['addressType', 'endpoints', 'ports'],
  'Role.rbac.authorization.k8s.io': ['rules'],
  'ClusterRole.rbac.authorization.k8s.io': ['rules', 'aggregationRule'],
  'RoleBinding.rbac.authorization.k8s.io': ['subjects', 'roleRef'],
  'ClusterRoleBinding.rbac.authorization.k8s.io': ['subjects', 'roleRef'],
  'PriorityClass.scheduling.k8s.io': ['value', 'globalDefault', 'description', 'preemptionPolicy'],
  'RuntimeClass.node.k8s.io': ['handler', 'overhead', 'scheduling'],
  'StorageClass.storage.k8s.io': [
    'provisioner',
    'parameters',
    'reclaimPolicy',
    'mountOptions',
    'allowVolumeExpansion',
    'volumeBindingMode',
    'allowedTopologies',
  ],
  'VolumeAttributesClass.storage.k8s.io': ['driverName', 'parameters'],
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': ['webhooks'],
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': ['webhooks'],
};

const OPEN = new Set(['Event', 'Event.events.k8s.io', 'CSIStorageCapacity.storage.k8s.io']);
const EVERYWHERE = ['apiVersion', 'kind', 'metadata'];
const DEFAULT = ['spec', 'status'];

/** Fields at the top of an object of a built-in kind that the kind does not have. What lies below is not looked at. */
export function unknownTopFields(resource: SandboxResource, object: JsonObject): readonly string[] {
  const kind = qualifiedKind(resource);
  if (OPEN.has(kind)) return [];
  const own = (Object.hasOwn(FIELDS, kind) ? FIELDS[kind] : undefined) ?? DEFAULT;
  return Object.keys(object).filter((key) => !EVERYWHERE.includes(key) && !own.includes(key));
}

const NOTHING_OBSERVED: JsonObject = {};
const NO_BALANCER: JsonObject = { loadBalancer: {} };

/** The status of an object that no controller has seen. */
const STATUS: Readonly<Record<string, JsonObject>> = {
  'Deployment.apps': NOTHING_OBSERVED,
  'ReplicaSet.apps': { replicas: 0 },
  'StatefulSet.apps': { replicas: 0, availableReplicas: 0 },
  'DaemonSet.apps': {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  },
  'Job.batch': NOTHING_OBSERVED,
  'CronJob.batch': NOTHING_OBSERVED,
  'Ingress.networking.k8s.io': NO_BALANCER,
  'PodDisruptionBudget.policy': { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  'HorizontalPodAutoscaler.autoscaling': { desiredReplicas: 0, currentMetrics: null },
  Namespace: { phase: 'Active' },
  Service: NO_BALANCER,
  ReplicationController: { replicas: 0 },
  ResourceQuota: NOTHING_OBSERVED,
  PersistentVolume: { phase: 'Pending' },
  PersistentVolumeClaim: { phase: 'Pending' },
  Pod: { phase: 'Pending' },
};

/** A new object of a built-in kind with what the server adds that nobody sent and no default says. */
export function initialised(resource: SandboxResource, object: JsonObject): JsonObject {
  const kind = qualifiedKind(resource);
  const status = Object.hasOwn(STATUS, kind) ? STATUS[kind] : undefined;
  const started = status === undefined || resource.isCustom ? object : { ...object, status };
  if (kind === 'Namespace') return withNameLabel(started);
  return kind === 'Job.batch' ? withJobSelector(started) : started;
}

function withNameLabel(namespace: JsonObject): JsonObject {
  const { name, labels } = metadataOf(namespace);
  const own = { 'kubernetes.io/metadata.name': stringOf(name) };
  return withMetadata(namespace, { labels: { ...(labels as JsonObject | undefined), ...own } });
}

/** A Job selects its pods by its own uid. */
function withJobSelector(job: JsonObject): JsonObject {
  if (valueAt(job, ['spec', 'manualSelector']) === true) return job;
  const { name, uid, labels } = metadataOf(job);
  const selected = { 'batch.kubernetes.io/controller-uid': stringOf(uid) };
  const generated = {
    ...selected,
    'batch.kubernetes.io/job-name': stringOf(name),
    'controller-uid': stringOf(uid),
    'job-name': stringOf(name),
  };
  const template = ['spec', 'template', 'metadata', 'labels'];
  const before = (valueAt(job, template) ?? {}) as JsonObject;
  const labelled = withMetadata(job, { labels: { ...(labels as JsonObject | undefined), ...generated } });
  const selecting = withValueAt(labelled, ['spec', 'selector', 'matchLabels'], selected);
  return withValueAt(withValueAt(selecting, ['spec', 'manualSelector'], false), template, { ...before, ...generated });
}
