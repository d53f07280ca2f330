import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, ApiError } from '../cluster/index.ts';
import { type HeldLease, KeptLease, type LeaseDurations } from './held-lease.ts';
import { isHolderGone, type LeaseHolder } from './lease-holder.ts';
import { holderText, type LeaseRecord, takenLease } from './lease-record.ts';
import { LeaseStore } from './lease-store.ts';

export { type HeldLease, type LeaseDurations, LeaseLostError } from './held-lease.ts';
export { createLeaseHolder, type LeaseHolder } from './lease-holder.ts';

const LEASE_DURATIONS: LeaseDurations = {
  leaseMs: 15_000,
  renewMs: 5_000,
  renewDeadlineMs: 10_000,
  retryMs: 2_000,
};

export interface LeaseOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly name: string;
  /** Not shared with any other Lease. */
  readonly holder: LeaseHolder;
  /** Ends the waiting. Who holds the Lease already has to release it. */
  readonly signal?: AbortSignal;
  /** Default 30,000. */
  readonly waitMs?: number;
  /** Once for each holder that is waited for. */
  readonly onWaiting?: (holder: string) => void;
  /** Whether somebody that shares the work is known to be gone: its Lease is not waited for. Default: nothing is known. */
  readonly isGone?: (member: string) => boolean;
  /** Default {@link LEASE_DURATIONS}. */
  readonly durations?: Partial<LeaseDurations>;
}

export type LeaseState =
  | { readonly kind: 'held'; readonly lease: HeldLease }
  /** Somebody else has it still. `holder` is for people. */
  | { readonly kind: 'taken'; readonly holder: string };

const DEFAULT_WAIT_MS = 30_000;
const LOOKS = 3;

/**
 * Takes the Lease that keeps two writers of one inventory apart in a member, waiting for whoever has it.
 *
 * Like client-go it never compares clocks: a holder is gone once its Lease stayed as it was for its duration by our own clock. One that was
 * a process of this machine, and runs no more, is gone at once.
 *
 * @throws {ApiError} when the member does not answer, `Aborted` when it is stopped, 404 NotFound where the namespace is missing.
 */
export async function acquireLease(options: LeaseOptions): Promise<LeaseState> {
  const { waitMs = DEFAULT_WAIT_MS, onWaiting, signal } = options;
  const deadline = performance.now() + waitMs;
  const contender = new Contender(options);
  let told: string | undefined;
  for (;;) {
    if (signal?.aborted === true) throw aborted();
    const state = await contender.attempt();
    if (state.kind === 'held') return state;
    const left = deadline - performance.now();
    if (left <= 0) return state;
    if (told !== state.holder) onWaiting?.(state.holder);
    told = state.holder;
    await pause(Math.min(contender.durations.retryMs, left), signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {
    throw aborted();
  });
}

function aborted(): ApiError {
  return new ApiError({ failure: 'Aborted', status: 0, reason: '', paths: [], causes: [] });
}

/** One that wants the Lease, and what it has seen of it so far. */
class Contender {
  readonly durations: LeaseDurations;
  readonly #holder: LeaseHolder;
  readonly #store: LeaseStore;
  readonly #isGone: (member: string) => boolean;
  #seen: { readonly fingerprint: string; readonly since: number } | undefined;
  #waited = false;

  constructor({ client, namespace, name, holder, durations = {}, isGone = () => false }: LeaseOptions) {
    this.#isGone = isGone;
    this.durations = { ...LEASE_DURATIONS, ...durations };
    this.#holder = holder;
    this.#store = new LeaseStore(client, namespace, name);
  }

  async attempt(): Promise<LeaseState> {
    let holder = '';
    for (let look = 1; look <= LOOKS; look += 1) {
      const record = await this.#store.read();
      if (record !== undefined && !(await this.#isFree(record))) return this.#taken(record.holder);
      const begin = performance.now();
      const lease = await this.#take(record, begin);
      if (lease !== undefined) return { kind: 'held', lease };
      holder = record?.holder ?? '';
    }
    return this.#taken(holder);
  }

  #taken(holder: string): LeaseState {
    this.#waited = true;
    return { kind: 'taken', holder: holderText(holder) };
  }

  async #isFree(record: LeaseRecord): Promise<boolean> {
    // Ours: an answer was lost on its way.
    if (record.holder === '' || record.holder === this.#holder.identity) return true;
    this.#waited = true;
    if (record.member !== undefined && this.#isGone(record.member)) return true;
    if (await isHolderGone(record.process, record.holder, this.#holder.process)) return true;
    const now = performance.now();
    if (this.#seen?.fingerprint !== record.fingerprint) {
      this.#seen = { fingerprint: record.fingerprint, since: now };
      return false;
    }
    return now - this.#seen.since >= (record.durationMs ?? this.durations.leaseMs);
  }

  async #take(before: LeaseRecord | undefined, begin: number): Promise<HeldLease | undefined> {
    const seconds = Math.ceil(this.durations.leaseMs / 1000);
    const object = takenLease(before, { holder: this.#holder, seconds, now: new Date() });
    const record = await this.#store.write(object, before);
    if (record === undefined) {
      this.#waited = true;
      return undefined;
    }
    return new KeptLease(this.#store, record, { begin, durations: this.durations, waited: this.#waited });
  }
}
