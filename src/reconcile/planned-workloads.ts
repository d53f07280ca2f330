import { federatedObjectName, type Model, supportsPreference } from '../api/index.ts';
import { workloadKey } from '../render/index.ts';
import { preferencesByTarget } from '../render/scheduling.ts';

/** A workload whose replicas a preference plans. */
export interface PlannedWorkload {
  /** `workloadKey`. */
  readonly key: string;
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
}

/** The workloads whose replicas preferences plan: of these it is observed what runs in the members. */
export function plannedWorkloads(model: Model): readonly PlannedWorkload[] {
  const preferences = preferencesByTarget(model);
  return model.objects.flatMap((object): readonly PlannedWorkload[] => {
    if (!preferences.has(federatedObjectName(object)) || !supportsPreference(object, model.configuration)) return [];
    const { group, kind, namespace, name } = object.target;
    return [
      { key: workloadKey(kind, namespace, name), group, kind, plural: object.type.target.plural, namespace, name },
    ];
  });
}
