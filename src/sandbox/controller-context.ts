import type { ObjectStore } from './object-store.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { ResourceRegistry } from './resource-registry.ts';

/** As which field manager the controllers of a cluster write. */
export const CONTROLLER_MANAGER = 'kube-controller-manager';

/** What the controllers of one cluster work on. */
export interface ControllerContext {
  readonly store: ObjectStore;
  readonly registry: ResourceRegistry;
  readonly writer: ObjectWriter;
}
