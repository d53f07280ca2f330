import {
  compareText,
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  stringifyJson,
} from '../core/index.ts';

/** What is at a path of an object; `undefined` where it is not there. */
export function valueAt(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let found = value;
  for (const name of path) found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

export function textAt(value: JsonValue | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** 0 where there is no number. */
export function countAt(value: JsonValue | undefined, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function mappingAt(value: JsonValue | undefined, ...path: readonly string[]): JsonObject {
  const found = valueAt(value, ...path);
  return isJsonObject(found) ? found : {};
}

export function listAt(value: JsonValue | undefined, ...path: readonly string[]): JsonArray {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** How many Pods a workload should have. */
export function wantedReplicas(workload: JsonObject): number {
  const replicas = valueAt(workload, 'spec', 'replicas');
  return typeof replicas === 'number' ? replicas : 1;
}

export function isDeleted(object: JsonObject): boolean {
  return textAt(object, 'metadata', 'deletionTimestamp') !== '';
}

/** The reference to the one that manages an object. */
export function controllerOf(object: JsonObject): JsonObject | undefined {
  return listAt(object, 'metadata', 'ownerReferences').find(
    (reference): reference is JsonObject => isJsonObject(reference) && reference['controller'] === true,
  );
}

/** What makes `owner` the one that manages an object. */
export function controllerReference(owner: JsonObject): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: textAt(owner, 'kind'),
    name: textAt(owner, 'metadata', 'name'),
    uid: textAt(owner, 'metadata', 'uid'),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Objects by the uid of the one that manages them. */
export function byController(objects: readonly JsonObject[]): ReadonlyMap<string, readonly JsonObject[]> {
  return Map.groupBy(objects, (object) => textAt(controllerOf(object), 'uid'));
}

/** The oldest first. */
export function compareAge(a: JsonObject, b: JsonObject): number {
  return (
    compareText(textAt(a, 'metadata', 'creationTimestamp'), textAt(b, 'metadata', 'creationTimestamp')) ||
    compareText(textAt(a, 'metadata', 'namespace'), textAt(b, 'metadata', 'namespace')) ||
    compareText(textAt(a, 'metadata', 'name'), textAt(b, 'metadata', 'name'))
  );
}

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  return listAt(object, 'status', 'conditions').find(
    (condition): condition is JsonObject => isJsonObject(condition) && condition['type'] === type,
  );
}

/** Letters and digits that make no words, as Kubernetes uses them in generated names. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** A short text that stands for a value, whatever the order of its keys. */
export function hashOf(value: JsonValue, length = 10): string {
  const text = stringifyJson(sorted(value));
  // FNV-1a, twice from different beginnings: 32 bits are too few to tell the Pods of a cluster apart.
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let index = 0; index < text.length; index += 1) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(index), 0x01000193);
  }
  let [rest, next] = [low >>> 0, high >>> 0];
  let hash = '';
  while (hash.length < length) {
    hash += SAFE[rest % SAFE.length] ?? '';
    [rest, next] = [next, Math.floor(rest / SAFE.length)];
  }
  return hash;
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as JsonArray).map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort(compareText)
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}
