import { type FederatedObject, federatedObjectName, isKeptLive, isSuspended, type Model } from '../api/index.ts';
import { compareText } from '../core/index.ts';
import { observationsAsPlanned } from './as-planned.ts';
import { isKeptObject } from './kept-object.ts';
import { isReady } from './observations.ts';
import type { PlacedObject } from './place-object.ts';
import { selectWithinNamespace } from './placement.ts';
import { Placing } from './placing.ts';
import { RenderMemo } from './render-memo.ts';
import { isPlannedNumberKept, replicasIn } from './running-replicas.ts';
import { kubeFedScheduler, registerSchedulers, type Schedulers, type SchedulingInput } from './scheduler.ts';
import type { ClusterObservation, Observations, RenderedObject } from './types.ts';
import type { ClusterLoss, WorkloadLoss } from './what-if-types.ts';
import { compareLosses, isThere, type Replanned, type Workload, workloadLoss } from './what-if-workload.ts';

export interface WhatIfOptions {
  /** Default: every cluster is ready, and what is planned runs. */
  readonly observations?: Observations;
  /** As for `render`. */
  readonly schedulers?: Schedulers;
  /** Of which objects something is said. Default: all of them. */
  readonly only?: (object: FederatedObject) => boolean;
}

/**
 * Says what the loss of clusters does to a model. Pure.
 *
 * A lost cluster is one that is not ready, and everything else is as before: selections do not change, so an object that a placement puts
 * there is out of service there and goes nowhere else; preferences are planned again over the clusters that are left, by the renderer itself.
 *
 * @example new WhatIf(model).lose(['eu-1'])
 */
export class WhatIf {
  readonly observations: Observations;
  /** Objects of which nothing is said: they are in error, or `propagation: Disabled` keeps them as they are. */
  readonly leftOut: number;
  /** Objects of which nothing is said because `keepLive` covers them: nobody knows whether the members have them, and nothing is written. */
  readonly keptLive: number;
  readonly #model: Model;
  readonly #schedulers: Schedulers;
  readonly #memo = new RenderMemo();
  readonly #ready: readonly string[];
  readonly #workloads: readonly Workload[];
  readonly #others: readonly Other[];

  constructor(model: Model, { observations, schedulers = registerSchedulers(), only }: WhatIfOptions = {}) {
    this.#model = model;
    this.#schedulers = schedulers;
    this.observations = observations ?? observationsAsPlanned(model, schedulers);
    this.#ready = model.clusters.map(({ name }) => name).filter((name) => isReady(this.observations, name));
    const ready = new Set(this.#ready);
    const placing = new Placing(model, this.observations, schedulers, undefined);
    const objects = only === undefined ? model.objects : model.objects.filter(only);
    const found = objects.map((object) => this.#look(object, placing, ready));
    const known = found.filter((one) => typeof one === 'object');
    this.leftOut = found.filter((one) => one === 'in error').length;
    this.keptLive = found.filter((one) => one === 'kept').length;
    this.#workloads = known.filter((one): one is Workload => 'replicas' in one);
    this.#others = known.filter((one): one is Other => !('replicas' in one));
  }

  /** Clusters that are ready: those that there are to lose. Sorted. */
  get ready(): readonly string[] {
    return this.#ready;
  }

  /** What the loss of these clusters does, all of them at once. Names that are not registered are passed over. */
  lose(names: readonly string[]): ClusterLoss {
    const asked = new Set(names);
    const lost = this.#ready.filter((name) => asked.has(name));
    const gone = this.#others.filter(({ clusters }) => countIn(lost, clusters) === clusters.size && clusters.size > 0);
    return {
      lost: this.#model.clusters.map(({ name }) => name).filter((name) => asked.has(name)),
      notReady: this.#model.clusters
        .map(({ name }) => name)
        .filter((name) => asked.has(name) && !isReady(this.observations, name)),
      left: this.#ready.filter((name) => !asked.has(name)),
      workloads: this.#losses(lost).toSorted(compareLosses),
      gone: gone.map(({ name }) => name).sort(compareText),
      copies: this.#others.filter(({ clusters }) => countIn(lost, clusters) > 0).length - gone.length,
    };
  }

  #losses(lost: readonly string[]): readonly WorkloadLoss[] {
    if (lost.length === 0) return [];
    const gone = new Set(lost);
    const left = this.#ready.filter((name) => !gone.has(name));
    const placing = new Placing(this.#model, withLoss(this.observations, lost), this.#schedulers, this.#memo);
    return this.#workloads.flatMap((workload) => {
      const again = this.#mayMove(workload, gone) ? this.#plan(workload, placing, left, gone) : undefined;
      const loss = workloadLoss(workload, lost, left, again);
      return loss === undefined ? [] : [loss];
    });
  }

