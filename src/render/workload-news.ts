import { isKeptLive, isSuspended, type Model } from '../api/index.ts';
import { objectIdKey } from '../core/index.ts';
import type { ActiveWorkload } from './active-workloads.ts';
import { demandOf } from './demand.ts';
import { landingIn } from './placement.ts';
import { isPlannedNumberKept } from './running-replicas.ts';
import type { SeenCluster, SeenWorkload } from './seen.ts';
import type { Observations, Rendering, WorkloadObservation } from './types.ts';
import { hasOtherLimit, isSameObservation, observationOf } from './workload-observation.ts';

/** What is to be published of a workload from now on, by cluster, where it is another; `undefined`: nothing of it any longer. */
export type News = readonly (readonly [cluster: string, observation: WorkloadObservation | undefined])[];

/** A cluster in which a workload has not got to what is planned. */
export interface WaitedFor {
  readonly sinceMs: number;
  readonly planned: bigint;
}

/** The clusters that a workload is waited for in. */
export interface Waits {
  readonly clusters: ReadonlyMap<string, WaitedFor>;
  /** When the next of them is waited for no longer; absent where all are late. */
  readonly dueMs?: number;
}

/** What counts for the news of every workload. */
export interface NewsContext {
  readonly model: Model;
  readonly published: Observations;
  readonly seen: ReadonlyMap<string, SeenCluster>;
  readonly replicas: Rendering['replicas'];
  /** Every registered cluster, as it is now. */
  readonly ready: ReadonlyMap<string, boolean>;
  /** Ready clusters that were not: they begin with what runs there. */
  readonly returned: ReadonlySet<string>;
  /** Keys of the objects (`objectIdKey`) that are in error in a cluster, by cluster. */
  readonly held: ReadonlyMap<string, ReadonlySet<string>>;
  readonly nowMs: number;
  readonly progressDeadlineMs: number;
}

/**
 * What is new of one workload. Pure: it looks at that workload alone.
 *
 * @param before since when it is waited for.
 */
export function newsOf(
  context: NewsContext,
  key: string,
  workload: ActiveWorkload,
  before: Waits | undefined,
): { readonly news: News; readonly waits?: Waits } {
  const planned = context.replicas.get(workload.name);
  const look = new Look(context, key, workload, before);
  look.returnedClusters();
  // Without a plan nothing is wrong with what was seen: no cluster is ready, or the preference cannot be worked out for now.
  if (planned !== undefined) look.plannedClusters(planned);
  return look.result();
}

class Look {
  readonly #context: NewsContext;
  readonly #key: string;
  readonly #workload: ActiveWorkload;
  readonly #before: Waits | undefined;
  readonly #demand: string;
  /** The number of replicas is not what the planner says in any cluster. */
  readonly #isFixedEverywhere: boolean;
  readonly #landing: ReadonlySet<string> | 'everywhere';
  readonly #news: [string, WorkloadObservation | undefined][] = [];
  readonly #waited = new Map<string, WaitedFor>();
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(context: NewsContext, key: string, workload: ActiveWorkload, before: Waits | undefined) {
    this.#context = context;
    this.#key = key;
    this.#workload = workload;
    this.#before = before;
    const { object, preference } = workload;
    const { suspend, keepLive } = context.model.configuration;
    this.#demand = demandOf(object, preference);
    this.#isFixedEverywhere =
      isSuspended(object.target, suspend) || isKeptLive(object.target, keepLive) || !isPlannedNumberKept(object);
    this.#landing = landingIn(object, context.model);
  }

