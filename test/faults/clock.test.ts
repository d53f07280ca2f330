import { expect, it } from 'vitest';
import { type Clock, SYSTEM_CLOCK } from '../../src/reconcile/clock.ts';
import { FaultyFleet } from './faulty-fleet.ts';

const HOUR_MS = 3_600_000;

/** The time of this machine, which a test sets otherwise while everything goes on. */
class SetClock implements Clock {
  offsetMs = 0;

  now(): number {
    return SYSTEM_CLOCK.now() + this.offsetMs;
  }

  elapsed(): number {
    return SYSTEM_CLOCK.elapsed();
  }

  schedule(ms: number, work: () => void): () => void {
    return SYSTEM_CLOCK.schedule(ms, work);
  }
}

it.each([
  ['a day forward', 24 * HOUR_MS],
  ['an hour backward', -HOUR_MS],
])(
  'a clock that is set %s brings about no pass, no commit and no deletion, and stops nothing',
  async (_title, offsetMs) => {
    const fleet = await FaultyFleet.start();
    const clock = new SetClock();
    const { of, lines } = await fleet.run({ clock });
    await fleet.converges('1');
    await fleet.reports(fleet.repository.work.git('rev-parse', 'HEAD'));
    await expect.poll(() => of('statusCommitted').length, { timeout: 10_000 }).toBe(fleet.statusCommits);
    const before = { passes: of('passFinished').length, status: fleet.statusCommits, lines: lines.length };

    clock.offsetMs = offsetMs;
    // Members go on being asked how they are: so long, what the jump brings about would have come.
    for (const sandbox of fleet.sandboxes) sandbox.clearRequestLog();
    const probes = (name: string): number =>
      fleet.sandbox(name).requestLog.filter(({ url }) => url.startsWith('/healthz')).length;
    for (const { name } of fleet.sandboxes)
      await expect.poll(() => probes(name), { timeout: 20_000 }).toBeGreaterThan(2);
    expect(of('passFinished').length).toBe(before.passes);
    expect(fleet.statusCommits).toBe(before.status);
    expect(lines.slice(before.lines)).toEqual([]);

    fleet.meddle('east');
    await fleet.converges('1');
    const commit = fleet.change('2');
    await fleet.converges('2');
    await fleet.reports(commit);
    expect(of('passFinished').every(({ durationMs }) => durationMs >= 0 && durationMs < HOUR_MS / 2)).toBe(true);
    expect(fleet.deletions()).toEqual([]);
  },
);
