import type { KubeFedCluster } from '../api/index.ts';
import type { SyncEvent } from '../apply/index.ts';
import type { FleetMemory, ObjectChange } from '../cluster/index.ts';
import type { Clock } from '../reconcile/clock.ts';
import { plannedWorkloads } from '../reconcile/planned-workloads.ts';
import { credentialSources, type Pass } from '../reconcile/read-pass.ts';
import type { ClusterRun } from '../reconcile/run-cluster.ts';
import { clusterRuns } from '../reconcile/run-clusters.ts';
import type { StatusFiles } from '../reconcile/status-files.ts';
import type { SeenWorkload } from '../render/index.ts';
import { ClusterLane, type ClusterLaneOptions, type LaneGoal } from './cluster-lane.ts';
import { ClusterObserver } from './cluster-observer.ts';
import { worksOf } from './lane-work.ts';
import { type MemberAddress, MemberConnection } from './member-connection.ts';

export interface FleetOptions extends Pick<ClusterLaneOptions, 'clock' | 'random' | 'onStart' | 'onEnd' | 'signal'> {
  readonly clock: Clock;
  readonly memory: FleetMemory;
  readonly resyncIntervalMs: number;
  readonly requestTimeoutMs?: number;
  /** @param commit what the pass is of that it happens in. */
  readonly onEvent: (event: SyncEvent, commit: string) => void;
  /** A lane has ended that should not have. */
  readonly onDefect: (error: unknown) => void;
  /** The files of the status branch as they are now. */
  readonly statusFiles: () => StatusFiles;
  /** Whether a cluster is ready was found out. */
  readonly onProbed: (cluster: string, isReady: boolean) => void;
  /** What runs in a cluster of the workloads that preferences plan is otherwise than before. */
  readonly onSeen: (cluster: string, workloads: ReadonlyMap<string, SeenWorkload>) => void;
  /** Pods of a cluster cannot be read, and why; `undefined`: they can be again. */
  readonly onPodsProblem: (cluster: string, problem: string | undefined) => void;
  /** A cluster has no lane any more. Its last pass may still be ending. */
  readonly onLeft: (cluster: string, why: LeavingReason) => void;
  /** A cluster was left to others, and nothing is under way there. */
  readonly onReleased?: (cluster: string) => void;
  /** Whether a cluster may be begun with. Default: all may. */
  readonly mayBegin?: (cluster: string) => boolean;
  /** Asked before every write. @throws {ApiError} where nothing may be written. */
  readonly beforeWrite?: () => void;
  /** As what this process shares the work with others, and which of them are gone. */
  readonly sharing?: () => Pick<ClusterRun['lane']['lease'], 'member' | 'isGone'>;
}

/** Why a cluster has no lane any more. `released`: another process has it from now on. */
export type LeavingReason = 'unregistered' | 'released';

interface Member {
  readonly lane: ClusterLane;
  readonly connection: MemberConnection;
  readonly observer: ClusterObserver;
  readonly ended: Promise<void>;
  /** Ends its pass after the write that is under way. */
  readonly control: AbortController;
  /** Of that, and of the end of everything. */
  readonly signal: AbortSignal;
}

type CreateGoal = (address: MemberAddress, connection: MemberConnection, signal: AbortSignal) => LaneGoal;

/** What the last revision wants. */
interface Aim {
  readonly addresses: readonly MemberAddress[];
  readonly createGoal: CreateGoal;
  readonly observe: (observer: ClusterObserver) => void;
}

/** A `period` of nanoseconds would ask a member without a pause. */
const SHORTEST_PROBE_INTERVAL_MS = 1000;

