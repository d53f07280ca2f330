import type { ObjectResult } from '../apply/types.ts';
import {
  compareObjectIds,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ObjectId,
  readYaml,
} from '../core/index.ts';
import { HEALTH_STATUSES, type HealthStatus } from '../drift/index.ts';
import { isModest } from './remote-status.ts';

/** What the status branch says of one object in one cluster. */
export interface ObjectState {
  readonly id: ObjectId;
  /** `FederatedDeployment/shop/web`; absent where the federated object is gone. */
  readonly federated?: string;
  /** KubeFed's word; `''` is in order. */
  readonly status: string;
  readonly message?: string;
  /** It was there when it was last known; said only where `status` does not tell. */
  readonly present?: true;
  readonly scheduledReplicas?: number | bigint;
  /** Absent where nobody knows. */
  readonly health?: HealthStatus;
  /** Why it is not `Current`. */
  readonly healthMessage?: string;
  /** Its status there, of kinds whose status is collected. */
  readonly remoteStatus?: JsonValue;
}

/** The file `objects/NAME.yaml`. */
export interface ObjectsFile {
  /** How the last pass that reached the cluster ended. Absent in files of earlier versions. */
  readonly state?: 'Synced' | 'Failed';
  /** All that are there, or should be. Sorted. */
  readonly objects: readonly ObjectState[];
}

/** What a pass found of a cluster's objects: all that are there, or should be. Sorted. */
export function objectStates(results: readonly ObjectResult[]): readonly ObjectState[] {
  return results
    .filter(isThere)
    .map(toState)
    .sort((a, b) => compareObjectIds(a.id, b.id));
}

function isThere({ action, status, released }: ObjectResult): boolean {
  return released !== true && !(action === 'deleted' && status === '');
}

/** Whether it was just made or had been there must not be told: the next pass would tell otherwise. */
function toState(result: ObjectResult): ObjectState {
  const { id, federated, status: told, message, scheduledReplicas, wasRemoved } = result;
  // It was seen before it was removed.
  const { health, remoteStatus } = wasRemoved === true && result.health?.status !== 'Terminating' ? {} : result;
  // Told once, where it happened: the object is in order.
  const status = told === 'FieldTaken' ? '' : told;
  return {
    id,
    ...(federated === undefined ? {} : { federated }),
    status,
    ...(status === '' || message === undefined ? {} : { message }),
    ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }),
    ...(health === undefined ? {} : { health: health.status }),
    ...(health === undefined || health.status === 'Current' ? {} : { healthMessage: health.summary }),
    ...(remoteStatus === undefined || !isModest(remoteStatus) ? {} : { remoteStatus }),
  };
}

/** @param toItem an object as {@link objectItem} makes it. */
export function objectsDocument(
  cluster: string,
  { state, objects }: ObjectsFile,
  toItem: (state: ObjectState) => JsonObject = objectItem,
): JsonObject {
  return {
    apiVersion: 'gitfed.io/v1alpha1',
    kind: 'ClusterState',
    metadata: { name: cluster },
    objects: objects.map(toItem),
    ...(state === undefined ? {} : { state }),
  };
}

/** One object of the file. */
export function objectItem(state: ObjectState): JsonObject {
  const { federated, status, message, present, scheduledReplicas, health, healthMessage, remoteStatus } = state;
  return {
    ...idFields(state.id),
    ...(federated === undefined ? {} : { federated }),
    ...(status === '' ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(present === undefined ? {} : { present }),
    ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }),
    ...(health === undefined ? {} : { health }),
    ...(healthMessage === undefined ? {} : { healthMessage }),
    ...(remoteStatus === undefined ? {} : { remoteStatus }),
  };
}

/** An object's identity as the files have it: what is empty is left out. */
export function idFields({ group, kind, namespace, name }: ObjectId): JsonObject {
  return {
    ...(group === '' ? {} : { group }),
    kind,
    ...(namespace === '' ? {} : { namespace }),
    name,
  };
}

/** Reads the objects of a file `objects/NAME.yaml` again; what is not understood is left out. */
export function readObjects(path: string, text: string | undefined): readonly ObjectState[] {
  return readObjectsFile(path, text).objects;
}

/** Reads a file `objects/NAME.yaml` again; what is not understood is left out. */
export function readObjectsFile(path: string, text: string | undefined): ObjectsFile {
  const document = text === undefined ? undefined : readDocument(path, text);
  const objects = document === undefined ? undefined : entryOf(document, 'objects');
  const states = Array.isArray(objects) ? objects.filter(isJsonObject).flatMap(readObject) : [];
  return { ...readState(document ?? {}), objects: states };
}

/** How the last pass that reached the cluster ended, as a file says it. */
export function readState(document: JsonObject): Pick<ObjectsFile, 'state'> {
  const state = textOf(document, 'state');
  return state === 'Synced' || state === 'Failed' ? { state } : {};
}

/** One object of a file, none where it has no kind or no name. */
export function readObject(value: JsonObject): readonly ObjectState[] {
  const id = readId(value);
  if (id === undefined) return [];
  const scheduledReplicas = entryOf(value, 'scheduledReplicas');
  const remoteStatus = entryOf(value, 'remoteStatus');
  const federated = textOf(value, 'federated');
  const message = textOf(value, 'message');
  const health = HEALTH_STATUSES.find((status) => status === entryOf(value, 'health'));
  const healthMessage = textOf(value, 'healthMessage');
  return [
    {
      id,
      status: textOf(value, 'status') ?? '',
      ...(federated === undefined ? {} : { federated }),
      ...(message === undefined ? {} : { message }),
      ...(entryOf(value, 'present') === true ? { present: true } : {}),
      ...(typeof scheduledReplicas === 'number' || typeof scheduledReplicas === 'bigint' ? { scheduledReplicas } : {}),
      ...(health === undefined ? {} : { health }),
      ...(healthMessage === undefined ? {} : { healthMessage }),
      ...(remoteStatus === undefined ? {} : { remoteStatus }),
    },
  ];
}

/** The identity that {@link idFields} wrote. */
export function readId(value: JsonObject): ObjectId | undefined {
  const kind = textOf(value, 'kind');
  const name = textOf(value, 'name');
  if (kind === undefined || name === undefined) return undefined;
  return { group: textOf(value, 'group') ?? '', kind, namespace: textOf(value, 'namespace') ?? '', name };
}

/** A string of a mapping. */
export function textOf(value: JsonObject, key: string): string | undefined {
  const item = entryOf(value, key);
  return typeof item === 'string' ? item : undefined;
}

/** A value of a mapping, and never one of its prototype. */
export function entryOf(value: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The mapping in a file of one document, `undefined` where it is none. */
export function readDocument(path: string, text: string): JsonObject | undefined {
  const [result] = readYaml(path, text, { documentNodes: 10_000_000, depth: 100 });
  const value: JsonValue | undefined = result?.ok === true ? result.document.value : undefined;
  return isJsonObject(value) ? value : undefined;
}
