import { BUILTIN_KINDS } from '../api/builtin-kinds.generated.ts';
import { builtinColumns } from './builtin-columns.ts';
import { builtinMergeSchema } from './merge-schema.ts';
import type { SandboxResource, ScalePaths } from './served-resource.ts';

const WITH_STATUS = words(`
  CertificateSigningRequest CronJob CustomResourceDefinition APIService DaemonSet Deployment FlowSchema HorizontalPodAutoscaler Ingress Job
  Namespace Node PersistentVolume PersistentVolumeClaim Pod PodDisruptionBudget PriorityLevelConfiguration ReplicaSet
  ReplicationController ResourceClaim ResourceQuota Service ServiceCIDR StatefulSet ValidatingAdmissionPolicy VolumeAttachment`);

const WITH_GENERATION = words(`
  APIService CronJob CustomResourceDefinition DaemonSet Deployment FlowSchema Ingress IngressClass Job MutatingWebhookConfiguration
  NetworkPolicy Pod PodDisruptionBudget PodTemplate PriorityClass PriorityLevelConfiguration ReplicaSet ReplicationController
  StatefulSet ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration`);

const IN_ALL = words(
  'CronJob DaemonSet Deployment HorizontalPodAutoscaler Job Pod ReplicaSet ReplicationController Service StatefulSet',
);

const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  CertificateSigningRequest: ['csr'],
  ConfigMap: ['cm'],
  CronJob: ['cj'],
  CustomResourceDefinition: ['crd', 'crds'],
  DaemonSet: ['ds'],
  Deployment: ['deploy'],
  Endpoints: ['ep'],
  Event: ['ev'],
  HorizontalPodAutoscaler: ['hpa'],
  Ingress: ['ing'],
  LimitRange: ['limits'],
  Namespace: ['ns'],
  NetworkPolicy: ['netpol'],
  Node: ['no'],
  PersistentVolume: ['pv'],
  PersistentVolumeClaim: ['pvc'],
  Pod: ['po'],
  PodDisruptionBudget: ['pdb'],
  PriorityClass: ['pc'],
  ReplicaSet: ['rs'],
  ReplicationController: ['rc'],
  ResourceQuota: ['quota'],
  Secret: [],
  Service: ['svc'],
  ServiceAccount: ['sa'],
  StatefulSet: ['sts'],
  StorageClass: ['sc'],
};

const SCALED = words('Deployment ReplicaSet ReplicationController StatefulSet');
const REPLICAS: ScalePaths = { spec: ['spec', 'replicas'], status: ['status', 'replicas'] };

/** Kinds of Kubernetes itself in the version that it prefers; those that are not yet generally available are not served. */
export function builtinResources(): readonly SandboxResource[] {
  return BUILTIN_KINDS.filter(([, version]) => /^v\d+$/.test(version)).map(([group, version, kind, plural, scope]) => {
    const columns = builtinColumns(group, kind);
    return {
      group,
      version,
      kind,
      listKind: `${kind}List`,
      plural,
      singular: kind.toLowerCase(),
      isNamespaced: scope === 'Namespaced',
      shortNames: SHORT_NAMES[kind] ?? [],
      categories: IN_ALL.has(kind) ? ['all'] : [],
      hasStatus: WITH_STATUS.has(kind),
      hasGeneration: WITH_GENERATION.has(kind),
      isCustom: false,
      mergeSchema: builtinMergeSchema(group, version, kind),
      ...(SCALED.has(kind) ? { scale: REPLICAS } : {}),
      ...(columns === undefined ? {} : { columns }),
    };
  });
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
