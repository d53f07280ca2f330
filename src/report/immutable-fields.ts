import { isJsonObject, type JsonObject, type JsonValue, type ObjectId } from '../core/index.ts';
import type { FieldChange } from './change-set.ts';

/** Fields that an API server does not change on an object that exists, by kind; with what is below them. */
const FIXED: ReadonlyMap<string, readonly string[]> = new Map([
  ['Deployment.apps', ['.spec.selector']],
  ['ReplicaSet.apps', ['.spec.selector']],
  ['DaemonSet.apps', ['.spec.selector']],
  ['ControllerRevision.apps', ['.data']],
  [
    'Job.batch',
    [
      '.spec.template',
      '.spec.selector',
      '.spec.completions',
      '.spec.completionMode',
      '.spec.podFailurePolicy',
      '.spec.successPolicy',
      '.spec.backoffLimitPerIndex',
      '.spec.managedBy',
    ],
  ],
  ['Secret.', ['.type']],
  ['ResourceQuota.', ['.spec.scopes']],
  ['RoleBinding.rbac.authorization.k8s.io', ['.roleRef']],
  ['ClusterRoleBinding.rbac.authorization.k8s.io', ['.roleRef']],
  ['StorageClass.storage.k8s.io', ['.provisioner', '.parameters', '.reclaimPolicy', '.volumeBindingMode']],
  ['VolumeAttributesClass.storage.k8s.io', ['.driverName', '.parameters']],
  ['PriorityClass.scheduling.k8s.io', ['.value', '.preemptionPolicy']],
  ['IngressClass.networking.k8s.io', ['.spec.controller']],
  ['RuntimeClass.node.k8s.io', ['.handler']],
  ['EndpointSlice.discovery.k8s.io', ['.addressType']],
  [
    'CustomResourceDefinition.apiextensions.k8s.io',
    ['.spec.group', '.spec.scope', '.spec.names.plural', '.spec.names.kind'],
  ],
]);

/** Kinds of whose `spec` only these fields change. */
const CHANGEABLE: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'StatefulSet.apps',
    [
      '.spec.replicas',
      '.spec.ordinals',
      '.spec.template',
      '.spec.updateStrategy',
      '.spec.revisionHistoryLimit',
      '.spec.persistentVolumeClaimRetentionPolicy',
      '.spec.minReadySeconds',
    ],
  ],
  ['PersistentVolumeClaim.', ['.spec.resources', '.spec.volumeAttributesClassName']],
  [
    'PersistentVolume.',
    [
      '.spec.capacity',
      '.spec.accessModes',
      '.spec.claimRef',
      '.spec.persistentVolumeReclaimPolicy',
      '.spec.storageClassName',
      '.spec.mountOptions',
      '.spec.nodeAffinity',
      '.spec.volumeAttributesClassName',
    ],
  ],
]);

/** Of a Pod; of its containers, the images. */
const CHANGEABLE_IN_POD = [
  '.spec.activeDeadlineSeconds',
  '.spec.terminationGracePeriodSeconds',
  '.spec.tolerations',
  '.spec.schedulingGates',
];
const IMAGE = /^\.spec\.(?:initContainers|containers)\[(?:name="[^"]*"|\d+)\]\.image$/;

/** What an API server makes of a fixed field that is not said: to say it, or not any more, changes nothing. */
const DEFAULTS: ReadonlyMap<string, Readonly<Record<string, JsonValue>>> = new Map([
  ['Secret.', { '.type': 'Opaque' }],
  ['Job.batch', { '.spec.completionMode': 'NonIndexed' }],
  ['StatefulSet.apps', { '.spec.podManagementPolicy': 'OrderedReady' }],
  ['PersistentVolumeClaim.', { '.spec.volumeMode': 'Filesystem' }],
  ['PersistentVolume.', { '.spec.volumeMode': 'Filesystem' }],
  ['StorageClass.storage.k8s.io', { '.reclaimPolicy': 'Delete', '.volumeBindingMode': 'Immediate' }],
  ['PriorityClass.scheduling.k8s.io', { '.preemptionPolicy': 'PreemptLowerPriority' }],
]);

/** What `immutable: true` fixes, itself too. */
const FROZEN = ['.data', '.binaryData', '.stringData', '.immutable'];

/** A cluster assigns these: they are kept where they are not said, and refused where another value is. */
const ASSIGNED = ['.spec.clusterIP', '.spec.clusterIPs'];

/**
 * The immutable field that a change is in, as it is named to people; `undefined` where it may change.
 *
 * @param manifest of the object before the change, where it is known.
 */
export function immutableField(change: FieldChange, id: ObjectId, manifest: JsonObject = {}): string | undefined {
  const { path, type } = change;
  const kind = `${id.kind}.${id.group}`;
  if (isDefault(change, kind, manifest)) return undefined;
  const below = (field: string): boolean => isBelow(path, field);
  if (kind === 'Service.') return type === 'removed' ? undefined : ASSIGNED.find(below);
  if (kind === 'Pod.') return isFixedInPod(path) ? path : undefined;
  if (manifest.immutable === true && (kind === 'ConfigMap.' || kind === 'Secret.')) {
    const frozen = FROZEN.find(below);
    if (frozen !== undefined) return frozen;
  }
  const changeable = CHANGEABLE.get(kind);
  if (changeable !== undefined && below('.spec') && !changeable.some(below)) return topField(path);
  return FIXED.get(kind)?.find(below);
}

function isFixedInPod(path: string): boolean {
  return isBelow(path, '.spec') && !IMAGE.test(path) && !CHANGEABLE_IN_POD.some((field) => isBelow(path, field));
}

function isDefault({ type, path, before, after }: FieldChange, kind: string, manifest: JsonObject): boolean {
  if (type !== 'added' && type !== 'removed') return false;
  const value = type === 'added' ? after : before;
  // Completions have a default where nothing is said of parallelism, and an object that exists has that.
  if (kind === 'Job.batch' && path === '.spec.completions') {
    return type === 'added' && value === 1 && (!isJsonObject(manifest.spec) || manifest.spec.parallelism === undefined);
  }
  return value !== undefined && DEFAULTS.get(kind)?.[path] === value;
}

function isBelow(path: string, field: string): boolean {
  if (!path.startsWith(field)) return false;
  const next = path.charAt(field.length);
  return next === '' || next === '.' || next === '[';
}

/** `.spec.volumeClaimTemplates` of `.spec.volumeClaimTemplates[0].spec`. */
function topField(path: string): string {
  return /^\.spec(?:\.[\w-]+|\["(?:[^"\\]|\\.)*"\])?/.exec(path)?.[0] ?? path;
}
