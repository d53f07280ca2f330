import { isApiError } from '../cluster/index.ts';
import { type JsonObject, type ObjectId, SharedMap } from '../core/index.ts';
import type { Clock } from '../reconcile/clock.ts';
import { EarliestTimer } from '../reconcile/earliest-timer.ts';
import type { PlannedWorkload } from '../reconcile/planned-workloads.ts';
import { isSameWorkload, needsPods, observeWorkload, type SeenWorkload, workloadKey } from '../render/index.ts';
import { type PodQuery, podQueryOf } from './pod-feeds.ts';

/** What an observer asks of one member. */
export interface ObservedMember {
  /** The workload as the last pass or its watch had it. `null`: it is not there. `undefined`: that is not known. */
  peek(target: PlannedWorkload): JsonObject | null | undefined;
  /** @param user for whom they are watched from now on. @throws {ApiError} */
  listPods(user: string, query: PodQuery): Promise<readonly JsonObject[]>;
  releasePods(user: string, query: PodQuery): void;
  /** What the member's own clock shows, in milliseconds since 1970. */
  now(): number;
}

export interface ClusterObserverOptions {
  readonly member: ObservedMember;
  readonly clock: Clock;
  /** Something is otherwise than before. */
  readonly onSeen: () => void;
  /** Pods could not be read; `undefined`: they can be again. Told once, until it changes. */
  readonly onPodsProblem: (problem: string | undefined) => void;
}

/** What is watched of one workload. */
interface Watched {
  readonly target: PlannedWorkload;
  /** As it was looked at last. */
  object: JsonObject | null | undefined;
  /** Since when not all replicas are ready, by the clock that goes evenly. */
  unreadySince: number | undefined;
  pods: PodQuery | undefined;
  /** Look again then. */
  recheckAt: number | undefined;
}

/** Changes of one moment are looked at together. */
const GATHERING_MS = 250;
/** A rollout is over sooner, and its pods need not be read. */
const LONGEST_PATIENCE_MS = 10_000;
/** Pods that cannot be read are asked for again after so long. */
const RETRY_MS = 30_000;

/**
 * What one member runs of the workloads that preferences plan. A workload whose replicas are all ready is known by itself; pods are read only
 * for one that stays without some of them for a while.
 */
export class ClusterObserver {
  readonly #options: ClusterObserverOptions;
  readonly #watched = new Map<string, Watched>();
  #seen = SharedMap.of<SeenWorkload>();
  readonly #dirty = new Set<string>();
  #unschedulableAfterMs = 60_000;
  #running: Promise<void> | undefined;
  readonly #timer: EarliestTimer;
  #problem: string | undefined;
  /** That nothing is there is told too. */
  #hasTold = false;
  #isClosed = false;

  constructor(options: ClusterObserverOptions) {
    this.#options = options;
    this.#timer = new EarliestTimer(options.clock, () => this.#run());
  }

  /** By `workloadKey`; a workload that is not there is not in it. */
  get seen(): ReadonlyMap<string, SeenWorkload> {
    return this.#seen;
  }

