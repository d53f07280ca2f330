import type { FederatedObject, OverrideOperation, ReplicaSchedulingPreference } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, type NodePath } from '../core/index.ts';
import { placeOf, valueAt } from './explain-place.ts';
import type { FieldOrigin } from './explain-types.ts';
import { applyPatch, operationTarget } from './json-patch.ts';
import { MANAGED_LABEL } from './manifest.ts';
import { REPLICAS_PATH } from './planned-object.ts';
import type { RenderedObject } from './types.ts';

/** One manifest, and what it was made from, step by step. */
export interface ManifestHistory {
  readonly cluster: string;
  /** As it is written. */
  readonly object: FederatedObject;
  readonly preference: ReplicaSchedulingPreference | undefined;
  /** Those of the cluster, with what a preference added. */
  readonly operations: readonly OverrideOperation[];
  /** The object before overrides, and after each of them. */
  readonly states: readonly JsonValue[];
  readonly rendered: RenderedObject;
}

/** Applies operations one after the other, as far as they fit. */
export function statesOf(base: JsonObject, operations: readonly OverrideOperation[]): readonly JsonValue[] {
  const states: JsonValue[] = [base];
  let state: JsonValue = base;
  for (const operation of operations) {
    const result = applyPatch(state, [operation]);
    if (!result.ok) break;
    state = result.value;
    states.push(state);
  }
  return states;
}

/** What set a value, and where the value that it replaced stood. */
export interface TracedOrigin {
  readonly origin: FieldOrigin;
  /** Where the replaced value stood in the state of this index; absent where it replaced none. */
  readonly replaced?: { readonly path: NodePath; readonly state: number };
  /** The operation of the history that set it, and the way from its value on; absent where none did. */
  readonly setBy?: { readonly operation: number; readonly below: NodePath };
  /** Where it stood before anything that did not set it: in the object made of the template, or after `setBy`. */
  readonly path: NodePath;
}

/** What set the value at a path of the manifest; with `state` of one of the states before it. */
export function originOf(history: ManifestHistory, path: NodePath, state?: number): TracedOrigin {
  if (state === undefined && isManagedLabel(history, path)) return { origin: { type: 'Gitfed' }, path };
  let traced = path;
  for (let index = (state ?? history.states.length - 1) - 1; index >= 0; index -= 1) {
    const operation = history.operations[index];
    if (operation === undefined) continue;
    const before = history.states[index] ?? null;
    const target = operationTarget(before, operation);
    const isRoot = operation.path === '';
    if (isRoot && typeof operation.value !== 'object') continue;
    if (isRoot || (operation.op !== 'remove' && startsWith(traced, target))) {
      const below = traced.slice(target.length);
      const origin = operationOrigin(history, operation, below);
      const set = { origin, path: traced, setBy: { operation: index, below } };
      const isInserted = operation.op === 'add' && typeof target.at(-1) === 'number';
      if (isInserted || valueAt(before, traced) === undefined) return set;
      return { ...set, replaced: { path: traced, state: index } };
    }
    traced = beforeListEdit(traced, target, operation.op);
  }
  return { origin: baseOrigin(history, traced), path: traced };
}

/** Overrides that changed something below a path, in their order. */
export function changesBelow(history: ManifestHistory, path: NodePath): readonly FieldOrigin[] {
  const found: FieldOrigin[] = [];
  let traced = path;
  for (let index = history.states.length - 2; index >= 0; index -= 1) {
    const operation = history.operations[index];
    if (operation === undefined || operation.path === '') break;
    const target = operationTarget(history.states[index] ?? null, operation);
    if (operation.op !== 'remove' && startsWith(traced, target)) break;
    if (startsWith(target, traced)) found.unshift(operationOrigin(history, operation, []));
    else traced = beforeListEdit(traced, target, operation.op);
  }
  return found;
}

/** The origin of an operation, at the value or at something in it. */
export function operationOrigin(history: ManifestHistory, operation: OverrideOperation, below: NodePath): FieldOrigin {
  const { object, cluster, preference } = history;
  const entry = (object.overrides.ok ? object.overrides.value : []).find(({ clusterName }) => clusterName === cluster);
  const at = entry?.operations.findIndex((written) => isWrittenAs(operation, written)) ?? -1;
  if (entry === undefined || at < 0) return preferenceOrigin(preference, object, cluster);
  const path = ['spec', 'overrides', entry.index, 'clusterOverrides', at];
  const place = placeOf(object.source, operation.op === 'remove' ? path : [...path, 'value', ...below]);
  return { type: 'Override', place, cluster, op: operation.op, pointer: operation.path };
}

