import type { FederatedObject } from '../api/index.ts';
import { compareText } from '../core/index.ts';
import type { NamespaceBound } from './placement.ts';
import type { SchedulingInput } from './scheduler.ts';
import type { ClusterLimit, ClusterReplicas, WorkloadLoss, WorkloadOutcome } from './what-if-types.ts';

/** A workload before anything is lost. */
export interface Workload {
  readonly name: string;
  readonly written: FederatedObject;
  readonly replicas: WorkloadLoss['replicas'];
  /** Replicas by ready cluster where it is. */
  readonly before: ReadonlyMap<string, bigint>;
  /** The sum of `before`. */
  readonly total: bigint;
  /** In how many of them it runs. */
  readonly homes: number;
  /** What is planned is what is written, whatever is planned. */
  readonly isPlain: boolean;
  /** What its namespace allows. */
  readonly bound: NamespaceBound;
  /** What its preference is planned from. */
  readonly input?: SchedulingInput;
}

/** A workload whose preference was planned again. */
export interface Replanned {
  /** What it was planned from; absent where nothing was planned. */
  readonly input?: SchedulingInput;
  /** What was planned, by cluster. */
  readonly planned: ReadonlyMap<string, bigint>;
  /** Clusters where it lands. */
  readonly placed: readonly string[];
  /** Replicas by cluster that is left. */
  readonly after: ReadonlyMap<string, bigint>;
  /** Clusters where it is in error, and stays as it is. */
  readonly held: ReadonlySet<string>;
  readonly suspended: ReadonlySet<string>;
}

/** What becomes of a workload; `undefined` where nothing does. */
export function workloadLoss(
  workload: Workload,
  lost: readonly string[],
  left: readonly string[],
  again: Replanned | undefined,
): WorkloadLoss | undefined {
  const { name, written, replicas, before } = workload;
  const gone = lost.filter((cluster) => isThere(workload, before, cluster));
  if (gone.length === 0 && again === undefined) return undefined;
  const changes = again === undefined ? [] : left.flatMap((cluster) => changeIn(cluster, before, again.after));
  if (gone.length === 0 && changes.length === 0) return undefined;
  const homes =
    again === undefined
      ? workload.homes - gone.length
      : left.filter((cluster) => isThere(workload, again.after, cluster)).length;
  const losses = gone.map((cluster): ClusterReplicas => {
    return { cluster, isLost: true, before: before.get(cluster) ?? 0n, after: 0n };
  });
  const numbers = {
    before: workload.total,
    lost: sum(losses.map((one) => one.before)),
    gained: sum(changes.map((one) => positive(one.after - one.before))),
    given: sum(changes.map((one) => positive(one.before - one.after))),
    missing: missingOf(workload, losses, changes),
    waiting: sum(
      changes.map((one) => beyond(workload, one.cluster, one.after) - beyond(workload, one.cluster, one.before)),
    ),
  };
  const outcome = outcomeOf(replicas, homes, numbers.missing);
  return {
    object: name,
    target: written.target,
    replicas,
    outcome,
    homes,
    clusters: [...losses, ...changes].sort((a, b) => compareText(a.cluster, b.cluster)),
    ...numbers,
    waiting: positive(numbers.waiting),
    limits:
      again === undefined || numbers.missing === 0n ? [] : left.flatMap((cluster) => limitIn(cluster, again) ?? []),
  };
}

const OUTCOMES: readonly WorkloadOutcome[] = ['NoSecondHome', 'Short', 'Reduced', 'Moved'];

/** The worst first: by outcome, then by how many are missing, then by name. */
export function compareLosses(a: WorkloadLoss, b: WorkloadLoss): number {
  return (
    OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) ||
    Number(b.missing - a.missing) ||
    Number(b.lost - a.lost) ||
    compareText(a.object, b.object)
  );
}

function outcomeOf(replicas: Workload['replicas'], homes: number, missing: bigint): WorkloadOutcome {
  if (homes === 0) return 'NoSecondHome';
  if (replicas !== 'Planned') return 'Reduced';
  return missing > 0n ? 'Short' : 'Moved';
}

/** Whether a workload runs in a cluster: with 0 replicas it does not. */
export function isThere(
  { replicas }: Pick<Workload, 'replicas'>,
  counts: ReadonlyMap<string, bigint>,
  cluster: string,
): boolean {
  const count = counts.get(cluster);
  return count !== undefined && (replicas === 'Unknown' || count > 0n);
}

function changeIn(
  cluster: string,
  before: ReadonlyMap<string, bigint>,
  after: ReadonlyMap<string, bigint>,
): readonly ClusterReplicas[] {
  const change = { cluster, isLost: false, before: before.get(cluster) ?? 0n, after: after.get(cluster) ?? 0n };
  return change.before === change.after ? [] : [change];
}

/** How many fewer run: what is written beyond what a cluster holds runs neither before nor afterwards. */
function missingOf(
  workload: Workload,
  losses: readonly ClusterReplicas[],
  changes: readonly ClusterReplicas[],
): bigint {
  const running = (cluster: string, count: bigint): bigint => positive(count) - beyond(workload, cluster, count);
  const fewer = [...losses, ...changes].map(({ cluster, before, after }) => {
    return running(cluster, before) - running(cluster, after);
  });
  return positive(sum(fewer));
}

/** Replicas that a cluster has no room for, as far as that is known. */
function beyond({ input }: Workload, cluster: string, count: bigint): bigint {
  const capacity = input?.capacity.get(cluster);
  return capacity === undefined ? 0n : positive(count - positive(capacity));
}

/** What keeps a cluster that is left from running more. */
function limitIn(cluster: string, again: Replanned): ClusterLimit | undefined {
  const { input, planned, placed, after, held, suspended } = again;
  if (suspended.has(cluster)) return { cluster, code: 'Suspended' };
  if (held.has(cluster)) return { cluster, code: 'InError' };
  if (input === undefined) return undefined;
  if (!input.clusters.includes(cluster)) return { cluster, code: 'OutsideIntersection' };
  if ((planned.get(cluster) ?? 0n) > 0n && !placed.includes(cluster)) return { cluster, code: 'NamespaceNotPlaced' };
  const count = after.get(cluster) ?? 0n;
  const capacity = input.capacity.get(cluster);
  if (capacity !== undefined && count >= capacity) return { cluster, code: 'Capacity', limit: capacity };
  const preference = input.preference.clusters.get(cluster) ?? input.preference.clusters.get('*');
  const maximum = preference?.maxReplicas;
  if (maximum !== undefined && count >= maximum) return { cluster, code: 'Maximum', limit: maximum };
  return preference === undefined || preference.weight <= 0n ? { cluster, code: 'NoWeight' } : undefined;
}

function sum(numbers: Iterable<bigint>): bigint {
  let total = 0n;
  for (const number of numbers) total += number;
  return total;
}

function positive(number: bigint): bigint {
  return number > 0n ? number : 0n;
}
