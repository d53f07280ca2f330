import { type ObjectId, objectIdKey } from '../core/index.ts';
import type { Live } from './live.ts';
import type { ObjectResult } from './types.ts';

const MOST = 10_000;

/**
 * What passes over one member deleted there themselves, and what is not known to be there again: that it is missing is nobody's drift. The
 * status branch says so too, but only later.
 */
export class Removals {
  readonly #keys = new Set<string>();

  has(id: ObjectId): boolean {
    return this.#keys.has(objectIdKey(id));
  }

  add(id: ObjectId): void {
    const [oldest] = this.#keys;
    if (oldest !== undefined && this.#keys.size >= MOST) this.#keys.delete(oldest);
    this.#keys.add(objectIdKey(id));
  }

  delete(id: ObjectId): void {
    this.#keys.delete(objectIdKey(id));
  }

  /** What is there, and is not going away, was not removed or was made again. */
  see(objects: ReadonlyMap<string, Live>): void {
    for (const key of this.#keys) {
      const live = objects.get(key);
      if (live !== undefined && live.object.metadata.deletionTimestamp === undefined) this.#keys.delete(key);
    }
  }

  /** Takes note of a result, and says in it what it needs to say. @param liveId what the object is called in the member. */
  told(result: ObjectResult, liveId: ObjectId): ObjectResult {
    const { action, status, federated } = result;
    if (action === 'deleted' || status === 'DeletionTimedOut') this.add(liveId);
    else if (status === '') this.delete(liveId);
    else if (federated !== undefined && this.has(liveId)) return { ...result, wasRemoved: true };
    return result;
  }
}