  /** Whether planning again over what is left could give another number to any other cluster. */
  #mayMove({ input }: Workload, gone: ReadonlySet<string>): boolean {
    if (input === undefined) return false;
    const missing = input.clusters.filter((name) => gone.has(name));
    if (missing.length === 0) return false;
    const { scheduler } = this.#model.configuration.scheduling;
    if (this.#schedulers.get(scheduler) !== kubeFedScheduler || missing.length === input.clusters.length) return true;
    // KubeFed's planner does not look at a cluster that the preference has no entry for.
    const { clusters } = input.preference;
    return clusters.has('*') || missing.some((name) => clusters.has(name));
  }

  #plan(workload: Workload, placing: Placing, left: readonly string[], gone: ReadonlySet<string>): Replanned {
    const planned = this.#schedule(workload, gone) ?? this.#render(workload, placing);
    const { input, schedule, placed, counts, held } = planned;
    const suspended = this.#suspended(workload.written, left);
    const after = new Map<string, bigint>();
    for (const cluster of left) {
      const stays = held === 'everywhere' || held.has(cluster) || suspended.has(cluster);
      const count = (stays ? workload.before : counts).get(cluster);
      if (count !== undefined) after.set(cluster, count);
    }
    const stuck = held === 'everywhere' ? new Set(left) : held;
    return { ...(input === undefined ? {} : { input }), planned: schedule, placed, after, held: stuck, suspended };
  }

  /** The short way: the scheduler alone. `undefined` where what it says is not all that counts. */
  #schedule({ input, isPlain, bound }: Workload, gone: ReadonlySet<string>): Numbers | undefined {
    const scheduler = this.#schedulers.get(this.#model.configuration.scheduling.scheduler);
    if (input === undefined || !isPlain || scheduler === undefined) return undefined;
    const clusters = input.clusters.filter((name) => !gone.has(name));
    if (clusters.length === 0) return undefined;
    const left = { ...input, clusters, current: without(input.current, gone), capacity: without(input.capacity, gone) };
    const result = scheduler.schedule(left);
    if (!result.ok) return undefined;
    const selection = selectWithinNamespace({ ok: true, clusters: [...result.replicas.keys()] }, bound);
    const placed = selection.ok ? selection.clusters : [];
    const counts = new Map(placed.map((name) => [name, result.replicas.get(name) ?? 0n]));
    return { input: left, schedule: result.replicas, placed, counts, held: NOWHERE };
  }

  /** The long way: all that rendering does. */
  #render({ written }: Workload, placing: Placing): Numbers {
    const decision = placing.decide(written);
    const { input, replicas: schedule = new Map<string, bigint>() } = decision.scheduled ?? {};
    const known = { ...(input === undefined ? {} : { input }), schedule };
    const placed = placing.place(written);
    if (decision.type === 'held' || placed.heldEverywhere) {
      return { ...known, placed: [], counts: new Map(), held: 'everywhere' };
    }
    const counts = placed.objects.map(({ cluster, rendered }): [string, bigint] => {
      const count = replicasIn(rendered, cluster, this.observations);
      return [cluster, typeof count === 'bigint' ? count : 0n];
    });
    return { ...known, placed: decision.clusters, counts: new Map(counts), held: new Set(placed.held) };
  }

  /** The clusters in which nothing is written to an object. */
  #suspended({ target }: FederatedObject, left: readonly string[]): ReadonlySet<string> {
    const { suspend } = this.#model.configuration;
    if (isSuspended(target, suspend)) return new Set(left);
    return suspend.clusters.length === 0 ? NOWHERE : new Set(suspend.clusters);
  }

  #isKept({ target }: FederatedObject, { objects }: PlacedObject): boolean {
    const { keepLive } = this.#model.configuration;
    if (objects.length === 0) return isKeptLive(target, keepLive);
    return objects.every(({ rendered }) => isKeptObject(rendered, keepLive));
  }

  #look(
    written: FederatedObject,
    placing: Placing,
    ready: ReadonlySet<string>,
  ): Workload | Other | 'kept' | 'in error' {
    const name = federatedObjectName(written);
    const placed = placing.place(written);
    if (this.#isKept(written, placed)) return 'kept';
    if (placed.heldEverywhere) return 'in error';
    const inService = placed.objects.filter(({ cluster }) => ready.has(cluster));
    const counts = inService.map(({ cluster, rendered }) => {
      return { cluster, rendered, count: replicasIn(rendered, cluster, this.observations) };
    });
    const decision = placing.decide(written);
    const input = decision.scheduled?.input;
    if (input === undefined && counts.every(({ count }) => count === undefined)) {
      return { name, clusters: new Set(counts.map(({ cluster }) => cluster)) };
    }
    const isUnknown = input === undefined && counts.some(({ count }) => count === 'unknown');
    const replicas = input !== undefined ? 'Planned' : isUnknown ? 'Unknown' : 'Fixed';
    const before = new Map(
      counts.map(({ cluster, count }) => [cluster, typeof count === 'bigint' && !isUnknown ? count : 0n]),
    );
    return {
      name,
      written,
      replicas,
      before,
      total: [...before.values()].reduce((sum, count) => sum + count, 0n),
      homes: [...before.keys()].filter((cluster) => isThere({ replicas }, before, cluster)).length,
      isPlain: placed.held.length === 0 && isPlannedNumberKept(written) && counts.every(isAsScheduled),
      bound: decision.type === 'placed' ? decision.bound : 'everywhere',
      ...(input === undefined ? {} : { input }),
    };
  }
}

