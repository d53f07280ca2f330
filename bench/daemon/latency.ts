import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonProcess } from './daemon-process.ts';

/** What one commit took, from when it could be fetched. */
export interface Latency {
  /** Until every cluster that is ready had it. */
  readonly appliedMs: number;
  /** Until a status commit told of all of them; none where there was nothing to tell. */
  readonly statusMs: number | undefined;
  /** Of the daemon and its git processes, until nothing more was done. */
  readonly cpuMs: number;
  /** Requests to API servers. */
  readonly requests: number;
  /** The commits of the status branch. */
  readonly statusCommits: number;
}

export interface CommitTiming {
  /** Longer than the daemon waits with a commit of the status. */
  readonly quietMs: number;
}

/** Hints at a commit that was pushed, and waits until all of it is over. */
export async function measureCommit(
  daemon: DaemonProcess,
  commit: string,
  { quietMs }: CommitTiming,
): Promise<Latency> {
  const since = daemon.told.length;
  const before = daemon.usage();
  const begin = Date.now();
  daemon.hint();
  const applied = await daemon.until((told) => told.type === 'applied' && told.commit === commit, since);
  await daemon.quiet(quietMs);
  const after = daemon.usage();
  const later = daemon.told.slice(since);
  const statuses = later.filter((told) => told.type === 'status');
  const complete = statuses.find(({ source, at }) => source === commit && at >= applied.at);
  return {
    appliedMs: applied.at - begin,
    statusMs: complete === undefined ? undefined : complete.at - begin,
    cpuMs: after.cpuMs - before.cpuMs,
    requests: later.reduce((sum, told) => sum + (told.type === 'pass' ? told.requests : 0), 0),
    statusCommits: statuses.length,
  };
}

/** What a daemon uses while nothing happens, in parts of a core. */
export async function measureIdle(daemon: DaemonProcess, ms: number): Promise<number> {
  const before = daemon.usage();
  const begin = performance.now();
  await sleep(ms);
  return (daemon.usage().cpuMs - before.cpuMs) / (performance.now() - begin);
}
