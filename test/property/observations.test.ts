import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterPreference } from '../../src/api/index.ts';
import {
  currentReplicas,
  formatObservation,
  type Observations,
  readObservationFiles,
  render,
  workloadKey,
} from '../../src/render/index.ts';
import { FleetWorld, type Wish } from '../helpers/fleet-world.ts';

const CLUSTERS = ['A', 'B', 'C', 'D'];

const count = (max: number) => fc.integer({ min: 0, max });

const clusterPreference: fc.Arbitrary<ClusterPreference> = fc
  .record({ weight: count(3), minReplicas: count(5), more: fc.option(count(8), { nil: undefined }) })
  .map(({ weight, minReplicas, more }) => ({
    weight: BigInt(weight),
    minReplicas: BigInt(minReplicas),
    // A maximum below the minimum is a finding, and KubeFed's planner moves replicas to and fro for it.
    ...(more === undefined ? {} : { maxReplicas: BigInt(minReplicas + more) }),
  }));

const plain: fc.Arbitrary<Wish['clusters']> = fc.constant({ '*': { weight: 1n, minReplicas: 0n } });

function wish(name: string, preference = clusterPreference): fc.Arbitrary<Wish> {
  return fc.record({
    name: fc.constant(name),
    total: count(14),
    rebalance: fc.boolean(),
    clusters: fc.oneof(plain, fc.dictionary(fc.constantFrom(...CLUSTERS, '*'), preference, { minKeys: 1 })),
  });
}

type Step = (world: FleetWorld) => void;
interface NamedStep {
  readonly text: string;
  /** Whether the world itself changes: what follows may move replicas. */
  readonly isChange: boolean;
  readonly run: Step;
}

function step(text: string, run: Step, isChange = false): NamedStep {
  return { text, run, isChange, toString: () => text } as NamedStep;
}

const cluster = fc.constantFrom(...CLUSTERS);

const quietStep: fc.Arbitrary<NamedStep> = fc.oneof(
  cluster.map((name) => step(`apply ${name}`, (world) => world.apply(name))),
  fc
    .tuple(cluster, count(5))
    .map(([name, which]) => step(`schedule ${name} ${which}`, (world) => world.schedule(name, which))),
  cluster.map((name) => step(`schedule all of ${name}`, (world) => scheduleAll(world, name))),
  cluster.map((name) =>
    step(`settle ${name}`, (world) => {
      world.apply(name);
      scheduleAll(world, name);
      world.observe();
    }),
  ),
  fc.constant(step('a second', (world) => world.pass(1000))),
  fc.constant(step('a minute', (world) => world.pass(61_000))),
  fc.constant(step('observe', (world) => void world.observe())),
);

function changes(wishes: fc.Arbitrary<readonly Wish[]>): fc.Arbitrary<NamedStep> {
  return fc.oneof(
    wishes.map((some) => step(`commit ${some.map(show).join()}`, (world) => world.commit(some), true)),
    cluster.map((name) => step(`lose ${name}`, (world) => setReachable(world, name, false), true)),
    cluster.map((name) => step(`return ${name}`, (world) => setReachable(world, name, true), true)),
    fc
      .tuple(cluster, count(9))
      .map(([name, room]) => step(`room ${name} ${room}`, (world) => world.resize(name, room), true)),
  );
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? Number(item) : item));
}

function setReachable(world: FleetWorld, name: string, isReachable: boolean): void {
  const member = world.members.get(name);
  if (member !== undefined) member.reachable = isReachable;
}

const rooms = fc.record(Object.fromEntries(CLUSTERS.map((name) => [name, count(9)])));

function scheduleAll(world: FleetWorld, name: string): void {
  for (let pod = 0; pod < 20; pod += 1) world.schedule(name, pod);
}

/** One round of a fleet in which everybody does their work. @returns whether it was planned anew. */
function round(world: FleetWorld): boolean {
  for (const name of CLUSTERS) {
    world.apply(name);
    scheduleAll(world, name);
  }
  world.observe();
  world.pass(61_000);
  return world.observe();
}

