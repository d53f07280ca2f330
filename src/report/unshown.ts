import { compareText } from '../core/index.ts';
import { count } from './wording.ts';

/** Objects that differ, and of which nothing is shown: counted in every cluster. */
export interface Unshown {
  readonly rule: UnshownRule;
  readonly objects: number;
  /** Sorted. */
  readonly clusters: readonly string[];
}

export type UnshownRule =
  /** It is in error on the newer side, or of a kind with `propagation: Disabled`: it stays as it was applied last. */
  | 'Held'
  /** It is gone, but a file cannot be read in which it may stand. */
  | 'DeletionHeld'
  /** The cluster is registered no longer: nobody goes there. */
  | 'ClusterLeft'
  /** `keepLive` of the newer side covers it: a sync leaves it as it is. */
  | 'KeptLive';

/** Counts what differs and is not shown. */
export class UnshownCounter {
  readonly #found = new Map<UnshownRule, { objects: number; readonly clusters: string[] }>();

  add(rule: UnshownRule, cluster: string, objects: number): void {
    if (objects === 0) return;
    const entry = this.#found.get(rule) ?? { objects: 0, clusters: [] };
    this.#found.set(rule, entry);
    entry.objects += objects;
    entry.clusters.push(cluster);
  }

  all(): readonly Unshown[] {
    return [...this.#found].map(([rule, { objects, clusters }]) => ({
      rule,
      objects,
      clusters: clusters.toSorted(compareText),
    }));
  }
}

const PHRASES: Readonly<Record<UnshownRule, (objects: string, where: string) => string>> = {
  Held: (objects, where) => `${objects} in ${where}: in error or switched off, and so left as applied last.`,
  DeletionHeld: (objects, where) => `${objects} in ${where}: gone, and not deleted while a file is in error.`,
  ClusterLeft: (objects, where) => `${objects} in ${where}: registered no longer, so that nobody goes there.`,
  KeptLive: (objects, where) => `${objects} in ${where}: kept live (keepLive), and so left as they are.`,
};

/** `3 objects in eu-1: in error or switched off, …`. @param where the clusters, as they are shown. */
export function unshownPhrase({ rule, objects }: Unshown, where: string): string {
  return PHRASES[rule](count(objects, 'object'), where);
}
