import type { JsonObject } from '../core/index.ts';
import { CONTROLLER_MANAGER, type ControllerContext } from './controller-context.ts';
import { metadataOf, stringOf } from './object-fields.ts';
import type { StoreEvent } from './object-store.ts';
import { storageKey } from './served-resource.ts';
import { StatusError } from './status-error.ts';
import type { WorkloadChange, WorkloadState } from './types.ts';
import { planWorkloads } from './workloads.ts';

const DEPLOYMENTS = 'apps/deployments';
const REPLICA_SETS = 'apps/replicasets';
const PODS = '/pods';
const WORKLOADS = new Set([DEPLOYMENTS, REPLICA_SETS, PODS]);

/** Turns Deployments into ReplicaSets and pods, as far as they fit. */
export class WorkloadController {
  readonly #context: ControllerContext;
  #capacity: number;
  #isDirty = false;

  constructor(context: ControllerContext, capacity: number) {
    this.#context = context;
    this.#capacity = capacity;
  }

  setCapacity(capacity: number): void {
    this.#capacity = capacity;
    this.#isDirty = true;
  }

  see(storage: string, _event: StoreEvent): void {
    if (WORKLOADS.has(storage)) this.#isDirty = true;
  }

  /** @returns whether anything was done. */
  work(): boolean {
    if (!this.#isDirty) return false;
    this.#isDirty = false;
    const changes = planWorkloads(this.#state());
    for (const change of changes) this.#do(change);
    return changes.length > 0;
  }

  #state(): WorkloadState {
    const { store, registry, writer } = this.#context;
    const all = (storage: string): readonly JsonObject[] => {
      const resource = registry.ofStorage(storage);
      return resource === undefined ? [] : store.list(storage, '').map((object) => object.read(resource));
    };
    return {
      deployments: all(DEPLOYMENTS),
      replicaSets: all(REPLICA_SETS),
      pods: all(PODS),
      capacity: this.#capacity,
      now: writer.time,
    };
  }

  #do({ type, object }: WorkloadChange): void {
    const { registry, writer, store } = this.#context;
    const resource = registry.ofKind(stringOf(object.apiVersion), stringOf(object.kind));
    if (resource === undefined) return;
    const metadata = metadataOf(object);
    const namespace = stringOf(metadata.namespace);
    const name = stringOf(metadata.name);
    const target = { resource, namespace, name, manager: CONTROLLER_MANAGER, dryRun: false };
    try {
      if (type === 'create') writer.create({ ...target, name: '', subresource: '' }, object);
      else if (type === 'delete') writer.delete({ ...target, subresource: '' }, { propagationPolicy: 'Background' });
      else writer.update({ ...target, subresource: type === 'updateStatus' ? 'status' : '' }, object);
    } catch (error) {
      // It went, or its namespace is going, while it was looked at.
      if (!(error instanceof StatusError)) throw error;
      if (store.list(storageKey(resource), namespace).some((one) => one.name === name && !one.isTerminating)) return;
    }
  }
}