/** A preference copies an override of the replicas for its number, which makes no difference to one that removes them. */
function isWrittenAs(operation: OverrideOperation, written: OverrideOperation): boolean {
  if (operation === written) return true;
  return operation.op === 'remove' && written.op === 'remove' && operation.path === written.path;
}

/** What planning put in place of an override, or added. */
function preferenceOrigin(
  preference: ReplicaSchedulingPreference | undefined,
  object: FederatedObject,
  cluster: string,
): FieldOrigin {
  if (preference === undefined) return { type: 'Template', place: placeOf(object.source, []) };
  const { namespace, name, clusters, source } = preference;
  const entry = [cluster, '*'].find((key) => clusters.has(key));
  const path = entry === undefined ? ['spec', 'totalReplicas'] : ['spec', 'clusters', entry];
  return { type: 'Preference', place: placeOf(source, path), preference: `${namespace}/${name}` };
}

/** An override of the replicas that a preference took the place of. */
export function displacedOverride({ object, cluster }: ManifestHistory): FieldOrigin | undefined {
  const entry = (object.overrides.ok ? object.overrides.value : []).find(({ clusterName }) => clusterName === cluster);
  const at = entry?.operations.findIndex(({ path }) => path === REPLICAS_PATH) ?? -1;
  const operation = entry?.operations[at];
  if (entry === undefined || operation === undefined) return undefined;
  const place = placeOf(object.source, ['spec', 'overrides', entry.index, 'clusterOverrides', at, 'value']);
  return { type: 'Override', place, cluster, op: operation.op, pointer: operation.path };
}

/** What set a value that no override did. */
function baseOrigin({ object, states }: ManifestHistory, path: NodePath): FieldOrigin {
  const template = object.template.ok ? object.template.value : {};
  const [first, second] = path;
  const inTemplate = (): FieldOrigin => ({
    type: 'Template',
    place: placeOf(object.source, ['spec', 'template', ...path]),
  });
  if (first === 'apiVersion' && path.length === 1) {
    if (typeof template.apiVersion === 'string' && template.apiVersion !== '') return inTemplate();
    const { source } = object.type;
    return {
      type: 'FederatedType',
      ...(source === undefined ? {} : { place: placeOf(source, ['spec', 'targetType', 'version']) }),
    };
  }
  if (first === 'kind' && path.length === 1) return ofObject(object, ['kind']);
  const isNamed = first === 'metadata' && isJsonObject(valueAt(states[0], ['metadata']));
  if (isNamed && second === 'name') return ofObject(object, ['metadata', 'name']);
  if (isNamed && second === 'namespace' && object.target.namespace !== '') {
    return ofObject(object, ['metadata', 'namespace']);
  }
  if (first === 'metadata' && path.length === 1 && !Object.hasOwn(template, 'metadata')) {
    return ofObject(object, ['metadata']);
  }
  return inTemplate();
}

function ofObject(object: FederatedObject, path: NodePath): FieldOrigin {
  return { type: 'FederatedObject', place: placeOf(object.source, path) };
}

/** The managed label, and labels that are there for its sake alone. */
function isManagedLabel({ states, rendered }: ManifestHistory, path: NodePath): boolean {
  const [first, second, key] = path;
  if (first !== 'metadata' || second !== 'labels') return false;
  if (path.length === 3) return key === MANAGED_LABEL;
  const labels = valueAt(rendered.manifest, ['metadata', 'labels']);
  const before = valueAt(states.at(-1), ['metadata', 'labels']);
  return (
    isJsonObject(labels) && (!isJsonObject(before) || Object.keys(before).some((name) => !Object.hasOwn(labels, name)))
  );
}

function startsWith(path: NodePath, prefix: NodePath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => path[index] === step);
}

/** Where a value stood before an operation that inserted or removed an item in front of it. */
function beforeListEdit(path: NodePath, target: NodePath, op: string): NodePath {
  const depth = target.length - 1;
  const edited = target[depth];
  const step = path[depth];
  if (typeof edited !== 'number' || typeof step !== 'number' || op === 'replace') return path;
  if (!startsWith(path, target.slice(0, -1))) return path;
  if (op === 'remove') return step >= edited ? path.with(depth, step + 1) : path;
  return step > edited ? path.with(depth, step - 1) : path;
}