  result(): { readonly news: News; readonly waits?: Waits } {
    if (this.#waited.size === 0) return { news: this.#news };
    const due = Number.isFinite(this.#dueMs) ? { dueMs: this.#dueMs } : {};
    return { news: this.#news, waits: { clusters: this.#waited, ...due } };
  }

  /** What runs in a cluster that comes back is where it begins; where pods are on their way, what was published before. */
  returnedClusters(): void {
    for (const cluster of this.#context.returned) {
      const workloads = this.#context.seen.get(cluster)?.workloads;
      const seen = workloads?.get(this.#key);
      if (workloads !== undefined && seen === undefined) this.#tell(this.#gone(cluster));
      if (seen?.isSettled === true) this.#tell(this.#fresh(cluster, seen));
    }
  }

  plannedClusters(planned: ReadonlyMap<string, bigint>): void {
    this.#dropElsewhere(planned);
    const arrived: Arrived[] = [];
    let isLate = false;
    let isWaiting = false;
    for (const [cluster, number] of planned) {
      const state = this.#arrival(cluster, number);
      if (state === 'waiting') isWaiting = true;
      else if (state === 'late') isLate = true;
      if (typeof state === 'object') {
        arrived.push(state);
        isLate ||= state.isLate === true;
      }
    }
    if (isWaiting) return;
    for (const one of arrived) {
      // What runs elsewhere moves nothing while it is not known what runs here; a limit that was found does.
      if (!isLate || hasOtherLimit(one.before, one.observation)) this.#tell(one);
    }
  }

  #tell({ cluster, before, observation }: Arrived): void {
    if (!isSameObservation(before, observation)) this.#news.push([cluster, observation]);
  }

  /** Ready clusters that the plan is not about have the workload no longer. */
  #dropElsewhere(planned: ReadonlyMap<string, bigint>): void {
    const { published, ready, returned } = this.#context;
    for (const [cluster, { workloads }] of published.clusters) {
      const isElsewhere = ready.get(cluster) === true && !planned.has(cluster) && !returned.has(cluster);
      if (isElsewhere && workloads.has(this.#key)) this.#news.push([cluster, undefined]);
    }
  }

  /**
   * Whether the workload has got to what is planned in a cluster, and what is to be published of it there if so. `left out`: it says
   * nothing, and nobody waits for it.
   */
  #arrival(cluster: string, planned: bigint): 'left out' | 'waiting' | 'late' | Arrived {
    const { ready, returned, seen } = this.#context;
    if (ready.get(cluster) !== true || returned.has(cluster)) return 'left out';
    const lands = this.#landing === 'everywhere' || this.#landing.has(cluster);
    if (!lands) {
      this.#tell(this.#gone(cluster));
      return 'left out';
    }
    const workloads = seen.get(cluster)?.workloads;
    const workload = workloads?.get(this.#key);
    const isFixed = this.#isFixed(cluster);
    if (workload?.isSettled === true && (isFixed || workload.specReplicas === planned)) {
      return this.#fresh(cluster, workload);
    }
    if (isFixed) return 'left out';
    if (!this.#isTooLate(cluster, planned)) return 'waiting';
    if (workload?.isSettled === true) return this.#fresh(cluster, workload);
    if (workload === undefined) return workloads === undefined ? 'late' : this.#gone(cluster);
    return isShort(workload, planned) ? { ...this.#fresh(cluster, workload), isLate: true } : 'late';
  }

  /** Whether the number of replicas there is not what the planner says, whatever it says: then it is taken as it is. */
  #isFixed(cluster: string): boolean {
    if (this.#isFixedEverywhere) return true;
    const { model, held } = this.#context;
    if (model.configuration.suspend.clusters.includes(cluster)) return true;
    return held.get(cluster)?.has(objectIdKey(this.#workload.object.target)) === true;
  }

  /** Waits for a cluster, from now on unless it was waited for already. */
  #isTooLate(cluster: string, planned: bigint): boolean {
    const { nowMs, progressDeadlineMs } = this.#context;
    const known = this.#before?.clusters.get(cluster);
    const isKnown = known !== undefined && known.planned === planned && known.sinceMs <= nowMs;
    const wait = isKnown ? known : { sinceMs: nowMs, planned };
    this.#waited.set(cluster, wait);
    const dueMs = wait.sinceMs + progressDeadlineMs;
    if (dueMs <= nowMs) return true;
    this.#dueMs = Math.min(this.#dueMs, dueMs);
    return false;
  }

  #published(cluster: string): WorkloadObservation | undefined {
    return this.#context.published.clusters.get(cluster)?.workloads.get(this.#key);
  }

  #fresh(cluster: string, seen: SeenWorkload): Arrived {
    const before = this.#published(cluster);
    return { cluster, before, observation: observationOf(before, seen, this.#demand) };
  }

  #gone(cluster: string): Arrived {
    return { cluster, before: this.#published(cluster), observation: undefined };
  }
}

/** A cluster in which it is known what is to be published. */
interface Arrived {
  readonly cluster: string;
  /** What is published of it. */
  readonly before: WorkloadObservation | undefined;
  readonly observation: WorkloadObservation | undefined;
  /** More of it is still on its way, and was for too long. */
  readonly isLate?: boolean;
}

/** Whether pods find no node there, however many others are still starting. In a rollout there are more pods than are asked for. */
function isShort({ specReplicas, runningAndReadyPods, unschedulablePods }: SeenWorkload, planned: bigint): boolean {
  return specReplicas === planned && unschedulablePods > 0n && runningAndReadyPods + unschedulablePods <= specReplicas;
}
