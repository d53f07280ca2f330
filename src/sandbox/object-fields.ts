import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

const EMPTY: JsonObject = {};

/** The mapping at a field, an empty one where there is none. */
export function mappingOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : EMPTY;
}

export function metadataOf(object: JsonObject): JsonObject {
  return mappingOf(object.metadata);
}

export function stringOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

export function valueAt(object: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = object;
  for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** The object with the value at that path; `undefined` takes the field away. What is no mapping on the way becomes one. */
export function withValueAt(object: JsonObject, path: readonly string[], value: JsonValue | undefined): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const inner = rest.length === 0 ? value : withValueAt(mappingOf(ownValue(object, key)), rest, value);
  return withField(object, key, inner);
}

export function withField(object: JsonObject, key: string, value: JsonValue | undefined): JsonObject {
  if (value === undefined) return withoutField(object, key);
  if (!Object.hasOwn(object, key)) return Object.fromEntries([...Object.entries(object), [key, value]]);
  return Object.fromEntries(Object.entries(object).map(([name, old]) => [name, name === key ? value : old]));
}

export function withoutField(object: JsonObject, key: string): JsonObject {
  if (!Object.hasOwn(object, key)) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

export function withMetadata(object: JsonObject, changes: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const entries = Object.entries({ ...metadataOf(object), ...changes });
  const kept = entries.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return { ...object, metadata: Object.fromEntries(kept) };
}

function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
