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
  /** Clusters in which a known workload may be another by now: to ask all of them would be most of the work of planning a fleet again. */
  readonly #outdated = new Map<string, Set<string>>();

  get(observations: Observations, key: string): ObservedWorkload {
    this.#follow(observations);
    const known = this.#known.get(key);
    const outdated = this.#outdated.get(key);
    if (known !== undefined && outdated === undefined) return known;
    const found = new Map(known);
    for (const cluster of outdated ?? observations.clusters.keys()) {
      const workload = observations.clusters.get(cluster)?.workloads.get(key);
      if (workload === undefined) found.delete(cluster);
      else found.set(cluster, workload);
    }
    this.#known.set(key, found);
    this.#outdated.delete(key);
    return found;
  }

  #follow(observations: Observations): void {
    if (observations === this.#observations) return;
    for (const [cluster, keys] of changesByCluster(this.#observations, observations)) {
      for (const key of keys) {
        if (!this.#known.has(key)) continue;
        const outdated = this.#outdated.get(key);
        if (outdated === undefined) this.#outdated.set(key, new Set([cluster]));
        else outdated.add(cluster);
      }
    }
    this.#observations = observations;
  }
}

/** The workloads (`workloadKey`) of which two observations differ. What they share by reference is not looked at. */
export function changedWorkloads(before: Observations, after: Observations): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, keys] of changesByCluster(before, after)) for (const key of keys) found.add(key);
  return found;
}

function* changesByCluster(
  before: Observations,
  after: Observations,
): Generator<readonly [cluster: string, keys: ReadonlySet<string>]> {
  for (const name of new Set([...before.clusters.keys(), ...after.clusters.keys()])) {
    const keys = new Set<string>();
    const one = before.clusters.get(name)?.workloads ?? NO_WORKLOADS;
    SharedMap.addChangedKeys(one, after.clusters.get(name)?.workloads ?? NO_WORKLOADS, keys);
    if (keys.size > 0) yield [name, keys];
  }
}

const NO_WORKLOADS: ClusterObservation['workloads'] = SharedMap.of<WorkloadObservation>();
