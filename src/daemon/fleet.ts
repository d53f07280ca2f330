import type { KubeFedCluster } from '../api/index.ts';
import type { SyncEvent } from '../apply/index.ts';
import type { FleetMemory, ObjectChange } from '../cluster/index.ts';
import type { Clock } from '../reconcile/clock.ts';
import { credentialSources, type Pass } from '../reconcile/read-pass.ts';
import { clusterRuns } from '../reconcile/run-clusters.ts';
import type { StatusFiles } from '../reconcile/status-files.ts';
import { ClusterLane, type ClusterLaneOptions, type LaneGoal } from './cluster-lane.ts';
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
}

interface Member {
  readonly lane: ClusterLane;
  readonly connection: MemberConnection;
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

  /** Brings every cluster to a revision. @param clusters those that are wanted, of the revision's. */
  aim(pass: Pass, clusters: readonly KubeFedCluster[]): void {
    const wanted = new Set(clusters.map(({ name }) => name));
    for (const [name, member] of this.#members) if (!wanted.has(name)) this.#drop(name, member);
    const createGoal = this.#goalsOf(pass);
    for (const cluster of clusters) {
      const member = this.#members.get(cluster.name);
      const address = addressOf(pass, cluster);
      if (member === undefined) {
        this.#members.set(cluster.name, this.#start(address, createGoal));
        continue;
      }
      member.lane.aim(createGoal(address, member.connection));
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
    const { clock, memory, requestTimeoutMs, signal, onStart, onEnd } = this.#options;
    const client = {
      signal,
      shares: memory.shares,
      ...(requestTimeoutMs === undefined ? {} : { timeoutMs: requestTimeoutMs }),
    };
    // Nothing is watched before the lane has made its first pass.
    const onChange = (change: ObjectChange): void => lane.tellChange(change);
    const connection = new MemberConnection(address, { client, clock, memory, onChange });
    // Of a cluster that left nothing more is told, though its last pass goes on.
    const isHere = (): boolean => !this.#left.has(lane);
    const lane = new ClusterLane(createGoal(address, connection), {
      ...this.#options,
      onStart: (report) => isHere() && onStart(report),
      onEnd: (report) => isHere() && onEnd(report),
      connection,
      resyncIntervalMs: () => this.#resyncIntervalMs,
    });
    // One that comes back waits for the last pass before.
    const before = this.#leaving.get(address.cluster.name);
    const running = before === undefined ? lane.run() : before.then(() => lane.run());
    return { lane, connection, ended: running.catch(this.#options.onDefect) };
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
