import type { Model } from '../api/index.ts';
import { NOTHING_OBSERVED, workloadKey } from './observations.ts';
import { Placing } from './render.ts';
import { replicasIn } from './running-replicas.ts';
import { registerSchedulers, type Schedulers } from './scheduler.ts';
import type { Observations, WorkloadObservation } from './types.ts';

/**
 * What would be observed of a fleet in which everything is ready and what preferences plan runs. Without it a preference that lets running
 * replicas stay would seem to move them between clusters that are not lost.
 */
export function observationsAsPlanned(model: Model, schedulers: Schedulers = registerSchedulers()): Observations {
  const placing = new Placing(model, NOTHING_OBSERVED, schedulers, undefined);
  const running = new Map<string, Map<string, WorkloadObservation>>();
  const wanted = new Set(model.preferences.map(({ namespace, name }) => `${namespace}\n${name}`));
  for (const object of model.objects) {
    if (!wanted.has(`${object.id.namespace}\n${object.id.name}`)) continue;
    for (const { cluster, rendered } of placing.place(object).objects) {
      const number = replicasIn(rendered, cluster, NOTHING_OBSERVED);
      if (rendered.scheduledReplicas === undefined || typeof number !== 'bigint') continue;
      const { kind, namespace, name } = rendered.id;
      const workloads = running.get(cluster) ?? new Map<string, WorkloadObservation>();
      running.set(cluster, workloads);
      workloads.set(workloadKey(kind, namespace, name), {
        specReplicas: number,
        readyReplicas: number,
        runningAndReadyPods: number,
        unschedulablePods: 0n,
      });
    }
  }
  return { clusters: new Map([...running].map(([cluster, workloads]) => [cluster, { ready: true, workloads }])) };
}
