import type { KubeFedCluster } from '../api/index.ts';
import type { ClusterResult } from '../apply/index.ts';
import type { ClusterHealth, ObjectChange } from '../cluster/index.ts';
import { GitfedError } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Pass } from '../reconcile/read-pass.ts';
import { allObjects, type ClusterRun, runCluster } from '../reconcile/run-cluster.ts';
import { backOffMs, jittered } from './back-off.ts';
import type { PassTrigger } from './events.ts';
import { isAtRest, isSameWork, type LaneWork } from './lane-work.ts';
import type { MemberAddress, MemberConnection } from './member-connection.ts';
import { WakeUp } from './wake-up.ts';

interface DuePass {
  readonly trigger: PassTrigger;
  /** What is held in memory is read again. */
  readonly isFull: boolean;
  /** Nothing but another revision is the reason: of the member nothing was heard. */
  readonly isRevisionAlone: boolean;
}

/** What a lane brings its cluster to. */
export interface LaneGoal {
  readonly pass: Pass;
  /** The source commit. */
  readonly commit: string;
  readonly cluster: KubeFedCluster;
  /** How it is reached, from the next pass on. */
  readonly address: MemberAddress;
  /** What of the revision its passes depend on. */
  readonly work: LaneWork;
  /** How often the member is asked how it is. */
  readonly probeIntervalMs: number;
  readonly createRun: (time: Date) => ClusterRun;
}

export interface LaneReport {
  readonly goal: LaneGoal;
  readonly trigger: PassTrigger;
}

export interface ClusterLaneOptions {
  readonly connection: MemberConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly resyncIntervalMs: () => number;
  readonly onStart: (report: LaneReport) => void;
  readonly onEnd: (
    report: LaneReport & {
      readonly result: ClusterResult;
      readonly durationMs: number;
      readonly requests: number;
      readonly retryInMs?: number;
    },
  ) => void;
  /** The member was asked how it is, or it was tried. */
  readonly onProbed: () => void;
  readonly signal: AbortSignal;
}

const URGENCY: readonly PassTrigger[] = ['revision', 'drift', 'connected', 'retry', 'status', 'resync'];
/** Before any time that a clock shows. */
const NOW = Number.NEGATIVE_INFINITY;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 300_000;
const DRIFT_GATHERING_MS = 250;
/** What somebody undoes again and again is not put back more often than this. */
const DRIFT_INTERVAL_MS = 1000;
/** A rollout changes the status of its workload with each pod. */
const STATUS_GATHERING_MS = 1000;
const STATUS_INTERVAL_MS = 5000;

/**
 * Keeps one cluster in order: one pass at a time, the most urgent reason first, and what happens meanwhile is one further pass. Only the last
 * goal counts. Whatever goes wrong is this cluster's alone, and is tried again with growing distance.
 */
export class ClusterLane {
  readonly #options: ClusterLaneOptions;
  readonly #wake: WakeUp;
  /** When each reason is due, by the clock that goes evenly. */
  readonly #due = new Map<PassTrigger, number>();
  #goal: LaneGoal;
  #failures = 0;
  #nextProbe: number;
  #lastEnd = Number.NEGATIVE_INFINITY;
  /** When the last pass ended that held nothing in memory when it began. */
  #lastFull: number | undefined;
  /** What the last pass was for, and found. */
  #last: { readonly work: LaneWork; readonly result: ClusterResult } | undefined;
  #isClosed = false;

