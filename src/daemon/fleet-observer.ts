import type { Model } from '../api/index.ts';
import { compareText, isSameList, SharedMap } from '../core/index.ts';
import type { Clock } from '../reconcile/clock.ts';
import { EarliestTimer } from '../reconcile/earliest-timer.ts';
import { type FleetObservations, observedAs } from '../reconcile/fleet-observations.ts';
import type { Pass } from '../reconcile/read-pass.ts';
import {
  confirmUnready,
  isSameWorkload,
  judgeReadiness,
  NOTHING_WAITED_FOR,
  nextObservations,
  ObservationMemo,
  type ReadinessSettings,
  type ReadinessState,
  type ReadinessVerdict,
  readinessAsPublished,
  type SeenCluster,
  type SeenWorkload,
  type Waiting,
} from '../render/index.ts';

/** What a plan is, and what it was made from. */
export type ObservedPlan = Pick<Pass, 'model' | 'rendering' | 'observed'>;

export interface FleetObserverOptions {
  readonly clock: Clock;
  /** Another process decides, until {@link FleetObserver.lead} says otherwise. Default: this one does. */
  readonly isFollowing?: boolean;
  /** {@link FleetObserver.observed} is another one. */
  readonly onObserved: () => void;
  /** Clusters are lost, and so many at once that the observer may be what is lost. Nothing is made of it. */
  readonly onSuspect: (clusters: readonly string[]) => void;
  /** They are back, or somebody confirmed that they are gone. */
  readonly onTrusted: () => void;
}

/** What is seen in one moment is made an observation together. */
const GATHERING_MS = 100;

/**
 * Makes of what is seen in the members what replicas are planned from. It does not ask members itself, and does not know whether it was this
 * process that saw them.
 */
export class FleetObserver {
  readonly #options: FleetObserverOptions;
  readonly #probed = new Map<string, boolean>();
  readonly #askedBy = new Map<string, string>();
  readonly #workloads = new Map<string, ReadonlyMap<string, SeenWorkload>>();
  #plan: ObservedPlan | undefined;
  #observed: FleetObservations | undefined;
  #readiness: ReadinessState | undefined;
  #waiting: Waiting = NOTHING_WAITED_FOR;
  readonly #memo = new ObservationMemo();
  #suspect: readonly string[] = [];
  /** What was told of it last. Another process may decide for a while, and this one then has its own word to take back. */
  #toldSuspect: readonly string[] = [];
  /** It has not decided since it leads: what it told before may have been taken back for it. */
  #leadsAnew = false;
  /** Clusters of which somebody says that they are gone. */
  readonly #confirmed = new Set<string>();
  readonly #timer: EarliestTimer;
  #isLeading: boolean;

