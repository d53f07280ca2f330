import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import type { DaemonEvent } from './events.ts';
import { freeMemory, residentBytes } from './free-memory.ts';
import { MemoryKeeper } from './memory-keeper.ts';

const WORK: DaemonEvent = { type: 'passStarted', cluster: 'a', commit: 'c', trigger: 'drift' };
const LOOK: DaemonEvent = { type: 'sourceRead', commit: 'c', branch: 'main', durationMs: 1 };
const MB = 1e6;

/** A process of some size, that is half as large after memory was given back. */
function keeperOf(megabytes: number) {
  const clock = new ManualClock();
  const freed: number[] = [];
  const process = { bytes: megabytes * MB };
  const keeper = new MemoryKeeper({
    clock,
    resident: () => process.bytes,
    free: () => {
      freed.push(clock.elapsed());
      process.bytes /= 2;
    },
  });
  return { clock, freed, process, keeper };
}

describe('memory', () => {
  it('is given back once nothing was done for a while', () => {
    const { clock, freed, keeper } = keeperOf(1000);
    keeper.observe(WORK);
    clock.advance(6000);
    keeper.observe(WORK);
    clock.advance(9999);
    expect(freed).toEqual([]);
    clock.advance(1);
    expect(freed).toEqual([16_000]);
  });

  it('is left alone where it is little, and where nothing is done', () => {
    const small = keeperOf(150);
    small.keeper.observe(WORK);
    small.clock.advance(3_600_000);
    expect(small.freed).toEqual([]);
    const resting = keeperOf(1000);
    resting.keeper.observe(LOOK);
    expect(resting.clock.waiting).toBe(0);
  });

  it('is given back again when it has grown, and not at once', () => {
    const { clock, freed, process, keeper } = keeperOf(1000);
    keeper.observe(WORK);
    clock.advance(10_000);
    keeper.observe(WORK);
    clock.advance(300_000);
    expect(freed).toEqual([10_000]);
    process.bytes = 900 * MB;
    keeper.observe(WORK);
    clock.advance(10_000);
    keeper.observe(WORK);
    process.bytes = 900 * MB;
    clock.advance(289_999);
    expect(freed).toEqual([10_000, 320_000]);
    clock.advance(10_001);
    expect(freed).toEqual([10_000, 320_000, 620_000]);
  });

  it('is not given back any more at the end', () => {
    const { clock, freed, keeper } = keeperOf(1000);
    keeper.observe(WORK);
    keeper.close();
    keeper.observe(WORK);
    clock.advance(3_600_000);
    expect([freed, clock.waiting]).toEqual([[], 0]);
  });

  it('of a burst goes back to the operating system, in a process that was started without options', () => {
    const before = residentBytes();
    let burst: unknown = Array.from({ length: 400_000 }, (_, index) => ({ index, text: `${index} of many` }));
    const grown = residentBytes();
    expect([burst].flat()).toHaveLength(400_000);
    burst = undefined;
    freeMemory();
    expect(grown).toBeGreaterThan(before);
    expect(residentBytes()).toBeLessThan(grown);
  });
});
