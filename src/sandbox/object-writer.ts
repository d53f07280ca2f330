import { type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { applyObject } from './apply-object.ts';
import { initialised } from './builtin-fields.ts';
import { listOf, mappingOf, metadataOf, stringOf, withMetadata, withoutField } from './object-fields.ts';
import type { ObjectStore } from './object-store.ts';
import { checkNamespace, checkSeen, checkUnchanged } from './preconditions.ts';
import { changedObject, generatedName, newObject, nextGeneration } from './prepared-object.ts';
import { applyConflict, decodeManifest, decodeObject, shapeObject, untypedManifest } from './sent-object.ts';
import { apiVersionOf, type SandboxResource, storageKey } from './served-resource.ts';
import type { ServiceAddresses } from './service-addresses.ts';
import { alreadyExists, badRequest, conflict, notFound } from './status-error.ts';
import { objectKey, type StoredObject } from './stored-object.ts';
import { trackUpdate } from './track-update.ts';
import type { FieldWriter } from './types.ts';
import type { DeleteOptions, WriteTarget, Written } from './write-target.ts';

/** Kinds whose PUT makes what is not there. */
const MADE_BY_PUT = new Set(['leases', 'endpoints', 'events', 'limitranges', 'resourcequotas', 'services']);
interface WriterOptions {
  readonly store: ObjectStore;
  readonly addresses: ServiceAddresses;
  readonly now: () => Date;
}

/** Every way in which an object comes, changes and goes, with the rules of an API server. */
export class ObjectWriter {
  readonly #store: ObjectStore;
  readonly #addresses: ServiceAddresses;
  readonly #now: () => Date;

  constructor({ store, addresses, now }: WriterOptions) {
    this.#store = store;
    this.#addresses = addresses;
    this.#now = now;
  }

  /** RFC 3339 in seconds, as everything that Kubernetes writes. */
  get time(): string {
    return this.#now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }

  has({ resource, namespace, name }: WriteTarget): boolean {
    return this.#find(resource, namespace, name) !== undefined;
  }

  /** @throws {StatusError} 404. */
  read({ resource, namespace, name }: Pick<WriteTarget, 'resource' | 'namespace' | 'name'>): StoredObject {
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    return stored;
  }

  /** @throws {StatusError} */
  create(target: WriteTarget, body: JsonObject): Written {
    const { resource } = target;
    const sent = decodeObject(target, body);
    if (stringOf(metadataOf(sent).resourceVersion) !== '') {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    const named = withMetadata(sent, { name: generatedName(sent), namespace: target.namespace || undefined });
    const object = this.#new(target, resource.hasStatus ? withoutField(named, 'status') : named);
    const tracked = trackUpdate({
      before: undefined,
      after: withMetadata(object, { managedFields: metadataOf(sent).managedFields }),
      writer: this.#writer(target),
      schema: resource.mergeSchema,
    });
    return this.#insert(target, tracked);
  }

  /** A PUT, or what a patch made of an object. @throws {StatusError} */
  update(target: WriteTarget, body: JsonObject): Written {
    const { resource, namespace, name } = target;
    const sent = decodeObject(target, body);
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined) {
      if (target.subresource === '' && MADE_BY_PUT.has(resource.plural)) return this.create(target, body);
      throw notFound(resource, name);
    }
    const live = stored.read(resource);
    checkUnchanged(resource, stored, metadataOf(sent));
    const shaped = changedObject(target, live, sent);
    const { managedFields } = metadataOf(sent);
    const after = withMetadata(shaped, { managedFields: managedFields ?? metadataOf(live).managedFields });
    const tracked = trackUpdate({ before: live, after, writer: this.#writer(target), schema: resource.mergeSchema });
    return this.#replace(target, stored, live, tracked);
  }

  /** Server-side apply. @throws {StatusError} */
  apply(target: WriteTarget, body: JsonObject, force: boolean): Written {
    const { resource, namespace, name } = target;
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined && target.subresource !== '') throw notFound(resource, name);
    const live = stored?.read(resource);
    const applied = decodeManifest(target, body);
    if (stored !== undefined) checkUnchanged(resource, stored, metadataOf(applied));
    else if (stringOf(metadataOf(applied).uid) !== '')
      throw conflict(
        resource,
        name,
        'uid mismatch: the provided object specified uid, and no existing object was found',
      );
    const outcome = applyObject({
      live,
      applied: withMetadata(applied, { uid: undefined, resourceVersion: undefined }),
      writer: this.#writer(target),
      force,
      schema: resource.mergeSchema,
    });
    if (!outcome.ok) {
      throw outcome.invalid === undefined
        ? applyConflict(outcome.conflicts)
        : untypedManifest(target, body, outcome.invalid);
    }
    const { managedFields } = metadataOf(outcome.object);
    if (stored === undefined || live === undefined) {
      const object = this.#new(target, shapeObject(resource, outcome.object));
      return this.#insert(target, withMetadata(object, { managedFields }));
    }
    const changed = changedObject(target, live, shapeObject(resource, outcome.object));
    return this.#replace(target, stored, live, withMetadata(changed, { managedFields }));
  }

  /** @returns what is left of it, waiting for its finalizers; `undefined` when it is gone. @throws {StatusError} */
  delete(target: WriteTarget, options: DeleteOptions): { readonly left?: JsonObject; readonly last: JsonObject } {
    const { resource, namespace, name } = target;
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    checkSeen(resource, stored, options);
    const live = stored.read(resource);
    const finalizers = finalizersFor(live, options);
    const hasSpecFinalizers = resource.group === '' && resource.kind === 'Namespace';
    if (finalizers.length === 0 && !hasSpecFinalizers) {
      if (!target.dryRun) this.#store.remove(storageKey(resource), live);
      return { last: live };
    }
    const { deletionTimestamp } = metadataOf(live);
    const marked = withMetadata(live, {
      deletionTimestamp: deletionTimestamp ?? this.time,
      deletionGracePeriodSeconds: deletionTimestamp === undefined ? 0 : metadataOf(live).deletionGracePeriodSeconds,
      generation: deletionTimestamp === undefined ? nextGeneration(live) : metadataOf(live).generation,
      finalizers: finalizers.length === 0 ? undefined : finalizers,
    });
    const shown = hasSpecFinalizers
      ? { ...marked, status: { ...mappingOf(live.status), phase: 'Terminating' } }
      : marked;
    if (target.dryRun || jsonEquals(shown, live)) return { left: shown, last: shown };
    return { left: this.#store.put(storageKey(resource), shown).read(resource), last: shown };
  }

  #find(resource: SandboxResource, namespace: string, name: string): StoredObject | undefined {
    return this.#store.get(storageKey(resource), objectKey(namespace, name));
  }

  #writer({ resource, manager, subresource }: WriteTarget): FieldWriter {
    const about = { manager, apiVersion: apiVersionOf(resource), time: this.time };
    return subresource === '' ? about : { ...about, subresource };
  }

  #new(target: WriteTarget, object: JsonObject): JsonObject {
    const { resource, namespace } = target;
    checkNamespace(target, stringOf(metadataOf(object).name), this.#store.get('/namespaces', objectKey('', namespace)));
    const made = newObject(target, object, this.time);
    const isService = resource.group === '' && resource.kind === 'Service';
    return initialised(resource, isService ? this.#addresses.assign(made) : made);
  }

  #insert({ resource, dryRun }: WriteTarget, object: JsonObject): Written {
    const { name, namespace } = metadataOf(object);
    if (this.#find(resource, stringOf(namespace), stringOf(name)) !== undefined)
      throw alreadyExists(resource, stringOf(name));
    if (dryRun) return { object, isNew: true };
    return { object: this.#store.put(storageKey(resource), object).read(resource), isNew: true };
  }

  #replace({ resource, dryRun }: WriteTarget, stored: StoredObject, live: JsonObject, object: JsonObject): Written {
    const isUnchanged = jsonEquals(normal(live), normal(object));
    if (isUnchanged) return { object: live, isNew: false };
    const { deletionTimestamp, finalizers, resourceVersion } = metadataOf(object);
    if (dryRun)
      return {
        object: withMetadata(object, { resourceVersion: resourceVersion ?? `${stored.resourceVersion}` }),
        isNew: false,
      };
    const storage = storageKey(resource);
    const isDone = deletionTimestamp !== undefined && listOf(finalizers).length === 0;
    if (isDone && !(resource.group === '' && resource.kind === 'Namespace')) {
      return { object: this.#store.remove(storage, object).read(resource), isNew: false };
    }
    return { object: this.#store.put(storage, object).read(resource), isNew: false };
  }
}

/** An empty list of managed fields is an absent one. */
function normal(object: JsonObject): JsonObject {
  const { managedFields } = metadataOf(object);
  return listOf(managedFields).length === 0 ? withMetadata(object, { managedFields: undefined }) : object;
}

function finalizersFor(live: JsonObject, { propagationPolicy }: DeleteOptions): readonly JsonValue[] {
  const own = listOf(metadataOf(live).finalizers);
  const rest = own.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  if (propagationPolicy === 'Orphan') return [...rest, 'orphan'];
  if (propagationPolicy === 'Foreground') return [...rest, 'foregroundDeletion'];
  if (propagationPolicy === 'Background') return rest;
  return own;
}
