import { expect, onTestFinished } from 'vitest';
import { type Daemon, type DaemonOptions, startDaemon } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import { temporaryFolder } from './credentials.ts';

type EventOf<Type extends DaemonEvent['type']> = Extract<DaemonEvent, { readonly type: Type }>;

/** A daemon of a test's own, which ends with the test. */
export interface RunningDaemon {
  readonly daemon: Daemon;
  readonly events: readonly DaemonEvent[];
  readonly of: <Type extends DaemonEvent['type']>(type: Type) => readonly EventOf<Type>[];
  /** Until a commit has come to every cluster that can be reached. */
  readonly applied: (commit: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function runDaemon(source: string, options: Partial<DaemonOptions> = {}): Promise<RunningDaemon> {
  const events: DaemonEvent[] = [];
  const control = new AbortController();
  const daemon = await startDaemon({
    source,
    dataDir: temporaryFolder(),
    pollIntervalMs: 1000,
    allowRewind: false,
    resyncIntervalMs: 3_600_000,
    signal: control.signal,
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  const of: RunningDaemon['of'] = (type) => events.filter((event) => event.type === type) as never;
  const stop = async (): Promise<void> => {
    control.abort();
    await daemon.finished;
  };
  onTestFinished(stop);
  const applied = (commit: string): Promise<void> =>
    expect.poll(() => of('revisionApplied').map((event) => event.commit), { timeout: 60_000 }).toContain(commit);
  return { daemon, events, of, applied, stop };
}
