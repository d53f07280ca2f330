import { compareText } from '../core/index.ts';
import type { Observations } from './types.ts';

/** When a cluster counts as lost, and when as back. */
export interface ReadinessSettings {
  /** For how long a cluster that was never reached has to answer before it counts as ready (`availableDelay` of the KubeFedConfig). */
  readonly availableDelayMs: number;
  /** For how long a cluster has to be unreachable before its replicas move (`unavailableDelay` of the KubeFedConfig). */
  readonly unavailableDelayMs: number;
  /** For how long a cluster that was lost has to answer without a break before it counts as ready (`failback.stabilization`). */
  readonly stabilizationMs: number;
  /** Where more of the ready clusters than this percentage, and at least two, are lost together, nothing moves (`failover.maxUnreadyPercent`). */
  readonly maxUnreadyPercent: number;
}

/** What was decided of one cluster, and since when it answers or does not. */
export interface ClusterReadiness {
  readonly ready: boolean;
  /** What the last probe said; absent while none has. */
  readonly reachable?: boolean;
  /** Milliseconds: since when `reachable` is so. */
  readonly sinceMs?: number;
  /** It was ready once, or was published as lost: to come back it has to be stable. */
  readonly wasLost?: boolean;
  /** It has answered before. */
  readonly wasReached?: boolean;
  /** A person has said that it is really gone; until it answers again. */
  readonly isConfirmed?: boolean;
}

/** Plain JSON. */
export interface ReadinessState {
  /** By name, registered clusters alone. */
  readonly clusters: Readonly<Record<string, ClusterReadiness>>;
  /** Clusters that were lost together, sorted: while it is there nothing moves. */
  readonly suspect?: readonly string[];
}

export interface ReadinessVerdict {
  readonly state: ReadinessState;
  /** Every registered cluster. */
  readonly ready: ReadonlyMap<string, boolean>;
  /** So many were lost together that the observer itself is not to be trusted: no replica may move. */
  readonly suspect?: { readonly clusters: readonly string[] };
  /** When to judge again if no probe says anything else. */
  readonly recheckInMs?: number;
}

/** What a daemon begins with: what was published is so until probes have said something else for long enough. */
export function readinessAsPublished(published: Observations): ReadinessState {
  const clusters = [...published.clusters].map(([name, { ready }]): [string, ClusterReadiness] => [
    name,
    ready ? { ready, wasReached: true } : { ready, wasLost: true, wasReached: true },
  ]);
  return { clusters: Object.fromEntries(clusters) };
}

/**
 * Decides which clusters take part in planning, from what probes say of them now. Pure.
 *
 * @param probed every registered cluster; `undefined`: nobody has asked it yet, or nobody can say, so that it stays as it was decided.
 * @param nowMs by any clock, the same one for all calls with one state.
 */
export function judgeReadiness(
  state: ReadinessState,
  probed: ReadonlyMap<string, boolean | undefined>,
  nowMs: number,
  settings: ReadinessSettings,
): ReadinessVerdict {
  const fleet = new Map(
    [...probed].map(([name, reachable]) => [name, withProbe(known(state, name), reachable, nowMs)] as const),
  );
  const suspect = suspects(fleet, state.suspect, nowMs, settings);
  const judged = suspect === undefined ? decideAll(fleet, nowMs, settings) : fleet;
  const recheckInMs = nextJudgement(judged, suspect, nowMs, settings);
  return {
    state: { clusters: Object.fromEntries(judged), ...(suspect === undefined ? {} : { suspect }) },
    ready: new Map([...judged].map(([name, { ready }]) => [name, ready])),
    ...(suspect === undefined ? {} : { suspect: { clusters: suspect } }),
    ...(recheckInMs === undefined ? {} : { recheckInMs }),
  };
}

/** A person says that the clusters which were lost together are really gone. Without a suspicion nothing changes. */
export function confirmUnready(state: ReadinessState): ReadinessState {
  if (state.suspect === undefined) return state;
  const gone = new Set(state.suspect);
  const clusters = Object.entries(state.clusters).map(([name, cluster]): [string, ClusterReadiness] => [
    name,
    gone.has(name) && cluster.reachable !== true ? { ...cluster, isConfirmed: true } : cluster,
  ]);
  return { clusters: Object.fromEntries(clusters) };
}

type Fleet = ReadonlyMap<string, ClusterReadiness>;

function known({ clusters }: ReadinessState, name: string): ClusterReadiness {
  return (Object.hasOwn(clusters, name) ? clusters[name] : undefined) ?? { ready: true };
}

