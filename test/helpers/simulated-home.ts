import { setImmediate } from 'node:timers/promises';
import { ApiError } from '../../src/cluster/index.ts';
import type { Directory } from '../../src/daemon/home/directory.ts';
import type { MemberRecord, MemberState } from '../../src/daemon/home/member-lease.ts';
import { homeDurations, Membership, type Share } from '../../src/daemon/home/membership.ts';
import type { Item } from '../../src/daemon/home/shares.ts';
import type { Clock } from '../../src/reconcile/clock.ts';
import { ManualClock } from './manual-clock.ts';

/** Where a member's time goes: a process that is stopped does nothing, and finds out afterwards how long it was. */
class PausableClock implements Clock {
  readonly #clock: ManualClock;
  readonly #late: (() => void)[] = [];
  #isPaused = false;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  schedule(ms: number, work: () => void): () => void {
    let isOff = false;
    const run = (): void => {
      if (!isOff) work();
    };
    const cancel = this.#clock.schedule(ms, () => (this.#isPaused ? void this.#late.push(run) : run()));
    return () => {
      isOff = true;
      cancel();
    };
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const work of this.#late.splice(0)) work();
  }
}

/** How long the home cluster takes to do what it is asked, and to answer; or what becomes of it instead. */
export interface Weather {
  readonly thereMs: number;
  readonly backMs: number;
  readonly fate: 'good' | 'lost' | 'lostAnswer';
}

const OFFLINE = (): ApiError => new ApiError({ failure: 'Timeout', status: 0, reason: '', paths: [], causes: [] });

/** A home cluster in memory: one order of all that is written, as etcd has it. */
export class SimulatedHome {
  readonly clock = new ManualClock();
  readonly #records = new Map<string, MemberRecord>();
  #version = 0;

  get records(): readonly MemberRecord[] {
    return [...this.#records.values()];
  }

  directory(clock: Clock, weather: () => Weather): Directory {
    const ask = <T>(work: () => T): Promise<T> => this.#ask(clock, weather(), work);
    return {
      list: () => ask(() => this.records),
      create: (state) => ask(() => this.#put(state)),
      renew: (record, state) => ask(() => (this.#isAsRead(record) ? this.#put(state, record) : undefined)),
      remove: (record, { isOurs = false } = {}) =>
        ask(() => {
          if (isOurs || this.#isAsRead(record)) this.#records.delete(record.id);
        }),
    };
  }

  #ask<T>(clock: Clock, { thereMs, backMs, fate }: Weather, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      // What is under way gets there also when whoever sent it is stopped.
      this.clock.schedule(thereMs, () => {
        const result = fate === 'lost' ? undefined : work();
        const isLost = fate !== 'good';
        clock.schedule(backMs, () => (isLost ? reject(OFFLINE()) : resolve(result as T)));
      });
    });
  }

  #isAsRead({ id, resourceVersion }: MemberRecord): boolean {
    return this.#records.get(id)?.resourceVersion === resourceVersion;
  }

  #put({ id, holder, view, work }: MemberState, before?: MemberRecord): MemberRecord {
    this.#version += 1;
    const record: MemberRecord = {
      name: id,
      uid: before?.uid ?? `uid-${this.#version}`,
      resourceVersion: `${this.#version}`,
      id,
      holder: holder.identity,
      createdAt: before?.createdAt ?? new Date(this.clock.now()).toISOString().replace(/\.\d+Z/, 'Z'),
      durationMs: 15_000,
      view,
      work,
      process: undefined,
      fingerprint: `${this.#version}`,
    };
    this.#records.set(id, record);
    return record;
  }
}

export interface SimulatedMemberOptions {
  readonly name: string;
  readonly clusters: readonly string[];
  readonly weather: () => Weather;
  /** How long the last pass of a cluster takes to end. */
  readonly endingMs: () => number;
}

/** A daemon without anything but its membership. */
export class SimulatedMember {
  readonly name: string;
  /** Clusters that it has a lane for. */
  readonly held = new Set<string>();
  isLeader = false;
  readonly told: string[] = [];
  readonly membership: Membership;
  readonly #clock: PausableClock;
  readonly #options: SimulatedMemberOptions;
  #lives = 0;

  constructor(home: SimulatedHome, options: SimulatedMemberOptions) {
    this.#options = options;
    this.name = options.name;
    this.#clock = new PausableClock(home.clock);
    this.membership = new Membership({
      directory: home.directory(this.#clock, options.weather),
      clock: this.#clock,
      random: () => 0.5,
      durations: homeDurations(15_000),
      holder: { identity: options.name },
      work: 'same',
      newId: () => {
        this.#lives += 1;
        return `${options.name}${this.#lives}`;
      },
      release: (isKept) => this.#release(isKept),
      onShare: (share) => this.#take(share),
      onLost: (why) => this.told.push(why),
      onJoined: (id) => this.told.push(`joined as ${id}`),
    });
    void this.membership.run();
  }

  /** What it would write to now, if it were to run. */
  get writes(): readonly string[] {
    return this.membership.guard.isOpen ? [...this.held, ...(this.isLeader ? ['git'] : [])] : [];
  }

  pause(): void {
    this.#clock.pause();
  }

  resume(): void {
    this.#clock.resume();
  }

  /** In good order. */
  async stop(): Promise<void> {
    await this.#release(() => false);
    await this.membership.close();
  }

  #take(share: Share): void {
    for (const cluster of this.#options.clusters) if (share.mayBegin({ cluster })) this.held.add(cluster);
    if (share.mayBegin('leadership')) this.isLeader = true;
  }

  async #release(isKept: (item: Item) => boolean): Promise<void> {
    const leaving = [...this.held].filter((cluster) => !isKept({ cluster }));
    const endingMs = this.#options.endingMs();
    if (leaving.length > 0 && endingMs > 0) {
      await new Promise<void>((resolve) => this.#clock.schedule(endingMs, resolve));
    }
    for (const cluster of leaving) this.held.delete(cluster);
    if (!isKept('leadership')) this.isLeader = false;
  }
}

/** Lets time go on in steps, with whatever follows from each. */
export async function pass(home: SimulatedHome, ms: number, atEachStep: () => void = () => undefined): Promise<void> {
  const stepMs = 100;
  for (let done = 0; done < ms; done += stepMs) {
    home.clock.advance(stepMs);
    await setImmediate();
    atEachStep();
  }
}
