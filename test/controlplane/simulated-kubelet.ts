import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Cluster } from './cluster.ts';

/** What has become of a pod on a node. */
export type PodStage =
  /** Its containers are being created, and its phase is Pending. */
  | 'pending'
  /** It runs, and does not say that it is ready. */
  | 'unready'
  | 'ready'
  /** Its container ends again and again. */
  | 'crashing';

/** A pod as a kubelet sees it. */
export interface NodePod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly nodeName: string;
    readonly containers: readonly { readonly name: string; readonly image: string }[];
  };
}

export type DecideStage = (pod: NodePod) => PodStage;

/** The kubelets of all nodes of a cluster. */
export interface SimulatedKubelet {
  /** The pods on the nodes, in the order in which they came there. */
  readonly pods: readonly NodePod[];
  /** What becomes of pods from now on, those that are there too; by default all become ready. */
  decide(stage: DecideStage): void;
  /** Nothing is said of any pod from then on, and none is removed. */
  silence(): void;
  /** What changed meanwhile is said now. */
  speak(): void;
  stop(): Promise<void>;
}

const STRATEGIC = 'application/strategic-merge-patch+json';
const RECONNECT_MS = 200;

/**
 * Runs pods that the scheduler has bound: each becomes what is decided, by default Running and Ready, and is removed when it is deleted.
 * There are no containers behind them. It ends with the test, and lives through restarts of the API server.
 */
export function simulateKubelet(cluster: Cluster, decide: DecideStage = () => 'ready'): SimulatedKubelet {
  const kubelet = new Kubelet(cluster, decide);
  onTestFinished(() => kubelet.stop());
  return kubelet;
}

class Kubelet implements SimulatedKubelet {
  readonly #cluster: Cluster;
  readonly #control = new AbortController();
  readonly #pods = new Map<string, NodePod>();
  /** What was said last, by uid. */
  readonly #said = new Map<string, PodStage | 'deleted'>();
  readonly #busy = new Set<string>();
  readonly #running: Promise<void>;
  #decide: DecideStage;
  #isSilent = false;

  constructor(cluster: Cluster, decide: DecideStage) {
    this.#cluster = cluster;
    this.#decide = decide;
    this.#running = this.#run();
  }

  get pods(): readonly NodePod[] {
    return [...this.#pods.values()];
  }

  decide(stage: DecideStage): void {
    this.#decide = stage;
    this.#updateAll();
  }

  silence(): void {
    this.#isSilent = true;
  }

  speak(): void {
    this.#isSilent = false;
    this.#updateAll();
  }

  async stop(): Promise<void> {
    this.#control.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#control;
    while (!signal.aborted) {
      try {
        await this.#watch(signal);
      } catch {
        // The API server is away: it is asked again.
      }
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const target = '/api/v1/pods?watch=true&fieldSelector=spec.nodeName!%3D';
    this.#pods.clear();
    for await (const { type, object } of this.#cluster.watch<NodePod>(target, signal)) {
      if (type === 'DELETED') {
        this.#pods.delete(object.metadata.uid);
      } else if (type === 'ADDED' || type === 'MODIFIED') {
        this.#pods.set(object.metadata.uid, object);
        void this.#update(object.metadata.uid);
      }
    }
  }

  #updateAll(): void {
    for (const uid of this.#pods.keys()) void this.#update(uid);
  }

  /** One request for a pod at a time: what is said last has to be what is decided last. */
  async #update(uid: string): Promise<void> {
    if (this.#busy.has(uid)) return;
    this.#busy.add(uid);
    try {
      for (let next = this.#next(uid); next !== undefined; next = this.#next(uid)) {
        const { status } = await this.#say(next.pod, next.wanted);
        if (status >= 500 || status === 429) return; // told again when the pod changes, or with the next watch
        this.#said.set(uid, next.wanted);
      }
    } catch {
      // The API server is away: with the next watch.
    } finally {
      this.#busy.delete(uid);
    }
  }

  #next(uid: string): { readonly pod: NodePod; readonly wanted: PodStage | 'deleted' } | undefined {
    const pod = this.#pods.get(uid);
    if (pod === undefined || this.#isSilent) return undefined;
    const wanted = pod.metadata.deletionTimestamp === undefined ? this.#decide(pod) : 'deleted';
    return this.#said.get(uid) === wanted ? undefined : { pod, wanted };
  }

  async #say(pod: NodePod, wanted: PodStage | 'deleted'): Promise<{ readonly status: number }> {
    const { namespace, name, uid } = pod.metadata;
    const target = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const { signal } = this.#control;
    if (wanted === 'deleted') {
      const options = { gracePeriodSeconds: 0, preconditions: { uid } };
      return await this.#cluster.request('DELETE', target, options, undefined, { signal });
    }
    const patch = { metadata: { uid }, status: statusOf(pod, wanted) };
    return await this.#cluster.request('PATCH', `${target}/status`, patch, STRATEGIC, { signal });
  }
}

function statusOf({ spec }: NodePod, stage: PodStage): object {
  const now = new Date().toISOString();
  const condition = (type: string, isTrue: boolean): object => ({
    type,
    status: isTrue ? 'True' : 'False',
    lastTransitionTime: now,
  });
  const isReady = stage === 'ready';
  return {
    phase: stage === 'pending' ? 'Pending' : 'Running',
    conditions: [condition('Initialized', true), condition('ContainersReady', isReady), condition('Ready', isReady)],
    startTime: now,
    hostIP: '192.0.2.10',
    ...(stage === 'pending' ? {} : { podIP: '192.0.2.11', podIPs: [{ ip: '192.0.2.11' }] }),
    containerStatuses: spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: isReady,
      started: isReady,
      restartCount: stage === 'crashing' ? 1 : 0,
      state: containerState(stage, now),
    })),
  };
}

function containerState(stage: PodStage, startedAt: string): object {
  if (stage === 'pending') return { waiting: { reason: 'ContainerCreating' } };
  if (stage === 'crashing') return { waiting: { reason: 'CrashLoopBackOff' } };
  return { running: { startedAt } };
}
