import {
  type FederatedObject,
  federatedObjectName,
  type Model,
  type ReplicaSchedulingPreference,
} from '../api/index.ts';
import { compareText } from '../core/index.ts';
import type { ObservationEffect, OtherReplicas } from './explain-types.ts';
import { isReady, workloadKey } from './observations.ts';
import { Placing } from './placing.ts';
import type { Schedulers, SchedulingInput } from './scheduler.ts';
import { preferencesByTarget } from './scheduling.ts';
import type { ClusterObservation, Observations, WorkloadObservation } from './types.ts';

interface Planning {
  readonly model: Model;
  readonly object: FederatedObject;
  readonly observations: Observations;
  readonly schedulers: Schedulers;
}

/**
 * Which observations had a say in the replicas of an object, and what would be planned had each of them been otherwise, the others being as
 * they are. Pure. Sorted by cluster; empty where the object has no preference.
 */
export function explainObservations({
  model,
  object,
  observations,
  schedulers,
}: Planning): readonly ObservationEffect[] {
  const preference = preferencesByTarget(model).get(federatedObjectName(object));
  if (preference === undefined) return [];
  // Of thousands of others none has a say, and they would be gone through each time.
  const planning = { model: { ...model, preferences: [preference] }, object, observations, schedulers };
  const { replicas: now, input } = planned(planning, observations);
  return model.clusters
    .map(({ name }) => name)
    .toSorted(compareText)
    .flatMap((cluster) => {
      const found = whatIfOtherwise(planning, preference, input, cluster);
      if (found === undefined) return [];
      const { effect, otherwise } = found;
      const then = planned(planning, withCluster(observations, cluster, otherwise));
      const without = differences(now, then.replicas);
      // That something runs where it would be planned anyway is no news.
      return effect.type === 'Running' && without.length === 0 ? [] : [{ ...effect, without }];
    });
}

type Fact = Omit<ObservationEffect, 'without'>;

/** What was observed of a cluster that the planner may have minded, and what it is if that had not been. */
function whatIfOtherwise(
  { object: { target }, observations }: Planning,
  { rebalance }: ReplicaSchedulingPreference,
  input: SchedulingInput | undefined,
  cluster: string,
): { readonly effect: Fact; readonly otherwise: ClusterObservation } | undefined {
  const observation = observations.clusters.get(cluster);
  if (observation === undefined) return undefined;
  if (!isReady(observations, cluster)) {
    return { effect: { cluster, type: 'NotReady' }, otherwise: { ...observation, ready: true } };
  }
  const key = workloadKey(target.kind, target.namespace, target.name);
  const observed = observation.workloads.get(key);
  if (observed === undefined) return undefined;
  // As the planner was told: a capacity that was found for another demand does not count.
  const [current = 0n, capacity] = [input?.current.get(cluster), input?.capacity.get(cluster)];
  if (capacity !== undefined) {
    const effect: Fact = { cluster, type: 'Capacity', observed, current, capacity };
    return { effect, otherwise: withWorkload(observation, key, withRoom(observed)) };
  }
  if (rebalance || current <= 0n) return undefined;
  const effect: Fact = { cluster, type: 'Running', observed, current };
  return { effect, otherwise: withWorkload(observation, key, undefined) };
}

/** Had there been room for all that was asked for, and were there room for more. */
function withRoom({ specReplicas }: WorkloadObservation): WorkloadObservation {
  return { specReplicas, readyReplicas: specReplicas, runningAndReadyPods: specReplicas, unschedulablePods: 0n };
}

type Numbers = ReadonlyMap<string, bigint> | undefined;

interface Planned {
  readonly replicas?: ReadonlyMap<string, bigint>;
  readonly input?: SchedulingInput;
}

function planned({ model, object, schedulers }: Planning, observations: Observations): Planned {
  return new Placing(model, observations, schedulers, undefined).decide(object).scheduled ?? {};
}

/** Clusters that would get another number, sorted. */
function differences(now: Numbers, then: Numbers): readonly OtherReplicas[] {
  const names = new Set([...(now?.keys() ?? []), ...(then?.keys() ?? [])]);
  return [...names].sort(compareText).flatMap((cluster): OtherReplicas[] => {
    const [replicas, otherwise] = [now?.get(cluster), then?.get(cluster)];
    // A cluster that takes no part gets as little as one that is given none.
    if ((replicas ?? 0n) === (otherwise ?? 0n)) return [];
    return [{ cluster, replicas: replicas ?? 0n, otherwise: otherwise ?? 0n }];
  });
}

function withCluster({ clusters }: Observations, name: string, observation: ClusterObservation): Observations {
  return { clusters: new Map(clusters).set(name, observation) };
}

function withWorkload(
  observation: ClusterObservation,
  key: string,
  workload: WorkloadObservation | undefined,
): ClusterObservation {
  const workloads = new Map(observation.workloads);
  if (workload === undefined) workloads.delete(key);
  else workloads.set(key, workload);
  return { ...observation, workloads };
}
