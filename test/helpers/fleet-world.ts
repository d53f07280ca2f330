import type { ClusterPreference, Model } from '../../src/api/index.ts';
import { compareText, type JsonObject } from '../../src/core/index.ts';
import {
  formatObservation,
  judgeReadiness,
  type NextObservations,
  NOTHING_OBSERVED,
  NOTHING_WAITED_FOR,
  nextObservations,
  type ObservationInput,
  ObservationMemo,
  type Observations,
  observeWorkload,
  type ReadinessSettings,
  type ReadinessState,
  type Rendering,
  RenderMemo,
  render,
  type SeenCluster,
  type SeenWorkload,
  type Waiting,
  workloadKey,
} from '../../src/render/index.ts';
import { CONFIGURATION, clusterOf, federatedOf, modelWith, preferenceOf } from './render-input.ts';

const LABELS = { app: 'web' };
const SETTINGS: ReadinessSettings = {
  availableDelayMs: 20_000,
  unavailableDelayMs: 60_000,
  stabilizationMs: 300_000,
  maxUnreadyPercent: 30,
};

interface Pod {
  phase: 'Pending' | 'Running';
  /** No node is found for it since then. */
  unschedulableSince?: number;
}

interface Member {
  room: number;
  reachable: boolean;
  /** Of a workload: what was applied last, and its pods; absent until it is applied. */
  readonly workloads: Map<string, { spec: number; pods: Pod[] }>;
}

export interface Wish {
  readonly name: string;
  readonly total: number;
  readonly rebalance: boolean;
  readonly clusters: Readonly<Record<string, ClusterPreference>>;
}

/** What a plan was made from, and what came of it. */
export interface Applied {
  readonly model: Model;
  readonly observations: Observations;
  readonly replicas: Rendering['replicas'];
}

/**
 * A fleet as the observer finds it: members with room for so many pods, which start in any order, and a daemon that plans, applies and
 * observes whenever it is told to. Time stands still but for `pass`.
 */
export class FleetWorld {
  readonly members = new Map<string, Member>();
  readonly applied: Applied[] = [];
  readonly #memo = new RenderMemo();
  readonly #observationMemo = new ObservationMemo();
  #nowMs = 0;
  #model: Model;
  #observations: Observations = NOTHING_OBSERVED;
  #rendering: Rendering;
  #readiness: ReadinessState = { clusters: {} };
  #waiting: Waiting = NOTHING_WAITED_FOR;
  readonly #lastSeen = new Map<string, SeenCluster>();
  isSuspect = false;

  wishes: readonly Wish[];

  constructor(rooms: Readonly<Record<string, number>>, wishes: readonly Wish[]) {
    for (const [name, room] of Object.entries(rooms)) {
      this.members.set(name, { room, reachable: true, workloads: new Map() });
    }
    this.wishes = wishes;
    this.#model = this.#modelOf(wishes);
    this.#rendering = this.#plan();
  }

  get observations(): Observations {
    return this.#observations;
  }

  get rendering(): Rendering {
    return this.#rendering;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  planned(name: string): ReadonlyMap<string, bigint> {
    return this.#rendering.replicas.get(`FederatedDeployment/shop/${name}`) ?? new Map();
  }

  running(name: string, cluster: string): number {
    const pods = this.members.get(cluster)?.workloads.get(name)?.pods ?? [];
    return pods.filter(({ phase }) => phase === 'Running').length;
  }

  commit(wishes: readonly Wish[]): void {
    this.wishes = wishes;
    this.#model = this.#modelOf(wishes);
    this.#rendering = this.#plan();
    // As the daemon does before it gives a revision to the members.
    this.observe();
  }

  pass(ms: number): void {
    this.#nowMs += ms;
  }

  /** A member gets what is planned for it. */
  apply(cluster: string): void {
    const member = this.members.get(cluster);
    if (member?.reachable !== true) return;
    for (const { cluster: name, objects } of this.#rendering.clusters) {
      if (name !== cluster) continue;
      const wanted = new Map(objects.map(({ id, manifest }) => [id.name, manifest]));
      for (const known of member.workloads.keys()) if (!wanted.has(known)) member.workloads.delete(known);
      for (const [known, { spec }] of wanted) {
        scale(member, known, Number((spec as JsonObject)['replicas'] ?? 1));
      }
    }
  }

  /** The scheduler of a member looks at one of its pods, the first that does not run. */
  schedule(cluster: string, which = 0): void {
    const member = this.members.get(cluster);
    if (member === undefined) return;
    const pods = [...member.workloads.values()].flatMap((workload) => workload.pods);
    const waiting = pods.filter(({ phase }) => phase === 'Pending');
    const pod = waiting[which % Math.max(1, waiting.length)];
    if (pod === undefined) return;
    if (pods.length - waiting.length < member.room) {
      pod.phase = 'Running';
      delete pod.unschedulableSince;
    } else {
      pod.unschedulableSince ??= this.#nowMs;
    }
  }