  constructor(goal: LaneGoal, options: ClusterLaneOptions) {
    this.#goal = goal;
    this.#options = options;
    this.#wake = new WakeUp(options.clock);
    this.#nextProbe = options.clock.elapsed() + jittered(goal.probeIntervalMs, options.random);
    this.#due.set('revision', NOW);
    options.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Something else is wanted. */
  aim(goal: LaneGoal): void {
    // What was wrong may be mended by it.
    if (goal.commit !== this.#goal.commit) this.#failures = 0;
    this.#goal = goal;
    this.#request('revision', NOW);
  }

  /** The same is wanted as before, of another plan: nothing has to be done for it. @returns false where something else is wanted. */
  follow(goal: LaneGoal): boolean {
    if (goal.commit !== this.#goal.commit || !isSameWork(goal.work, this.#goal.work)) return false;
    this.#goal = goal;
    return true;
  }

  /** Something of ours was changed in the member, or is doing otherwise. */
  tellChange({ part }: Pick<ObjectChange, 'part'>): void {
    if (part === 'status') this.#gather('status', STATUS_GATHERING_MS, STATUS_INTERVAL_MS);
    else this.#gather('drift', DRIFT_GATHERING_MS, DRIFT_INTERVAL_MS);
  }

  /** Changes that come close together are one pass, and passes for them keep their distance. */
  #gather(trigger: PassTrigger, gatheringMs: number, intervalMs: number): void {
    const earliest = Math.max(this.#now() + gatheringMs, this.#lastEnd + intervalMs);
    this.#request(trigger, this.#due.get(trigger) ?? earliest);
  }

  close(): void {
    this.#isClosed = true;
    this.#wake.tell();
  }

  /** Until it is closed. */
  async run(): Promise<void> {
    const { connection } = this.#options;
    try {
      while (!this.#isClosed) {
        const due = this.#takeDue();
        if (due !== undefined) await this.#pass(due);
        else if (this.#nextProbe <= this.#now()) await this.#probe();
        else await this.#wake.wait(Math.max(0, this.#nextDue() - this.#now()));
      }
    } finally {
      connection.close();
    }
  }

  #now(): number {
    return this.#options.clock.elapsed();
  }

  #request(trigger: PassTrigger, at: number): void {
    this.#due.set(trigger, Math.min(at, this.#due.get(trigger) ?? at));
    this.#wake.tell();
  }

  /** The most urgent reason that is due. One pass serves them all. */
  #takeDue(): DuePass | undefined {
    const isDue = (one: PassTrigger): boolean => (this.#due.get(one) ?? Number.POSITIVE_INFINITY) <= this.#now();
    const trigger = URGENCY.find(isDue);
    if (trigger === undefined) return undefined;
    const isFull = isDue('resync');
    const isRevisionAlone = !isFull && [...this.#due.keys()].every((one) => one === 'revision' || one === 'resync');
    this.#due.clear();
    return { trigger, isFull, isRevisionAlone };
  }

  #nextDue(): number {
    return Math.min(this.#nextProbe, ...this.#due.values());
  }

  async #pass({ trigger, isFull, isRevisionAlone }: DuePass): Promise<void> {
    const { clock, connection, onStart, onEnd } = this.#options;
    const goal = this.#goal;
    const report = { goal, trigger };
    onStart(report);
    const begin = clock.elapsed();
    const before = connection.requests;
    // Here, where nothing is being asked of the member: what an earlier address answers is not taken for an answer of this one.
    connection.move(goal.address);
    if (isFull) connection.forget();
    const result = await this.#run(goal, { time: new Date(clock.now()), isRevisionAlone });
    if (result === undefined) return;
    this.#last = { work: goal.work, result };
    this.#lastEnd = clock.elapsed();
    if (isFull) this.#lastFull = this.#lastEnd;
    const retryInMs = this.#plan(result);
    onEnd({
      ...report,
      result,
      durationMs: this.#lastEnd - begin,
      requests: connection.requests - before,
      ...(retryInMs === undefined ? {} : { retryInMs }),
    });
  }

  /** The result of a pass that would do what the last one did, on a member of which every change is heard: nothing. */
  #known({ work }: LaneGoal): ClusterResult | undefined {
    const last = this.#last;
    if (last === undefined || !isAtRest(last.result) || !isSameWork(last.work, work)) return undefined;
    return this.#options.connection.isHeard ? last.result : undefined;
  }

  /** @returns `undefined` when it was stopped. */
  async #run(
    goal: LaneGoal,
    { time, isRevisionAlone }: { readonly time: Date; readonly isRevisionAlone: boolean },
  ): Promise<ClusterResult | undefined> {
    let run: ClusterRun | undefined;
    try {
      const known = isRevisionAlone ? this.#known(goal) : undefined;
      if (known !== undefined) return known;
      run = goal.createRun(time);
      return await runCluster(run);
    } catch (error) {
      if (this.#options.signal.aborted) return undefined;
      return { ...unexpected(goal, run, error), ...lastKnown(this.#options.connection.health) };
    }
  }

  /** When the next pass is due of itself. @returns after how long it is tried again, where something is not in order. */
  #plan(result: ClusterResult): number | undefined {
    const { random, resyncIntervalMs } = this.#options;
    this.#lastFull ??= this.#lastEnd;
    // Passes for other reasons do not put it off: they believe what is held in memory.
    this.#due.set('resync', this.#lastFull + jittered(resyncIntervalMs(), random));
    if (isSettled(result)) {
      this.#failures = 0;
      return undefined;
    }
    this.#failures += 1;
    const wait = backOffMs(this.#failures, { firstMs: FIRST_RETRY_MS, mostMs: LONGEST_RETRY_MS, random });
    this.#request('retry', this.#lastEnd + wait);
    return wait;
  }

  async #probe(): Promise<void> {
    const { connection, random, onProbed } = this.#options;
    const before = connection.health?.state;
    // Why it cannot be asked is told by the pass that this brings about.
    const after = await connection.probe().then(
      ({ state }) => state,
      () => undefined,
    );
    this.#nextProbe = this.#now() + jittered(this.#goal.probeIntervalMs, random);
    onProbed();
    if (after === before) return;
    this.#failures = 0;
    this.#request('connected', NOW);
  }
}

/** A defect of ours that one cluster brings to light must not end the others. */
function unexpected({ cluster }: LaneGoal, run: ClusterRun | undefined, error: unknown): ClusterResult {
  const message = `Its pass ended unexpectedly: ${error instanceof GitfedError ? error.message : nameOf(error)}.`;
  // Without them, the status branch would say that nothing is there.
  const objects = run === undefined ? [] : allObjects(run.rendering, 'RetrievalFailed', 'Its pass did not get to it.');
  return { cluster: cluster.name, state: 'Failed', message, objects };
}

/** What was found out about a member before its pass broke off. */
function lastKnown(health: ClusterHealth | undefined): Pick<ClusterResult, 'health' | 'kubernetesVersion'> {
  if (health?.state === 'Ready') return { kubernetesVersion: health.kubernetesVersion };
  return { health: health?.state ?? 'Unknown' };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** Nothing is left that another pass could bring forward. */
function isSettled({ state, objects }: ClusterResult): boolean {
  if (state === 'Suspended') return true;
  return state === 'Synced' && !objects.some(({ status }) => status === 'WaitingForRemoval');
}