/** A lane for each cluster of the last revision. None waits for another. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #members = new Map<string, Member>();
  #resyncIntervalMs: number;
  /** Lanes of clusters that left, until their last pass has ended. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #left = new WeakSet<ClusterLane>();
  #aim: Aim | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#resyncIntervalMs = options.resyncIntervalMs;
  }

  /** Another interval, from the next pass of each cluster on. */
  change({ resyncIntervalMs }: { readonly resyncIntervalMs: number }): void {
    this.#resyncIntervalMs = resyncIntervalMs;
  }

  /**
   * Brings every cluster to a revision.
   *
   * @param clusters those that are wanted, of the revision's.
   * @param isReplanned the revision is the one of before, with other replicas: clusters that get the same as before are left in peace.
   * @returns those that are new here.
   */
  aim(pass: Pass, clusters: readonly KubeFedCluster[], { isReplanned = false } = {}): readonly string[] {
    const wanted = new Set(clusters.map(({ name }) => name));
    for (const [name, member] of this.#members) if (!wanted.has(name)) this.#drop(name, member, 'unregistered');
    const createGoal = this.#goalsOf(pass);
    const targets = plannedWorkloads(pass.model);
    const unschedulableAfterMs = pass.model.configuration.observation.unschedulableAfterSeconds * 1000;
    const observe = (observer: ClusterObserver): void => observer.aim(targets, unschedulableAfterMs);
    const addresses = clusters.map((cluster) => addressOf(pass, cluster));
    this.#aim = { addresses, createGoal, observe };
    for (const address of addresses) {
      const member = this.#members.get(address.cluster.name);
      if (member === undefined) continue;
      if (!isReplanned) observe(member.observer);
      const goal = createGoal(address, member.connection, member.signal);
      if (!isReplanned || !member.lane.follow(goal)) member.lane.aim(goal);
    }
    return this.begin();
  }

  /** Begins with the clusters that may be begun with by now. @returns their names. */
  begin(): readonly string[] {
    const { mayBegin = () => true, signal } = this.#options;
    if (this.#aim === undefined || signal.aborted) return [];
    const { addresses, createGoal, observe } = this.#aim;
    const begun = addresses.filter(({ cluster: { name } }) => !this.#members.has(name) && mayBegin(name));
    for (const address of begun) {
      const member = this.#start(address, createGoal);
      observe(member.observer);
      this.#members.set(address.cluster.name, member);
    }
    return begun.map(({ cluster }) => cluster.name);
  }

  /** Leaves clusters to others. @returns when nothing of theirs is under way any more. */
  async release(isKept: (cluster: string) => boolean): Promise<void> {
    const { onReleased } = this.#options;
    for (const [name, member] of this.#members) {
      if (isKept(name)) continue;
      member.control.abort();
      this.#drop(name, member, 'released');
      void this.#leaving.get(name)?.then(() => onReleased?.(name));
    }
    await Promise.all(this.#leaving.values());
  }

  /** Until every pass that runs has ended. */
  async close(): Promise<void> {
    for (const { lane } of this.#members.values()) lane.close();
    await Promise.all([...[...this.#members.values()].map(({ ended }) => ended), ...this.#leaving.values()]);
  }

  #goalsOf(pass: Pass): CreateGoal {
    const { memory, onEvent, signal, statusFiles, sharing } = this.#options;
    const { periodSeconds } = pass.model.kubeFedConfig.clusterHealthCheck;
    const workOf = worksOf(pass);
    const createRun = clusterRuns(pass, {
      memory,
      signal,
      statusFiles,
      onEvent: (event) => onEvent(event, pass.commit),
      judge: (probed) => probed,
    });
    const create = (
      address: MemberAddress,
      connection: MemberConnection,
      laneSignal: AbortSignal,
      time: Date,
    ): ClusterRun => {
      const run = createRun(address.cluster, { time, connections: connection });
      const lease = { ...run.lane.lease, ...sharing?.() };
      return { ...run, lane: { ...run.lane, lease, signal: laneSignal } };
    };
    return (address, connection, laneSignal) => ({
      pass,
      commit: pass.commit,
      cluster: address.cluster,
      address,
      work: workOf(address.cluster),
      probeIntervalMs: Math.max(SHORTEST_PROBE_INTERVAL_MS, periodSeconds * 1000),
      createRun: (time) => create(address, connection, laneSignal, time),
    });
  }

  #start(address: MemberAddress, createGoal: CreateGoal): Member {
    const { clock, memory, requestTimeoutMs, onStart, onEnd, onProbed, onSeen, onPodsProblem, beforeWrite } =
      this.#options;
    const { name } = address.cluster;
    const control = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, control.signal]);
    const client = {
      signal,
      shares: memory.shares,
      ...(beforeWrite === undefined ? {} : { beforeWrite }),
      ...(requestTimeoutMs === undefined ? {} : { timeoutMs: requestTimeoutMs }),
    };
    // Nothing is watched before the lane has made its first pass.
    const onChange = (change: ObjectChange): void => {
      lane.tellChange(change);
      observer.tellChange(change.id);
    };
    const onPodChange = (namespace: string): void => observer.tellPod(namespace);
    const connection = new MemberConnection(address, { client, clock, memory, onChange, onPodChange });
    // Of a cluster that left nothing more is told, though its last pass goes on.
    const isHere = (): boolean => !this.#left.has(lane);
    const lane = new ClusterLane(createGoal(address, connection, signal), {
      ...this.#options,
      signal,
      onStart: (report) => isHere() && onStart(report),
      onEnd: (report) => {
        if (!isHere()) return;
        tellReady(report.result.state === 'NotReady');
        if (report.result.state === 'Synced' || report.result.state === 'Failed') {
          // Else something could not be read.
          if (report.result.message === undefined) connection.endPass();
          observer.look();
        }
        onEnd(report);
      },
      onProbed: () => tellReady(true),
      connection,
      resyncIntervalMs: () => this.#resyncIntervalMs,
    });
    const observer = new ClusterObserver({
      member: connection,
      clock,
      onSeen: () => isHere() && onSeen(name, observer.seen),
      onPodsProblem: (problem) => isHere() && onPodsProblem(name, problem),
    });
    // Of one that was not asked, as a suspended one is not by its passes, nothing is said.
    const tellReady = (wasAsked: boolean): void => {
      const state = connection.health?.state;
      if (isHere() && (state !== undefined || wasAsked)) onProbed(name, state === 'Ready');
    };
    // One that comes back waits for the last pass before.
    const before = this.#leaving.get(address.cluster.name);
    const running = before === undefined ? lane.run() : before.then(() => lane.run());
    const ended = running.finally(() => observer.close()).catch(this.#options.onDefect);
    return { lane, connection, observer, control, signal, ended };
  }

  #drop(name: string, { lane, ended }: Member, why: LeavingReason): void {
    this.#left.add(lane);
    lane.close();
    this.#members.delete(name);
    const done = ended.finally(() => {
      if (this.#leaving.get(name) === done) this.#leaving.delete(name);
    });
    this.#leaving.set(name, done);
    this.#options.onLeft(name, why);
  }
}

function addressOf(pass: Pass, cluster: KubeFedCluster): MemberAddress {
  return {
    cluster,
    sources: credentialSources(pass),
    thresholds: pass.model.kubeFedConfig.clusterHealthCheck,
  };
}
