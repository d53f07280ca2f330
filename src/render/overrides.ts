import {
  type ClusterOverride,
  type FederatedObject,
  federatedObjectName,
  type OverrideOperation,
  type ReplicaSchedulingPreference,
} from '../api/index.ts';
import { type JsonObject, type JsonValue, stringifyJson } from '../core/index.ts';
import type { Remark } from './finding.ts';
import { applyPatch } from './json-patch.ts';
import { whyNotApplied } from './manifest.ts';

/** `failed` is the index of the operation that does not fit; absent where the result as a whole may not be applied. */
export type OverrideResult =
  | { readonly ok: true; readonly manifest: JsonObject }
  | { readonly ok: false; readonly reason: string; readonly failed?: number };

/**
 * Applies the operations of one cluster to the object built from the template, all or none. The result keeps name and namespace of the
 * federated object and has an apiVersion and a kind, or it is an error. Shares what the operations leave alone.
 */
export function applyOverrides(
  base: JsonObject,
  operations: readonly OverrideOperation[],
  object: FederatedObject,
): OverrideResult {
  const patched = applyPatch(base, operations);
  if (!patched.ok) return { ok: false, reason: patched.reason, failed: patched.index };
  const reason = whyNotApplied(patched.value, object, base);
  if (reason !== undefined) return { ok: false, reason: `the object then ${reason}` };
  return { ok: true, manifest: patched.value as JsonObject };
}

/** The operations of each cluster that has any. */
export function operationsByCluster(
  overrides: readonly ClusterOverride[],
): ReadonlyMap<string, readonly OverrideOperation[]> {
  const used = overrides.filter(({ operations }) => operations.length > 0);
  return new Map(used.map(({ clusterName, operations }) => [clusterName, operations]));
}

/** Equal for operations that make the same of an object. */
export function operationsKey(operations: readonly OverrideOperation[]): string {
  return operations
    .map(
      ({ op, path, value, hasValue }) => `${JSON.stringify(op)} ${JSON.stringify(path)} ${hasValue} ${valueKey(value)}`,
    )
    .join('\n');
}

function valueKey(value: JsonValue): string {
  if (typeof value === 'object') return stringifyJson(value);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Where overrides failed: in the file, or for what a preference added in the preference. */
export interface FailedOverride {
  /** As it is written, without what a preference added. */
  readonly object: FederatedObject;
  readonly cluster: string;
  readonly operations: readonly OverrideOperation[];
  readonly result: Extract<OverrideResult, { ok: false }>;
  readonly preference: ReplicaSchedulingPreference | undefined;
}

/** What to say of overrides that failed in one cluster. */
export function overrideFailed({ object, cluster, operations, result, preference }: FailedOverride): Remark {
  const written = object.overrides.ok ? object.overrides.value : [];
  const entry = written.find(({ clusterName }) => clusterName === cluster);
  const failed = result.failed === undefined ? undefined : operations[result.failed];
  // Paths are unique in an entry, and planning may have changed the value or removed others.
  const index = entry?.operations.findIndex(({ path }) => path === failed?.path) ?? -1;
  const about = { code: 'OverrideFailed', object: federatedObjectName(object), cluster } as const;
  const consequence = 'The object stays as it is there.';
  if (entry === undefined || (failed !== undefined && index === -1)) {
    const text = `the number of replicas planned for cluster ${cluster} cannot be set: ${result.reason}. ${consequence}`;
    return { ...about, source: preference?.source ?? object.source, path: ['spec'], text };
  }
  const where = `spec.overrides[${entry.index}]`;
  const path = ['spec', 'overrides', entry.index];
  if (failed === undefined) {
    const text = `${where} cannot be used in cluster ${cluster}: ${result.reason}. ${consequence}`;
    return { ...about, source: object.source, path, text };
  }
  const operation = `${where}.clusterOverrides[${index}]`;
  const text = `${operation} (${failed.op === '' ? 'replace' : failed.op}) does not fit the object in cluster ${cluster}: ${result.reason}. ${consequence}`;
  return { ...about, source: object.source, path: [...path, 'clusterOverrides', index], text };
}
