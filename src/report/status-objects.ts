import type { ObjectResult } from '../apply/types.ts';
import {
  compareObjectIds,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ObjectId,
  readYaml,
} from '../core/index.ts';

/** What the status branch says of one object in one cluster. */
export interface ObjectState {
  readonly id: ObjectId;
  /** `FederatedDeployment/shop/web`; absent where the federated object is gone. */
  readonly federated?: string;
  /** KubeFed's word; `''` is in order. */
  readonly status: string;
  readonly message?: string;
  readonly scheduledReplicas?: number | bigint;
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
function toState({ id, federated, status: told, message, scheduledReplicas }: ObjectResult): ObjectState {
  // Told once, where it happened: the object is in order.
  const status = told === 'FieldTaken' ? '' : told;
  return {
    id,
    ...(federated === undefined ? {} : { federated }),
    status,
    ...(status === '' || message === undefined ? {} : { message }),
    ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }),
  };
}

/** The file `objects/NAME.yaml`. */
export function objectsDocument(cluster: string, states: readonly ObjectState[]): JsonObject {
  return {
    apiVersion: 'gitfed.io/v1alpha1',
    kind: 'ClusterState',
    metadata: { name: cluster },
    objects: states.map(({ id, federated, status, message, scheduledReplicas }) => ({
      ...(id.group === '' ? {} : { group: id.group }),
      kind: id.kind,
      ...(id.namespace === '' ? {} : { namespace: id.namespace }),
      name: id.name,
      ...(federated === undefined ? {} : { federated }),
      ...(status === '' ? {} : { status }),
      ...(message === undefined ? {} : { message }),
      ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }),
    })),
  };
}

/** Reads a file `objects/NAME.yaml` again; what is not understood is left out. */
export function readObjects(path: string, text: string | undefined): readonly ObjectState[] {
  const document = text === undefined ? undefined : readDocument(path, text);
  const objects = document?.objects;
  return Array.isArray(objects) ? objects.filter(isJsonObject).flatMap(readState) : [];
}

function readState(value: JsonObject): readonly ObjectState[] {
  const text = (key: string): string | undefined => {
    const item = Object.hasOwn(value, key) ? value[key] : undefined;
    return typeof item === 'string' ? item : undefined;
  };
  const { scheduledReplicas } = value;
  const kind = text('kind');
  const name = text('name');
  if (kind === undefined || name === undefined) return [];
  const federated = text('federated');
  const message = text('message');
  return [
    {
      id: { group: text('group') ?? '', kind, namespace: text('namespace') ?? '', name },
      status: text('status') ?? '',
      ...(federated === undefined ? {} : { federated }),
      ...(message === undefined ? {} : { message }),
      ...(typeof scheduledReplicas === 'number' || typeof scheduledReplicas === 'bigint' ? { scheduledReplicas } : {}),
    },
  ];
}

/** The mapping in a file of one document, `undefined` where it is none. */
export function readDocument(path: string, text: string): JsonObject | undefined {
  const [result] = readYaml(path, text, { documentNodes: 10_000_000, depth: 100 });
  const value: JsonValue | undefined = result?.ok === true ? result.document.value : undefined;
  return isJsonObject(value) ? value : undefined;
}
