import type { ObjectResult } from '../../apply/types.ts';
import type { DaemonEvent } from '../../daemon/events.ts';
import { status } from '../commands/status.ts';
import type { Io, Output } from '../io.ts';
import type { DaemonEvents } from './daemon-events.ts';
import type { Narrator } from './narrator.ts';
import { SHOP_CLUSTERS } from './shop-example.ts';
import type { Stage } from './stage.ts';

/** Who takes part in the story, and who tells it. */
export interface Cast {
  readonly stage: Stage;
  readonly narrator: Narrator;
  readonly events: DaemonEvents;
  readonly io: Io;
  /** As the command line has it. */
  readonly color: boolean | undefined;
}

type PassFinished = Extract<DaemonEvent, { readonly type: 'passFinished' }>;

/** Commits everything and pushes it, in front of the reader. @returns when the push began; what follows it came after. */
export async function commitAndPush(
  { stage: { checkout }, narrator }: Cast,
  message: string,
): Promise<{ readonly commit: string; readonly since: number }> {
  await narrator.command(`git commit --all --message '${message}' && git push`);
  const commit = await checkout.commit(message);
  const since = performance.now();
  await checkout.git('push', '--quiet');
  return { commit, since };
}

/** `git diff`, in its colours. */
export async function shownDiff({ stage: { checkout }, narrator: { style } }: Cast): Promise<readonly string[]> {
  const lines = await checkout.diff();
  return lines.map((line) => {
    if (/^(?:---|\+\+\+) /.test(line)) return style.faint(line);
    if (line.startsWith('-')) return style.removed(line);
    return line.startsWith('+') ? style.added(line) : line;
  });
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

/** `status.json` of the status branch, as far as the story looks at it. */
interface RecordedFleet {
  readonly commit: string;
  readonly states: { readonly Synced: number; readonly NotReady: number };
  readonly objects: number;
  readonly problems: number;
  readonly drift: { readonly corrected: number };
  readonly health: { readonly Current: number; readonly Unknown: number };
}

/** Until the status branch says of a commit what is wanted. */
export async function untilRecorded(
  { stage, events }: Cast,
  what: string,
  commit: string,
  isWanted: (fleet: RecordedFleet) => boolean,
): Promise<void> {
  for (let since = 0; ; ) {
    await events.first(what, since, ({ type }) => (type === 'statusCommitted' ? true : undefined));
    since = performance.now();
    const text = await stage.checkout.git('--git-dir', stage.repository, 'show', 'gitfed/status:status.json');
    const fleet = JSON.parse(text) as RecordedFleet;
    if (fleet.commit === commit && isWanted(fleet)) return;
  }
}

/** Every cluster is reached, and in all of them everything does what it should. */
export function isInOrder({ states, problems, objects, health }: RecordedFleet): boolean {
  return states.Synced === SHOP_CLUSTERS.length && problems === 0 && health.Current + health.Unknown === objects;
}

/** Objects that a pass found changed by somebody. */
export function changedByHand({ result }: PassFinished): readonly ObjectResult[] {
  return result.objects.filter(({ drift = [] }) => drift.length > 0);
}

/** What `gitfed status` prints in the person's clone. */
export async function statusOutput(
  { stage, io, color }: Cast,
  { fetch }: { readonly fetch: boolean },
): Promise<readonly string[]> {
  const pieces: string[] = [];
  const output: Output = { isTTY: io.stdout.isTTY, write: async (text) => void pieces.push(text) };
  const options = { fetch, color, cluster: undefined, watch: false, output: 'text' as const };
  const place = { stdout: output, stderr: output, cwd: stage.checkout.folder };
  await status.run({ positional: undefined, options }, { ...io, ...place });
  return pieces.join('').trimEnd().split('\n');
}

/** `840 ms`, `2.1 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
