import type { WorkloadObservation } from './types.ts';

/** What one look at a workload in a member found: what the planner reads, and whether there is more to come. */
export interface SeenWorkload extends WorkloadObservation {
  /**
   * Every pod that was asked for runs or has been unschedulable for long enough: nothing more is to be waited for. Whether the number asked
   * for is the planned one is not said here.
   */
  readonly isSettled: boolean;
  /** After so many milliseconds a pod begins to count as unschedulable, if nothing else happens: look again then. */
  readonly recheckInMs?: number;
}

/** Whether the planner would do the same with both; when to look again is left out of it. */
export function isSameWorkload(a: SeenWorkload, b: SeenWorkload): boolean {
  return (
    a.isSettled === b.isSettled &&
    a.specReplicas === b.specReplicas &&
    a.readyReplicas === b.readyReplicas &&
    a.runningAndReadyPods === b.runningAndReadyPods &&
    a.unschedulablePods === b.unschedulablePods
  );
}

/** What is seen of one member now. Plain values: with several machines, others may have seen it. */
export interface SeenCluster {
  /** Whether it takes part in planning: after the delays, and as the guard of fail-over lets it (`judgeReadiness`). */
  readonly ready: boolean;
  /**
   * By `workloadKey`; a workload without an entry is not there, or cannot be told. The same reference stands for the same content: a look
   * that changed one workload keeps the others. Absent while nothing is known of the member yet (its first lists are not read).
   */
  readonly workloads?: ReadonlyMap<string, SeenWorkload>;
}
