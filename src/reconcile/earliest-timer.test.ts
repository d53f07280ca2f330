import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { EarliestTimer } from './earliest-timer.ts';

/** At which times the work was done. */
function timer(onWork: (timer: EarliestTimer) => void = () => undefined): {
  readonly clock: ManualClock;
  readonly timer: EarliestTimer;
  readonly done: readonly number[];
} {
  const clock = new ManualClock();
  const done: number[] = [];
  const timer: EarliestTimer = new EarliestTimer(clock, () => {
    done.push(clock.elapsed());
    onWork(timer);
  });
  return { clock, timer, done };
}

describe('a timer that goes off at the earliest time', () => {
  it.each<[string, readonly number[], readonly number[]]>([
    ['does nothing that is not asked for', [], []],
    ['goes off at the time that is asked for', [20], [20]],
    ['goes off once for all that asked', [20, 20], [20]],
    ['is not put off by whoever asks for later', [20, 30], [20]],
    ['goes off sooner for whoever asks for sooner', [30, 20, 25], [20]],
  ])('%s', (_, asked, expected) => {
    const { clock, timer: given, done } = timer();
    for (const ms of asked) given.schedule(ms);
    expect(clock.waiting).toBe(Math.min(1, asked.length));
    clock.advance(100);
    expect(done).toEqual(expected);
  });

  it('compares times, not durations', () => {
    const { clock, timer: given, done } = timer();
    given.schedule(20);
    clock.advance(15);
    given.schedule(10);
    clock.advance(100);
    expect(done).toEqual([20]);
  });

  it('can be asked again while it goes off', () => {
    const { clock, done, timer: given } = timer((self) => done.length < 3 && self.schedule(10));
    given.schedule(20);
    clock.advance(100);
    expect(done).toEqual([20, 30, 40]);
  });

  it('can be asked again once it was called off', () => {
    const { clock, timer: given, done } = timer();
    given.schedule(20);
    given.cancel();
    expect(clock.waiting).toBe(0);
    given.schedule(50);
    clock.advance(100);
    expect(done).toEqual([50]);
  });

  it('does nothing once it is closed', () => {
    const { clock, timer: given, done } = timer();
    given.schedule(20);
    given.close();
    given.schedule(20);
    expect(clock.waiting).toBe(0);
    clock.advance(100);
    expect(done).toEqual([]);
  });
});
