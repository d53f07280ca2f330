import type { JsonObject, JsonValue } from '../core/index.ts';

/** Who writes a field, as `metadata.managedFields` records it. */
export interface FieldWriter {
  readonly manager: string;
  /** `status` for a write to that subresource; absent for the object itself. */
  readonly subresource?: string;
  /** Of the object as it was sent: `apps/v1`. */
  readonly apiVersion: string;
  /** RFC 3339, in seconds, UTC. */
  readonly time: string;
}

/**
 * How the values at one place of a kind are merged. What counts of it follows the form of a value: a place of free form can have any.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export interface MergeNode {
  /** Of a list: sorted names of the keys of its items, `[]` for a set of scalars, `undefined` for a list that is one value. */
  readonly listKeys: readonly string[] | undefined;
  /** Defaults of an item's keys, which are part of its identity: `protocol: TCP` of a port. */
  readonly keyDefaults: JsonObject;
  /** Whether a mapping here is one value. */
  readonly isAtomic: boolean;
  /** What stands here in an object that says nothing of it: `{}` or `null` of Kubernetes' own kinds, else `undefined`. */
  readonly zero: JsonValue | undefined;
  /** Whether `null` is a value here, and not the absence of one. */
  readonly isNullable: boolean;
  /** Whether an empty list or map here is none: so Go writes most fields of Kubernetes' own kinds. */
  readonly omitsEmpty: boolean;
  /** The items of a list. */
  readonly items: MergeNode;
  /** The value of one key of a mapping. */
  field(name: string): MergeNode;
  /** Whether the key is a field of the kind, and not an entry of a map such as labels: those are owned themselves. */
  declares(name: string): boolean;
  /** Names of fields that have a {@link zero}. */
  readonly zeroFields: readonly string[];
}

/** How the objects of a kind are merged. */
export interface MergeSchema {
  readonly root: MergeNode;
  /** Whether status is written by its subresource only. */
  readonly hasStatus: boolean;
}

export interface ApplyInput {
  /** Absent: it is created. */
  readonly live: JsonObject | undefined;
  /** What was sent; its `managedFields` are none. */
  readonly applied: JsonObject;
  readonly writer: FieldWriter;
  readonly force: boolean;
  readonly schema: MergeSchema;
}

export type ApplyOutcome =
  /** With its managedFields; equal to `live` where nothing changed, times included. */
  | { readonly ok: true; readonly object: JsonObject }
  | {
      readonly ok: false;
      readonly conflicts: readonly ApplyConflict[];
      /** Instead of conflicts: why the manifest cannot be merged at all, such as two items of the same key. */
      readonly invalid?: string;
    };

/** A field that somebody else has, with another value. */
export interface ApplyConflict {
  readonly manager: string;
  /** As the API server writes it: `.spec.template.spec.containers[name="web"].image`. */
  readonly field: string;
  /** As the API server writes it: `conflict with "kubectl" using apps/v1`. */
  readonly message: string;
}

export interface UpdateInput {
  readonly before: JsonObject | undefined;
  /** As it will be stored, with the managedFields that the request sent or left. */
  readonly after: JsonObject;
  readonly writer: FieldWriter;
  readonly schema: MergeSchema;
}

/** What the workload controller sees of a cluster. */
export interface WorkloadState {
  readonly deployments: readonly JsonObject[];
  readonly replicaSets: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  /** Pods that fit into the cluster. */
  readonly capacity: number;
  /** RFC 3339. */
  readonly now: string;
}

/** What the workload controller does next. Pods and ReplicaSets that are created have a name already. */
export type WorkloadChange =
  | { readonly type: 'create' | 'update' | 'updateStatus'; readonly object: JsonObject }
  | { readonly type: 'delete'; readonly object: JsonObject };