  /** These are looked at from now on. */
  aim(targets: readonly PlannedWorkload[], unschedulableAfterMs: number): void {
    const wanted = new Set(targets.map(({ key }) => key));
    for (const [key, watched] of this.#watched) if (!wanted.has(key)) this.#drop(key, watched);
    for (const target of targets) {
      if (this.#watched.has(target.key)) continue;
      const nothing = { object: undefined, unreadySince: undefined, pods: undefined, recheckAt: undefined };
      this.#watched.set(target.key, { target, ...nothing });
    }
    if (unschedulableAfterMs !== this.#unschedulableAfterMs)
      for (const key of this.#watched.keys()) this.#dirty.add(key);
    this.#unschedulableAfterMs = unschedulableAfterMs;
    if (this.#hasTold && this.#dirty.size > 0) this.#timer.schedule(GATHERING_MS);
  }

  /** A workload is otherwise than before, or may be. */
  tellChange({ kind, namespace, name }: Pick<ObjectId, 'kind' | 'namespace' | 'name'>): void {
    const key = workloadKey(kind, namespace, name);
    if (!this.#watched.has(key)) return;
    this.#dirty.add(key);
    this.#timer.schedule(GATHERING_MS);
  }

  /** A pass has ended: what is another object than before is looked at. */
  look(): void {
    const { member } = this.#options;
    for (const [key, watched] of this.#watched)
      if (member.peek(watched.target) !== watched.object) this.#dirty.add(key);
    if (this.#dirty.size > 0 || !this.#hasTold) this.#timer.schedule(GATHERING_MS);
  }

  /** A pod in this namespace is otherwise than before. */
  tellPod(namespace: string): void {
    for (const [key, { target, pods }] of this.#watched) {
      if (pods !== undefined && target.namespace === namespace) this.#dirty.add(key);
    }
    if (this.#dirty.size > 0) this.#timer.schedule(GATHERING_MS);
  }

  /** Until what is being read has come. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer.close();
    await this.#running;
  }

  #drop(key: string, { pods }: Watched): void {
    if (pods !== undefined) this.#options.member.releasePods(key, pods);
    this.#watched.delete(key);
    this.#dirty.delete(key);
    this.#seen = this.#seen.with([[key, undefined]]);
  }

  /** One after the other: what changes meanwhile is looked at afterwards. */
  #run(): void {
    if (this.#isClosed || this.#running !== undefined) return;
    this.#running = this.#lookAtDue().finally(() => {
      this.#running = undefined;
      this.#scheduleNext();
    });
  }

  #scheduleNext(): void {
    if (this.#dirty.size > 0) {
      this.#timer.schedule(GATHERING_MS);
      return;
    }
    const next = [...this.#watched.values()].reduce<number>(
      (least, { recheckAt = least }) => Math.min(least, recheckAt),
      Infinity,
    );
    if (next !== Number.POSITIVE_INFINITY)
      this.#timer.schedule(Math.max(GATHERING_MS, next - this.#options.clock.elapsed()));
  }

  async #lookAtDue(): Promise<void> {
    const now = this.#options.clock.elapsed();
    const due = [...this.#watched.values()].filter(({ target, recheckAt = Infinity }) => {
      return recheckAt <= now || this.#dirty.has(target.key);
    });
    this.#dirty.clear();
    const before = this.#seen;
    const looks = await Promise.all(due.map((watched) => this.#lookAt(watched)));
    this.#seen = this.#seen.with(looks.flatMap((look) => look ?? []));
    if (this.#isClosed || !(this.#hasTold ? this.#seen !== before : this.#isKnown())) return;
    this.#hasTold = true;
    this.#options.onSeen();
  }

  /** Whether all that could be there was looked for: what is not in a part of it may be there all the same. */
  #isKnown(): boolean {
    return [...this.#watched.values()].every(({ object }) => object !== undefined);
  }

  /** What is seen of it: the very value of before where it is the same. @returns nothing where that is not known. */
  async #lookAt(watched: Watched): Promise<readonly (readonly [string, SeenWorkload | undefined])[] | undefined> {
    const { member } = this.#options;
    const { target } = watched;
    watched.recheckAt = undefined;
    const object = member.peek(target);
    // It stays what it was known to be.
    if (object === undefined) return undefined;
    watched.object = object;
    const seen = object === null ? undefined : await this.#see(watched, object);
    if (seen === undefined) this.#release(watched);
    // Nobody asks for it any more.
    if (this.#watched.get(target.key) !== watched) return undefined;
    const before = this.#seen.get(target.key);
    const isSame = before !== undefined && seen !== undefined && isSameWorkload(before, seen);
    return [[target.key, isSame ? before : seen]];
  }

  /** `undefined` where it cannot be told what runs. */
  async #see(watched: Watched, listed: JsonObject): Promise<SeenWorkload | undefined> {
    const { clock } = this.#options;
    // Items of a list do not say what they are.
    const object = { ...listed, kind: watched.target.kind };
    if (!needsPods(object)) {
      watched.unreadySince = undefined;
      this.#release(watched);
      return this.#count(object, []);
    }
    watched.unreadySince ??= clock.elapsed();
    const patience = Math.min(LONGEST_PATIENCE_MS, this.#unschedulableAfterMs / 2);
    const readAt = watched.unreadySince + patience;
    if (watched.pods === undefined && clock.elapsed() < readAt) {
      watched.recheckAt = readAt;
      return this.#uncounted(object);
    }
    const pods = await this.#readPods(watched, object);
    if (pods === undefined) {
      watched.recheckAt = clock.elapsed() + RETRY_MS;
      return this.#uncounted(object);
    }
    const seen = this.#count(object, pods);
    if (seen?.recheckInMs !== undefined) watched.recheckAt = clock.elapsed() + seen.recheckInMs;
    return seen;
  }

  #count(object: JsonObject, pods: readonly JsonObject[]): SeenWorkload | undefined {
    const now = this.#options.member.now();
    const observed = observeWorkload(object, pods, { now, unschedulableAfterMs: this.#unschedulableAfterMs });
    return observed.ok ? observed.seen : undefined;
  }

  /** What is known without its pods: not enough to make anything of it. */
  #uncounted(object: JsonObject): SeenWorkload | undefined {
    const seen = this.#count(object, []);
    if (seen === undefined) return undefined;
    const { recheckInMs: _, ...rest } = seen;
    return { ...rest, isSettled: false };
  }

  /** `undefined` where they cannot be known: then nothing is made of the workload. */
  async #readPods(watched: Watched, object: JsonObject): Promise<readonly JsonObject[] | undefined> {
    const { member } = this.#options;
    const { key, namespace } = watched.target;
    const query = podQueryOf(namespace, object);
    if (query?.labelSelector !== watched.pods?.labelSelector) this.#release(watched);
    if (query === undefined) return undefined;
    watched.pods = query;
    try {
      const pods = await member.listPods(key, query);
      this.#tellProblem(undefined);
      return pods;
    } catch (error) {
      // That a member is not reached, its lane tells.
      if (isApiError(error) && error.failure === 'Status') this.#tellProblem(error.message);
      return undefined;
    }
  }

  #release(watched: Watched): void {
    if (watched.pods !== undefined) this.#options.member.releasePods(watched.target.key, watched.pods);
    watched.pods = undefined;
  }

  #tellProblem(problem: string | undefined): void {
    if (problem === this.#problem || this.#isClosed) return;
    this.#problem = problem;
    this.#options.onPodsProblem(problem);
  }
}
