import type { SyncEvent } from '../apply/types.ts';
import { plainText } from '../report/plain-text.ts';
import type { Output } from './io.ts';

/** One line on a terminal that says how far a pass is. Silent where nobody watches. */
export interface SyncProgress {
  show(event: SyncEvent): void;
  clear(): void;
}

interface Lane {
  readonly objects: number;
  done: number;
  /** Somebody else writes to it. */
  waitsFor?: string;
}

export function createSyncProgress(output: Output): SyncProgress {
  if (!output.isTTY) return { show: () => undefined, clear: () => undefined };
  const lanes = new Map<string, Lane>();
  let drawn = false;
  const draw = (text: string): void => {
    drawn = text !== '';
    void output.write(`\r\u001b[2K${text}`);
  };
  return {
    show(event) {
      if (event.type === 'clusterStarted') lanes.set(event.cluster, { objects: event.objects, done: 0 });
      else if (event.type === 'clusterFinished') lanes.delete(event.cluster);
      else if (event.type === 'waiting') wait(lanes.get(event.cluster), event.holder);
      else advance(lanes.get(event.cluster));
      draw(formatLanes(lanes));
    },
    clear() {
      if (drawn) draw('');
    },
  };
}

function advance(lane: Lane | undefined): void {
  if (lane === undefined) return;
  lane.done += 1;
  delete lane.waitsFor;
}

function wait(lane: Lane | undefined, holder: string): void {
  if (lane !== undefined) lane.waitsFor = holder;
}

/** The clusters that are worked on, as many as fit in a line. */
function formatLanes(lanes: ReadonlyMap<string, Lane>): string {
  const shown = [...lanes].slice(0, 4).map(([name, { done, objects, waitsFor }]) => {
    const state = waitsFor === undefined ? `${done}/${objects}` : `waits for ${plainText(waitsFor)}`;
    return `${plainText(name)} ${state}`;
  });
  const more = lanes.size > shown.length ? `, ${lanes.size - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}
