import type { KubeFedCluster } from '../api/index.ts';
import type { SyncEvent } from '../apply/index.ts';
import type { FleetMemory, ObjectChange } from '../cluster/index.ts';
import type { Clock } from '../reconcile/clock.ts';
import { plannedWorkloads } from '../reconcile/planned-workloads.ts';
import { credentialSources, type Pass } from '../reconcile/read-pass.ts';
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
  readonly onLeft: (cluster: string) => void;
  /** Whether a cluster is ready was found out. */
  readonly onProbed: (cluster: string, isReady: boolean) => void;
  /** What runs in a cluster of the workloads that preferences plan is otherwise than before. */
  readonly onSeen: (cluster: string, workloads: ReadonlyMap<string, SeenWorkload>) => void;
  /** Pods of a cluster cannot be read, and why; `undefined`: they can be again. */
  readonly onPodsProblem: (cluster: string, problem: string | undefined) => void;
}

interface Member {
  readonly lane: ClusterLane;
  readonly connection: MemberConnection;
  readonly observer: ClusterObserver;
  readonly ended: Promise<void>;
}

type CreateGoal = (address: MemberAddress, connection: MemberConnection) => LaneGoal;

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
   */
  aim(pass: Pass, clusters: readonly KubeFedCluster[], { isReplanned = false } = {}): void {
    const wanted = new Set(clusters.map(({ name }) => name));
    for (const [name, member] of this.#members) if (!wanted.has(name)) this.#drop(name, member);
    const createGoal = this.#goalsOf(pass);
    const targets = plannedWorkloads(pass.model);
    const { unschedulableAfterSeconds } = pass.model.configuration.observation;
    for (const cluster of clusters) {
      const member = this.#members.get(cluster.name);
      const address = addressOf(pass, cluster);
      if (member === undefined) {
        const started = this.#start(address, createGoal);
        started.observer.aim(targets, unschedulableAfterSeconds * 1000);
        this.#members.set(cluster.name, started);
        continue;
      }
      if (!isReplanned) member.observer.aim(targets, unschedulableAfterSeconds * 1000);
      const goal = createGoal(address, member.connection);
      if (!isReplanned || !member.lane.follow(goal)) member.lane.aim(goal);
    }
  }

  /** Until every pass that runs has ended. */
  async close(): Promise<void> {
    for (const { lane } of this.#members.values()) lane.close();
    await Promise.all([...[...this.#members.values()].map(({ ended }) => ended), ...this.#leaving.values()]);
  }

  #goalsOf(pass: Pass): CreateGoal {
    const { memory, onEvent, signal, statusFiles } = this.#options;
    const { periodSeconds } = pass.model.kubeFedConfig.clusterHealthCheck;
    const workOf = worksOf(pass);
    const createRun = clusterRuns(pass, {
      memory,
      signal,
      statusFiles,
      onEvent: (event) => onEvent(event, pass.commit),
      judge: (probed) => probed,
    });
    return (address, connection) => ({
      pass,
      commit: pass.commit,
      cluster: address.cluster,
      address,
      work: workOf(address.cluster),
      probeIntervalMs: Math.max(SHORTEST_PROBE_INTERVAL_MS, periodSeconds * 1000),
      createRun: (time) => createRun(address.cluster, { time, connections: connection }),
    });
  }

  #start(address: MemberAddress, createGoal: CreateGoal): Member {
    const { clock, memory, requestTimeoutMs, signal, onStart, onEnd, onProbed, onSeen, onPodsProblem } = this.#options;
    const { name } = address.cluster;
    const client = {
      signal,
      shares: memory.shares,
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
    const lane = new ClusterLane(createGoal(address, connection), {
      ...this.#options,
      onStart: (report) => isHere() && onStart(report),
      onEnd: (report) => {
        if (!isHere()) return;
        tellReady(report.result.state === 'NotReady');
        if (report.result.state === 'Synced' || report.result.state === 'Failed') observer.look();
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
    return { lane, connection, observer, ended };
  }

  #drop(name: string, { lane, ended }: Member): void {
    this.#left.add(lane);
    lane.close();
    this.#members.delete(name);
    const done = ended.finally(() => {
      if (this.#leaving.get(name) === done) this.#leaving.delete(name);
    });
    this.#leaving.set(name, done);
    this.#options.onLeft(name);
  }
}

function addressOf(pass: Pass, cluster: KubeFedCluster): MemberAddress {
  return {
    cluster,
    sources: credentialSources(pass),
    thresholds: pass.model.kubeFedConfig.clusterHealthCheck,
  };
}