/** Lets everybody do their work until no plan changes any more: longer than a lost cluster needs to be back. */
function settle(world: FleetWorld, step: (run: () => void) => void = (run) => run()): void {
  let still = 0;
  for (let rounds = 0; still < 8; rounds += 1) {
    if (rounds > 40) throw new Error(`it does not come to rest:\n${lastPlans(world)}`);
    step(() => {
      still = round(world) ? 0 : still + 1;
    });
  }
}

function lastPlans(world: FleetWorld): string {
  return world.applied
    .slice(-12)
    .map(
      ({ replicas, observations }) =>
        `${show([...replicas].map(([, plan]) => Object.fromEntries(plan)))} of ${[...filesOf(observations).values()].join('')}`,
    )
    .join('\n');
}

/** Numbers that a lint warns of: KubeFed plans them all the same. */
const wildPreference: fc.Arbitrary<ClusterPreference> = fc
  .record({
    weight: fc.integer({ min: -2, max: 3 }),
    minReplicas: fc.integer({ min: -2, max: 6 }),
    max: fc.option(count(8), { nil: undefined }),
  })
  .map(({ weight, minReplicas, max }) => ({
    weight: BigInt(weight),
    minReplicas: BigInt(minReplicas),
    ...(max === undefined ? {} : { maxReplicas: BigInt(max) }),
  }));

describe('a fleet whose replicas are planned from what runs', () => {
  const one = wish('web').map((web) => [web]);
  const many = fc
    .tuple(wish('web'), wish('api', wildPreference), wish('db'))
    .chain((all) => fc.subarray([...all], { minLength: 1 }));

  function history(wishes: fc.Arbitrary<readonly Wish[]>) {
    return fc.array(fc.oneof(quietStep, quietStep, changes(wishes)), { maxLength: 30 });
  }

  it('comes to rest, whatever happened to it, though workloads take the room from one another', () => {
    fc.assert(
      fc.property(rooms, many, history(many), (room, start, steps) => {
        const world = worldAfter(room, start, steps);
        settle(world);
      }),
      { numRuns: 300 },
    );
  });

  it('runs all that is asked for where there is room for it', () => {
    const shared = fc.record({
      name: fc.constant('web'),
      total: count(14),
      rebalance: fc.boolean(),
      clusters: fc.record({ '*': fc.record({ weight: fc.constantFrom(1n, 2n), minReplicas: count(4).map(BigInt) }) }),
    });
    const wishes = shared.map((web) => [web]);
    fc.assert(
      fc.property(rooms, wishes, history(wishes), (room, start, steps) => {
        const world = worldAfter(room, start, steps);
        for (const name of CLUSTERS) setReachable(world, name, true);
        settle(world);
        const total = world.wishes[0]?.total ?? 0;
        const space = [...world.members.values()].reduce((sum, member) => sum + member.room, 0);
        const running = CLUSTERS.reduce((sum, name) => sum + world.running('web', name), 0);
        expect(running).toBeGreaterThanOrEqual(Math.min(total, space));
      }),
      { numRuns: 300 },
    );
  });

  it('moves no replica twice while nothing happens to it', () => {
    fc.assert(
      fc.property(rooms, one, history(one), fc.array(quietStep, { maxLength: 40 }), (room, start, steps, quiet) => {
        const world = worldAfter(room, start, steps);
        const watch = new Watch(world);
        for (const { run } of quiet) watch.step(() => run(world));
        settle(world, (run) => watch.step(run));
      }),
      { numRuns: 500 },
    );
  });

  it('moves nothing while too much of it is lost at once', () => {
    const silent = fc.array(quietStep, { maxLength: 30 });
    fc.assert(
      fc.property(
        rooms,
        one,
        fc.subarray(CLUSTERS, { minLength: 2, maxLength: 4 }),
        silent,
        (room, start, lost, quiet) => {
          const world = worldAfter(room, start, []);
          settle(world);
          const before = world.planned('web');
          for (const name of lost) setReachable(world, name, false);
          for (const { run } of quiet) run(world);
          for (let rounds = 0; rounds < 5; rounds += 1) round(world);
          expect(world.isSuspect).toBe(true);
          expect(world.planned('web')).toEqual(before);
        },
      ),
    );
  });

  it('can be planned again from each commit and the files of its observations', () => {
    fc.assert(
      fc.property(rooms, many, history(many), (room, start, steps) => {
        const world = worldAfter(room, start, steps);
        for (const { model, observations, replicas } of world.applied) {
          const read = readObservationFiles(filesOf(observations));
          expect(filesOf(read)).toEqual(filesOf(observations));
          expect(render(model, read).replicas).toEqual(replicas);
        }
      }),
    );
  });
});

