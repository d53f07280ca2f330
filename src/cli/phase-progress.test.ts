import { describe, expect, it } from 'vitest';
import { createPhaseProgress } from './phase-progress.ts';

function watch(isTTY: boolean, times: readonly number[]): string[] {
  const written: string[] = [];
  const clock = [...times];
  const output = {
    isTTY,
    write: async (text: string) => {
      written.push(text);
    },
  };
  const progress = createPhaseProgress(output, () => clock.shift() ?? 0);
  progress.begin('reading');
  progress.begin('rendering');
  progress.clear();
  return written;
}

describe('the progress of a command', () => {
  it('is told after a second, and gone in the end', () => {
    expect(watch(true, [0, 10, 1500])).toEqual(['\r\u001b[2Krendering …', '\r\u001b[2K']);
  });

  it('is not told where it is quick', () => {
    expect(watch(true, [0, 10, 20])).toEqual([]);
  });

  it('is not told where nobody watches', () => {
    expect(watch(false, [0, 10, 1500])).toEqual([]);
  });
});
