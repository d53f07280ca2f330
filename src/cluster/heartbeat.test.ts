import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

/** A connection on a clock of its own. */
function connection() {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const state = { bytes: 0, pings: 0, isSilent: false, answers: true };
  const heartbeat = new Heartbeat({
    bytesRead: () => state.bytes,
    ping: (answered) => {
      state.pings += 1;
      if (state.answers) answered();
      return true;
    },
    onSilent: () => {
      state.isSilent = true;
    },
  });
  onTestFinished(() => heartbeat.stop());
  return state;
}

describe('a connection', () => {
  it('on which something comes is not asked', () => {
    const state = connection();
    for (let second = 0; second < 600; second += 1) {
      state.bytes += 1;
      vi.advanceTimersByTime(1_000);
    }
    expect(state).toMatchObject({ pings: 0, isSilent: false });
  });

  it('on which nothing comes is asked, and stays while it answers', () => {
    const state = connection();
    vi.advanceTimersByTime(3_600_000);
    expect(state.pings).toBeGreaterThan(100);
    expect(state.isSilent).toBe(false);
  });

  it('that does not answer is given up within a minute', () => {
    const state = connection();
    vi.advanceTimersByTime(3_600_000);
    state.answers = false;
    vi.advanceTimersByTime(60_000);
    expect(state.isSilent).toBe(true);
  });
});
