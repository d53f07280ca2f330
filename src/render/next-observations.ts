import {
  type FederatedObject,
  federatedObjectName,
  isSuspended,
  type Model,
  type ReplicaSchedulingPreference,
  supportsPreference,
} from '../api/index.ts';
import { objectIdKey } from '../core/index.ts';
import { demandOf } from './demand.ts';
import { currentReplicas, isReady, workloadKey } from './observations.ts';
import { landsIn } from './placement.ts';
import { isPlannedNumberKept } from './running-replicas.ts';
import { preferencesByTarget } from './scheduling.ts';
import type { SeenCluster, SeenWorkload } from './seen.ts';
import type { ClusterObservation, Observations, Rendering, WorkloadObservation } from './types.ts';
import { isSameObservation, observationOf } from './workload-observation.ts';

/** Since when a workload is waited for in a cluster, and the number it was to get there: by `workloadKey`, then by cluster. */
export type Waiting = ReadonlyMap<string, ReadonlyMap<string, { readonly sinceMs: number; readonly planned: bigint }>>;

export interface ObservationInput {
  /** What the plan in force was made from. */
  readonly published: Observations;
  /** By cluster; one without an entry stays as it was published. */
  readonly seen: ReadonlyMap<string, SeenCluster>;
  /** Of `model` with `published`. */
  readonly rendering: Pick<Rendering, 'clusters' | 'replicas'>;
  readonly model: Model;
  /** What the call before returned; empty at the start. */
  readonly waiting: Waiting;
  readonly nowMs: number;
  readonly settings: {
    /** For so long others wait for a cluster in which a workload does not get to what is planned (`observation.progressDeadline`). */
    readonly progressDeadlineMs: number;
  };
  /** Whether the observer is not to be trusted (`judgeReadiness`): then nothing is new. */
  readonly isSuspect?: boolean;
  /** Nothing was ever published: what runs already is where planning begins, whatever is planned. */
  readonly isFirstLook?: boolean;
}

export interface NextObservations {
  /** The same reference as `published` where nothing is new; clusters and workloads that did not change keep theirs. */
  readonly observations: Observations;
  readonly waiting: Waiting;
  /** When to ask again if nothing else happens. */
  readonly recheckInMs?: number;
}

/**
 * What the planner is to read from now on. Pure.
 *
 * A plan made from it is to be a fixed point: while pods start in whatever order, no replica moves. So a workload is published for all its
 * clusters together, and only when it is settled in each of them with what is planned there. Clusters where that number is not ours to set
 * are taken as they are; one that does not get there in time is waited for no longer, and then only a limit that was found elsewhere is news.
 * A cluster that is not ready keeps what was published of it.
 */
export function nextObservations(input: ObservationInput): NextObservations {
  const { published, model, waiting, isSuspect = false } = input;
  if (isSuspect || model.holds.length > 0) return { observations: published, waiting };
  return new Observing(input).next();
}

type WaitedFor = Waiting extends ReadonlyMap<string, ReadonlyMap<string, infer W>> ? W : never;

/** What becomes of a workload in one cluster; `undefined`: nothing is published of it. */
type News = ReadonlyMap<string, WorkloadObservation | undefined>;

class Observing {
  readonly #input: ObservationInput;
  readonly #ready: ReadonlyMap<string, boolean>;
  /** Clusters that were not ready, or that nothing was known of: they begin with what runs there. */
  readonly #returned: ReadonlySet<string>;
  readonly #held: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #waiting = new Map<string, ReadonlyMap<string, WaitedFor>>();
  #recheckInMs = Number.POSITIVE_INFINITY;

