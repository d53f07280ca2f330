import type { ObjectResult } from '../../apply/types.ts';
import type { DaemonEvent } from '../../daemon/events.ts';
import { GitfedError } from '../../errors.ts';
import type { Io, Output } from '../io.ts';
import { runProgram } from '../program.ts';
import type { DaemonEvents } from './daemon-events.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

/** Who takes part in the story, and who tells it. */
export interface Cast {
  readonly stage: Stage;
  readonly narrator: Narrator;
  readonly events: DaemonEvents;
  readonly io: Io;
}

type PassFinished = Extract<DaemonEvent, { readonly type: 'passFinished' }>;

/** Pushes what was committed. @returns when that began; what follows it came after. */
export async function push({ stage }: Cast): Promise<number> {
  const begin = performance.now();
  await stage.checkout.git('push', '--quiet');
  return begin;
}

/** Until a commit is in every cluster that can be reached. @returns the milliseconds since then. */
export async function untilApplied({ events }: Cast, commit: string, since: number): Promise<number> {
  const { at } = await events.first(`commit ${commit} in every cluster`, since, (event) => {
    return event.type === 'revisionApplied' && event.commit === commit ? true : undefined;
  });
  return at - since;
}

/** Until a pass over a cluster ended as wanted. */
export async function untilPass(
  { events }: Cast,
  what: string,
  since: number,
  isWanted: (pass: PassFinished) => boolean,
): Promise<{ readonly ms: number; readonly pass: PassFinished }> {
  const { at, value } = await events.first(what, since, (event) => {
    return event.type === 'passFinished' && isWanted(event) ? event : undefined;
  });
  return { ms: at - since, pass: value };
}

/** Until the status branch tells of an event that came after `since`. */
export async function untilRecorded({ events }: Cast, since: number): Promise<void> {
  await events.first('a commit of the status', since, (event) => (event.type === 'statusCommitted' ? true : undefined));
}

/** Objects that a pass found changed by somebody. */
export function changedByHand({ result }: PassFinished): readonly ObjectResult[] {
  return result.objects.filter(({ drift = [] }) => drift.length > 0);
}

/** What `gitfed ARGS` prints in the person's clone. */
export async function gitfedOutput({ stage, io }: Cast, args: readonly string[]): Promise<readonly string[]> {
  const pieces: string[] = [];
  const output: Output = {
    isTTY: io.stdout.isTTY,
    columns: io.stdout.isTTY ? 98 : undefined,
    write: async (text) => void pieces.push(text),
  };
  const code = await runProgram(args, { ...io, stdout: output, stderr: output, cwd: stage.checkout.folder });
  if (code === 2) throw new GitfedError('INTERNAL', `gitfed ${args.join(' ')} could not run: ${pieces.join('')}`);
  return pieces.join('').trimEnd().split('\n');
}

/** `840 ms`, `2.1 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
