import type { CountAndPercent } from '../api/index.ts';
import { compareText, type ObjectId } from '../core/index.ts';
import type { ClusterRendering, RenderedObject } from '../render/types.ts';
import type { Risk } from './change-risks.ts';
import type { NewerModel } from './change-set.ts';
import type { KeptObjects } from './kept-objects.ts';

/**
 * Where a sync would delete more than its guard lets pass, so that it deletes nothing there. The inventory of a member is taken
 * to be what the older side renders for it.
 */
export class DeletionGuard {
  readonly #model: NewerModel | undefined;
  readonly #kept: KeptObjects;
  readonly #risks: Risk[] = [];

  /** Without a model the limits are not known, and nothing is told. */
  constructor(model: NewerModel | undefined, kept: KeptObjects) {
    this.#model = model;
    this.#kept = kept;
  }

  add(cluster: string, before: ClusterRendering | undefined, leaving: readonly RenderedObject[]): void {
    if (this.#model === undefined || leaving.length === 0) return;
    const all = appliedObjects(before?.objects ?? [], this.#kept);
    const gone = new Set(leaving);
    const ids = leaving.map(({ id }) => id);
    const number = countWithNamespaces(ids, before?.objects ?? [], this.#kept, (object) => gone.has(object));
    const message = this.#whyBlocked(number, all.length, this.#model);
    if (message !== undefined) this.#risks.push({ code: 'ManyDeletions', message, clusters: [cluster] });
  }

  /** What is the same in several clusters is one risk. */
  risks(): readonly Risk[] {
    const byMessage = Map.groupBy(this.#risks, ({ message }) => message);
    return [...byMessage].map(([message, risks]) => ({
      code: 'ManyDeletions',
      message,
      clusters: risks.flatMap(({ clusters }) => clusters).sort(compareText),
    }));
  }

  #whyBlocked(count: number, all: number, { configuration, objects, heldTargets }: NewerModel): string | undefined {
    if (objects.length === 0 && heldTargets.length === 0) {
      return 'the repository has no federated object any more, so that a sync deletes nothing';
    }
    const { maxDeletions } = configuration.prune;
    if (!isOverGuard(count, all, maxDeletions)) return undefined;
    return `${count} of ${all} objects would go, more than prune.maxDeletions lets pass (${maxDeletions.count} and ${maxDeletions.percent} %), so that a sync deletes nothing`;
  }
}

/** Whether so many of all objects of a cluster are more than a sync deletes there. */
export function isOverGuard(count: number, all: number, limit: CountAndPercent): boolean {
  return count > limit.count && count * 100 > all * limit.percent;
}

/** What of a rendering may be in the inventory of a member: what was never applied is not. */
export function appliedObjects(objects: readonly RenderedObject[], kept: KeptObjects): readonly RenderedObject[] {
  return objects.filter((object) => kept.mayBeApplied(object));
}

/** How many objects of a cluster go. With a Namespace goes everything in it but what is kept. */
export function countWithNamespaces(
  leaving: readonly ObjectId[],
  all: readonly RenderedObject[],
  kept: KeptObjects,
  isLeaving: (object: RenderedObject) => boolean,
): number {
  const namespaces = new Set(
    leaving.filter(({ group, kind }) => group === '' && kind === 'Namespace').map(({ name }) => name),
  );
  if (namespaces.size === 0) return leaving.length;
  return all.filter((object) => isLeaving(object) || (namespaces.has(object.id.namespace) && !kept.isKept(object)))
    .length;
}
