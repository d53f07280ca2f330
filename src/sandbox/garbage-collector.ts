import { isJsonObject } from '../core/index.ts';
import { CONTROLLER_MANAGER, type ControllerContext } from './controller-context.ts';
import { listOf, metadataOf, withMetadata } from './object-fields.ts';
import type { StoreEvent } from './object-store.ts';
import { type SandboxResource, storageKey } from './served-resource.ts';
import type { StoredObject } from './stored-object.ts';
import type { DeleteOptions, WriteTarget } from './write-target.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/**
 * Deletes what lost all its owners, and does what an owner that is deleted asks for first.
 *
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export class GarbageCollector {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  see(storage: string, { type, object }: StoreEvent): void {
    if (type === 'DELETED') this.#ownerIsGone(object);
    else if (object.isTerminating) this.#ownerIsGoing(storage, object);
    else if (object.owners.length > 0 && !this.#hasOwner(object)) this.#delete(storage, object, {});
  }

  #ownerIsGone(owner: StoredObject): void {
    for (const [dependent, storage] of this.#context.store.ownedBy(owner.uid)) {
      if (!this.#hasOwner(dependent)) this.#delete(storage, dependent, { propagationPolicy: 'Background' });
    }
    // An owner that waits for this one may go now.
    for (const uid of owner.owners) {
      const waiting = this.#context.store.byUid(uid);
      if (waiting?.[0].isTerminating) this.#ownerIsGoing(waiting[1], waiting[0]);
    }
  }

  #ownerIsGoing(storage: string, seen: StoredObject): void {
    const resource = this.#context.registry.ofStorage(storage);
    const owner = this.#context.store.get(storage, seen.key);
    if (resource === undefined || owner === undefined || owner.uid !== seen.uid) return;
    const finalizers = listOf(metadataOf(owner.read(resource)).finalizers);
    if (finalizers.includes(ORPHAN)) {
      for (const [dependent, where] of this.#context.store.ownedBy(owner.uid))
        this.#disown(where, dependent, owner.uid);
      this.#removeFinalizer(resource, owner, ORPHAN);
    }
    if (finalizers.includes(FOREGROUND)) this.#deleteBefore(resource, owner);
  }

  #deleteBefore(resource: SandboxResource, owner: StoredObject): void {
    for (const [dependent, storage] of this.#context.store.ownedBy(owner.uid)) {
      if (!dependent.isTerminating) this.#delete(storage, dependent, { propagationPolicy: 'Foreground' });
    }
    if (this.#context.store.ownedBy(owner.uid).length === 0) this.#removeFinalizer(resource, owner, FOREGROUND);
  }

  #hasOwner({ owners }: StoredObject): boolean {
    return owners.some((uid) => this.#context.store.byUid(uid) !== undefined);
  }

  #delete(storage: string, object: StoredObject, options: DeleteOptions): void {
    const resource = this.#context.registry.ofStorage(storage);
    const current = this.#context.store.get(storage, object.key);
    if (resource === undefined || current === undefined || current.uid !== object.uid || current.isTerminating) return;
    this.#context.writer.delete(targetOf(resource, current), options);
  }

  #disown(storage: string, dependent: StoredObject, uid: string): void {
    const resource = this.#context.registry.ofStorage(storage);
    if (resource === undefined) return;
    const object = dependent.read(resource);
    const kept = listOf(metadataOf(object).ownerReferences).filter(
      (owner) => !isJsonObject(owner) || owner.uid !== uid,
    );
    const ownerReferences = kept.length === 0 ? undefined : kept;
    this.#context.writer.update(targetOf(resource, dependent), withMetadata(object, { ownerReferences }));
  }

  #removeFinalizer(resource: SandboxResource, owner: StoredObject, finalizer: string): void {
    const current = this.#context.store.get(storageKey(resource), owner.key);
    if (current === undefined) return;
    const object = current.read(resource);
    const finalizers = listOf(metadataOf(object).finalizers).filter((one) => one !== finalizer);
    this.#context.writer.update(targetOf(resource, current), withMetadata(object, { finalizers }));
  }
}

function targetOf(resource: SandboxResource, { namespace, name }: StoredObject): WriteTarget {
  return { resource, namespace, name, subresource: '', manager: CONTROLLER_MANAGER, dryRun: false };
}
