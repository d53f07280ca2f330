import type { ClusterPreference } from '../api/index.ts';
import { compareText } from '../core/index.ts';

/** What is known when replicas are planned. All numbers are int64 and may be negative, as in KubeFed. */
export interface PlanInput {
  readonly totalReplicas: bigint;
  /** Whether replicas that run already may be moved. */
  readonly rebalance: boolean;
  /** By cluster name, `*` for those that are not listed. Empty: nobody gets any. */
  readonly preferences: ReadonlyMap<string, ClusterPreference>;
  /** Clusters that may get replicas. */
  readonly clusters: readonly string[];
  /** Replicas that run there; a cluster without an entry has no such workload. */
  readonly current: ReadonlyMap<string, bigint>;
  /** How many a cluster can hold, where that is known. */
  readonly capacity: ReadonlyMap<string, bigint>;
  /** `namespace/name`: decides between clusters of one weight. */
  readonly key: string;
}

export interface Plan {
  /** Every cluster of the input. */
  readonly replicas: ReadonlyMap<string, bigint>;
  /** Replicas that a cluster was meant to have beyond its capacity; only numbers above 0. They come on top of `replicas`. */
  readonly overflow: ReadonlyMap<string, bigint>;
}

/** What was planned so far for one cluster that has a preference. */
export interface PlanStepCluster {
  readonly name: string;
  readonly planned: bigint;
  /** What it was meant to have beyond its capacity in the last round that served it. */
  readonly overflow: bigint;
  /** It takes part in the next round. */
  readonly open: boolean;
}

/** The state of planning after one of its steps. */
export interface PlanStep {
  /** `minimums` always; then `running` without `rebalance`; then rounds of the distribution. */
  readonly type: 'minimums' | 'running' | 'round';
  /** How many rounds it stands for: more than 1 where equal ones were done at once. 1 for what is no round. */
  readonly rounds: bigint;
  /** Replicas that are not placed yet. */
  readonly left: bigint;
  /** In the order in which clusters are served: by weight, greatest first, then by hash. */
  readonly clusters: readonly PlanStepCluster[];
}

/** Is told each step of planning, for explanations. */
export type PlanObserver = (step: PlanStep) => void;

/** Far more than real numbers of replicas need: it stops what only absurd ones (minimums far below 0) would keep going. */
const MAX_PASSES = 10_000;

/**
 * Distributes replicas over clusters exactly as KubeFed's planner: minimums first, then what runs already (without `rebalance`),
 * then by weight in passes, rounding up in the order of weight and hash until nothing is left.
 *
 * Pure. Integers are exact.
 *
 * @param observe is told each step; the last one holds the numbers of the plan.
 * @throws {RangeError} when the numbers are so far apart that it would take more than 10,000 passes.
 */
export function planReplicas(input: PlanInput, observe?: PlanObserver): Plan {
  const { shares, left } = planMinimums(input);
  const state: State = { input, shares, left };
  observe?.(stepOf('minimums', state, shares));
  if (!input.rebalance) {
    state.left = keepRunning(input, shares, left);
    observe?.(stepOf('running', state, shares));
  }
  distribute(state, observe);
  const replicas = new Map<string, bigint>();
  for (const name of input.clusters) replicas.set(name, 0n);
  for (const { name, planned } of shares) replicas.set(name, planned);
  return { replicas, overflow: new Map(overflows(state)) };
}

/** One cluster with a preference. */
interface Share {
  readonly name: string;
  readonly weight: bigint;
  readonly max: bigint | undefined;
  readonly capacity: bigint | undefined;
  planned: bigint;
  /** Replicas that run there, were counted as planned, and are not yet covered by a share of the distribution. */
  reserved: bigint;
  overflow: bigint;
}

interface State {
  readonly input: PlanInput;
  /** By weight, greatest first, then by hash. */
  readonly shares: readonly Share[];
  left: bigint;
}

function stepOf(type: PlanStep['type'], state: State, open: readonly Share[], rounds = 1n): PlanStep {
  const clusters = state.shares.map((share) => {
    const { name, planned, overflow } = share;
    return { name, planned, overflow, open: open.includes(share) };
  });
  return { type, rounds, left: state.left, clusters };
}

function planMinimums(input: PlanInput): { readonly shares: Share[]; readonly left: bigint } {
  const ordered = orderClusters(input);
  let left = input.totalReplicas;
  const shares = ordered.map(({ name, preference }): Share => {
    const capacity = input.capacity.get(name);
    // The maximum is not looked at here, as in KubeFed.
    const planned = least(preference.minReplicas, left, capacity);
    left -= planned;
    const { weight, maxReplicas: max } = preference;
    return { name, weight, max, capacity, planned, reserved: 0n, overflow: 0n };
  });
  return { shares, left };
}

interface Ranked {
  readonly name: string;
  readonly preference: ClusterPreference;
  readonly hash: number;
}