function isAsScheduled({ rendered, count }: { readonly rendered: RenderedObject; readonly count: unknown }): boolean {
  return rendered.scheduledReplicas === count;
}

/** An object that runs nothing. */
interface Other {
  readonly name: string;
  /** Ready ones where it is. */
  readonly clusters: ReadonlySet<string>;
}

/** What is written where, once something is lost. */
interface Numbers {
  readonly input?: SchedulingInput;
  readonly schedule: ReadonlyMap<string, bigint>;
  readonly placed: readonly string[];
  readonly counts: ReadonlyMap<string, bigint>;
  /** Clusters where the object is in error and stays as it was applied last. */
  readonly held: ReadonlySet<string> | 'everywhere';
}

const NOWHERE: ReadonlySet<string> = new Set();

function without(counts: ReadonlyMap<string, bigint>, gone: ReadonlySet<string>): ReadonlyMap<string, bigint> {
  const left = new Map(counts);
  for (const name of gone) left.delete(name);
  return left;
}

function countIn(lost: readonly string[], clusters: ReadonlySet<string>): number {
  return lost.filter((name) => clusters.has(name)).length;
}

function withLoss({ clusters }: Observations, lost: readonly string[]): Observations {
  const notReady = lost.map((name): [string, ClusterObservation] => {
    return [name, { ready: false, workloads: clusters.get(name)?.workloads ?? new Map() }];
  });
  return { clusters: new Map([...clusters, ...notReady]) };
}
