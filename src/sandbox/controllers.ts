import type { JsonObject } from '../core/index.ts';
import { jsonEquals } from '../core/index.ts';
import { CONTROLLER_MANAGER, type ControllerContext } from './controller-context.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { listOf, mappingOf, metadataOf, stringOf, withMetadata } from './object-fields.ts';
import type { ObjectStore, StoreEvent } from './object-store.ts';
import { definitionStatus } from './resource-registry.ts';
import { type SandboxResource, storageKey } from './served-resource.ts';
import { StatusError } from './status-error.ts';
import { objectKey, type StoredObject } from './stored-object.ts';
import { WorkloadController } from './workload-controller.ts';

const NAMESPACES = '/namespaces';
const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';
const DEFINITION_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/**
 * What a cluster does by itself: namespaces are furnished and emptied, kinds are established, what lost its owner is deleted, Deployments
 * become pods. A moment after each change, as in a real cluster, so that clients see what lies between.
 */
export class Controllers {
  readonly #context: ControllerContext;
  readonly #garbage: GarbageCollector;
  readonly #workloads: WorkloadController;
  #queue: { readonly storage: string; readonly event: StoreEvent }[] = [];
  #settled: Promise<void> | undefined;

  constructor(context: ControllerContext, capacity: number) {
    this.#context = context;
    this.#garbage = new GarbageCollector(context);
    this.#workloads = new WorkloadController(context, capacity, () => this.#schedule());
    context.store.onChange((storage, event) => {
      this.#queue.push({ storage, event });
      this.#schedule();
    });
  }

  setCapacity(capacity: number): void {
    this.#workloads.setCapacity(capacity);
    this.#schedule();
  }

  stop(): void {
    this.#workloads.stop();
  }

  /** Until nothing is left to do. */
  async settled(): Promise<void> {
    while (this.#settled !== undefined) await this.#settled;
  }

  #schedule(): void {
    this.#settled ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#settled = undefined;
        this.#work();
        resolve();
      });
    });
  }

  #work(): void {
    const events = this.#queue;
    this.#queue = [];
    for (const { storage, event } of events) {
      if (storage === NAMESPACES) attempt(() => this.#furnish(event));
      if (storage === DEFINITIONS) attempt(() => this.#define(event));
      attempt(() => this.#garbage.see(storage, event));
      this.#workloads.see(storage, event);
    }
    if (events.some(({ event }) => event.type !== 'ADDED')) {
      attempt(() => this.#emptyNamespaces());
      attempt(() => this.#emptyDefinitions());
    }
    // What comes of it is seen in the next round.
    this.#workloads.work();
  }

  #furnish({ type, object }: StoreEvent): void {
    if (type !== 'ADDED' || object.isTerminating) return;
    const target = { namespace: object.name, subresource: '', manager: CONTROLLER_MANAGER, dryRun: false };
    const make = (kind: string, name: string, rest: JsonObject): void => {
      const resource = this.#context.registry.ofKind('v1', kind);
      const isThere = this.#context.store.get(NAMESPACES, objectKey('', object.name)) === undefined;
      if (resource === undefined || isThere || this.#has(resource, object.name, name)) return;
      const body = { apiVersion: 'v1', kind, metadata: { name, namespace: object.name }, ...rest };
      this.#context.writer.create({ ...target, resource, name: '' }, body);
    };
    make('ConfigMap', 'kube-root-ca.crt', {
      data: { 'ca.crt': 'The sandbox speaks plain HTTP and has no authority.\n' },
    });
    make('ServiceAccount', 'default', {});
  }

  #has(resource: SandboxResource, namespace: string, name: string): boolean {
    return this.#context.store.get(storageKey(resource), objectKey(namespace, name)) !== undefined;
  }

  #define({ type, object: stored }: StoreEvent): void {
    const { registry, store, writer } = this.#context;
    const resource = registry.ofStorage(DEFINITIONS);
    if (resource === undefined) return;
    if (type === 'DELETED') {
      registry.remove(stored.name);
      return;
    }
    const current = store.get(DEFINITIONS, stored.key);
    if (current === undefined || current.isTerminating) return;
    const definition = current.read(resource);
    const status = definitionStatus(definition, registry.define(definition), writer.time);
    const { finalizers } = metadataOf(definition);
    const all = listOf(finalizers).includes(DEFINITION_FINALIZER)
      ? finalizers
      : [...listOf(finalizers), DEFINITION_FINALIZER];
    const settled = withMetadata({ ...definition, status }, { finalizers: all });
    if (!jsonEquals(settled, definition)) store.put(DEFINITIONS, settled);
  }

  /** A namespace that is deleted takes its content with it, and goes when that is gone. */
  #emptyNamespaces(): void {
    const { store } = this.#context;
    for (const namespace of terminating(store, NAMESPACES)) {
      const storages = store.storages.filter((storage) => storage !== NAMESPACES);
      const isEmpty = storages.map((storage) => this.#deleteAll(storage, namespace.name)).every(Boolean);
      const resource = this.#context.registry.ofStorage(NAMESPACES);
      if (!isEmpty || resource === undefined) continue;
      const object = namespace.read(resource);
      if (listOf(metadataOf(object).finalizers).length > 0) continue;
      store.remove(NAMESPACES, { ...object, spec: {} });
    }
  }

  /** A kind goes when no object of it is left. */
  #emptyDefinitions(): void {
    const { store, registry, writer } = this.#context;
    const resource = registry.ofStorage(DEFINITIONS);
    if (resource === undefined) return;
    for (const stored of terminating(store, DEFINITIONS)) {
      const definition = stored.read(resource);
      const { finalizers } = metadataOf(definition);
      if (!listOf(finalizers).includes(DEFINITION_FINALIZER)) continue;
      const spec = mappingOf(definition.spec);
      const storage = `${stringOf(spec.group)}/${stringOf(mappingOf(spec.names).plural)}`;
      if (!this.#deleteAll(storage, '')) continue;
      const rest = listOf(finalizers).filter((one) => one !== DEFINITION_FINALIZER);
      const target = {
        resource,
        namespace: '',
        name: stored.name,
        subresource: '',
        manager: CONTROLLER_MANAGER,
        dryRun: false,
      };
      writer.update(target, withMetadata(definition, { finalizers: rest }));
    }
  }

  /** @returns whether nothing is left. */
  #deleteAll(storage: string, namespace: string): boolean {
    const { store, registry, writer } = this.#context;
    const resource = registry.ofStorage(storage);
    if (resource === undefined || (namespace !== '' && !resource.isNamespaced)) return true;
    for (const object of store.list(storage, namespace)) {
      if (object.isTerminating) continue;
      const { name } = object;
      const target = {
        resource,
        namespace: object.namespace,
        name,
        subresource: '',
        manager: CONTROLLER_MANAGER,
        dryRun: false,
      };
      writer.delete(target, { propagationPolicy: 'Background' });
    }
    return store.list(storage, namespace).length === 0;
  }
}

function terminating(store: ObjectStore, storage: string): readonly StoredObject[] {
  return store.list(storage, '').filter((object) => object.isTerminating);
}

/** What is refused to a controller, such as a change of an object that its kind does not allow any more, is left for its next round. */
function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}
