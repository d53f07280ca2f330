import {
  type FederatedObject,
  federatedObjectName,
  type KubeFedCluster,
  type Model,
  type ReplicaSchedulingPreference,
} from '../api/index.ts';
import { compareText, isSameList, Memo } from '../core/index.ts';
import { demandOf } from './demand.ts';
import type { Remark } from './finding.ts';
import { currentReplicas } from './observations.ts';
import type { ObservedWorkload } from './observed-workloads.ts';
import { isBoundByNamespace, type Selection, selectClusters, selectWithinNamespace } from './placement.ts';
import { withSchedule } from './planned-object.ts';
import type { PlanObserver } from './planner.ts';
import type { Scheduler, SchedulingInput } from './scheduler.ts';

/** A federated object as it is to be rendered. */
export interface Scheduled {
  readonly object: FederatedObject;
  /** What a preference scheduled, by cluster in order of their names; absent where none changed anything. */
  readonly replicas?: ReadonlyMap<string, bigint>;
  /** The preference behind `replicas`. */
  readonly preference?: ReplicaSchedulingPreference;
  /** What was planned from, where a plan was asked for. */
  readonly input?: SchedulingInput;
  /** A preference that changes nothing, and why. */
  readonly unused?: UnusedPreference;
  readonly remarks: readonly Remark[];
}

/** A preference of an object that is rendered as it is written all the same. */
export interface UnusedPreference {
  readonly preference: ReplicaSchedulingPreference;
  readonly reason: 'ObjectInError' | 'NoReadyCluster' | 'EmptyIntersection' | 'PreferenceFailed';
}

/** What a preference is planned from, or why it cannot be planned. */
export type Question =
  | { readonly ok: true; readonly input: SchedulingInput }
  | { readonly ok: false; readonly preference: ReplicaSchedulingPreference; readonly reason: string };

/**
 * What is to be planned for an object. Pure: nothing else of the repository counts.
 *
 * @param ready the clusters that take part, sorted by name.
 * @param namespace its FederatedNamespace.
 * @param observed what was observed of it.
 */
export function questionFor(
  object: FederatedObject,
  preference: ReplicaSchedulingPreference,
  ready: readonly KubeFedCluster[],
  namespace: FederatedObject | undefined,
  observed: ObservedWorkload,
): Question {
  const candidates = selectCandidates(object, preference, ready, namespace);
  if (!candidates.ok) return { ok: false, preference, reason: candidates.reason };
  return { ok: true, input: schedulingInput(object, preference, candidates.clusters, observed) };
}

/** Whether two questions have the same answer. */
export function isSameQuestion(a: Question, b: Question): boolean {
  if (!a.ok || !b.ok) return !a.ok && !b.ok && a.preference === b.preference && a.reason === b.reason;
  return (
    a.input.preference === b.input.preference &&
    isSameList(a.input.clusters, b.input.clusters) &&
    isSameMap(a.input.current, b.input.current) &&
    isSameMap(a.input.capacity, b.input.capacity)
  );
}

/**
 * The object as KubeFed would write it into the API server: with what its preference schedules. Pure.
 *
 * @param observe is told the steps of planning.
 */
export function answer(
  question: Question,
  object: FederatedObject,
  scheduler: Scheduler | undefined,
  schedulerName: string,
  observe?: PlanObserver,
): Scheduled {
  if (!question.ok) return unplanned(object, question.preference, question.reason);
  const { input } = question;
  const { preference } = input;
  // As KubeFed: an empty intersection leaves everything as it is.
  if (input.clusters.length === 0) return unscheduled(object, preference, 'EmptyIntersection');
  if (scheduler === undefined) {
    const reason = `there is no scheduler named ${JSON.stringify(schedulerName)}: correct scheduling.scheduler in gitfed.yaml`;
    return unplanned(object, preference, reason);
  }
  const schedule = scheduler.schedule(observe === undefined ? input : { ...input, observe });
  if (!schedule.ok) return { ...unplanned(object, preference, schedule.reason), input };
  const replicas = inOrder(schedule.replicas);
  const overrides = object.overrides.ok ? object.overrides.value : [];
  const planned = withSchedule(object, overrides, replicas);
  return { object: planned, replicas, preference, input, remarks: lost(preference, replicas) };
}

/** By cluster, in order of their names, as planners mostly leave it. */
function inOrder(replicas: ReadonlyMap<string, bigint>): ReadonlyMap<string, bigint> {
  let last = '';
  for (const cluster of replicas.keys()) {
    if (compareText(last, cluster) > 0) return new Map([...replicas].sort(([a], [b]) => compareText(a, b)));
    last = cluster;
  }
  return replicas;
}

/** The object as it is written. @param preference one that changes nothing, and why. */
export function unscheduled(
  object: FederatedObject,
  preference?: ReplicaSchedulingPreference,
  reason?: UnusedPreference['reason'],
): Scheduled {
  const unused = preference === undefined || reason === undefined ? {} : { unused: { preference, reason } };
  return { object, ...unused, remarks: [] };
}

