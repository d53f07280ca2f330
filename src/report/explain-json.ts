import type { JsonObject, JsonValue } from '../core/index.ts';
import type { LineHistory } from '../git/index.ts';
import {
  type ClusterExplanation,
  type FieldOrigin,
  findingToJson,
  type ObservationEffect,
  type PlacementRule,
  type PlanExplanation,
  type WorkloadObservation,
} from '../render/index.ts';
import type { FieldGroup } from './explain-fields.ts';
import { type ExplainView, placeKey, shownClusters } from './explain-view.ts';

/** The document that `gitfed explain -o json` prints; `docs/explain.md` describes it. */
export function explanationToJson(view: ExplainView): JsonObject {
  const { explanation, field } = view;
  const { object, target, place, plan, overrides, findings } = explanation;
  return {
    object,
    ...optional({ target: target === undefined ? undefined : { ...target } }),
    ...place,
    clusters: shownClusters(view).map(clusterToJson),
    ...optional({ plan: plan === undefined ? undefined : planToJson(plan) }),
    overrides: overrides.map(({ cluster, op, pointer, place: at }) => ({ cluster, op, pointer, ...at })),
    ...(field === undefined
      ? {}
      : { field: { path: field.text, groups: field.groups.map((group) => groupToJson(group, view)) } }),
    findings: findings.map(findingToJson),
  };
}

function clusterToJson({ cluster, state, replicas, rules }: ClusterExplanation): JsonObject {
  return { cluster, state, ...optional({ replicas }), rules: rules.map(ruleToJson) };
}

function ruleToJson({ by, code, effect, text, place }: PlacementRule): JsonObject {
  return { by, code, effect, text, ...place };
}

function planToJson({ place, holds, clusters, steps, observations, ...plan }: PlanExplanation): JsonObject {
  return {
    ...plan,
    ...place,
    holds: holds.map((hold) => ({ ...hold })),
    clusters: clusters.map((cluster) => optional({ ...cluster })),
    steps: steps.map((step) => ({
      ...step,
      clusters: step.clusters.map(({ name, ...numbers }) => ({ cluster: name, ...numbers })),
    })),
    observations: observations.map(effectToJson),
  };
}

function effectToJson({ cluster, type, observed, current, capacity, without }: ObservationEffect): JsonObject {
  return {
    cluster,
    type,
    ...optional({ observed: observed === undefined ? undefined : numbersOf(observed), current, capacity }),
    without: without.map((other) => ({ ...other })),
  };
}

function numbersOf(observed: WorkloadObservation): JsonObject {
  const { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods } = observed;
  return { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods };
}

function groupToJson(group: FieldGroup, { history }: ExplainView): JsonObject {
  const { clusters, field, value, masked, applied } = group;
  const { path, present, origin, changedBelow, insteadOf, removedBy, leftOut } = field;
  const toJson = (item: FieldOrigin | undefined): JsonObject | undefined =>
    item === undefined ? undefined : originToJson(item, history);
  return {
    clusters: [...clusters],
    path: [...path],
    present,
    ...optional({ value }),
    masked,
    applied,
    ...optional({
      origin: toJson(origin),
      insteadOf: toJson(insteadOf),
      removedBy: toJson(removedBy),
      leftOut,
    }),
    changedBelow: changedBelow.map((item) => originToJson(item, history)),
  };
}

function originToJson(origin: FieldOrigin, histories: ExplainView['history']): JsonObject {
  if (origin.type === 'Gitfed') return { type: origin.type };
  const { place, ...rest } = origin;
  const history = place === undefined ? undefined : histories.get(placeKey(place));
  return { ...rest, ...place, ...optional({ history: history === undefined ? undefined : historyToJson(history) }) };
}

function historyToJson(history: LineHistory): JsonObject {
  return { ...history };
}

/** Without what is not there. */
function optional(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}