function orderClusters({ clusters, preferences, key }: PlanInput): readonly Ranked[] {
  const ranked: Ranked[] = [];
  for (const name of clusters) {
    const preference = preferences.get(name) ?? preferences.get('*');
    if (preference !== undefined) ranked.push({ name, preference, hash: fnv1(name + key) });
  }
  return ranked.sort(
    (a, b) => compareWeights(a.preference, b.preference) || a.hash - b.hash || compareText(a.name, b.name),
  );
}

/** The greater one first. */
function compareWeights(a: ClusterPreference, b: ClusterPreference): number {
  // Clusters that are not listed share one.
  return a === b ? 0 : Number(b.weight > a.weight) - Number(b.weight < a.weight);
}

/** Without `rebalance`: what runs already stays, as far as maximum, capacity and the total allow. */
function keepRunning(input: PlanInput, shares: readonly Share[], left: bigint): bigint {
  let rest = left;
  for (const share of shares) {
    const running = input.current.get(share.name);
    if (running === undefined || running <= share.planned) continue;
    const kept = share.max === undefined ? running : lesser(running, share.max);
    const extra = lesser((share.capacity === undefined ? kept : lesser(kept, share.capacity)) - share.planned, rest);
    if (extra <= 0n) continue;
    rest -= extra;
    share.reserved = extra;
    share.planned += extra;
  }
  return rest;
}

function distribute(state: State, observe: PlanObserver | undefined): void {
  let open = state.shares;
  for (let pass = 0; state.left > 0n; pass++) {
    if (pass === MAX_PASSES) throw new RangeError('its numbers are too far apart to be planned');
    const before = state.left;
    const weights = open.reduce((sum, { weight }) => sum + weight, 0n);
    if (weights <= 0n) return;
    const results = open.map((share) => serve(state, share, before, weights));
    // A round that gives nobody more may still have counted an overflow, so it is a step too.
    const isLast = !results.some(({ modified }) => modified);
    if (!isLast) open = results.filter(({ full }) => !full).map(({ share }) => share);
    const skipped = !isLast && state.left === before && open.length === results.length ? skipEqualPasses(results) : 0n;
    observe?.(stepOf('round', state, open, 1n + skipped));
    if (isLast) return;
  }
}

interface Served {
  readonly share: Share;
  readonly modified: boolean;
  readonly full: boolean;
  /** Taken from what was reserved. */
  readonly used: bigint;
}

/** Gives one cluster its share of `amount`, rounded up, first out of what is reserved for it. */
function serve(state: State, share: Share, amount: bigint, weights: bigint): Served {
  const due = lesser((amount * share.weight + weights - 1n) / weights, state.left);
  const used = lesser(due, share.reserved);
  share.reserved -= used;
  const start = share.planned;
  let total = start + due - used;
  let full = false;
  if (share.max !== undefined && total > share.max) {
    total = share.max;
    full = true;
  }
  if (share.capacity !== undefined && total > share.capacity) {
    share.overflow = total - share.capacity;
    total = share.capacity;
    full = true;
  }
  // A maximum below the minimum gives replicas back.
  state.left -= total - start;
  share.planned = total;
  return { share, modified: used > 0n || total > start, full, used };
}

/**
 * A pass that only used up reservations repeats itself until one of them runs out: all these passes at once. With millions of
 * replicas running and one more to place it would take millions of passes.
 *
 * @returns how many they were.
 */
function skipEqualPasses(results: readonly Served[]): bigint {
  const drawn = results.filter(({ used }) => used > 0n);
  const passes = least(...drawn.map(({ share, used }) => share.reserved / used));
  for (const { share, used } of drawn) share.reserved -= passes * used;
  return passes;
}

/** Without `rebalance` only what could not be placed anywhere overflows, each cluster by itself. */
function overflows({ input, shares, left }: State): (readonly [string, bigint])[] {
  return shares.flatMap(({ name, overflow }) => {
    const count = input.rebalance ? overflow : least(overflow, left);
    return count > 0n ? [[name, count] as const] : [];
  });
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The least of the numbers that are there. */
function least(...numbers: readonly (bigint | undefined)[]): bigint {
  let result: bigint | undefined;
  for (const number of numbers) {
    if (number !== undefined && (result === undefined || number < result)) result = number;
  }
  return result ?? 0n;
}

/**
 * FNV-1 (not 1a) of the UTF-8 bytes, 32 bits.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fnv1(text: string): number {
  let hash = OFFSET_BASIS;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    // Making bytes of a name takes longer than the rest of planning, and names of clusters are ASCII.
    if (code > 0x7f) return fnv1OfBytes(encoder.encode(text));
    hash = Math.imul(hash, PRIME) ^ code;
  }
  return hash >>> 0;
}

function fnv1OfBytes(bytes: Uint8Array): number {
  let hash = OFFSET_BASIS;
  for (const byte of bytes) hash = Math.imul(hash, PRIME) ^ byte;
  return hash >>> 0;
}

const OFFSET_BASIS = 2_166_136_261;
const PRIME = 16_777_619;
const encoder = new TextEncoder();
