import type {
  ClusterOverride,
  Configuration,
  FederatedObject,
  FederatedType,
  KubeFedCluster,
  Model,
  OverrideOperation,
  Parsed,
  Placement,
  ReplicaSchedulingPreference,
} from '../../src/api/index.ts';
import { compareObjectIds, compareText, type JsonObject, type SourceRef } from '../../src/core/index.ts';

/** A source whose places are all 1:1. */
export const SOMEWHERE: SourceRef = {
  document: {
    file: 'all.yaml',
    value: null,
    locate: () => ({ line: 1, column: 1 }),
    scalar: () => undefined,
    key: () => undefined,
  },
  path: [],
};

export function clusterOf(name: string, labels: Readonly<Record<string, string>> = {}): KubeFedCluster {
  return {
    name,
    namespace: 'kube-federation-system',
    labels,
    annotations: {},
    apiEndpoint: `https://${name}.example`,
    secretName: name,
    disabledTLSValidations: [],
    object: {},
    source: SOMEWHERE,
  };
}

/** `apps/v1 Deployment` in a namespace, unless said otherwise. */
export function typeOf(kind: string, target: Partial<FederatedType['target']> = {}): FederatedType {
  const resource = {
    group: 'apps',
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    scope: 'Namespaced' as const,
  };
  return {
    name: `${resource.plural}.apps`,
    target: { ...resource, ...target },
    federated: { ...resource, group: 'types.kubefed.io', version: 'v1beta1', kind: `Federated${kind}` },
    propagation: 'Enabled',
    statusCollection: false,
  };
}

export interface ObjectParts {
  readonly type?: FederatedType;
  readonly name?: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly template?: JsonObject;
  readonly placement?: Placement;
  readonly overrides?: Parsed<readonly ClusterOverride[]>;
}

/** `FederatedDeployment/shop/web`, placed everywhere, unless said otherwise. */
export function federatedOf(parts: ObjectParts = {}): FederatedObject {
  const { type = typeOf('Deployment'), name = 'web', namespace = 'shop' } = parts;
  const isCluster = type.target.scope === 'Cluster';
  return {
    id: {
      group: 'types.kubefed.io',
      kind: type.federated.kind,
      namespace: type.federated.scope === 'Cluster' ? '' : namespace,
      name,
    },
    target: { group: type.target.group, kind: type.target.kind, namespace: isCluster ? '' : namespace, name },
    type,
    labels: {},
    annotations: parts.annotations ?? {},
    template: { ok: true, value: parts.template ?? {} },
    placement: { ok: true, value: parts.placement ?? { clusterSelector: { matchLabels: {}, matchExpressions: [] } } },
    overrides: parts.overrides ?? { ok: true, value: [] },
    retainReplicas: false,
    source: SOMEWHERE,
  };
}

export const NAMESPACE_TYPE: FederatedType = {
  ...typeOf('Namespace', { group: '', scope: 'Cluster' }),
  name: 'namespaces',
};

export function operationOf(op: string, path: string, value?: OverrideOperation['value']): OverrideOperation {
  return { op, path, value: value ?? null, hasValue: value !== undefined };
}

export function overridesOf(
  entries: Readonly<Record<string, readonly OverrideOperation[]>>,
): Parsed<readonly ClusterOverride[]> {
  const value = Object.entries(entries).map(([clusterName, operations], index) => ({ clusterName, operations, index }));
  return { ok: true, value };
}

export function preferenceOf(parts: Partial<ReplicaSchedulingPreference> = {}): ReplicaSchedulingPreference {
  return {
    namespace: 'shop',
    name: 'web',
    targetKind: 'FederatedDeployment',
    totalReplicas: 9,
    rebalance: false,
    intersectWithClusterSelector: false,
    clusters: new Map([['*', { minReplicas: 0n, weight: 1n }]]),
    source: SOMEWHERE,
    ...parts,
  };
}

export const CONFIGURATION: Configuration = {
  templateAnnotations: 'Apply',
  suspend: { all: false, clusters: [], kinds: [], namespaces: [] },
  prune: { maxDeletions: { count: 10, percent: 30 } },
  gates: { protected: { from: 'Changes', kinds: [], namespaces: [], clusters: [] } },
  status: { mode: 'push', minIntervalSeconds: 10 },
  scheduling: { anyReplicasKind: true, scheduler: 'kubefed' },
  observation: { unschedulableAfterSeconds: 60, progressDeadlineSeconds: 600 },
  failover: { maxUnreadyPercent: 30 },
  failback: { stabilizationSeconds: 300 },
  credentials: { allowPlaintext: false },
  limits: { fileBytes: 5_242_880, documentNodes: 1_000_000, depth: 200, files: 200_000 },
  fieldManagers: { takeOver: [], people: [] },
  drift: { policy: 'Correct' },
  ignoreDifferences: [],
  keepLive: [],
};

/** A model of these parts, sorted as `buildModel` does; namespace `shop` is federated everywhere. */
export function modelWith(parts: Partial<Model> = {}): Model {
  const namespaces = parts.namespaces ?? new Map([['shop', federatedOf({ type: NAMESPACE_TYPE, name: 'shop' })]]);
  return {
    configuration: CONFIGURATION,
    kubeFedConfig: {
      scope: 'Cluster',
      adoptResources: true,
      featureGates: { PushReconciler: true, RawResourceStatusCollection: false, SchedulerPreferences: true },
      availableDelaySeconds: 20,
      unavailableDelaySeconds: 60,
      clusterHealthCheck: { periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3, successThreshold: 1 },
    },
    systemNamespace: 'kube-federation-system',
    preferences: [],
    findings: [],
    holds: [],
    heldTargets: [],
    types: [],
    ...parts,
    namespaces,
    clusters: (parts.clusters ?? [clusterOf('a'), clusterOf('b')]).toSorted((a, b) => compareText(a.name, b.name)),
    objects: (parts.objects ?? []).toSorted((a, b) => compareObjectIds(a.id, b.id)),
  };
}
