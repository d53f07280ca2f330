import type { Finding, JsonObject, JsonValue, ObjectId, SourceRef } from '../core/index.ts';

/**
 * The typed form of a repository: what the renderer reads.
 *
 * Built by `buildModel`, never edited. All lists have a total order that does not depend on file names:
 * clusters and namespaces by name, objects by {@link compareObjectIds} of `id`.
 */
export interface Model {
  readonly configuration: Configuration;
  readonly kubeFedConfig: KubeFedConfig;
  /** Of the KubeFedConfig, else of the KubeFedClusters, else `kube-federation-system`. */
  readonly systemNamespace: string;
  /** What FederatedTypeConfigs without an error enable and disable, sorted by name; built-in kinds without one are not here. */
  readonly types: readonly FederatedType[];
  /** Registered clusters without an error, sorted by name. */
  readonly clusters: readonly KubeFedCluster[];
  /** Every federated object whose identity is known and unique, FederatedNamespaces included, sorted by `id`. */
  readonly objects: readonly FederatedObject[];
  /** FederatedNamespaces named like their namespace, by namespace; `default` and `kube-system` too: they count for placement. */
  readonly namespaces: ReadonlyMap<string, FederatedObject>;
  /** Sorted by namespace, then name; at most one for each. Without the feature gate SchedulerPreferences none is in force. */
  readonly preferences: readonly ReplicaSchedulingPreference[];
  /** Sorted with `compareFindings`. */
  readonly findings: readonly Finding[];
  /**
   * Why nothing may be deleted, and no planned replica moved, in a pass over this model (design §4). Empty: the snapshot was read
   * completely and without an error that could hide an object.
   */
  readonly holds: readonly Hold[];
  /**
   * Targets that must keep their last applied state in every cluster because their federated object is in error or
   * there twice. They are neither rendered nor pruned.
   */
  readonly heldTargets: readonly HeldTarget[];
  /** Secrets of the repository that the configuration lets be used as they are; never printed. Absent: none. */
  readonly credentials?: readonly CredentialSecret[];
}

/** A `v1` Secret in the repository: a credential for a cluster whose `secretName` it has. */
export interface CredentialSecret {
  /** `''` where the file has none: the system namespace. */
  readonly namespace: string;
  readonly name: string;
  /** With `data` (base64) or `stringData`, as in the file. */
  readonly object: JsonObject;
}

/** One reason why deletions are held back for a pass. */
export interface Hold {
  readonly file: string;
  readonly line: number;
  readonly code: Finding['code'];
}

export interface HeldTarget {
  /** The object in the member clusters. */
  readonly target: ObjectId;
  /** The federated object, as findings print it. */
  readonly object: string;
}

/** A value that was read, or the fact that a finding says why it could not be. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

export interface KubeFedCluster {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly apiEndpoint: string;
  /** Base64 of PEM, as in the file. */
  readonly caBundle?: string;
  readonly secretName: string;
  readonly disabledTLSValidations: readonly ('*' | 'SubjectName' | 'ValidityPeriod')[];
  readonly proxyURL?: string;
  /** The object as it stands in the file, for the status branch. */
  readonly object: JsonObject;
  readonly source: SourceRef;
}

export type Scope = 'Cluster' | 'Namespaced';

/** A pair of a federated kind and the kind that member clusters get. */
export interface FederatedType {
  /** `plural[.group]` of the target: the name KubeFed gives the FederatedTypeConfig. */
  readonly name: string;
  readonly target: ApiResource;
  readonly federated: ApiResource;
  /** `Disabled`: existing member objects stay as they are, nothing is written. */
  readonly propagation: 'Enabled' | 'Disabled';
  readonly statusCollection: boolean;
  /** `undefined` for a built-in kind without a FederatedTypeConfig. */
  readonly source?: SourceRef;
}

export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: Scope;
}

export interface FederatedObject {
  /** Of the federated object itself, e.g. `types.kubefed.io FederatedDeployment shop web`. */
  readonly id: ObjectId;
  /** Of the object in member clusters: same name; same namespace, `''` where the target is cluster-scoped. */
  readonly target: ObjectId;
  readonly type: FederatedType;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent template = `{}`; `ok: false` where it is null or not a mapping. */
  readonly template: Parsed<JsonObject>;
  readonly placement: Parsed<Placement>;
  /** `ok: false`: holds the object back in every cluster that is selected, as KubeFed's ApplyOverridesFailed does. */
  readonly overrides: Parsed<readonly ClusterOverride[]>;
  readonly retainReplicas: boolean;
  readonly source: SourceRef;
}

