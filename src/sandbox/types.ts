import type { JsonObject } from '../core/index.ts';

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
 * How the lists and mappings of a kind are merged. By path of field names, `*` standing for the items of a list and for the values of a
 * mapping: `/spec/template/spec/containers`, the ports of a container below it.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export interface MergeSchema {
  /** Of a list at this path: its keys, `[]` for a set of scalars, `undefined` for a list that is one value. */
  listKeys(path: string): readonly string[] | undefined;
  /** Whether the mapping at this path is one value. */
  isAtomic(path: string): boolean;
  /** Defaults of an item's key, which are part of its identity: `protocol: TCP` of a port. */
  keyDefaults(path: string): JsonObject;
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
  | { readonly ok: false; readonly conflicts: readonly { readonly manager: string; readonly field: string }[] };

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
