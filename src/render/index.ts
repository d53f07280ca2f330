/**
 * Placement, overrides, replica planning: a model and observations in, the manifests of every member cluster out.
 * Must not know where the model came from, what runs in a cluster beyond the observations, or how manifests are applied.
 * Returns a rendering: the same inputs give the same bytes, on any machine.
 */
export { WAVE_ANNOTATION, waveOf } from '../api/index.ts';
export { type ActiveWorkload, activeWorkloads } from './active-workloads.ts';
export { observationsAsPlanned } from './as-planned.ts';
export { type ExplainOptions, explainObject, type ObjectTrace, traceObject } from './explain.ts';
export { type ClusterField, explainField, explainValue, leafPaths, manifestHistories } from './explain-field.ts';
export { valueAt } from './explain-place.ts';
export { type FoundSubject, findSubject, type Subject, withAskedClusters } from './explain-subject.ts';
export type * from './explain-types.ts';
export type { WantedField } from './field-change.ts';
export {
  type ClusterReadiness,
  confirmUnready,
  judgeReadiness,
  type ReadinessSettings,
  type ReadinessState,
  type ReadinessVerdict,
  readinessAsPublished,
} from './fleet-readiness.ts';
export { isKeptObject, liveIdOf } from './kept-object.ts';
export {
  type NextObservations,
  NOTHING_WAITED_FOR,
  nextObservations,
  type ObservationInput,
  ObservationMemo,
  type Waiting,
} from './next-observations.ts';
export { formatObservation, readObservationFiles } from './observation-files.ts';
export {
  currentReplicas,
  isReady,
  NOTHING_OBSERVED,
  parseObservations,
  readObservations,
  workloadKey,
} from './observations.ts';
export { needsPods, type ObservedWorkload, type ObserveOptions, observeWorkload } from './observe-workload.ts';
export { applyRank, sortForApply } from './order.ts';
export { findingToJson, formatRendering, renderingToJson } from './output.ts';
export { outputFolder, outputPath, pathInCluster } from './output-path.ts';
export { unmetRequirement } from './placement.ts';
export {
  type Plan,
  type PlanInput,
  type PlanObserver,
  type PlanStep,
  type PlanStepCluster,
  planReplicas,
} from './planner.ts';
export { type RenderOptions, render } from './render.ts';
export { RenderMemo } from './render-memo.ts';
export {
  type PlannedReplicas,
  plannedTotal,
  planWorkloads,
  type WorkloadPlan,
} from './replica-plan.ts';
export {
  kubeFedScheduler,
  registerSchedulers,
  type Schedule,
  type Scheduler,
  type Schedulers,
  type SchedulingInput,
} from './scheduler.ts';
export { isSameWorkload, type SeenCluster, type SeenWorkload } from './seen.ts';
export { manifestJson, manifestYaml } from './serialize.ts';
export type * from './types.ts';
export { WhatIf, type WhatIfOptions } from './what-if.ts';
export type * from './what-if-types.ts';
export type { WaitedFor, Waits } from './workload-news.ts';
export {
  type ClusterFieldWanted,
  type UnwrittenField,
  type WriteBack,
  type WriteBackOptions,
  type WrittenField,
  writeBack,
} from './write-back.ts';
