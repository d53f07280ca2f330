import type { JsonObject } from '../core/index.ts';
import { CONTROLLER_MANAGER, type ControllerContext } from './controller-context.ts';
import { metadataOf, stringOf, valueAt, withMetadata } from './object-fields.ts';
import type { StoreEvent } from './object-store.ts';
import { StatusError } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';
import type { WorkloadChange, WorkloadState } from './types.ts';
import { planWorkloads } from './workloads.ts';

const DEPLOYMENTS = 'apps/deployments';
const REPLICA_SETS = 'apps/replicasets';
const PODS = '/pods';
const KINDS = new Set([DEPLOYMENTS, REPLICA_SETS, PODS]);

const SECOND_MS = 1_000;

/**
 * Turns Deployments into ReplicaSets and pods, as far as they fit. Looks only at those that something happened to: of the others it knows how
 * many of their pods run, and which wait for room.
 */
export class WorkloadController {
  readonly #context: ControllerContext;
  readonly #wake: () => void;
  #capacity: number;
  /** uids of what stands at the top: Deployments, and ReplicaSets and pods of nobody. */
  readonly #dirty = new Set<string>();
  readonly #running = new Set<string>();
  /** uids of pods that wait, with what stands above them. */
  readonly #waiting = new Map<string, string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(context: ControllerContext, capacity: number, wake: () => void) {
    this.#context = context;
    this.#capacity = capacity;
    this.#wake = wake;
  }

  setCapacity(capacity: number): void {
    this.#capacity = capacity;
    for (const storage of KINDS) {
      for (const object of this.#context.store.list(storage, '')) this.#dirty.add(this.#rootOf(object));
    }
  }

  see(storage: string, { type, object }: StoreEvent): void {
    if (!KINDS.has(storage)) return;
    const root = this.#rootOf(object);
    this.#dirty.add(root);
    if (storage === PODS) this.#count(object, root, type === 'DELETED');
  }

  work(): void {
    if (this.#dirty.size === 0) return;
    const roots = [...this.#dirty];
    this.#dirty.clear();
    const state = this.#state(roots);
    for (const change of planWorkloads(state)) this.#do(change);
    for (const deployment of state.deployments) this.#comeBack(deployment);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #rootOf(object: StoredObject): string {
    let top = object;
    for (;;) {
      const owner = top.owners.map((uid) => this.#context.store.byUid(uid)).find((one) => one !== undefined);
      if (owner === undefined || !KINDS.has(owner[1])) return top.uid;
      top = owner[0];
    }
  }

  #count(pod: StoredObject, root: string, isGone: boolean): void {
    const phase = isGone ? '' : phaseOf(this.#read(PODS, pod));
    const wasRunning = this.#running.delete(pod.uid);
    this.#waiting.delete(pod.uid);
    if (phase === 'Running' && !pod.isTerminating) this.#running.add(pod.uid);
    else if (phase === 'Pending') this.#waiting.set(pod.uid, root);
    const isRoomFree = wasRunning && !this.#running.has(pod.uid);
    if (isRoomFree) for (const waiting of this.#waiting.values()) this.#dirty.add(waiting);
  }

  #state(roots: readonly string[]): WorkloadState {
    const { store, writer } = this.#context;
    const found = new Map<string, JsonObject[]>([...KINDS].map((storage) => [storage, []]));
    let elsewhere = this.#running.size;
    const take = (object: StoredObject, storage: string): void => {
      found.get(storage)?.push(this.#read(storage, object));
      if (this.#running.has(object.uid)) elsewhere -= 1;
      for (const [owned, where] of store.ownedBy(object.uid)) if (KINDS.has(where)) take(owned, where);
    };
    for (const uid of roots) {
      const entry = store.byUid(uid);
      if (entry !== undefined && KINDS.has(entry[1])) take(...entry);
    }
    return {
      deployments: found.get(DEPLOYMENTS) ?? [],
      replicaSets: found.get(REPLICA_SETS) ?? [],
      pods: found.get(PODS) ?? [],
      capacity: Math.max(0, this.#capacity - elsewhere),
      now: writer.time,
    };
  }

  #read(storage: string, object: StoredObject): JsonObject {
    const resource = this.#context.registry.ofStorage(storage);
    return resource === undefined ? {} : object.read(resource);
  }

  #do({ type, object }: WorkloadChange): void {
    const { registry, writer } = this.#context;
    const resource = registry.ofKind(stringOf(object.apiVersion), stringOf(object.kind));
    if (resource === undefined) return;
    const metadata = metadataOf(object);
    const namespace = stringOf(metadata.namespace);
    const name = stringOf(metadata.name);
    const manager = resource.kind === 'Pod' && type === 'updateStatus' ? 'kubelet' : CONTROLLER_MANAGER;
    const target = { resource, namespace, name, manager, subresource: '', dryRun: false };
    try {
      if (type === 'create') writer.create({ ...target, name: '' }, object);
      else if (type === 'delete') writer.delete(target, { propagationPolicy: 'Background' });
      else if (type === 'update') writer.update(target, object);
      // Only the status is taken, whatever was written a moment ago.
      else writer.update({ ...target, subresource: 'status' }, withMetadata(object, { resourceVersion: undefined }));
    } catch (error) {
      // It went, or its namespace is going, or it was changed: then it is looked at again.
      if (!(error instanceof StatusError)) throw error;
    }
  }

  /** What time alone brings: pods that are ready for long enough, and rollouts that take too long. */
  #comeBack(deployment: JsonObject): void {
    const uid = stringOf(metadataOf(deployment).uid);
    const number = (...path: readonly string[]): number => Number(valueAt(deployment, path) ?? 0);
    clearTimeout(this.#timers.get(uid));
    this.#timers.delete(uid);
    if (number('status', 'availableReplicas') >= number('spec', 'replicas')) return;
    const isSettling = number('spec', 'minReadySeconds') > 0;
    const ms = isSettling ? SECOND_MS : (number('spec', 'progressDeadlineSeconds') + 1) * SECOND_MS;
    const timer = setTimeout(() => {
      this.#dirty.add(uid);
      this.#wake();
    }, ms).unref();
    this.#timers.set(uid, timer);
  }
}

function phaseOf(pod: JsonObject): string {
  return stringOf(valueAt(pod, ['status', 'phase']));
}
