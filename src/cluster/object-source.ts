import type { ObjectId } from '../core/index.ts';
import type { ServedResource } from './discovery.ts';
import type { ApiAccess } from './guarded-client.ts';
import { type LiveObject, listObjects } from './lists.ts';
import type { Projection } from './projection.ts';
import type { Selectors } from './selectors.ts';

/** Which objects of a kind, and what of them. */
export interface ObjectQuery extends Selectors {
  /** Default: the metadata, all of it. */
  readonly projection?: Projection;
}

/** What a write, or a read of one object, found out: how it is, or that it is gone; without a uid, whichever there was. */
export type Outcome = LiveObject | { readonly gone: string | undefined };

/** Where the objects of a member are read, and what hears of writes to them. */
export interface ObjectSource {
  /**
   * All of these objects, with no less than their projection keeps.
   *
   * @throws {ApiError} when they cannot be known.
   */
  list(resource: ServedResource, query?: ObjectQuery): Promise<readonly LiveObject[]>;
  /** Whether answers about this kind have to be whole objects to be of use. */
  keepsWhole(resource: ServedResource): boolean;
  /**
   * Does what writes one object, or reads it.
   *
   * @param outcome what the answer says of the object; not asked where the work fails.
   */
  observe<T>(
    resource: ServedResource,
    id: Pick<ObjectId, 'namespace' | 'name'>,
    work: () => Promise<T>,
    outcome: (answer: T) => Outcome,
  ): Promise<T>;
}

/** Asks the member each time. */
export function directSource(client: ApiAccess): ObjectSource {
  return {
    list: (resource, { projection, ...selectors } = {}) =>
      listObjects(client, resource, { ...selectors, whole: projection?.whole === true }),
    keepsWhole: () => false,
    observe: (_resource, _id, work) => work(),
  };
}
