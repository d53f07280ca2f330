import { describe, expect, it } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { ObservedFleet, QUICK, webOf } from './observed-fleet.ts';

const FOUR = { a: 20, b: 20, c: 20, d: 20 };

const OBSERVED = 'Observations-Tree';

/** The trailer of the last status commit. */
function trailer(fleet: ObservedFleet, key: string): string {
  return fleet.repository.git('log', '-1', `--format=%(trailers:key=${key},valueonly)`, 'gitfed/status').trim();
}

describe('a daemon that observes its members', () => {
  it.each([
    [false, 'b 4>3 c 4>5', { a: 4, b: 3, c: 5 }],
    [true, 'c 4>5', { a: 4, b: 4, c: 5 }],
  ])(
    'moves replicas that find no room once, with rebalance: %s',
    { timeout: 60_000 },
    async (rebalance, move, wanted) => {
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
    },
  );

  it('keeps what it observes in memory where no status is written', { timeout: 60_000 }, async () => {
    const fleet = await ObservedFleet.start({ a: 20, b: 3, c: 20 }, { 'web.yaml': webOf(12) });
    fleet.repository.write({ 'gitfed.yaml': QUICK.replace('minInterval: 1s', 'mode: "off"') }).commit('No status');
    const daemon = await fleet.daemon();
    await fleet.untilReplicas({ a: 4, b: 3, c: 5 });
    expect(daemon.of('statusCommitted')).toEqual([]);
    expect(fleet.status('status.json')).toBeUndefined();
  });

  it('says that pods may not be read, and moves nothing', { timeout: 60_000 }, async () => {
    const authorize: SandboxOptions['authorize'] = ({ resource }) => resource !== 'pods';
    const fleet = await ObservedFleet.start({ a: 20, b: 3, c: 20 }, { 'web.yaml': webOf(12) }, { authorize });
    const daemon = await fleet.daemon();
    await daemon.until('podsNotRead');
    expect(daemon.of('podsNotRead')).toMatchObject([{ cluster: 'b', message: expect.stringContaining('403') }]);
    expect(daemon.moves()).toEqual([]);
    expect(fleet.replicas()).toEqual({ a: 4, b: 4, c: 4 });
  });

  it('changes no planned number while a file of the repository cannot be read', { timeout: 60_000 }, async () => {
    const fleet = await ObservedFleet.start(FOUR, { 'web.yaml': webOf(12) });
    const daemon = await fleet.daemon();
    await fleet.untilObserved({ a: 3, b: 3, c: 3, d: 3 });
    fleet.repository.write({ 'broken.yaml': '{' }).commit('A slip');
    await daemon.until('revisionAccepted', 2);
    await fleet.member('d').pause();
    await expect.poll(() => fleet.status('status.json'), { timeout: 20_000 }).toContain('"NotReady": 1');
    await daemon.until('passFinished', 12);
    expect(fleet.replicas()).toEqual({ a: 3, b: 3, c: 3, d: 3 });
    fleet.repository.write({ 'broken.yaml': null }).commit('Mended');
    await fleet.untilReplicas({ a: 4, b: 4, c: 4, d: 3 });
  });
});
