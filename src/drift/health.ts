import type { JsonObject, ObjectId } from '../core/index.ts';
import { daemonSetHealth, deploymentHealth, replicaSetHealth, statefulSetHealth } from './health-of-workloads.ts';
import {
  at,
  conditionOf,
  conditionsOf,
  count,
  current,
  failed,
  HEALTH_STATUSES,
  type HealthStatus,
  inProgress,
  mappings,
  type ObjectHealth,
  podCounts,
  terminating,
  text,
  unknownHealth,
} from './health-status.ts';

export { HEALTH_STATUSES, type HealthStatus, type ObjectHealth };

type Rule = (object: JsonObject) => ObjectHealth;

/** By group and kind. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['/ConfigMap', () => current('It is always ready.')],
  ['/Secret', () => current('It is always ready.')],
  ['/Service', serviceHealth],
  ['/Pod', podHealth],
  ['/PersistentVolumeClaim', claimHealth],
  ['apps/Deployment', deploymentHealth],
  ['extensions/Deployment', deploymentHealth],
  ['apps/StatefulSet', statefulSetHealth],
  ['apps/DaemonSet', daemonSetHealth],
  ['extensions/DaemonSet', daemonSetHealth],
  ['apps/ReplicaSet', replicaSetHealth],
  ['extensions/ReplicaSet', replicaSetHealth],
  ['batch/Job', jobHealth],
  ['batch/CronJob', () => current('It is always ready.')],
  ['policy/PodDisruptionBudget', () => current('The allowed disruptions are computed.')],
  ['apiextensions.k8s.io/CustomResourceDefinition', definitionHealth],
]);

const NOT_FOUND: ObjectHealth = { status: 'NotFound', message: 'It does not exist.', summary: 'It does not exist.' };

/** Built-in kinds of which the status says nothing that counts here, if they have one. */
const TOLD_BY_METADATA: ReadonlySet<string> = new Set([
  '/ConfigMap',
  '/Secret',
  '/Namespace',
  '/ServiceAccount',
  '/LimitRange',
  '/ResourceQuota',
  '/Endpoints',
  '/PodTemplate',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'batch/CronJob',
  'coordination.k8s.io/Lease',
  'discovery.k8s.io/EndpointSlice',
  'networking.k8s.io/Ingress',
  'networking.k8s.io/IngressClass',
  'node.k8s.io/RuntimeClass',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/StorageClass',
]);

/** Whether the metadata of an object of this kind is enough for {@link healthOf}. */
export function isHealthInMetadata({ group, kind }: Pick<ObjectId, 'group' | 'kind'>): boolean {
  return TOLD_BY_METADATA.has(`${group}/${kind}`);
}

/**
 * The health of an object as `kstatus` computes it, which is also what Flux and `kpt live` show: deletion first, then whether its
 * controller has seen the latest generation, then the conditions `Reconciling` and `Stalled`, then the rule of its kind, and for other
 * kinds the condition `Ready`. What says nothing of itself is current. Pure, total.
 *
 * Differs in one point: a Pod that cannot be scheduled has failed at once, and not 15 seconds after it was made, because that takes a clock.
 *
 * @param object as the server returned it, with its status; `undefined` is not found.
 * @see https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function healthOf(object: JsonObject | undefined): ObjectHealth {
  if (object === undefined) return NOT_FOUND;
  const generic = deletionHealth(object) ?? generationHealth(object) ?? standardConditionHealth(object);
  if (generic !== undefined) return generic;
  const rule = RULES.get(`${groupOf(object)}/${text(object.kind)}`);
  return rule === undefined ? readyConditionHealth(object) : rule(object);
}

function groupOf({ apiVersion }: JsonObject): string {
  const [group = '', version] = text(apiVersion).split('/');
  return version === undefined ? '' : group;
}

function deletionHealth(object: JsonObject): ObjectHealth | undefined {
  if (text(at(object, 'metadata', 'deletionTimestamp')) === '') return undefined;
  return terminating('It is being deleted.');
}

/** @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties */
function generationHealth(object: JsonObject): ObjectHealth | undefined {
  const generation = count(at(object, 'metadata', 'generation'));
  const observed = count(at(object, 'status', 'observedGeneration'));
  if (generation === undefined || observed === undefined || generation === observed) return undefined;
  return inProgress('Its controller has not seen the latest change yet.');
}