  /** Nodes come or go; what runs and has no node any longer waits for one. */
  resize(cluster: string, room: number): void {
    const member = this.members.get(cluster);
    if (member === undefined) return;
    member.room = room;
    const running = [...member.workloads.values()]
      .flatMap(({ pods }) => pods)
      .filter(({ phase }) => phase === 'Running');
    for (const pod of running.slice(room)) pod.phase = 'Pending';
  }

  /** The daemon looks at the fleet. @returns whether it planned anew. */
  observe(): boolean {
    const probed = new Map([...this.members].map(([name, { reachable }]) => [name, reachable] as const));
    const verdict = judgeReadiness(this.#readiness, probed, this.#nowMs, SETTINGS);
    this.#readiness = verdict.state;
    this.isSuspect = verdict.suspect !== undefined;
    const input: ObservationInput = {
      published: this.#observations,
      seen: new Map([...verdict.ready].map(([name, ready]) => [name, this.#seen(name, ready)])),
      rendering: this.#rendering,
      model: this.#model,
      waiting: this.#waiting,
      nowMs: this.#nowMs,
      isSuspect: this.isSuspect,
    };
    const next = nextObservations(input, this.#observationMemo);
    const [kept, anew] = [printed(next), printed(nextObservations(input))];
    if (kept !== anew) throw new Error(`The memo makes another result:\n${kept}\n${anew}`);
    this.#waiting = next.waiting;
    if (next.observations === this.#observations) return false;
    this.#observations = next.observations;
    this.#rendering = this.#plan();
    return true;
  }

  /** What is not reached is as it was seen last. */
  #seen(cluster: string, ready: boolean): SeenCluster {
    const member = this.members.get(cluster);
    if (member?.reachable !== true) return { ...this.#lastSeen.get(cluster), ready };
    const workloads = new Map<string, SeenWorkload>();
    for (const [name, { spec, pods }] of member?.workloads ?? []) {
      const running = pods.filter(({ phase }) => phase === 'Running').length;
      const workload: JsonObject = {
        kind: 'Deployment',
        spec: { replicas: spec, selector: { matchLabels: LABELS } },
        status: { readyReplicas: running },
      };
      const observed = observeWorkload(workload, pods.map(podObject), {
        now: this.#nowMs,
        unschedulableAfterMs: 60_000,
      });
      if (observed.ok) workloads.set(workloadKey('Deployment', 'shop', name), observed.seen);
    }
    const seen = { ready, workloads };
    this.#lastSeen.set(cluster, seen);
    return seen;
  }

  #plan(): Rendering {
    const rendering = render(this.#model, this.#observations, { memo: this.#memo });
    this.applied.push({ model: this.#model, observations: this.#observations, replicas: rendering.replicas });
    return rendering;
  }

  #modelOf(wishes: readonly Wish[]): Model {
    return modelWith({
      configuration: CONFIGURATION,
      clusters: [...this.members.keys()].sort().map((name) => clusterOf(name)),
      objects: wishes.map(({ name }) => federatedOf({ name, template: { spec: { replicas: 1 } } })),
      preferences: wishes.map(({ name, total, rebalance, clusters }) =>
        preferenceOf({ name, totalReplicas: total, rebalance, clusters: new Map(Object.entries(clusters)) }),
      ),
    });
  }
}

/** As a ReplicaSet does: pods that do not run go first. */
function scale(member: Member, name: string, spec: number): void {
  const workload = member.workloads.get(name) ?? { spec: 0, pods: [] };
  member.workloads.set(name, workload);
  workload.spec = spec;
  while (workload.pods.length < spec) workload.pods.push({ phase: 'Pending' });
  const excess = workload.pods.length - Math.max(0, spec);
  if (excess <= 0) return;
  const byWorth = [...workload.pods].sort((a, b) => Number(a.phase === 'Running') - Number(b.phase === 'Running'));
  const going = new Set(byWorth.slice(0, excess));
  workload.pods = workload.pods.filter((pod) => !going.has(pod));
}

function podObject({ phase, unschedulableSince }: Pod): JsonObject {
  const scheduled =
    unschedulableSince === undefined
      ? []
      : [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            lastTransitionTime: new Date(unschedulableSince).toISOString(),
          },
        ];
  const ready = phase === 'Running' ? [{ type: 'Ready', status: 'True' }] : [];
  return { metadata: { labels: LABELS }, status: { phase, conditions: [...scheduled, ...ready] } };
}

/** What the next observations say, in an order of their own. */
function printed({ observations, waiting, recheckInMs }: NextObservations): string {
  const waits = [...waiting].map(([key, { clusters, dueMs }]): [string, unknown] => [key, [[...clusters], dueMs]]);
  const parts = {
    files: [...observations.clusters].map(([name, cluster]) => formatObservation(name, cluster)),
    waits: waits.sort(([a], [b]) => compareText(a, b)),
    recheckInMs,
  };
  return JSON.stringify(parts, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
}
