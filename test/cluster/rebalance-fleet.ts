import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import type { DaemonOptions } from '../../src/daemon/daemon.ts';
import {
  addNode,
  type Cluster,
  type NodePod,
  type PodStage,
  resizeNode,
  type SimulatedKubelet,
  simulateKubelet,
} from '../controlplane/fixtures.ts';
import {
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  grantFor,
  type TestRepository,
  temporaryFolder,
  writeCredentials,
} from './fleet.ts';
import { type RecordedReplicas, recordReplicas } from './recorded-replicas.ts';
import { type RunningDaemon, runDaemon } from './running-daemon.ts';

/** A Deployment keeps its running replicas where they are, a ReplicaSet has them moved. */
export type WorkloadKind = 'Deployment' | 'ReplicaSet';

/** Room for pods, by kind, in the order of the clusters. */
export type Room = Readonly<Partial<Record<WorkloadKind, readonly number[]>>>;

/**
 * Delays of a fleet that nobody has time to wait for. Clusters that are lost together are not noticed at the same moment: the delay is longer
 * than what lies between, and than a busy machine keeps a cluster from answering.
 */
export const DELAYS = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec:
  scope: Cluster
  controllerDuration: {availableDelay: 1s, unavailableDelay: 5s}
  clusterHealthCheck: {period: 1s, failureThreshold: 1, successThreshold: 1, timeout: 2s}
`;

const PLURALS = { Deployment: 'deployments', ReplicaSet: 'replicasets' };
/** A preference has the name of its workload, so that one name does not do for both. */
const NAMES = { Deployment: 'app', ReplicaSet: 'web' };
export const WORKLOAD_KINDS: readonly WorkloadKind[] = ['Deployment', 'ReplicaSet'];

interface WorkloadPreference {
  readonly totalReplicas: number;
  readonly rebalance?: boolean;
  readonly clusters?: Readonly<Record<string, object>>;
}

/** The workload of a kind, whose pods go to the nodes that are there for it, and its preference. */
export function workloadYaml(namespace: string, kind: WorkloadKind, spec: WorkloadPreference): string {
  const name = NAMES[kind];
  const labels = { app: name };
  const pod = { containers: [{ name, image: `${name}:1` }], nodeSelector: { room: roomOf(namespace, kind) } };
  const template = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } } };
  const preference = {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name, namespace },
    spec: { targetKind: `Federated${kind}`, ...spec },
  };
  const workload = federatedYaml(`Federated${kind}`, name, { namespace, spec: { template, placement: EVERYWHERE } });
  return `${workload}---\n${JSON.stringify(preference)}\n`;
}

function roomOf(namespace: string, kind: WorkloadKind): string {
  return `${namespace}-${kind.toLowerCase()}`;
}

export interface RebalanceOptions {
  readonly namespace: string;
  readonly room: Room;
  /** Files of the repository besides clusters, namespace and settings. */
  readonly files: Readonly<Record<string, string>>;
  /** YAML to add to gitfed.yaml. */
  readonly settings?: string;
}

/** Clusters with nodes and kubelets, and a repository that a daemon follows. */
export class RebalanceFleet {
  readonly namespace: string;
  readonly clusters: readonly Cluster[];
  readonly repository: TestRepository;
  readonly kubelets: readonly SimulatedKubelet[];
  readonly credentialsDir: string;
  readonly dataDir = temporaryFolder();
  #markers = 0;
  readonly #recorded: Readonly<Record<WorkloadKind, RecordedReplicas>>;

  private constructor(clusters: readonly Cluster[], { namespace, files, settings = '' }: RebalanceOptions) {
    this.namespace = namespace;
    this.clusters = clusters;
    this.kubelets = clusters.map((cluster) => simulateKubelet(cluster));
    this.credentialsDir = writeCredentials(clusters);
    this.repository = fleetRepository(clusters, namespace, {
      'gitfed.yaml': `inventory: ${namespace}
