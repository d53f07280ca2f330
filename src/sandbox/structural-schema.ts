import { cloneJson, isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { listOf, mappingOf } from './object-fields.ts';

/** `openAPIV3Schema` of a version of a CustomResourceDefinition. */
export type StructuralSchema = JsonObject;

const KEPT_AT_ROOT = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Takes away what a schema does not know, as API servers do with custom resources.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
export function pruneUnknown(object: JsonObject, schema: StructuralSchema): JsonObject {
  return pruneMapping(object, schema, KEPT_AT_ROOT, undefined, '');
}

/** Paths that {@link pruneUnknown} takes away. */
export function unknownFields(object: JsonObject, schema: StructuralSchema): readonly string[] {
  const found: string[] = [];
  pruneMapping(object, schema, KEPT_AT_ROOT, found, '');
  return found;
}

function prune(value: JsonValue, schema: JsonObject, found: string[] | undefined, path: string): JsonValue {
  if (Array.isArray(value)) {
    const items = mappingOf(schema.items);
    return listOf(value).map((item, index) => prune(item, items, found, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return value;
  const kept = schema['x-kubernetes-embedded-resource'] === true ? KEPT_AT_ROOT : NOTHING;
  return pruneMapping(value, schema, kept, found, path);
}

const NOTHING: ReadonlySet<string> = new Set();

function pruneMapping(
  value: JsonObject,
  schema: JsonObject,
  kept: ReadonlySet<string>,
  found: string[] | undefined,
  path: string,
): JsonObject {
  const properties = mappingOf(schema.properties);
  const additional = schema.additionalProperties;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const entries: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(value)) {
    const inner = path === '' ? key : `${path}.${key}`;
    const property = Object.hasOwn(properties, key) ? properties[key] : additional;
    if (kept.has(key)) entries.push([key, item]);
    else if (isJsonObject(property)) entries.push([key, prune(item, property, found, inner)]);
    else if (keepsUnknown || property === true) entries.push([key, item]);
    else found?.push(inner);
  }
  return Object.fromEntries(entries);
}

/** Puts the defaults of a schema where nothing stands. A `null` that may not be null is replaced too. */
export function withSchemaDefaults(object: JsonObject, schema: StructuralSchema): JsonObject {
  return mappingOf(fill(object, schema));
}

function fill(value: JsonValue, schema: JsonObject): JsonValue {
  if (Array.isArray(value)) {
    const items = schema.items;
    return isJsonObject(items) ? listOf(value).map((item) => fill(item, items)) : value;
  }
  if (!isJsonObject(value)) return value;
  const properties = mappingOf(schema.properties);
  const additional = schema.additionalProperties;
  const filled = Object.entries(value).flatMap(([key, item]): [string, JsonValue][] => {
    const property = Object.hasOwn(properties, key) ? properties[key] : additional;
    if (!isJsonObject(property)) return [[key, item]];
    if (item === null && property.nullable !== true) return property.default === undefined ? [[key, item]] : [];
    return [[key, fill(item, property)]];
  });
  const missing = Object.entries(properties).flatMap(([key, property]): [string, JsonValue][] => {
    if (!isJsonObject(property) || property.default === undefined) return [];
    if (filled.some(([name]) => name === key)) return [];
    return [[key, fill(cloneJson(property.default), property)]];
  });
  return Object.fromEntries([...filled, ...missing]);
}
