import type { Model } from '../api/index.ts';
import { isSameList, type ObjectId, objectIdKey, SharedMap } from '../core/index.ts';
import { activeWorkloads, heldWorkloads } from './active-workloads.ts';
import { isReady } from './observations.ts';
import type { SeenCluster } from './seen.ts';
import type { ClusterObservation, Observations, Rendering, WorkloadObservation } from './types.ts';
import { type NewsContext, newsOf, type Waits } from './workload-news.ts';

/** Workloads that have not got to what is planned everywhere, by `workloadKey`. */
export type Waiting = ReadonlyMap<string, Waits>;

export const NOTHING_WAITED_FOR: Waiting = SharedMap.of<Waits>();

export interface ObservationInput {
  /** What the plan in force was made from. */
  readonly published: Observations;
  /** By cluster; one without an entry stays as it was published, and says nothing. */
  readonly seen: ReadonlyMap<string, SeenCluster>;
  /** Of `model` with `published`. */
  readonly rendering: Pick<Rendering, 'clusters' | 'replicas'>;
  readonly model: Model;
  /** What the call before returned; at the start {@link NOTHING_WAITED_FOR}. */
  readonly waiting: Waiting;
  /** By any clock, the same one for all calls. */
  readonly nowMs: number;
  /** Whether the observer is not to be trusted (`judgeReadiness`): then nothing is new. */
  readonly isSuspect?: boolean;
}

export interface NextObservations {
  /** The same reference as `published` where nothing is new; what did not change is shared with it. */
  readonly observations: Observations;
  readonly waiting: Waiting;
  /** When to ask again if nothing else happens. */
  readonly recheckInMs?: number;
}

/** What the last call looked at. It makes the next one faster, and never another one. */
export class ObservationMemo {
  last: Looked | undefined;
  /** How many workloads were looked at so far: those of which nobody knew that nothing is new. */
  looked = 0;
}

interface Looked {
  readonly context: NewsContext;
  /** What came of it. */
  readonly observations: Observations;
  readonly heldLists: readonly (readonly ObjectId[])[];
}

/**
 * What the planner is to read from now on. Pure.
 *
 * A plan made from it is to be a fixed point: while pods start in whatever order, no replica moves. So a workload is published for all its
 * clusters together, and only when it is settled in each of them with what is planned there. Clusters where that number is not ours to set
 * are taken as they are; one that does not get there in time is waited for no longer, and then only a limit that was found elsewhere is news.
 * A cluster that is not ready keeps what was published of it. While a file hides what should be planned, nothing is new (design: the last
 * applied numbers stay).
 */
export function nextObservations(input: ObservationInput, memo?: ObservationMemo): NextObservations {
  const { published, model, waiting, rendering, isSuspect = false } = input;
  if (isSuspect || model.holds.length > 0) return { observations: published, waiting };
  const context = contextOf(input);
  const heldLists = rendering.clusters.map(({ held }) => held);
  const changed = changedSince(memo?.last, context, heldLists, waiting);
  const { changes, waits } = changesOf(context, changed, waiting);
  const observations = withChanges(published, context.ready, changes);
  const nextWaiting = SharedMap.of(changed === undefined ? [] : waiting).with(waits);
  if (memo !== undefined) {
    memo.last = { context, observations, heldLists };
    memo.looked += waits.length;
  }
  const recheckInMs = nextLook(nextWaiting, context.nowMs);
  return { observations, waiting: nextWaiting, ...(recheckInMs === undefined ? {} : { recheckInMs }) };
}

function contextOf({ model, seen, published, rendering, nowMs }: ObservationInput): NewsContext {
  const names = model.clusters.map(({ name }) => name);
  const ready = new Map(names.map((name) => [name, seen.get(name)?.ready ?? isReady(published, name)] as const));
  return {
    model,
    published,
    seen,
    ready,
    nowMs,
    replicas: rendering.replicas,
    returned: new Set(names.filter((name) => ready.get(name) === true && !isReady(published, name))),
    held: new Map(
      rendering.clusters
        .filter(({ held }) => held.length > 0)
        .map(({ cluster, held }) => [cluster, new Set(held.map(objectIdKey))]),
    ),
    progressDeadlineMs: model.configuration.observation.progressDeadlineSeconds * 1000,
  };
}

