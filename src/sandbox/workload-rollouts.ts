import type { JsonObject, JsonValue } from '../core/index.ts';
import { compareAge, countAt, mappingAt, textAt, valueAt, wantedReplicas } from './workload-objects.ts';

/** How many Pods more, and how many fewer, than wanted there may be during a rollout. */
export interface RolloutLimits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export function rolloutLimits(deployment: JsonObject): RolloutLimits {
  const wanted = wantedReplicas(deployment);
  if (isRecreate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge, maxUnavailable } = mappingAt(deployment, 'spec', 'strategy', 'rollingUpdate');
  const surge = share(maxSurge, wanted, Math.ceil);
  const unavailable = share(maxUnavailable, wanted, Math.floor);
  // Neither would be a rollout that can do nothing.
  return { maxSurge: surge, maxUnavailable: Math.min(surge + unavailable === 0 ? 1 : unavailable, wanted) };
}

function isRecreate(deployment: JsonObject): boolean {
  return textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate';
}

function share(value: JsonValue | undefined, wanted: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percentage = /^(\d+)%$/.exec(typeof value === 'string' ? value : '25%')?.[1];
  return percentage === undefined ? 0 : round((Number(percentage) * wanted) / 100);
}

/** The ReplicaSets of a Deployment. */
export interface Rollout {
  readonly deployment: JsonObject;
  /** Of the template as it is now. */
  readonly current: JsonObject | undefined;
  /** Of former templates, the oldest first. */
  readonly former: readonly JsonObject[];
}

/** How many Pods each ReplicaSet should have next, by name; of `current` also before it is there. */
export function nextReplicas(rollout: Rollout): ReadonlyMap<string, number> {
  const { deployment, current, former } = rollout;
  if (valueAt(deployment, 'spec', 'paused') === true) return pausedReplicas(rollout);
  const isOver = former.every((replicaSet) => wantedReplicas(replicaSet) === 0);
  if (isOver && current !== undefined) return new Map([[nameOf(current), wantedReplicas(deployment)]]);
  return isRecreate(deployment) ? recreatedReplicas(rollout) : rolledReplicas(rollout);
}

/** What the ReplicaSet of a new template starts with. */
export function firstReplicas({ deployment, former }: Rollout): number {
  const total = sum(former.map(wantedReplicas));
  if (isRecreate(deployment)) return sum(former.map(podsOf)) === 0 && total === 0 ? wantedReplicas(deployment) : 0;
  const room = wantedReplicas(deployment) + rolloutLimits(deployment).maxSurge - total;
  return Math.max(0, Math.min(room, wantedReplicas(deployment)));
}

function nameOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'name');
}

function podsOf(replicaSet: JsonObject): number {
  return countAt(replicaSet, 'status', 'replicas');
}

function availableOf(replicaSet: JsonObject): number {
  return countAt(replicaSet, 'status', 'availableReplicas');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The former ones first, all at once. */
function recreatedReplicas({ deployment, current, former }: Rollout): ReadonlyMap<string, number> {
  const next = new Map(former.map((replicaSet) => [nameOf(replicaSet), 0]));
  const isGone = former.every((replicaSet) => wantedReplicas(replicaSet) === 0 && podsOf(replicaSet) === 0);
  if (current !== undefined) {
    next.set(
      nameOf(current),
      isGone ? wantedReplicas(deployment) : Math.min(wantedReplicas(current), wantedReplicas(deployment)),
    );
  }
  return next;
}

/** The new one grows as far as there may be more, the former ones shrink as far as enough are available. */
function rolledReplicas({ deployment, current, former }: Rollout): ReadonlyMap<string, number> {
  const wanted = wantedReplicas(deployment);
  const { maxSurge, maxUnavailable } = rolloutLimits(deployment);
  const next = new Map(former.map((replicaSet) => [nameOf(replicaSet), wantedReplicas(replicaSet)]));
  const total = sum([...next.values()]) + (current === undefined ? 0 : wantedReplicas(current));
  if (current !== undefined) {
    const room = Math.max(0, wanted + maxSurge - total);
    next.set(nameOf(current), Math.min(wanted, wantedReplicas(current) + room));
  }
  const lacking = current === undefined ? 0 : Math.max(0, wantedReplicas(current) - availableOf(current));
  let mayGo = Math.max(0, total - (wanted - maxUnavailable) - lacking);
  // Those that do not run are no loss.
  for (const replicaSet of former) {
    const idle = Math.max(0, wantedReplicas(replicaSet) - availableOf(replicaSet));
    mayGo -= shrink(next, replicaSet, Math.min(idle, mayGo));
  }
  const available = sum([...former, ...(current === undefined ? [] : [current])].map(availableOf));
  let spare = Math.max(0, Math.min(mayGo, available - (wanted - maxUnavailable)));
  for (const replicaSet of former) spare -= shrink(next, replicaSet, spare);
  return next;
}

function shrink(next: Map<string, number>, replicaSet: JsonObject, count: number): number {
  const before = next.get(nameOf(replicaSet)) ?? 0;
  const gone = Math.max(0, Math.min(before, count));
  next.set(nameOf(replicaSet), before - gone);
  return gone;
}

/** How many Pods a Deployment wanted when a ReplicaSet was last scaled. */
export const DESIRED_ANNOTATION = 'deployment.kubernetes.io/desired-replicas';

/** A rollout stands still while it is paused, but a change of scale counts: the newest ReplicaSet takes it, and then the older ones. */
function pausedReplicas({ deployment, current, former }: Rollout): ReadonlyMap<string, number> {
  const wanted = wantedReplicas(deployment);
  const all = [...former, ...(current === undefined ? [] : [current])].sort(compareAge).reverse();
  const active = all.filter((replicaSet) => wantedReplicas(replicaSet) > 0);
  const scaled = active.length > 0 ? active : all.slice(0, 1);
  const [newest] = scaled;
  if (newest === undefined) return new Map();
  const desired = Number(textAt(newest, 'metadata', 'annotations', DESIRED_ANNOTATION) || wanted);
  let missing = wanted - desired;
  const next = new Map<string, number>();
  for (const replicaSet of scaled) {
    const before = wantedReplicas(replicaSet);
    const after = Math.max(0, before + missing);
    next.set(nameOf(replicaSet), after);
    missing -= after - before;
  }
  return next;
}
