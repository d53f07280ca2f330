import type { FederatedObject, Model } from '../api/index.ts';
import { placeOf } from './explain-place.ts';
import type { PlanExplanation, PlannedCluster } from './explain-types.ts';
import type { PlanStep } from './planner.ts';
import type { Scheduled } from './scheduling.ts';

/** How the preference of an object was worked out; `undefined` where it has none. */
export function explainPlan(
  model: Model,
  scheduled: Scheduled | undefined,
  steps: readonly PlanStep[],
): Omit<PlanExplanation, 'observations'> | undefined {
  const preference = scheduled?.preference ?? scheduled?.unused?.preference;
  if (scheduled === undefined || preference === undefined) return undefined;
  const { namespace, name, totalReplicas, rebalance, intersectWithClusterSelector, source } = preference;
  return {
    preference: `ReplicaSchedulingPreference/${namespace}/${name}`,
    place: placeOf(source, []),
    outcome: scheduled.unused?.reason ?? 'Planned',
    scheduler: model.configuration.scheduling.scheduler,
    totalReplicas: BigInt(totalReplicas),
    rebalance,
    intersectWithClusterSelector,
    holds: model.holds,
    clusters: scheduled.replicas === undefined ? [] : plannedClusters(scheduled, scheduled.replicas, steps),
    steps: scheduled.replicas === undefined ? [] : steps,
  };
}

function plannedClusters(
  { preference, input }: Scheduled,
  replicas: ReadonlyMap<string, bigint>,
  steps: readonly PlanStep[],
): readonly PlannedCluster[] {
  const last = new Map(steps.at(-1)?.clusters.map(({ name, planned }) => [name, planned]));
  const names = [...new Set([...last.keys(), ...replicas.keys()])].filter((name) => replicas.has(name));
  return names.map((cluster): PlannedCluster => {
    const entry = [cluster, '*'].find((key) => preference?.clusters.has(key));
    const { weight = 0n, minReplicas = 0n, maxReplicas } = preference?.clusters.get(entry ?? '') ?? {};
    const current = input?.current.get(cluster);
    const capacity = input?.capacity.get(cluster);
    const count = replicas.get(cluster) ?? 0n;
    return {
      cluster,
      weight,
      minReplicas,
      overflow: steps.length === 0 ? 0n : count - (last.get(cluster) ?? 0n),
      replicas: count,
      ...(entry === undefined ? {} : { entry }),
      ...(maxReplicas === undefined ? {} : { maxReplicas }),
      ...(current === undefined ? {} : { current }),
      ...(capacity === undefined ? {} : { capacity }),
    };
  });
}

/** Names in a placement that no registered cluster has, each once. */
export function unregisteredNames(model: Model, object: FederatedObject): readonly string[] {
  const registered = new Set(model.clusters.map(({ name }) => name));
  const names = object.placement.ok ? (object.placement.value.clusters ?? []) : [];
  return [...new Set(names)].filter((name) => name !== '' && !registered.has(name));
}