status: {minInterval: 0s}
observation: {unschedulableAfter: 2s}
failback: {stabilization: 3s}
${settings}`,
      'config.yaml': DELAYS,
      'marker.yaml': configMapYaml(namespace, 'marker', { a: '0' }),
      ...files,
    });
    this.repository.publish();
    const record = (kind: WorkloadKind): RecordedReplicas =>
      recordReplicas(clusters, `/apis/apps/v1/namespaces/${namespace}/${PLURALS[kind]}`, NAMES[kind]);
    this.#recorded = { Deployment: record('Deployment'), ReplicaSet: record('ReplicaSet') };
  }

  static async create(clusters: readonly Cluster[], options: RebalanceOptions): Promise<RebalanceFleet> {
    const { namespace, room } = options;
    for (const kind of WORKLOAD_KINDS) {
      for (const [index, pods] of (room[kind] ?? []).entries()) {
        const name = roomOf(namespace, kind);
        const cluster = clusters[index];
        if (cluster !== undefined) await addNode(cluster, { name, pods, labels: { room: name } });
      }
    }
    const fleet = new RebalanceFleet(clusters, options);
    await grantFor(fleet.credentialsDir, fleet.repository.folder);
    return fleet;
  }

  get commit(): string {
    return this.repository.git('rev-parse', 'HEAD');
  }

  /** By default it follows the bare repository by its path. */
  async run(options: Partial<DaemonOptions> = {}): Promise<RunningDaemon> {
    return await runDaemon(`file://${this.repository.bare}`, {
      credentialsDir: this.credentialsDir,
      dataDir: this.dataDir,
      pollIntervalMs: 300,
      requestTimeoutMs: 3000,
      ...options,
    });
  }

  change(files: Readonly<Record<string, string>>, message?: string): string {
    const commit = this.repository.commit(files, message);
    this.repository.push();
    return commit;
  }

  /**
   * Until what runs now was observed, and a commit after it was applied: whatever it moves, it has moved.
   *
   * @param runs pods of the workload of each kind. What its status says is later than they are, and moves nothing.
   */
  async settles(
    running: RunningDaemon,
    runs: Readonly<Partial<Record<WorkloadKind, readonly number[]>>>,
  ): Promise<void> {
    // What moves nothing is on the status branch with the next commit.
    const recorded = async (): Promise<readonly (readonly number[])[]> => {
      await this.#mark(running);
      return Object.keys(runs).map((kind) => this.#recordedRunning(kind as WorkloadKind));
    };
    await expect.poll(recorded, { timeout: 60_000 }).toEqual(Object.values(runs));
    await this.#mark(running);
  }

  async #mark(running: RunningDaemon): Promise<void> {
    this.#markers += 1;
    const map = configMapYaml(this.namespace, 'marker', { a: `${this.#markers}` });
    await running.applied(this.change({ 'marker.yaml': map }));
  }

  #recordedRunning(kind: WorkloadKind): readonly number[] {
    const line = new RegExp(
      `name: ${NAMES[kind]}, specReplicas: \\d+, readyReplicas: \\d+, runningAndReadyPods: (\\d+),`,
    );
    return this.clusters.map(({ name }) => Number(line.exec(this.status(`observations/${name}.yaml`) ?? '')?.[1]));
  }

  /** Gives every workload of this fleet more room in one cluster. */
  async enlarge(index: number, pods: number): Promise<void> {
    const cluster = this.clusters[index];
    if (cluster === undefined) return;
    for (const kind of WORKLOAD_KINDS) await resizeNode(cluster, { name: roomOf(this.namespace, kind), pods });
  }

  /** What becomes of the pods of this fleet in one cluster. */
  decide(index: number, stage: (pod: NodePod, kind: WorkloadKind) => PodStage): void {
    this.kubelets[index]?.decide((pod) => {
      if (pod.metadata.namespace !== this.namespace) return 'ready';
      return stage(pod, pod.metadata.labels?.app === NAMES.Deployment ? 'Deployment' : 'ReplicaSet');
    });
  }

  /** Until so many pods of either kind are on the nodes of each cluster. */
  async binds(pods: readonly number[]): Promise<void> {
    const count = (kubelet: SimulatedKubelet): number =>
      kubelet.pods.filter(({ metadata }) => metadata.namespace === this.namespace).length;
    await expect.poll(() => this.kubelets.map(count)).toEqual(pods);
  }

  /** What was written, one after the other, in each cluster. */
  written(kind: WorkloadKind): readonly (readonly number[])[] {
    return this.clusters.map((cluster) => this.#recorded[kind].of(cluster));
  }

  /** Until what was written last is this. */
  async holds(kind: WorkloadKind, replicas: readonly number[], timeout = 60_000): Promise<void> {
    await expect.poll(() => this.written(kind).map((numbers) => numbers.at(-1)), { timeout }).toEqual(replicas);
  }

  /** Until so many are ready. */
  async runs(kind: WorkloadKind, ready: readonly number[], timeout = 60_000): Promise<void> {
    const target = `/apis/apps/v1/namespaces/${this.namespace}/${PLURALS[kind]}/${NAMES[kind]}`;
    const count = async (cluster: Cluster): Promise<number> => (await get(cluster, target))?.status.readyReplicas ?? 0;
    await expect.poll(() => Promise.all(this.clusters.map(count)), { timeout }).toEqual(ready);
  }

  /** A file of the status branch where it is pushed to; `undefined` where there is none. */
  status(name: string): string | undefined {
    return this.#show(`gitfed/status:${name}`);
  }

  /** A trailer of the last commit of the status branch. */
  trailer(name: string): string | undefined {
    return this.#git('log', '-1', `--format=%(trailers:key=${name},valueonly)`, 'gitfed/status');
  }

  /** The trees of the observations of every commit of the status branch, where it is pushed to. */
  recordedTrees(): readonly (string | undefined)[] {
    const commits = this.#git('rev-list', 'gitfed/status')?.split('\n') ?? [];
    return commits.map((commit) => this.#git('rev-parse', `${commit}:observations`));
  }

  /** The tree of the observations where they are pushed to. */
  observationsTree(): string | undefined {
    return this.#git('rev-parse', 'gitfed/status:observations');
  }

  #show(object: string): string | undefined {
    return this.#git('show', object);
  }

  #git(...args: readonly string[]): string | undefined {
    try {
      return execFileSync('git', ['--git-dir', this.repository.bare, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim();
    } catch {
      return undefined;
    }
  }
}
