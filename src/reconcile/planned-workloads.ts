import type { Model } from '../api/index.ts';
import { activeWorkloads } from '../render/index.ts';

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
  return [...activeWorkloads(model)].map(([key, { object }]) => {
    const { group, kind, namespace, name } = object.target;
    return { key, group, kind, plural: object.type.target.plural, namespace, name };
  });
}
