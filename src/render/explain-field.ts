import type { ClusterOverride } from '../api/index.ts';
import { type FieldStep, isJsonObject, type JsonValue, type NodePath, resolveFieldPath } from '../core/index.ts';
import type { ObjectTrace } from './explain.ts';
import {
  changesBelow,
  displacedOverride,
  type ManifestHistory,
  operationOrigin,
  originOf,
  statesOf,
} from './explain-origin.ts';
import { valueAt } from './explain-place.ts';
import type { FieldExplanation } from './explain-types.ts';
import { buildBase } from './manifest.ts';
import { operationsByCluster } from './overrides.ts';
import type { RenderedObject } from './types.ts';

/** A field in every cluster that has the object. */
export interface ClusterField {
  readonly cluster: string;
  readonly rendered: RenderedObject;
  readonly field: FieldExplanation;
  /** Absent where the field is. */
  readonly value?: JsonValue;
}

/** Says what set a field in each cluster that the object is rendered for, in the order of their names. Pure. */
export function explainField(trace: ObjectTrace, steps: readonly FieldStep[]): readonly ClusterField[] {
  return manifestHistories(trace).map((history): ClusterField => {
    const { cluster, rendered } = history;
    const { path, value } = resolveFieldPath(rendered.manifest, steps);
    if (value === undefined) return { cluster, rendered, field: explainAbsence(trace, history, steps, path) };
    return { cluster, rendered, value, field: explainValue(history, path) };
  });
}

/** How each manifest of an object came about. */
export function manifestHistories({ object, decision, rendering, model }: ObjectTrace): readonly ManifestHistory[] {
  if (decision.type === 'held' || !object.template.ok) return [];
  const { scheduled } = decision;
  const base = buildBase(object, object.template.value, model.configuration).manifest;
  const overrides: readonly ClusterOverride[] = scheduled.object.overrides.ok ? scheduled.object.overrides.value : [];
  const byCluster = operationsByCluster(overrides);
  return rendering.objects.map(({ cluster, rendered }): ManifestHistory => {
    const operations = byCluster.get(cluster) ?? [];
    const states = statesOf(base, operations);
    return { cluster, object, preference: scheduled.preference, operations, states, rendered };
  });
}

/** What set the value at a path that the manifest has. */
export function explainValue(history: ManifestHistory, path: NodePath): FieldExplanation {
  const { origin, replaced } = originOf(history, path);
  const value = valueAt(history.rendered.manifest, path);
  const isContainer = typeof value === 'object' && value !== null;
  // A preference takes the place of an override, which would have replaced what is in the template.
  const displaced = origin.type === 'Preference' ? displacedOverride(history) : undefined;
  const insteadOf =
    displaced ?? (replaced === undefined ? undefined : originOf(history, replaced.path, replaced.state).origin);
  return {
    path,
    present: true,
    origin,
    changedBelow: isContainer ? changesBelow(history, path) : [],
    ...(insteadOf === undefined ? {} : { insteadOf }),
  };
}

function explainAbsence(
  { object, model }: ObjectTrace,
  history: ManifestHistory,
  steps: readonly FieldStep[],
  path: NodePath,
): FieldExplanation {
  const absent = { path, present: false, changedBelow: [] };
  const last = history.states.findLastIndex((state) => resolveFieldPath(state, steps).value !== undefined);
  const operation = history.operations[last];
  if (last >= 0 && operation !== undefined && last < history.states.length - 1) {
    return { ...absent, removedBy: operationOrigin(history, operation, []) };
  }
  // It was there, and the label of gitfed drops labels that are not all text.
  if (last >= 0) return { ...absent, leftOut: 'Labels' };
  if (!object.template.ok || resolveFieldPath(object.template.value, steps).value === undefined) return absent;
  const base = buildBase(object, object.template.value, model.configuration);
  const [first, second] = steps;
  if (first !== 'metadata') return absent;
  if (base.droppedAnnotations && second === 'annotations') return { ...absent, leftOut: 'Annotations' };
  return base.droppedFinalizers && second === 'finalizers' ? { ...absent, leftOut: 'Finalizers' } : absent;
}

/** Every path of a value that leads to no further value: scalars, and containers that are empty. */
export function leafPaths(value: JsonValue, path: NodePath = []): readonly NodePath[] {
  const entries = Array.isArray(value)
    ? value.map((item, index) => [index, item as JsonValue] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  return entries.length === 0 ? [path] : entries.flatMap(([key, item]) => leafPaths(item, [...path, key]));
}