/** The workloads of which there may be news; `undefined`: any of them. */
function changedSince(
  last: Looked | undefined,
  now: NewsContext,
  heldLists: Looked['heldLists'],
  waiting: Waiting,
): ReadonlySet<string> | undefined {
  if (last === undefined || last.observations !== now.published || last.context.model !== now.model) return undefined;
  const before = last.context;
  if (now.returned.size > 0 || !isSameList([...before.ready.values()], [...now.ready.values()])) return undefined;
  const isSameHeld = heldLists.every((held, index) => isSameList(held, last.heldLists[index] ?? []));
  if (!isSameHeld) return undefined;
  const found = new Set<string>();
  for (const name of now.ready.keys()) {
    const [one, other] = [before.seen.get(name)?.workloads, now.seen.get(name)?.workloads];
    if ((one === undefined) !== (other === undefined)) return undefined;
    if (one !== undefined && other !== undefined) SharedMap.addChangedKeys(one, other, found);
  }
  if (before.replicas !== now.replicas) {
    for (const [key, { name }] of activeWorkloads(now.model)) {
      if (before.replicas.get(name) !== now.replicas.get(name)) found.add(key);
    }
  }
  for (const [key, { dueMs = Number.POSITIVE_INFINITY }] of waiting) if (dueMs <= now.nowMs) found.add(key);
  return found;
}

/** By cluster: what is published of workloads from now on, `undefined` for nothing. */
type Changes = ReadonlyMap<string, readonly (readonly [string, WorkloadObservation | undefined])[]>;

function changesOf(
  context: NewsContext,
  changed: ReadonlySet<string> | undefined,
  waiting: Waiting,
): { readonly changes: Changes; readonly waits: readonly (readonly [string, Waits | undefined])[] } {
  const { model } = context;
  const active = activeWorkloads(model);
  const changes = new Map(
    [...context.ready.keys()].map((name) => [name, [] as [string, WorkloadObservation | undefined][]]),
  );
  const waits: [string, Waits | undefined][] = [];
  for (const key of changed ?? active.keys()) {
    const workload = active.get(key);
    if (workload === undefined) continue;
    const { news, waits: waited } = newsOf(context, key, workload, waiting.get(key));
    for (const [cluster, observation] of news) changes.get(cluster)?.push([key, observation]);
    waits.push([key, waited]);
  }
  if (changed === undefined) dropInactive(context, changes);
  return { changes, waits };
}

/** What no preference is for any longer. */
function dropInactive(
  { published, model }: NewsContext,
  changes: Map<string, [string, undefined | WorkloadObservation][]>,
) {
  const active = activeWorkloads(model);
  const held = heldWorkloads(model);
  for (const [cluster, { workloads }] of published.clusters) {
    for (const key of workloads.keys()) {
      if (!active.has(key) && !held.has(key)) changes.get(cluster)?.push([key, undefined]);
    }
  }
}

const NO_WORKLOADS: ClusterObservation['workloads'] = SharedMap.of<WorkloadObservation>();

/** The observations of the registered clusters; what is the same for the planner stays as it is, by reference. */
function withChanges(published: Observations, ready: ReadonlyMap<string, boolean>, changes: Changes): Observations {
  const clusters = new Map<string, ClusterObservation>();
  for (const [name, isReadyNow] of ready) {
    const before = published.clusters.get(name);
    const known = before?.workloads ?? NO_WORKLOADS;
    const changed = changes.get(name) ?? [];
    const workloads = changed.length === 0 ? known : SharedMap.of(known).with(changed);
    if (before?.ready === isReadyNow && workloads === before.workloads) clusters.set(name, before);
    else if (before !== undefined || !isReadyNow || workloads.size > 0) {
      clusters.set(name, { ready: isReadyNow, workloads });
    }
  }
  const isSame = clusters.size === published.clusters.size;
  if (isSame && [...clusters].every(([name, cluster]) => published.clusters.get(name) === cluster)) return published;
  return { clusters };
}

function nextLook(waiting: Waiting, nowMs: number): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const { dueMs } of waiting.values()) if (dueMs !== undefined) next = Math.min(next, dueMs - nowMs);
  return Number.isFinite(next) ? Math.max(0, next) : undefined;
}