/** `clusters` beats `clusterSelector`; both `undefined` selects nothing; an empty selector selects every cluster. */
export interface Placement {
  /** `undefined`: absent or null. Names as written, duplicates and unregistered ones included; `{}` entries as `''`. */
  readonly clusters?: readonly string[];
  readonly clusterSelector?: LabelSelector;
  /**
   * The selector is not valid. An error only where it is used: never when `clusters` is set.
   * KubeFed does not even parse it then; a ReplicaSchedulingPreference that intersects uses it all the same.
   */
  readonly invalidSelector?: string;
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly LabelRequirement[];
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

export interface ClusterOverride {
  /** `''` where the file has none: counted for duplicates, never used. */
  readonly clusterName: string;
  readonly operations: readonly OverrideOperation[];
  /** Index in `spec.overrides`. */
  readonly index: number;
}

export interface OverrideOperation {
  /** `''` and absent are `replace`. */
  readonly op: string;
  readonly path: string;
  /** Absent = null, which writes null (it never deletes). */
  readonly value: JsonValue;
  /** Whether `value` was there and not null: `replace` of the whole document needs it. */
  readonly hasValue: boolean;
}

export interface ReplicaSchedulingPreference {
  readonly namespace: string;
  readonly name: string;
  /** Federated kind as written, e.g. `FederatedDeployment`. */
  readonly targetKind: string;
  /** int32, may be negative as in KubeFed. */
  readonly totalReplicas: number;
  readonly rebalance: boolean;
  readonly intersectWithClusterSelector: boolean;
  /** By cluster name; `*` is the default for clusters that are not listed. Empty: `{'*': {weight: 1}}`. */
  readonly clusters: ReadonlyMap<string, ClusterPreference>;
  readonly source: SourceRef;
}

/** int64 values. `maxReplicas: undefined` = unlimited, `0n` is a real limit. */
export interface ClusterPreference {
  readonly minReplicas: bigint;
  readonly maxReplicas?: bigint;
  readonly weight: bigint;
}

/** KubeFedConfig with KubeFed's defaults filled in. */
export interface KubeFedConfig {
  readonly scope: Scope;
  readonly adoptResources: boolean;
  readonly featureGates: Readonly<
    Record<'PushReconciler' | 'RawResourceStatusCollection' | 'SchedulerPreferences', boolean>
  >;
  readonly availableDelaySeconds: number;
  readonly unavailableDelaySeconds: number;
  readonly clusterHealthCheck: {
    readonly periodSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
    readonly successThreshold: number;
  };
}

/** `gitfed.yaml`, every option with its default filled in. The file's own shape is in `schemas/configuration.json`. */
export interface Configuration {
  /** Name of the inventory in member clusters; `undefined`: derived from the repository (design §7). */
  readonly inventory?: string;
  /** What becomes of annotations in templates. Default `Apply`; `Drop` is KubeFed's behaviour. */
  readonly templateAnnotations: 'Apply' | 'Drop';
  readonly suspend: {
    readonly all: boolean;
    readonly clusters: readonly string[];
    readonly kinds: readonly string[];
    readonly namespaces: readonly string[];
  };
  readonly prune: {
    /** Default `{count: 10, percent: 30}`: a pass that deletes more than both is blocked. */
    readonly maxDeletions: CountAndPercent;
  };
  readonly gates: GateSettings;
  readonly status: {
    readonly branch?: string;
    readonly repository?: string;
    readonly mode: 'push' | 'local' | 'off';
    readonly minIntervalSeconds: number;
  };
  readonly scheduling: {
    /** Preferences for any federated kind with `spec.replicas`, not KubeFed's two alone. Default true. */
    readonly anyReplicasKind: boolean;
    /** Name of the registered scheduler. Default `kubefed`. */
    readonly scheduler: string;
  };
  readonly observation: {
    /** For how long no node has been found for a pod before it counts. Default 60. */
    readonly unschedulableAfterSeconds: number;
    /** For how long a workload that does not get to its planned number in one cluster keeps the others waiting. Default 600. */
    readonly progressDeadlineSeconds: number;
  };
  readonly failover: {
    /** More of the ready clusters than that, and at least two, lost together move nothing. Default 30. */
    readonly maxUnreadyPercent: number;
  };
  readonly failback: {
    /** For how long a cluster that was lost has to be in order before it takes part again. Default 300. */
    readonly stabilizationSeconds: number;
  };
  readonly credentials: { readonly allowPlaintext: boolean };
  readonly limits: {
    /** Default 5 MiB. */
    readonly fileBytes: number;
    /** Nodes of a document after alias expansion; default 1,000,000. */
    readonly documentNodes: number;
    /** Default 200. */
    readonly depth: number;
    /** Default 200,000. */
    readonly files: number;
  };
  readonly fieldManagers: {
    /** Managers whose Update entries are taken over. Default `['controller-manager', 'kubectl-client-side-apply', …]`. */
    readonly takeOver: readonly string[];
    /** Tools with which people change objects by hand; `*` at the end of a name. Default `['kubectl*', 'before-first-apply']`. */
    readonly people: readonly string[];
  };
  readonly drift: {
    /** `Correct` puts back what differs, `Report` only tells. Default `Correct`. */
    readonly policy: 'Correct' | 'Report';
  };
  /** In the order of the file: reports name a rule by its position. */
  readonly ignoreDifferences: readonly IgnoreRule[];
  /** Objects in members that are neither applied nor deleted. */
  readonly keepLive: readonly KeepRule[];
}

/** Objects that the members keep as they are: an item of `keepLive`. What is absent matches everything. */
export interface KeepRule {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** A limit that more than both is over. */
export interface CountAndPercent {
  readonly count: number;
  readonly percent: number;
}

/** What a change of the repository may do without somebody's word for it, beside `prune.maxDeletions`. */
export interface GateSettings {
  /** Clusters in which anything changes. Absent: any number. */
  readonly maxClusters?: number;
  /** Replicas of workloads that are fewer in the whole fleet. Absent: any number. */
  readonly maxReplicasLost?: CountAndPercent;
  readonly protected: {
    /** Default `Changes`: whatever changes there; `Deletions`: what goes. */
    readonly from: 'Changes' | 'Deletions';
    /** As `suspend.kinds`: by kind, or kind.group. */
    readonly kinds: readonly string[];
    readonly namespaces: readonly string[];
    readonly clusters: readonly string[];
  };
}

/** Fields that a repository leaves to others: an item of `ignoreDifferences`. What is absent matches everything. */
export interface IgnoreRule {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly clusters?: readonly string[];
  /** RFC 6901, into the manifest. */
  readonly jsonPointers: readonly string[];
  /** Field managers to whom fields are left as soon as they have taken them; `*` at the end of a name. */
  readonly managers: readonly string[];
}