  constructor(input: ObservationInput) {
    const { model, seen, published, rendering, isFirstLook = false } = input;
    const names = model.clusters.map(({ name }) => name);
    this.#input = input;
    this.#ready = new Map(names.map((name) => [name, seen.get(name)?.ready ?? isReady(published, name)]));
    this.#returned = new Set(
      names.filter((name) => this.#ready.get(name) === true && (isFirstLook || !isReady(published, name))),
    );
    this.#held = new Map(
      rendering.clusters
        .filter(({ held }) => held.length > 0)
        .map(({ cluster, held }) => [cluster, new Set(held.map(objectIdKey))]),
    );
  }

  next(): NextObservations {
    const news = new Map<string, News>();
    for (const [key, { object, preference }] of activeWorkloads(this.#input.model)) {
      news.set(key, this.#newsOf(key, object, preference));
    }
    const { published } = this.#input;
    const observations = applyNews(published, this.#ready, news, heldKeys(this.#input.model));
    return {
      observations,
      waiting: this.#waiting,
      ...(Number.isFinite(this.#recheckInMs) ? { recheckInMs: this.#recheckInMs } : {}),
    };
  }

  #newsOf(key: string, object: FederatedObject, preference: ReplicaSchedulingPreference): News {
    const { published, rendering, model, seen } = this.#input;
    const planned = rendering.replicas.get(federatedObjectName(object));
    const demand = demandOf(object, preference);
    const news = new Map<string, WorkloadObservation | undefined>();
    const before = (cluster: string) => published.clusters.get(cluster)?.workloads.get(key);
    const fresh = (cluster: string, workload: SeenWorkload) => observationOf(before(cluster), workload, demand);
    if (this.#input.isFirstLook === true && !this.#isSettledEverywhere(key, object, planned)) return news;
    for (const cluster of this.#returned) {
      const workloads = seen.get(cluster)?.workloads;
      const workload = workloads?.get(key);
      if (workloads !== undefined && workload === undefined) news.set(cluster, undefined);
      if (workload?.isSettled === true) news.set(cluster, fresh(cluster, workload));
    }
    if (planned === undefined) return news;
    for (const [cluster, { workloads }] of published.clusters) {
      const isElsewhere = this.#ready.get(cluster) === true && !planned.has(cluster) && !this.#returned.has(cluster);
      if (workloads.has(key) && isElsewhere) news.set(cluster, undefined);
    }
    const arrived = new Map<string, WorkloadObservation | undefined>();
    const waited = new Map<string, WaitedFor>();
    let isWaiting = false;
    let isLate = false;
    for (const [cluster, number] of planned) {
      if (this.#ready.get(cluster) !== true || this.#returned.has(cluster)) continue;
      if (!landsIn(object, cluster, model)) {
        news.set(cluster, undefined);
        continue;
      }
      const all = seen.get(cluster)?.workloads;
      const workload = all?.get(key);
      const isFixed = this.#isFixed(object, cluster);
      if (workload?.isSettled === true && (isFixed || workload.specReplicas === number)) {
        arrived.set(cluster, fresh(cluster, workload));
        continue;
      }
      if (isFixed) continue;
      const entry = this.#waitedFor(key, cluster, number);
      waited.set(cluster, entry);
      if (!this.#isLate(entry)) {
        isWaiting = true;
      } else if (workload?.isSettled === true || (all !== undefined && workload === undefined)) {
        arrived.set(cluster, workload === undefined ? undefined : fresh(cluster, workload));
      } else {
        isLate = true;
        if (workload !== undefined && isShort(workload, number)) arrived.set(cluster, fresh(cluster, workload));
      }
    }
    if (waited.size > 0) this.#waiting.set(key, waited);
    if (isWaiting) return news;
    for (const [cluster, observation] of arrived) {
      if (!isLate || hasOtherLimit(before(cluster), observation)) news.set(cluster, observation);
    }
    return news;
  }

  /** At the first look, what has just been applied still starts: part of what is to run is no beginning. */
  #isSettledEverywhere(
    key: string,
    object: FederatedObject,
    planned: ReadonlyMap<string, bigint> | undefined,
  ): boolean {
    return [...this.#returned].every((cluster) => {
      const workloads = this.#input.seen.get(cluster)?.workloads;
      const isWanted = planned?.has(cluster) === true && !this.#isFixed(object, cluster);
      return workloads !== undefined && (workloads.get(key)?.isSettled ?? !isWanted);
    });
  }

  /** Whether the number of replicas there is not what the planner says, whatever it says. */
  #isFixed(object: FederatedObject, cluster: string): boolean {
    const { suspend } = this.#input.model.configuration;
    return (
      suspend.clusters.includes(cluster) ||
      isSuspended(object.target, suspend) ||
      this.#held.get(cluster)?.has(objectIdKey(object.target)) === true ||
      !isPlannedNumberKept(object)
    );
  }

  #waitedFor(key: string, cluster: string, planned: bigint): WaitedFor {
    const { waiting, nowMs } = this.#input;
    const known = waiting.get(key)?.get(cluster);
    if (known === undefined || known.planned !== planned) return { sinceMs: nowMs, planned };
    return known.sinceMs > nowMs ? { sinceMs: nowMs, planned } : known;
  }

  #isLate({ sinceMs }: WaitedFor): boolean {
    const { nowMs, settings } = this.#input;
    const left = sinceMs + settings.progressDeadlineMs - nowMs;
    if (left > 0) this.#recheckInMs = Math.min(this.#recheckInMs, left);
    return left <= 0;
  }
}

