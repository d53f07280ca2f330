import jsonPatch from 'fast-json-patch';
import { isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { listOf } from './object-fields.ts';
import { badRequest, StatusError } from './status-error.ts';
import type { MergeNode } from './types.ts';

/** RFC 7386. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const entries = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) entries.delete(key);
    else entries.set(key, mergePatch(entries.get(key), value));
  }
  return Object.fromEntries(entries);
}

/** RFC 6902. @throws {StatusError} 400 for what is no patch, 422 for one that does not fit. */
export function applyJsonPatch(target: JsonObject, patch: JsonValue): JsonValue {
  if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal the body into a list of operations');
  const operations = patch as unknown as Parameters<typeof jsonPatch.applyPatch>[1];
  try {
    // The target was read for this request alone.
    return jsonPatch.applyPatch(target, operations, true, true).newDocument as JsonValue;
  } catch {
    const message = 'the server rejected our request due to an error in our request';
    throw new StatusError({ code: 422, reason: 'Invalid', message, details: {} });
  }
}

const DIRECTIVE = /^\$(?:patch$|retainKeys$|setElementOrder\/|deleteFromPrimitiveList\/)/;

/**
 * A strategic merge patch: as a merge patch, but lists with keys are merged item by item, by the first of the keys that server-side apply has
 * for them.
 *
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export function strategicPatch(target: JsonValue | undefined, patch: JsonValue, schema: MergeNode): JsonValue {
  if (!isJsonObject(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const entries = new Map(isJsonObject(target) ? Object.entries(target) : []);
  const retained = listOf(patch.$retainKeys);
  if (retained.length > 0) for (const key of entries.keys()) if (!retained.includes(key)) entries.delete(key);
  for (const [key, value] of Object.entries(patch)) {
    const dropped = /^\$deleteFromPrimitiveList\/(?<field>.+)$/.exec(key)?.groups?.field;
    if (dropped !== undefined) {
      const items = listOf(entries.get(dropped)).filter((item) => !listOf(value).some((one) => jsonEquals(one, item)));
      entries.set(dropped, items);
    }
    if (DIRECTIVE.test(key)) continue;
    if (value === null) entries.delete(key);
    else if (Array.isArray(value)) entries.set(key, mergedList(entries.get(key), listOf(value), schema.field(key)));
    else if (isJsonObject(value) && value.$patch === 'delete') entries.delete(key);
    else entries.set(key, strategicPatch(entries.get(key), value, schema.field(key)));
  }
  return Object.fromEntries(entries);
}

function mergedList(
  target: JsonValue | undefined,
  patch: readonly JsonValue[],
  schema: MergeNode,
): readonly JsonValue[] {
  const { listKeys: keys, items } = schema;
  const live = listOf(target);
  if (keys === undefined || patch.some((item) => isJsonObject(item) && item.$patch === 'replace')) {
    return patch.filter((item) => !isJsonObject(item) || item.$patch !== 'replace').map(withoutDirectives);
  }
  const [key] = keys;
  if (key === undefined) {
    return [...live, ...patch.filter((item) => !live.some((one) => jsonEquals(one, item)))];
  }
  const merged = [...live];
  for (const item of patch) {
    if (!isJsonObject(item)) continue;
    const index = merged.findIndex((one) => isJsonObject(one) && jsonEquals(one[key], item[key]));
    if (item.$patch === 'delete') {
      if (index >= 0) merged.splice(index, 1);
    } else if (index >= 0) merged[index] = strategicPatch(merged[index], item, items);
    else merged.push(strategicPatch(undefined, item, items));
  }
  return merged;
}

function withoutDirectives(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !DIRECTIVE.test(key)));
}
