import type { ServerHttp2Stream } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { converse, get, respond } from '../../test/helpers/http2-server.ts';
import type { ClientOptions } from './client.ts';
import { Gate } from './gate.ts';
import { RequestShares } from './request-shares.ts';

describe('a gate', () => {
  const GOOD = { begin: 0, end: 10, outcome: 'answered' } as const;

  /** Work that never ends by itself, and how much of it has begun. */
  function workOf(gate: Gate) {
    const running: (() => void)[] = [];
    const begin = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        const { promise, resolve } = Promise.withResolvers<void>();
        void gate.run(() => {
          running.push(resolve);
          return promise;
        });
      }
    };
    return { running, begin };
  }

  it('lets more run when one more may', async () => {
    const gate = new Gate(() => 100);
    const { running, begin } = workOf(gate);
    begin(30);
    await nextTurn();
    expect(running).toHaveLength(16);
    for (let index = 0; index < 16; index += 1) gate.observe(GOOD);
    await nextTurn();
    expect(running).toHaveLength(17);
  });

  it('lets none run in the place of those that are too many', async () => {
    const gate = new Gate(() => 3);
    const { running, begin } = workOf(gate);
    begin(30);
    await nextTurn();
    gate.observe(GOOD);
    for (const finish of running.slice(0, 13)) finish();
    await nextTurn();
    expect(running).toHaveLength(16);
    running[13]?.();
    await nextTurn();
    expect(running).toHaveLength(17);
  });

  it('lets fewer run when more members are asked at once, and more when they have answered', async () => {
    const shares = new RequestShares(12);
    const [first, second] = [new Gate(() => 100, shares), new Gate(() => 100, shares)];
    const one = workOf(first);
    const two = workOf(second);
    one.begin(30);
    await nextTurn();
    expect(one.running).toHaveLength(12);
    two.begin(7);
    await nextTurn();
    expect(two.running).toHaveLength(6);
    first.observe(GOOD);
    for (const finish of one.running.slice(0, 7)) finish();
    await nextTurn();
    expect(one.running).toHaveLength(13);
    for (const finish of two.running.slice(0, 6)) finish();
    await nextTurn();
    two.running[6]?.();
    await nextTurn();
    first.observe(GOOD);
    await nextTurn();
    expect(one.running).toHaveLength(19);
  });

  it('lets each of very many members have two requests', async () => {
    const shares = new RequestShares(12);
    const all = Array.from({ length: 100 }, () => workOf(new Gate(() => 100, shares)));
    for (const { begin } of all) begin(1);
    for (const { begin } of all) begin(5);
    await nextTurn();
    expect(all.slice(50).map(({ running }) => running.length)).toEqual(Array.from({ length: 50 }, () => 2));
  });
});

describe('requests to one API server', () => {
  /** A server that answers when the test says so, but an urgent request at once. */
  async function holding(options: ClientOptions = {}) {
    const held: ServerHttp2Stream[] = [];
    const { client, asked } = await converse((stream) => {
      if (asked.at(-1)?.includes('/urgent') === true) respond(stream);
      else held.push(stream);
    }, options);
    const answer = (count: number, status = 200): void => {
      for (const stream of held.splice(0, count)) respond(stream, '{}', { ':status': status });
    };
    /** On the same connection it comes after all that were made before. */
    const arrived = async (): Promise<number> => {
      await client.request({ ...get('/urgent'), isUrgent: true });
      return held.length;
    };
    const begin = (count: number) => Promise.all(Array.from({ length: count }, () => client.request(get())));
    const comeTo = (count: number) => expect.poll(() => held.length, { timeout: 10_000 }).toBe(count);
    return { held, answer, arrived, begin, comeTo };
  }

  it('run 16 at once, and an urgent one beside them', async () => {
    const { answer, arrived, begin, comeTo } = await holding();
    const all = begin(20);
    await comeTo(16);
    expect(await arrived()).toBe(16);
    answer(16);
    await comeTo(4);
    answer(4);
    expect(await all).toHaveLength(20);
  });

  it('are half as many at once after 429', async () => {
    const { answer, arrived, begin, comeTo } = await holding();
    const all = begin(24);
    await comeTo(16);
    answer(16, 429);
    // Those that were refused keep their places.
    await comeTo(16);
    answer(6);
    // None of the 8 that wait came in their place.
    expect(await arrived()).toBe(10);
    answer(10);
    await comeTo(8);
    answer(8);
    expect(await all).toHaveLength(24);
  });

  it('have their time from when they are sent, not while they wait for their turn', async () => {
    const timeoutMs = 1_500;
    const { answer, begin, comeTo, held } = await holding({ timeoutMs });
    const start = performance.now();
    const all = begin(16 + 17 + 17);
    for (const count of [16, 17, 17]) {
      await comeTo(count);
      const sent = performance.now();
      await expect.poll(() => performance.now() - sent).toBeGreaterThan(0.4 * timeoutMs);
      answer(held.length);
    }
    await all;
    expect(performance.now() - start).toBeGreaterThan(timeoutMs);
  });
});