function withProbe(before: ClusterReadiness, reachable: boolean | undefined, nowMs: number): ClusterReadiness {
  const { reachable: answered, sinceMs, isConfirmed, ...decided } = before;
  if (reachable === undefined) return { ...decided, ...(isConfirmed === undefined ? {} : { isConfirmed }) };
  // A clock that is set back must not make a delay longer than it is.
  const since = answered === reachable && sinceMs !== undefined ? Math.min(sinceMs, nowMs) : nowMs;
  if (reachable) return { ...decided, wasReached: true, reachable, sinceMs: since };
  return { ...decided, reachable, sinceMs: since, ...(isConfirmed === undefined ? {} : { isConfirmed }) };
}

function isLost({ ready, reachable }: ClusterReadiness): boolean {
  return ready && reachable === false;
}

/** For how long it has been as it is. */
function ageOf({ sinceMs }: ClusterReadiness, nowMs: number): number {
  return sinceMs === undefined ? 0 : nowMs - sinceMs;
}

/**
 * The clusters that were lost within one delay of each other, where they are too many. All that are lost and not decided yet are: one that
 * was lost a delay before another was decided before that was lost.
 */
function suspects(
  fleet: Fleet,
  before: readonly string[] | undefined,
  nowMs: number,
  { unavailableDelayMs, availableDelayMs, maxUnreadyPercent }: ReadinessSettings,
): readonly string[] | undefined {
  const suspected = new Set(before);
  const group = [...fleet].filter(([name, cluster]) => {
    if (isLost(cluster)) return cluster.isConfirmed !== true;
    // One that has just come back may go again.
    return suspected.has(name) && cluster.reachable === true && ageOf(cluster, nowMs) < availableDelayMs;
  });
  const ready = [...fleet.values()].filter((cluster) => cluster.ready).length;
  if (group.length < 2 || group.length * 100 <= maxUnreadyPercent * ready) return undefined;
  const isDue = group.some(([, cluster]) => isLost(cluster) && ageOf(cluster, nowMs) >= unavailableDelayMs);
  return isDue || before !== undefined ? group.map(([name]) => name).sort(compareText) : undefined;
}

function decideAll(fleet: Fleet, nowMs: number, settings: ReadinessSettings): Fleet {
  const returned = new Map(
    [...fleet].map(([name, cluster]) => [name, isBack(cluster, nowMs, settings) ? back(cluster) : cluster] as const),
  );
  const gone = [...returned].filter(([, cluster]) => isGone(cluster, nowMs, settings));
  const ready = [...returned.values()].filter((cluster) => cluster.ready);
  // With no ready cluster there is nowhere for replicas to go, and nothing that could be planned.
  if (gone.length === ready.length) return returned;
  for (const [name, cluster] of gone) {
    returned.set(name, { ...cluster, ready: false, ...(cluster.wasReached === true ? { wasLost: true } : {}) });
  }
  return returned;
}

function back({ wasLost: _, ...cluster }: ClusterReadiness): ClusterReadiness {
  return { ...cluster, ready: true };
}

function isBack(cluster: ClusterReadiness, nowMs: number, settings: ReadinessSettings): boolean {
  return !cluster.ready && cluster.reachable === true && ageOf(cluster, nowMs) >= delayOfReturn(cluster, settings);
}

function delayOfReturn({ wasLost }: ClusterReadiness, { availableDelayMs, stabilizationMs }: ReadinessSettings) {
  return wasLost === true ? Math.max(availableDelayMs, stabilizationMs) : availableDelayMs;
}

function isGone(cluster: ClusterReadiness, nowMs: number, { unavailableDelayMs }: ReadinessSettings): boolean {
  return isLost(cluster) && (cluster.isConfirmed === true || ageOf(cluster, nowMs) >= unavailableDelayMs);
}

function nextJudgement(
  fleet: Fleet,
  suspect: readonly string[] | undefined,
  nowMs: number,
  settings: ReadinessSettings,
): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const [name, cluster] of fleet) {
    const due = delayOf(cluster, suspect?.includes(name), settings);
    const left = due === undefined ? 0 : due - ageOf(cluster, nowMs);
    if (left > 0) next = Math.min(next, left);
  }
  return Number.isFinite(next) ? next : undefined;
}

/** After how long of what it does now something may be decided; `isSuspect` is `undefined` where nothing is suspected. */
function delayOf(
  cluster: ClusterReadiness,
  isSuspect: boolean | undefined,
  settings: ReadinessSettings,
): number | undefined {
  if (isSuspect !== undefined) return isSuspect && cluster.reachable === true ? settings.availableDelayMs : undefined;
  if (isLost(cluster)) return settings.unavailableDelayMs;
  return !cluster.ready && cluster.reachable === true ? delayOfReturn(cluster, settings) : undefined;
}