  constructor(options: FleetObserverOptions) {
    this.#options = options;
    this.#timer = new EarliestTimer(options.clock, () => this.#decide());
    this.#isLeading = options.isFollowing !== true;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  /** From now on this process decides, and goes on from what was decided last. */
  lead(): void {
    if (this.#isLeading) return;
    this.#isLeading = true;
    this.#leadsAnew = true;
    this.#readiness = this.#observed && readinessAsPublished(this.#observed.observations);
    this.#waiting = NOTHING_WAITED_FOR;
    this.#confirmed.clear();
    this.#timer.schedule(GATHERING_MS);
  }

  /** Another process decides. @param isOwn whether a cluster is seen by this process itself: of the others it hears no more. */
  follow(isOwn: (cluster: string) => boolean): void {
    this.#isLeading = false;
    this.#suspect = [];
    for (const cluster of [...this.#probed.keys(), ...this.#workloads.keys()]) if (!isOwn(cluster)) this.leave(cluster);
  }

  /** The process that decides has decided this. */
  adopt(observed: FleetObservations): void {
    if (this.#isLeading || observed.tree === this.#observed?.tree) return;
    this.#observed = observed;
    this.#options.onObserved();
  }

  /** What replicas are to be planned from; `undefined` before there was a plan. */
  get observed(): FleetObservations | undefined {
    return this.#observed;
  }

  /** Clusters that seem to be lost, and count as ready all the same. Sorted. */
  get suspect(): readonly string[] {
    return this.#suspect;
  }

  /** This is planned now. The first plan says what was observed before this process. */
  begin(plan: ObservedPlan): void {
    this.#plan = plan;
    this.#observed ??= plan.observed;
    this.#readiness ??= readinessAsPublished(plan.observed.observations);
    const registered = new Set(plan.model.clusters.map(({ name }) => name));
    for (const cluster of [...this.#probed.keys(), ...this.#workloads.keys()]) {
      if (!registered.has(cluster)) this.leave(cluster);
    }
    this.#timer.schedule(GATHERING_MS);
  }

  /** Whether a cluster answered when it was asked how it is. @param by which process it was that asked, where there are several. */
  probed(cluster: string, isReady: boolean, by?: string): void {
    if (by !== undefined) this.#askedBy.set(cluster, by);
    if (this.#probed.get(cluster) === isReady) return;
    this.#probed.set(cluster, isReady);
    if (isReady) this.#confirmed.delete(cluster);
    this.#timer.schedule(GATHERING_MS);
  }

  /** What runs in a cluster, by `workloadKey`. */
  seen(cluster: string, workloads: ReadonlyMap<string, SeenWorkload>): void {
    const before = this.#workloads.get(cluster);
    this.#workloads.set(cluster, withSame(before ?? SharedMap.of<SeenWorkload>(), workloads));
    this.#timer.schedule(GATHERING_MS);
  }

  /** Nothing more is seen of a cluster. */
  leave(cluster: string): void {
    this.#confirmed.delete(cluster);
    this.#askedBy.delete(cluster);
    this.#probed.delete(cluster);
    this.#workloads.delete(cluster);
  }

  /**
   * Somebody says that clusters which are lost really are gone. It counts until they answer.
   *
   * @param before those that were lost before this process; it may not have noticed yet.
   */
  confirm(before: readonly string[] = []): void {
    const lost = [...this.#probed].filter(([, isReady]) => !isReady).map(([name]) => name);
    for (const name of [...before, ...lost]) this.#confirmed.add(name);
    this.#timer.schedule(0);
  }

  close(): void {
    this.#timer.close();
  }

  #decide(): void {
    const { clock, onObserved } = this.#options;
    const plan = this.#plan;
    const before = this.#observed;
    if (!this.#isLeading || plan === undefined || before === undefined || this.#readiness === undefined) return;
    const { model, rendering } = plan;
    const nowMs = clock.elapsed();
    const probed = new Map(model.clusters.map(({ name }) => [name, this.#probed.get(name)]));
    const doubted = this.#doubted(before.observations, model.configuration.failover.maxUnreadyPercent);
    for (const name of doubted) probed.set(name, undefined);
    const judged = this.#judge(this.#readiness, probed, readinessSettings(model));
    this.#readiness = judged.state;
    this.#scheduleAgain(judged.recheckInMs);
    this.#tellSuspect([...(judged.suspect?.clusters ?? []), ...doubted], judged.ready);
    const { observations, waiting, recheckInMs } = nextObservations(
      {
        published: before.observations,
        seen: this.#seen(judged.ready),
        rendering,
        model,
        waiting: this.#waiting,
        nowMs,
        isSuspect: judged.suspect !== undefined || doubted.length > 0,
      },
      this.#memo,
    );
    this.#waiting = waiting;
    this.#scheduleAgain(recheckInMs);
    if (observations === before.observations) return;
    this.#observed = observedAs(observations, before);
    onObserved();
  }

  /** Clusters that one process of several has lost, and so many of its own that it may be the one that is cut off. */
  #doubted({ clusters }: FleetObservations['observations'], maxUnreadyPercent: number): readonly string[] {
    const processes = Map.groupBy(this.#askedBy, ([, by]) => by);
    if (processes.size < 2) return [];
    return [...processes.values()].flatMap((asked) => {
      const names = asked.map(([cluster]) => cluster);
      const lost = names.filter((name) => this.#probed.get(name) === false && clusters.get(name)?.ready !== false);
      const isMuch = lost.length >= 2 && lost.length * 100 > names.length * maxUnreadyPercent;
      return isMuch && !lost.every((name) => this.#confirmed.has(name)) ? lost : [];
    });
  }

  #judge(
    state: ReadinessState,
    probed: ReadonlyMap<string, boolean | undefined>,
    settings: ReadinessSettings,
  ): ReadinessVerdict {
    const nowMs = this.#options.clock.elapsed();
    const judged = judgeReadiness(state, probed, nowMs, settings);
    const isConfirmed = judged.suspect?.clusters.every((name) => this.#confirmed.has(name)) === true;
    return isConfirmed ? judgeReadiness(confirmUnready(judged.state), probed, nowMs, settings) : judged;
  }

  #seen(ready: ReadonlyMap<string, boolean>): ReadonlyMap<string, SeenCluster> {
    return new Map(
      [...ready].map(([name, isReady]): [string, SeenCluster] => {
        const workloads = this.#workloads.get(name);
        return [name, { ready: isReady, ...(workloads === undefined ? {} : { workloads }) }];
      }),
    );
  }

  #scheduleAgain(recheckInMs: number | undefined): void {
    if (recheckInMs !== undefined) this.#timer.schedule(Math.max(GATHERING_MS, recheckInMs));
  }

  #tellSuspect(clusters: readonly string[], ready: ReadonlyMap<string, boolean>): void {
    const sorted = [...clusters].sort(compareText);
    this.#suspect = sorted;
    const isAnew = this.#leadsAnew && sorted.length > 0;
    // Whoever leads anew gives them their delay once more, and until it has passed nothing is over.
    const isOpen = (name: string): boolean => this.#probed.get(name) === false && ready.get(name) === true;
    if (this.#leadsAnew && sorted.length === 0 && this.#toldSuspect.some(isOpen)) return;
    this.#leadsAnew = false;
    if (isSameList(sorted, this.#toldSuspect) && !isAnew) return;
    this.#toldSuspect = sorted;
    if (sorted.length > 0) this.#options.onSuspect(sorted);
    else this.#options.onTrusted();
  }
}

/** The same, sharing with before what is equal, so that what did not change is not looked at again. */
function withSame(
  before: ReadonlyMap<string, SeenWorkload>,
  after: ReadonlyMap<string, SeenWorkload>,
): ReadonlyMap<string, SeenWorkload> {
  // What comes from this process shares already.
  if (before === after || after instanceof SharedMap) return after;
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => [key, undefined] as const);
  const changed = [...after].filter(([key, one]) => {
    const known = before.get(key);
    return known === undefined || !isSameWorkload(known, one);
  });
  return SharedMap.of(before).with([...gone, ...changed]);
}

function readinessSettings({ kubeFedConfig, configuration }: Model): ReadinessSettings {
  const { failover, failback } = configuration;
  return {
    availableDelayMs: kubeFedConfig.availableDelaySeconds * 1000,
    unavailableDelayMs: kubeFedConfig.unavailableDelaySeconds * 1000,
    stabilizationMs: failback.stabilizationSeconds * 1000,
    maxUnreadyPercent: failover.maxUnreadyPercent,
  };
}
