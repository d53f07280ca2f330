import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.ts';

const NOON = Date.parse('2026-11-21T12:00:00Z');

describe('the clock of a server', () => {
  it('is not known before an answer told', () => {
    expect(new ServerClock().now(1000)).toBeUndefined();
  });

  it('goes on from the last answer, in the middle of the second that it names', () => {
    const clock = new ServerClock();
    clock.tell('Sat, 21 Nov 2026 12:00:00 GMT', 10_000);
    expect(clock.now(10_000)).toBe(NOON + 500);
    expect(clock.now(70_000)).toBe(NOON + 60_500);
    clock.tell('Sat, 21 Nov 2026 11:00:00 GMT', 80_000);
    expect(clock.now(80_000)).toBe(NOON - 3_600_000 + 500);
  });

  it.each([undefined, '', 'yesterday'])('does not believe the header %j', (header) => {
    const clock = new ServerClock();
    clock.tell('Sat, 21 Nov 2026 12:00:00 GMT', 0);
    clock.tell(header, 5000);
    expect(clock.now(5000)).toBe(NOON + 5500);
  });
});
