import { describe, expect, it } from 'vitest';
import type { DaemonEvent } from './events.ts';
import { createHealth } from './health.ts';

const READ: DaemonEvent = { type: 'sourceRead', commit: 'abc', branch: 'main', durationMs: 1 };
const ACCEPTED: DaemonEvent = {
  type: 'revisionAccepted',
  commit: 'abc',
  committedAt: 0,
  clusters: 2,
  objects: 1,
  findings: [],
  durationMs: 1,
};

function passFinished(cluster: string, state: 'Synced' | 'NotReady' = 'Synced'): DaemonEvent {
  const result = { cluster, state, objects: [] };
  return { type: 'passFinished', cluster, commit: 'abc', trigger: 'revision', durationMs: 1, requests: 1, result };
}

function healthAfter(events: readonly DaemonEvent[]) {
  const health = createHealth({ pollIntervalMs: 30_000, now: () => 0 });
  for (const event of events) health.observe(event);
  return health;
}

describe('readiness', () => {
  it.each<[string, readonly DaemonEvent[], readonly string[]]>([
    ['nothing', [], ['git was not read yet', 'there is no commit that is followed']],
    ['git that was read', [READ], ['there is no commit that is followed']],
    ['a commit', [READ, ACCEPTED], ['2 of 2 clusters had no pass yet']],
    ['a pass', [READ, ACCEPTED, passFinished('a'), passFinished('a')], ['1 of 2 clusters had no pass yet']],
    ['a pass of each', [READ, ACCEPTED, passFinished('a'), passFinished('b')], []],
    ['a cluster that is not reached', [READ, ACCEPTED, passFinished('a'), passFinished('b', 'NotReady')], []],
    ['git that does not answer', [ACCEPTED, passFinished('a'), passFinished('b')], ['git was not read yet']],
    [
      'a cluster that left',
      [READ, ACCEPTED, passFinished('a'), passFinished('b'), { type: 'clusterLeft', cluster: 'b' }],
      ['1 of 2 clusters had no pass yet'],
    ],
    ['webhooks', [{ type: 'webhook', provider: 'github', outcome: 'accepted' }], expect.anything()],
  ])('after %s says what is missing', (_title, events, missing) => {
    const { ok, body } = healthAfter(events).ready();
    expect(body['missing']).toEqual(missing);
    expect(ok).toBe(Array.isArray(missing) && missing.length === 0);
  });

  it('is not taken back by an outage or by another cluster, and is by stopping', () => {
    const health = healthAfter([READ, ACCEPTED, passFinished('a'), passFinished('b')]);
    expect(health.ready().ok).toBe(true);
    health.observe({ type: 'sourceFailed', message: 'gone' });
    health.observe({ ...ACCEPTED, clusters: 3 } as DaemonEvent);
    expect(health.ready()).toMatchObject({ ok: true, body: { status: 'ready', missing: [], revision: 'abc' } });
    health.observe({ type: 'stopping' });
    expect(health.ready().ok).toBe(false);
  });
});

describe('liveness', () => {
  function silentFor(milliseconds: number, events: readonly DaemonEvent[] = []): boolean {
    let now = 0;
    const health = createHealth({ pollIntervalMs: 30_000, now: () => now });
    health.observe(READ);
    now = milliseconds;
    for (const event of events) health.observe(event);
    return health.live().ok;
  }

  it.each<[string, number, readonly DaemonEvent[], boolean]>([
    ['holds while git is looked at', 3_600_000, [READ], true],
    ['holds while git does not answer', 3_600_000, [{ type: 'sourceFailed', message: '' }], true],
    ['holds through the longest pause after a failure', 600_000, [], true],
    ['ends when nothing is looked at any more', 1_000_000, [], false],
    ['is not proven by webhooks', 1_000_000, [{ type: 'webhook', provider: 'github', outcome: 'limited' }], false],
    ['holds while it stops', 1_000_000, [{ type: 'stopping' }], true],
  ])('%s', (_title, milliseconds, events, ok) => {
    expect(silentFor(milliseconds, events)).toBe(ok);
  });

  it('waits longer where git is looked at seldom', () => {
    let now = 0;
    const health = createHealth({ pollIntervalMs: 30_000, now: () => now });
    now = 1_000_000;
    expect(health.live().ok).toBe(false);
    health.setPollInterval(3_600_000);
    expect(health.live()).toEqual({ ok: true, body: { status: 'ok', secondsSinceLastSign: 1000 } });
  });
});
