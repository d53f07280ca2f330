import { describe, expect, it } from 'vitest';
import { Attempts } from './attempts.ts';

function failing(attempts: Attempts, address: string, count: number): void {
  for (let index = 0; index < count; index++) attempts.fail(address);
}

describe('failed attempts', () => {
  it('are used up, and come back with time', () => {
    let now = 0;
    const attempts = new Attempts(() => now, { burst: 3, perSecond: 1 });
    failing(attempts, '192.0.2.1', 2);
    expect(attempts.isExhausted('192.0.2.1')).toBe(false);
    failing(attempts, '192.0.2.1', 1);
    expect(attempts.isExhausted('192.0.2.1')).toBe(true);
    now = 999;
    expect(attempts.isExhausted('192.0.2.1')).toBe(true);
    now = 1000;
    expect(attempts.isExhausted('192.0.2.1')).toBe(false);
  });

  it.each([
    ['192.0.2.1', '192.0.2.2', false],
    ['2001:db8::1', '2001:db8::2', true],
    ['2001:db8:0:0:1::', '2001:db8::', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['::1', '::2', true],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ])('of %s count for %s: %s', (from, other, isSame) => {
    const attempts = new Attempts(() => 0, { burst: 1 });
    attempts.fail(from);
    expect(attempts.isExhausted(other)).toBe(isSame);
  });

  it('of more addresses than are remembered forget the oldest', () => {
    const attempts = new Attempts(() => 0, { burst: 1, addresses: 100 });
    for (let index = 0; index < 150; index++) attempts.fail(`192.0.2.${index}`);
    expect(attempts.isExhausted('192.0.2.149')).toBe(true);
    expect(attempts.isExhausted('192.0.2.50')).toBe(true);
    expect(attempts.isExhausted('192.0.2.49')).toBe(false);
  });
});
