import { compareText } from '../core/index.ts';
import type { ClusterRendering, RenderedObject } from '../render/types.ts';
import type { Risk } from './change-risks.ts';
import type { NewerModel } from './change-set.ts';

/**
 * Where a sync would delete more than its guard lets pass, so that it deletes nothing there. The inventory of a member is taken
 * to be what the older side renders for it.
 */
export class DeletionGuard {
  readonly #model: NewerModel | undefined;
  readonly #risks: Risk[] = [];

  /** Without a model the limits are not known, and nothing is told. */
  constructor(model: NewerModel | undefined) {
    this.#model = model;
  }

  add(cluster: string, before: ClusterRendering | undefined, leaving: readonly RenderedObject[]): void {
    if (this.#model === undefined || leaving.length === 0) return;
    const message = this.#whyBlocked(countWithNamespaces(leaving, before), before?.objects.length ?? 0, this.#model);
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
    if (count <= maxDeletions.count || count * 100 <= all * maxDeletions.percent) return undefined;
    return `${count} of ${all} objects would go, more than prune.maxDeletions lets pass (${maxDeletions.count} and ${maxDeletions.percent} %), so that a sync deletes nothing`;
  }
}

/** With a Namespace goes everything in it. */
function countWithNamespaces(leaving: readonly RenderedObject[], before: ClusterRendering | undefined): number {
  const namespaces = new Set(
    leaving.filter(({ id }) => id.group === '' && id.kind === 'Namespace').map(({ id }) => id.name),
  );
  if (namespaces.size === 0) return leaving.length;
  const gone = new Set(leaving);
  return (before?.objects ?? []).filter((object) => gone.has(object) || namespaces.has(object.id.namespace)).length;
}
