import { styleFor } from '../colour.ts';
import type { ExitCode, Io } from '../io.ts';
import { keepRunning } from './keep-running.ts';
import { Narrator } from './narrator.ts';
import { type Stage, withStage } from './stage.ts';
import { changeOverride, firstSync, showStage } from './story-begins.ts';
import { showNext, showRecord } from './story-ends.ts';
import { changeByHand, loseCluster } from './story-trouble.ts';

export interface DemoOptions {
  /** Goes on after the story, until it is interrupted. */
  readonly keep: boolean;
  readonly color: boolean | undefined;
}

/** Tells the story of `gitfed demo`. Nothing of it is left when this returns. */
export async function runDemo({ keep, color }: DemoOptions, io: Io): Promise<ExitCode> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  io.interruption().addEventListener('abort', stop, { once: true });
  // A terminal that is closed must not leave clusters behind.
  const unsubscribe = io.onHangup?.(stop);
  const { signal } = stopping;
  try {
    const narrator = new Narrator(io.stdout, styleFor(io.stdout, color, io), signal);
    return await withStage(signal, (stage) => tell(stage, narrator, { keep, color, io, signal }));
  } catch (error) {
    if (signal.aborted) return 130;
    // `gitfed demo | head`: nobody is left to tell.
    if (io.stdout.isClosed === true) return 0;
    throw error;
  } finally {
    unsubscribe?.();
  }
}

interface Telling extends DemoOptions {
  readonly io: Io;
  readonly signal: AbortSignal;
}

async function tell(stage: Stage, narrator: Narrator, { keep, color, io, signal }: Telling): Promise<ExitCode> {
  await showStage(stage, narrator);
  const since = performance.now();
  const { events, address } = await stage.startDaemon();
  const cast = { stage, narrator, events, io, color };
  await firstSync(cast, since);
  await changeOverride(cast);
  await changeByHand(cast);
  await loseCluster(cast);
  await showRecord(cast);
  await showNext(cast, keep);
  if (keep) await keepRunning({ stage, narrator, address, signal });
  return 0;
}
