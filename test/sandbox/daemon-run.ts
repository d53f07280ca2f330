import { onTestFinished } from 'vitest';
import { type DaemonOptions, startDaemon } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';

export interface DaemonRun {
  /** What it told so far. */
  readonly events: readonly DaemonEvent[];
  readonly stop: () => Promise<void>;
}

/** A daemon in this process that looks at git twice a second. It ends with the test. */
export async function runDaemon(options: Pick<DaemonOptions, 'source'> & Partial<DaemonOptions>): Promise<DaemonRun> {
  const events: DaemonEvent[] = [];
  const control = new AbortController();
  const daemon = await startDaemon({
    pollIntervalMs: 500,
    resyncIntervalMs: 3_600_000,
    allowRewind: false,
    onEvent: (event) => events.push(event),
    signal: control.signal,
    ...options,
  });
  const stop = async (): Promise<void> => {
    control.abort();
    await daemon.finished;
  };
  onTestFinished(stop);
  return { events, stop };
}
