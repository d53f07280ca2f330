import { federatedObjectName, type Model } from '../api/index.ts';
import { NOTHING_OBSERVED, workloadKey } from './observations.ts';
import { Placing } from './placing.ts';
import { registerSchedulers, type Schedulers } from './scheduler.ts';
import { preferencesByTarget } from './scheduling.ts';
import type { Observations, WorkloadObservation } from './types.ts';

/**
 * What would be observed of a fleet in which every cluster is ready and what preferences plan runs: planned from it, the numbers stay as
 * they are. Without it a preference that lets running replicas stay would seem to move them between clusters that nothing happens to.
 */
export function observationsAsPlanned(model: Model, schedulers: Schedulers = registerSchedulers()): Observations {
  const placing = new Placing(model, NOTHING_OBSERVED, schedulers, undefined);
  const preferences = preferencesByTarget(model);
  const running = new Map<string, Map<string, WorkloadObservation>>();
  for (const object of model.objects) {
    if (!preferences.has(federatedObjectName(object))) continue;
    const { kind, namespace, name } = object.target;
    const key = workloadKey(kind, namespace, name);
    for (const [cluster, count] of placing.decide(object).scheduled?.replicas ?? []) {
      const workloads = running.get(cluster) ?? new Map<string, WorkloadObservation>();
      running.set(cluster, workloads);
      workloads.set(key, {
        specReplicas: count,
        readyReplicas: count,
        runningAndReadyPods: count,
        unschedulablePods: 0n,
      });
    }
  }
  return { clusters: new Map([...running].map(([cluster, workloads]) => [cluster, { ready: true, workloads }])) };
}
