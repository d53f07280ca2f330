import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pass, SimulatedHome, SimulatedMember, type Weather } from '../../../test/helpers/simulated-home.ts';

const CLUSTERS = Array.from({ length: 12 }, (_, index) => `c${index}`);
const GOOD: Weather = { thereMs: 20, backMs: 20, fate: 'good' };

class World {
  readonly home = new SimulatedHome();
  readonly members: SimulatedMember[] = [];
  weather: () => Weather = () => GOOD;
  /** Of members that home cannot be reached by. */
  readonly cut = new Set<string>();
  endingMs = 0;

  join(name: string): SimulatedMember {
    const member = new SimulatedMember(this.home, {
      name,
      clusters: CLUSTERS,
      weather: () => (this.cut.has(name) ? { ...GOOD, fate: 'lost' } : this.weather()),
      endingMs: () => this.endingMs,
    });
    this.members.push(member);
    return member;
  }

  async pass(ms: number): Promise<void> {
    await pass(this.home, ms, () => this.expectOneWriter());
  }

  expectOneWriter(): void {
    const all = this.members.flatMap(({ writes }) => writes);
    expect(all).toHaveLength(new Set(all).size);
  }

  /** Clusters and git, by who has them. */
  get held(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.members.map(({ name, writes }) => [name, writes.length]));
  }

  expectAllHeld(): void {
    expect(this.members.flatMap(({ writes }) => writes).toSorted()).toEqual([...CLUSTERS, 'git'].toSorted());
  }
}

async function three(): Promise<{
  world: World;
  members: readonly [SimulatedMember, SimulatedMember, SimulatedMember];
}> {
  const world = new World();
  const a = world.join('a');
  await world.pass(5_000);
  const members = [a, world.join('b'), world.join('c')] as const;
  await world.pass(15_000);
  world.expectAllHeld();
  return { world, members };
}

describe('members of a home', () => {
  test('have everything when they are alone, a moment after they came', async () => {
    const world = new World();
    world.join('a');
    await world.pass(1_000);
    world.expectAllHeld();
  });

  test('share the clusters, and the oldest leads', async () => {
    const { world, members } = await three();
    for (const { held } of members) expect(held.size).toBeGreaterThan(0);
    expect(members.map(({ isLeader }) => isLeader)).toEqual([true, false, false]);
    expect(world.home.records.map(({ view }) => view.length)).toEqual([3, 3, 3]);
  });

  test('take over at the next look from one that stops in good order', async () => {
    const { world, members } = await three();
    const stopping = members[0].stop();
    await world.pass(500);
    await stopping;
    expect(world.home.records).toHaveLength(2);
    await world.pass(5_000);
    world.expectAllHeld();
    expect(members[1].isLeader || members[2].isLeader).toBe(true);
  });

  test('take over from one that is gone after its lease, and one look more', async () => {
    const { world, members } = await three();
    members[1].pause();
    await world.pass(10_000);
    expect(members[1].writes).toEqual([]);
    await world.pass(5_000 + 5_000);
    world.expectAllHeld();
    expect(world.home.records).toHaveLength(2);
  });

  test('come back as somebody else after they were stopped for longer than the lease, and write nothing meanwhile', async () => {
    const { world, members } = await three();
    members[1].pause();
    await world.pass(60_000);
    members[1].resume();
    expect(members[1].writes).toEqual([]);
    await world.pass(20_000);
    world.expectAllHeld();
    expect(members[1].held.size).toBeGreaterThan(0);
    expect(members[1].told).toEqual(['joined as b1', 'its Lease was not renewed for 10 s', 'joined as b2']);
  });

  test('go on as they were after a shorter stop', async () => {
    const { world, members } = await three();
    const before = [...members[1].held];
    members[1].pause();
    await world.pass(4_000);
    members[1].resume();
    await world.pass(5_000);
    expect([...members[1].held]).toEqual(before);
    expect(members[1].told).toEqual(['joined as b1']);
  });

  test('let everything go before the lease is over where the home cannot be reached, and begin again when it can', async () => {
    const { world, members } = await three();
    for (const { name } of members) world.cut.add(name);
    await world.pass(11_000);
    expect(world.held).toEqual({ a: 0, b: 0, c: 0 });
    await world.pass(60_000);
    expect(members[0].told).toEqual([
      'joined as a1',
      expect.stringMatching(/^its Lease was not renewed for 10 s: the API server did not answer in time$/),
    ]);
    world.cut.clear();
    await world.pass(20_000);
    world.expectAllHeld();
  });

  test('wait for the last pass of a cluster that somebody else has', async () => {
    const { world, members } = await three();
    world.endingMs = 30_000;
    const before = members.map(({ held }) => [...held]);
    const d = world.join('d');
    await world.pass(20_000);
    expect(d.held.size).toBe(0);
    expect(members.map(({ held }) => [...held])).toEqual(before);
    world.endingMs = 0;
    await world.pass(30_000);
    expect(d.held.size).toBeGreaterThan(0);
    world.expectAllHeld();
  });

  test('notice that somebody deleted their Lease', async () => {
    const { world, members } = await three();
    const record = world.home.records.find(({ id }) => id === 'b1');
    const directory = world.home.directory(world.home.clock, () => GOOD);
    if (record !== undefined) void directory.remove(record);
    await world.pass(20_000);
    expect(members[1].told).toEqual(['joined as b1', 'its Lease was deleted', 'joined as b2']);
    world.expectAllHeld();
  });

  test('never write to one cluster at the same time, whatever happens to them and to what they ask', {
    timeout: 60_000,
  }, async () => {
    const step = fc.record({
      who: fc.nat(3),
      what: fc.constantFrom('join', 'pause', 'resume', 'cut', 'heal', 'stop', 'slow', 'fast', 'long', 'short'),
      ms: fc.integer({ min: 100, max: 25_000 }),
    });
    const weathers = fc.infiniteStream(
      fc.record({
        thereMs: fc.oneof(fc.constant(20), fc.integer({ min: 0, max: 12_000 })),
        backMs: fc.oneof(fc.constant(20), fc.integer({ min: 0, max: 3_000 })),
        fate: fc.constantFrom(
          'good' as const,
          'good' as const,
          'good' as const,
          'lost' as const,
          'lostAnswer' as const,
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), weathers, async (steps, bad) => {
        const world = new World();
        world.join('a');
        world.join('b');
        const stopping: Promise<void>[] = [];
        for (const { who, what, ms } of steps) {
          const member = world.members[who % world.members.length];
          if (what === 'join' && world.members.length < 5) world.join('cdefg'[world.members.length - 2] ?? 'x');
          if (what === 'pause') member?.pause();
          if (what === 'resume') member?.resume();
          if (what === 'cut' && member !== undefined) world.cut.add(member.name);
          if (what === 'heal' && member !== undefined) world.cut.delete(member.name);
          if (what === 'stop' && member !== undefined && world.members.length > 1) stopping.push(member.stop());
          if (what === 'slow') world.weather = () => bad.next().value ?? GOOD;
          if (what === 'fast') world.weather = () => GOOD;
          if (what === 'long') world.endingMs = 20_000;
          if (what === 'short') world.endingMs = 0;
          await world.pass(ms);
        }
        world.weather = () => GOOD;
        world.cut.clear();
        world.endingMs = 0;
        world.join('z');
        for (const member of world.members) member.resume();
        await world.pass(60_000);
        await Promise.all(stopping);
        world.expectAllHeld();
      }),
      { numRuns: 60 },
    );
  });
});