function unplanned(object: FederatedObject, preference: ReplicaSchedulingPreference, reason: string): Scheduled {
  return { ...unscheduled(object, preference, 'PreferenceFailed'), remarks: [failed(preference, reason)] };
}

/** The preferences that are in force, by the name of the federated object that each is for. */
export function preferencesByTarget({
  kubeFedConfig,
  preferences,
}: Pick<Model, 'kubeFedConfig' | 'preferences'>): ReadonlyMap<string, ReplicaSchedulingPreference> {
  const active = kubeFedConfig.featureGates.SchedulerPreferences ? preferences : [];
  return new Map(
    active.map((preference) => {
      const { targetKind, namespace, name } = preference;
      return [federatedObjectName({ id: { group: '', kind: targetKind, namespace, name } }), preference];
    }),
  );
}

/** Ready clusters; with `intersectWithClusterSelector` those that the selectors of object and namespace both select. */
function selectCandidates(
  object: FederatedObject,
  { intersectWithClusterSelector }: ReplicaSchedulingPreference,
  ready: readonly KubeFedCluster[],
  namespace: FederatedObject | undefined,
): Selection {
  if (!intersectWithClusterSelector) return { ok: true, clusters: namesOf.get(ready) };
  const own = selectBySelector(object, ready);
  if (!isBoundByNamespace(object)) return own;
  if (namespace === undefined) {
    const reason = `it intersects with the clusters of namespace ${object.id.namespace}, which is not federated`;
    return { ok: false, reason };
  }
  return selectWithinNamespace(own, selectBySelector(namespace, ready));
}

/** One list for all preferences: there may be thousands. */
const namesOf = new Memo((clusters: readonly KubeFedCluster[]): readonly string[] => clusters.map(({ name }) => name));

function selectBySelector(object: FederatedObject, ready: readonly KubeFedCluster[]): Selection {
  const name = federatedObjectName(object);
  if (!object.placement.ok) return { ok: false, reason: `the placement of ${name} is in error` };
  const selection = selectClusters(object.placement.value, ready, { selectorOnly: true });
  return selection.ok ? selection : { ok: false, reason: `${name}: ${selection.reason}` };
}

function schedulingInput(
  object: FederatedObject,
  preference: ReplicaSchedulingPreference,
  clusters: readonly string[],
  observed: ObservedWorkload,
): SchedulingInput {
  const current = new Map<string, bigint>();
  const capacity = new Map<string, bigint>();
  const demand = (): string => demandOf(object, preference);
  for (const cluster of clusters) {
    const workload = observed.get(cluster);
    if (workload === undefined) continue;
    const counted = currentReplicas(workload, demand);
    current.set(cluster, counted.current);
    if (counted.capacity !== undefined) capacity.set(cluster, counted.capacity);
  }
  return { preference, clusters, current, capacity };
}

function isSameMap(a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

/** Replicas that were planned for clusters in which the object does not land, because its namespace does not. */
export function unplaced({ preference, replicas }: Scheduled, placed: readonly string[]): readonly Remark[] {
  if (preference === undefined || replicas === undefined) return [];
  const landing = new Set(placed);
  const missing: [string, bigint][] = [];
  for (const [cluster, count] of replicas) if (count > 0n && !landing.has(cluster)) missing.push([cluster, count]);
  if (missing.length === 0) return [];
  const count = missing.reduce((sum, [, number]) => sum + number, 0n);
  const names = missing.map(([cluster, number]) => `${cluster} (${number})`).join(', ');
  const text = `${replicasText(count)} planned where namespace ${preference.namespace} is not placed and go nowhere: ${names}. Place the namespace there too, or use intersectWithClusterSelector.`;
  return [remark(preference, 'ReplicasUnplaced', ['spec', 'clusters'], text)];
}

function lost(preference: ReplicaSchedulingPreference, replicas: ReadonlyMap<string, bigint>): readonly Remark[] {
  let missing = BigInt(preference.totalReplicas);
  for (const count of replicas.values()) missing -= count;
  if (missing <= 0n || preference.totalReplicas <= 0) return [];
  const text = `${replicasText(missing)} planned nowhere, of ${preference.totalReplicas} in all: no ready cluster takes more. Raise a maxReplicas, give another cluster a weight, or lower totalReplicas.`;
  return [remark(preference, 'ReplicasLost', ['spec', 'totalReplicas'], text)];
}

function replicasText(count: bigint): string {
  return count === 1n ? '1 replica is' : `${count} replicas are`;
}

function failed(preference: ReplicaSchedulingPreference, reason: string): Remark {
  const text = `the preference cannot be worked out: ${reason}. Its target is rendered as it is written.`;
  const path = preference.intersectWithClusterSelector ? ['spec', 'intersectWithClusterSelector'] : ['spec'];
  return remark(preference, 'PreferenceFailed', path, text);
}

function remark(
  { namespace, name, source }: ReplicaSchedulingPreference,
  code: Remark['code'],
  path: Remark['path'],
  text: string,
): Remark {
  return { code, source, path, text, object: `ReplicaSchedulingPreference/${namespace}/${name}` };
}
