/**
 * A daemon with its log, metrics and health as it runs in production, and a wire to whoever measures it: a hint comes by message instead of by
 * webhook, and the end of each pass is told with its time.
 */
import { createWriteStream } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import { type DaemonLoop, runService, type StartLoop } from '../../src/daemon/service.ts';
import { startLoop } from '../../src/daemon/start-loop.ts';
import type { Ask, Told } from './messages.ts';

const GIVING_BACK_MS = 1000;

const stop = new AbortController();
let loop: DaemonLoop | undefined;

process.on('message', (ask: Ask) => {
  if (ask.type === 'hint') loop?.hint();
  else void tellMemory(ask);
});
process.once('SIGTERM', () => stop.abort());
process.once('disconnect', () => stop.abort());

const startAndTell: StartLoop = async (options) => {
  const onEvent = (event: DaemonEvent): void => {
    options.onEvent(event);
    const told = toldOf(event);
    if (told !== undefined) tell(told);
  };
  loop = await startLoop({ ...options, onEvent });
  return loop;
};

await runService({
  source: {
    env: {},
    flags: { listen: '127.0.0.1:0', ...(JSON.parse(process.argv[2] ?? '{}') as Record<string, string>) },
    cwd: process.cwd(),
  },
  startLoop: startAndTell,
  logStream: createWriteStream(process.env['BENCH_LOG'] ?? '/dev/null'),
  signal: stop.signal,
});
if (process.connected) process.disconnect();

function tell(told: Told): void {
  if (process.connected) process.send?.(told);
}

async function tellMemory({ isCollected, file }: Extract<Ask, { readonly type: 'memory' }>): Promise<void> {
  if (isCollected) globalThis.gc?.();
  // What it sets free is given back by another thread.
  if (isCollected) await sleep(GIVING_BACK_MS);
  if (file !== undefined) writeHeapSnapshot(file);
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
  const memory = { usedMb: heapUsed / 1e6, heapMb: heapTotal / 1e6, externalMb: external / 1e6, residentMb: rss / 1e6 };
  tell({ type: 'memory', memory, at: Date.now() });
}

function toldOf(event: DaemonEvent): Told | undefined {
  const at = Date.now();
  switch (event.type) {
    case 'revisionApplied':
      return { type: 'applied', commit: event.commit, at };
    case 'statusCommitted':
      return { type: 'status', source: event.source, at };
    case 'passFinished': {
      const { commit, cluster, trigger, durationMs, requests, result } = event;
      const { state, message } = result;
      return { type: 'pass', commit, cluster, trigger, state, message, durationMs, requests, at };
    }
    case 'revisionRefused':
    case 'sourceFailed':
    case 'statusFailed':
      return { type: 'trouble', message: event.message, at };
    default:
      return undefined;
  }
}
