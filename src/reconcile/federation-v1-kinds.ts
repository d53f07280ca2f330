import {
  AUTOSCALED_CLUSTERS,
  DEPLOYMENT_PREFERENCES,
  FIRST_CLUSTER,
  JOB_PREFERENCES,
  REPLICA_SET_PREFERENCES,
  SELECTOR,
  SERVICE_INGRESSES,
  STATIC_IP,
} from './federation-v1-annotations.ts';
import { convertAutoscaler } from './federation-v1-autoscalers.ts';
import type { V1Context } from './federation-v1-context.ts';
import { convertIngress } from './federation-v1-ingresses.ts';
import { convertJob } from './federation-v1-jobs.ts';
import { convertDaemonSet, convertNamespace, convertPlain, convertServiceAccount } from './federation-v1-plain.ts';
import { convertService } from './federation-v1-services.ts';
import type { V1File, V1Object } from './federation-v1-types.ts';
import { convertWorkload } from './federation-v1-workloads.ts';

/** A kind that is imported. */
export interface V1Kind {
  /** In the order in which an API server that has several is asked. */
  readonly versions: readonly { readonly group: string; readonly version: string }[];
  /** Annotations of Federation v1 that say something on it. */
  readonly annotations: readonly string[];
  readonly convert: (object: V1Object, context: V1Context) => V1File;
}

const CORE = [{ group: '', version: 'v1' }];
const APPS = [
  { group: 'extensions', version: 'v1beta1' },
  { group: 'apps', version: 'v1' },
  { group: 'apps', version: 'v1beta2' },
  { group: 'apps', version: 'v1beta1' },
];

/** By kind, in the order in which they are converted: a Deployment has its preference before a ReplicaSet of the same name. */
export const V1_KINDS: ReadonlyMap<string, V1Kind> = new Map<string, V1Kind>([
  ['Namespace', { versions: CORE, annotations: [SELECTOR], convert: convertNamespace }],
  ['ConfigMap', { versions: CORE, annotations: [SELECTOR], convert: convertPlain }],
  ['Secret', { versions: CORE, annotations: [SELECTOR], convert: convertPlain }],
  ['ServiceAccount', { versions: CORE, annotations: [SELECTOR], convert: convertServiceAccount }],
  ['Service', { versions: CORE, annotations: [SELECTOR, SERVICE_INGRESSES], convert: convertService }],
  ['DaemonSet', { versions: APPS, annotations: [SELECTOR], convert: convertDaemonSet }],
  [
    'Deployment',
    {
      versions: APPS,
      annotations: [SELECTOR, DEPLOYMENT_PREFERENCES, AUTOSCALED_CLUSTERS],
      convert: convertWorkload,
    },
  ],
  [
    'ReplicaSet',
    {
      versions: APPS,
      annotations: [SELECTOR, REPLICA_SET_PREFERENCES, AUTOSCALED_CLUSTERS],
      convert: convertWorkload,
    },
  ],
  [
    'HorizontalPodAutoscaler',
    {
      versions: [
        { group: 'autoscaling', version: 'v1' },
        { group: 'autoscaling', version: 'v2' },
      ],
      annotations: [SELECTOR],
      convert: convertAutoscaler,
    },
  ],
  [
    'Job',
    {
      versions: [{ group: 'batch', version: 'v1' }],
      annotations: [SELECTOR, JOB_PREFERENCES],
      convert: convertJob,
    },
  ],
  [
    'Ingress',
    {
      versions: [
        { group: 'extensions', version: 'v1beta1' },
        { group: 'networking.k8s.io', version: 'v1' },
        { group: 'networking.k8s.io', version: 'v1beta1' },
      ],
      annotations: [SELECTOR, FIRST_CLUSTER, STATIC_IP],
      convert: convertIngress,
    },
  ],
]);

/** The kind of an object, if it is one that is imported. */
export function kindOf({ group, version, kind }: Pick<V1Object, 'group' | 'version' | 'kind'>): V1Kind | undefined {
  const found = V1_KINDS.get(kind);
  return found?.versions.some((one) => one.group === group && one.version === version) === true ? found : undefined;
}

/** Whether an object is a Cluster of Federation v1. */
export function isV1Cluster({ group, kind }: Pick<V1Object, 'group' | 'kind'>): boolean {
  return group === 'federation' && kind === 'Cluster';
}
