import type { KeepRule } from '../api/index.ts';
import { objectIdKey } from '../core/index.ts';
import { isKeptObject } from '../render/kept-object.ts';
import type { RenderedObject } from '../render/types.ts';

/** What `keepLive` of both sides of a comparison covers: a sync neither applies nor deletes it. */
export class KeptObjects {
  readonly #before: readonly KeepRule[];
  readonly #after: readonly KeepRule[];
  readonly #mayLift: boolean;

  constructor(before: readonly KeepRule[] = [], after: readonly KeepRule[] = []) {
    this.#before = before;
    this.#after = after;
    this.#mayLift = before.length > 0 && JSON.stringify(before) !== JSON.stringify(after);
  }

  /** Whether a sync of the newer side leaves it as it is. */
  isKept(object: RenderedObject): boolean {
    return isKeptObject(object, this.#after);
  }

  /** Whether a sync of the older side may have applied it. */
  mayBeApplied(object: RenderedObject): boolean {
    return !isKeptObject(object, this.#before);
  }

  /** Whether an object may be applied for the first time although both sides have it. */
  get mayLift(): boolean {
    return this.#mayLift;
  }

  /**
   * What the older side has in a cluster, without what was only kept there and is wanted now. What goes together with its rule is left in: it may have
   * been applied before there was one, and is deleted then.
   */
  withoutLifted(before: readonly RenderedObject[], after: readonly RenderedObject[]): readonly RenderedObject[] {
    if (!this.#mayLift) return before;
    const lifted = after.filter((object) => !this.mayBeApplied(object) && !this.isKept(object));
    if (lifted.length === 0) return before;
    const keys = new Set(lifted.map(({ id }) => objectIdKey(id)));
    return before.filter((object) => this.mayBeApplied(object) || !keys.has(objectIdKey(object.id)));
  }
}