function worldAfter(
  room: Readonly<Record<string, number>>,
  start: readonly Wish[],
  steps: readonly NamedStep[],
): FleetWorld {
  const world = new FleetWorld(room, start);
  for (const { run } of steps) run(world);
  return world;
}

function filesOf({ clusters }: Observations): ReadonlyMap<string, string> {
  return new Map([...clusters].map(([name, one]) => [`${name}.yaml`, formatObservation(name, one)]));
}

/**
 * Holds each plan against the one before, while the world stands still. There is another plan only if a capacity was found, or found to be
 * another one; what a cluster gives up does not run there; and what it gave up never comes back to it, but for what waits there on top of
 * its capacity.
 */
class Watch {
  readonly #world: FleetWorld;
  #plan: ReadonlyMap<string, bigint>;
  #ready: string;
  #gave = new Set<string>();
  #capacities: string;

  constructor(world: FleetWorld) {
    this.#world = world;
    this.#plan = withoutOverflow(world);
    this.#ready = this.#readiness();
    this.#capacities = show([...capacities(world)]);
  }

  #readiness(): string {
    return show([...this.#world.observations.clusters].map(([name, { ready }]) => [name, ready]));
  }

  step(run: () => void): void {
    const known = this.#capacities;
    run();
    this.#capacities = show([...capacities(this.#world)]);
    const after = withoutOverflow(this.#world);
    if (show([...after]) === show([...this.#plan])) return;
    const before = this.#plan;
    this.#plan = after;
    if (this.#ready !== this.#readiness()) {
      // A cluster is gone, or back, only now.
      this.#ready = this.#readiness();
      this.#gave.clear();
      return;
    }
    if (known === this.#capacities) throw new Error(`it plans anew without any news:\n${lastPlans(this.#world)}`);
    for (const [name, number] of after) {
      const had = before.get(name) ?? 0n;
      if (number < had) {
        this.#gave.add(name);
        const running = this.#world.running('web', name);
        if (number < running)
          throw new Error(`${name} gives up what runs, ${running} of ${had}:\n${lastPlans(this.#world)}`);
      }
      if (number > had && this.#gave.has(name))
        throw new Error(`${name} gets back what was taken:\n${lastPlans(this.#world)}`);
    }
  }
}

/** What is planned, but for what comes on top of a capacity: it waits there for room, and takes nothing away from anybody. */
function withoutOverflow(world: FleetWorld): ReadonlyMap<string, bigint> {
  const known = capacities(world);
  return new Map(
    [...world.planned('web')].map(([name, number]) => {
      const capacity = known.get(name);
      return [name, capacity === undefined || capacity > number ? number : capacity];
    }),
  );
}

function capacities(world: FleetWorld): ReadonlyMap<string, bigint> {
  return new Map(
    [...world.observations.clusters].flatMap(([name, { workloads }]): [string, bigint][] => {
      const seen = workloads.get(workloadKey('Deployment', 'shop', 'web'));
      const capacity = seen === undefined ? undefined : currentReplicas(seen, () => seen.demand ?? '').capacity;
      return capacity === undefined ? [] : [[name, capacity]];
    }),
  );
}
