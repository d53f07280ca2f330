import { currentReplicas, shownCapacity } from './observations.ts';
import type { SeenWorkload } from './seen.ts';
import type { WorkloadObservation } from './types.ts';

/**
 * What is published of a workload: what is seen of it, and what the cluster was found to hold before, unless more runs there now or
 * something else is asked for.
 *
 * Where the number that was planned fits exactly, no pod shows the limit any longer. Without a memory the planner would try for more again,
 * and take it back, for ever.
 */
export function observationOf(
  published: WorkloadObservation | undefined,
  { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods }: SeenWorkload,
  demand: string,
): WorkloadObservation {
  const counted = { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods };
  if (shownCapacity(counted) !== undefined) {
    return { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods, demand };
  }
  const capacity = published === undefined ? undefined : capacityFor(published, demand);
  if (capacity === undefined || currentReplicas(counted).current > capacity) return counted;
  return { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods, capacity, demand };
}

/** What is known to fit for a demand. Unlike the planner, this lets pods show a limit for the demand alone that they were made for. */
function capacityFor(published: WorkloadObservation, demand: string): bigint | undefined {
  if (published.demand !== undefined && published.demand !== demand) return undefined;
  return shownCapacity(published) ?? published.capacity;
}

/** Whether two observations say the same to the planner, now and after the next change of the demand. */
export function isSameObservation(a: WorkloadObservation | undefined, b: WorkloadObservation | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    currentReplicas(a).current === currentReplicas(b).current &&
    shownCapacity(a) === shownCapacity(b) &&
    a.capacity === b.capacity &&
    a.demand === b.demand
  );
}

/** Whether another capacity is known than before. */
export function hasOtherLimit(
  before: WorkloadObservation | undefined,
  after: WorkloadObservation | undefined,
): boolean {
  return limitOf(before) !== limitOf(after);
}

function limitOf(observation: WorkloadObservation | undefined): bigint | undefined {
  return observation === undefined ? undefined : (shownCapacity(observation) ?? observation.capacity);
}