/** Whether pods find no node there, however many others are still starting. In a rollout there are more pods than are asked for. */
function isShort({ specReplicas, runningAndReadyPods, unschedulablePods }: SeenWorkload, planned: bigint): boolean {
  return specReplicas === planned && unschedulablePods > 0n && runningAndReadyPods + unschedulablePods <= specReplicas;
}

function hasOtherLimit(before: WorkloadObservation | undefined, after: WorkloadObservation | undefined): boolean {
  const limit = (observation: WorkloadObservation | undefined) =>
    observation === undefined ? undefined : currentReplicas(observation, () => observation.demand ?? '').capacity;
  return limit(before) !== limit(after);
}

interface ActiveWorkload {
  readonly object: FederatedObject;
  readonly preference: ReplicaSchedulingPreference;
}

/** The workloads that preferences in force are for, by `workloadKey`. */
export function activeWorkloads(model: Model): ReadonlyMap<string, ActiveWorkload> {
  const preferences = preferencesByTarget(model);
  return new Map(
    model.objects.flatMap((object): [string, ActiveWorkload][] => {
      const preference = preferences.get(federatedObjectName(object));
      if (preference === undefined || !supportsPreference(object, model.configuration)) return [];
      const { kind, namespace, name } = object.target;
      return [[workloadKey(kind, namespace, name), { object, preference }]];
    }),
  );
}

/** Workloads whose object or preference is in error: they keep what they have, and so do their observations. */
function heldKeys({ heldTargets }: Model): ReadonlySet<string> {
  return new Set(heldTargets.map(({ target: { kind, namespace, name } }) => workloadKey(kind, namespace, name)));
}

/** The observations with what is new; what is the same for the planner stays as it is, by reference. */
function applyNews(
  published: Observations,
  ready: ReadonlyMap<string, boolean>,
  news: ReadonlyMap<string, News>,
  held: ReadonlySet<string>,
): Observations {
  const clusters = new Map<string, ClusterObservation>();
  for (const [name, isReadyNow] of ready) {
    const before = published.clusters.get(name);
    const workloads = workloadsOf(name, before?.workloads ?? NO_WORKLOADS, news, held);
    if (before !== undefined && before.ready === isReadyNow && workloads === before.workloads) {
      clusters.set(name, before);
    } else if (before !== undefined || !isReadyNow || workloads.size > 0) {
      clusters.set(name, { ready: isReadyNow, workloads });
    }
  }
  const isSame =
    clusters.size === published.clusters.size &&
    [...clusters].every(([name, cluster]) => published.clusters.get(name) === cluster);
  return isSame ? published : { clusters };
}

const NO_WORKLOADS: ClusterObservation['workloads'] = new Map();

function workloadsOf(
  cluster: string,
  before: ClusterObservation['workloads'],
  news: ReadonlyMap<string, News>,
  held: ReadonlySet<string>,
): ClusterObservation['workloads'] {
  const changes: [string, WorkloadObservation | undefined][] = [];
  for (const key of before.keys()) if (!news.has(key) && !held.has(key)) changes.push([key, undefined]);
  for (const [key, ofWorkload] of news) {
    if (!ofWorkload.has(cluster)) continue;
    const observation = ofWorkload.get(cluster);
    if (!isSameObservation(before.get(key), observation)) changes.push([key, observation]);
  }
  if (changes.length === 0) return before;
  const after = new Map(before);
  for (const [key, observation] of changes) {
    if (observation === undefined) after.delete(key);
    else after.set(key, observation);
  }
  return after;
}