function standardConditionHealth(object: JsonObject): ObjectHealth | undefined {
  for (const condition of conditionsOf(object)) {
    if (condition.status !== 'True') continue;
    if (condition.type === 'Reconciling') return inProgress('Its condition Reconciling is true.');
    if (condition.type === 'Stalled') return failed('Its condition Stalled is true.');
  }
  return undefined;
}

function readyConditionHealth(object: JsonObject): ObjectHealth {
  switch (conditionOf(object, 'Ready')?.status) {
    case undefined:
      return current('It exists, and has no condition that says more.');
    case 'True':
      return current('Its condition Ready is true.');
    case 'False':
      return inProgress('Its condition Ready is false.');
    default:
      return inProgress('Its condition Ready is unknown.');
  }
}

/** @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
function podHealth(object: JsonObject): ObjectHealth {
  switch (at(object, 'status', 'phase') ?? '') {
    case '':
      return inProgress('It has no phase yet.');
    case 'Succeeded':
      return current('It has completed.');
    // A Pod that ran to its end will not change any more.
    case 'Failed':
      return current('It has completed with a failure.');
    case 'Running':
      return runningPodHealth(object);
    case 'Pending': {
      const scheduled = conditionOf(object, 'PodScheduled');
      const isUnschedulable = scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
      return isUnschedulable ? failed('It cannot be scheduled.') : inProgress('It is pending.');
    }
    default:
      return unknownHealth('Its phase is not one that gitfed knows.');
  }
}

function runningPodHealth(object: JsonObject): ObjectHealth {
  if (conditionOf(object, 'Ready')?.status === 'True') return current('It is ready.');
  const looping = mappings(at(object, 'status', 'containerStatuses')).filter((container) => {
    return at(container, 'state', 'waiting', 'reason') === 'CrashLoopBackOff';
  });
  if (looping.length > 0)
    return failed(`Containers that crash again and again: ${looping.length}.`, 'A container crashes again and again.');
  return inProgress('It runs, and is not ready.');
}

/** Running counts as current: a Job may take days by intention. */
function jobHealth(object: JsonObject): ObjectHealth {
  const wanted = count(at(object, 'spec', 'completions')) ?? count(at(object, 'spec', 'parallelism')) ?? 1;
  const { succeeded, active, failed: failures } = podCounts(object);
  for (const { type, status } of conditionsOf(object)) {
    if (status !== 'True') continue;
    if (type === 'Complete')
      return current(`It has completed. Pods succeeded: ${succeeded}/${wanted}.`, 'It has completed.');
    if (type === 'Failed')
      return failed(`It has failed. Pods failed: ${failures}, wanted: ${wanted}.`, 'It has failed.');
    if (type === 'Suspended') return current('It is suspended.');
  }
  if (text(at(object, 'status', 'startTime')) === '') return inProgress('It has not started yet.');
  return current(`It runs. Pods succeeded: ${succeeded}, active: ${active}, failed: ${failures}.`, 'It runs.');
}

function claimHealth(object: JsonObject): ObjectHealth {
  if (at(object, 'status', 'phase') === 'Bound') return current('It is bound.');
  return inProgress('It is not bound to a volume.');
}

function serviceHealth(object: JsonObject): ObjectHealth {
  const isBalancer = at(object, 'spec', 'type') === 'LoadBalancer';
  if (isBalancer && text(at(object, 'spec', 'clusterIP')) === '') return inProgress('It has no cluster IP yet.');
  return current('It is ready.');
}

function definitionHealth(object: JsonObject): ObjectHealth {
  for (const { type, status, reason } of conditionsOf(object)) {
    if (type === 'NamesAccepted' && status === 'False') return failed('Its names are not accepted.');
    if (type !== 'Established') continue;
    if (status === 'True') return current('It is established.');
    if (status === 'False' && reason !== 'Installing') return failed('It is not established.');
  }
  return inProgress('It is being installed.');
}
