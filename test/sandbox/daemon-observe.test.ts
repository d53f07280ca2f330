import { describe, expect, it } from 'vitest';
import { ObservedFleet, webOf } from './observed-fleet.ts';

const OBSERVED = 'Observations-Tree';

/** The trailer of the last status commit. */
function trailer(fleet: ObservedFleet, key: string): string {
  return fleet.repository.git('log', '-1', `--format=%(trailers:key=${key},valueonly)`, 'gitfed/status').trim();
}

describe('a daemon that observes its members', () => {
  it.each([
    [false, 'b 4>3 c 4>5', { a: 4, b: 3, c: 5 }],
    [true, 'c 4>5', { a: 4, b: 4, c: 5 }],
  ])('moves replicas that find no room once, with rebalance: %s', { timeout: 60_000 }, async (rebalance, move, wanted) => {
    const fleet = await ObservedFleet.start({ a: 20, b: 3, c: 20 }, { 'web.yaml': webOf(12, { rebalance }) });
    const daemon = await fleet.daemon();
    await fleet.untilReplicas({ a: 4, b: 4, c: 4 });
    await fleet.untilReplicas(wanted);
    expect(daemon.moves()).toEqual([move]);
    const [observed] = daemon.of('observed');
    expect(observed?.moves[0]?.workload).toBe('FederatedDeployment/shop/web');

    // Where nothing moves, nobody looks.
    const since = daemon.events.indexOf(observed ?? { type: 'stopped' });
    await expect.poll(() => trailer(fleet, 'Source-Commit')).toBe(fleet.repository.git('rev-parse', 'HEAD').trim());
    const passes = daemon.events.slice(since).flatMap((event) => (event.type === 'passStarted' ? [event] : []));
    expect(passes.filter(({ trigger }) => trigger === 'revision').map(({ cluster }) => cluster)).not.toContain('a');

    // The pair of trailers says what the plan was made from.
    await expect.poll(() => fleet.status('observations/c.yaml')).toContain('specReplicas');
    expect(trailer(fleet, OBSERVED)).toBe(fleet.repository.git('rev-parse', 'gitfed/status:observations').trim());
    const subjects = fleet.repository.git('log', '--format=%s', 'gitfed/status');
    expect(subjects).toContain('replicas of FederatedDeployment/shop/web moved');
  });

  it('moves the replicas of a lost cluster, and back when it has been there again for a while', { timeout: 60_000 }, async () => {
    const fleet = await ObservedFleet.start({ a: 20, b: 20, c: 20, d: 20 }, { 'web.yaml': webOf(12) });
    const daemon = await fleet.daemon();
    await fleet.untilReplicas({ a: 3, b: 3, c: 3, d: 3 });
    await expect.poll(() => fleet.status('observations/d.yaml'), { timeout: 20_000 }).toContain('ready: true');
    await fleet.member('d').pause();
    await fleet.untilReplicas({ a: 4, b: 4, c: 4, d: 3 });
    await expect.poll(() => fleet.status('observations/d.yaml'), { timeout: 20_000 }).toContain('ready: false');
    await fleet.member('d').resume();
    await daemon.until('observed', 2);
    console.log(daemon.moves(), fleet.replicas());
    await daemon.until('observed', 3);
    console.log(daemon.moves(), fleet.replicas());
  });
});
