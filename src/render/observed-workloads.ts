import { SharedMap } from '../core/index.ts';
import { NOTHING_OBSERVED } from './observations.ts';
import type { ClusterObservation, Observations, WorkloadObservation } from './types.ts';

/** What was observed of one workload, by cluster. */
export type ObservedWorkload = ReadonlyMap<string, WorkloadObservation>;

/**
 * Observations by workload, which is how plans are made. Where two observations say the same of a workload, it is the same reference, so
 * that what was planned from the one is not planned again for the other.
 */
export class ObservedWorkloads {
  #observations: Observations = NOTHING_OBSERVED;
  readonly #known = new Map<string, ObservedWorkload>();

  get(observations: Observations, key: string): ObservedWorkload {
    this.#follow(observations);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = new Map<string, WorkloadObservation>();
    for (const [cluster, { workloads }] of observations.clusters) {
      const workload = workloads.get(key);
      if (workload !== undefined) found.set(cluster, workload);
    }
    this.#known.set(key, found);
    return found;
  }

  #follow(observations: Observations): void {
    if (observations === this.#observations) return;
    for (const key of changedWorkloads(this.#observations, observations)) this.#known.delete(key);
    this.#observations = observations;
  }
}

/** The workloads (`workloadKey`) of which two observations differ. What they share by reference is not looked at. */
export function changedWorkloads(before: Observations, after: Observations): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of new Set([...before.clusters.keys(), ...after.clusters.keys()])) {
    const one = before.clusters.get(name)?.workloads ?? NO_WORKLOADS;
    SharedMap.addChangedKeys(one, after.clusters.get(name)?.workloads ?? NO_WORKLOADS, found);
  }
  return found;
}

const NO_WORKLOADS: ClusterObservation['workloads'] = SharedMap.of<WorkloadObservation>();
