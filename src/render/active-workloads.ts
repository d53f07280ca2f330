import {
  type FederatedObject,
  federatedObjectName,
  type Model,
  type ReplicaSchedulingPreference,
  supportsPreference,
} from '../api/index.ts';
import { Memo } from '../core/index.ts';
import { workloadKey } from './observations.ts';
import { preferencesByTarget } from './scheduling.ts';

/** A workload whose replicas a preference schedules. */
export interface ActiveWorkload {
  readonly object: FederatedObject;
  /** As `Rendering.replicas` names it. */
  readonly name: string;
  readonly preference: ReplicaSchedulingPreference;
}

/** The workloads that preferences in force are for, by `workloadKey`. Made once for each model. */
export function activeWorkloads(model: Model): ReadonlyMap<string, ActiveWorkload> {
  return activeOf.get(model);
}

/** Workloads whose object or preference is in error, by `workloadKey`: they keep what they have, and so do their observations. */
export function heldWorkloads(model: Model): ReadonlySet<string> {
  return heldOf.get(model);
}

const activeOf = new Memo((model: Model): ReadonlyMap<string, ActiveWorkload> => {
  const preferences = preferencesByTarget(model);
  return new Map(
    model.objects.flatMap((object): [string, ActiveWorkload][] => {
      const name = federatedObjectName(object);
      const preference = preferences.get(name);
      if (preference === undefined || !supportsPreference(object, model.configuration)) return [];
      return [[keyOf(object.target), { object, name, preference }]];
    }),
  );
});

const heldOf = new Memo(
  ({ heldTargets }: Model): ReadonlySet<string> => new Set(heldTargets.map(({ target }) => keyOf(target))),
);

function keyOf({ kind, namespace, name }: FederatedObject['target']): string {
  return workloadKey(kind, namespace, name);
}
