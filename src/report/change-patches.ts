import patch from 'fast-json-patch';
import { compareText, isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../core/index.ts';
import type { ObjectContent } from './change-set.ts';

/** What makes the old manifest the new one in these clusters, as RFC 6902 has it. */
export interface ObjectPatch {
  readonly clusters: readonly string[];
  readonly operations: readonly JsonObject[];
}

/** The operations of a change, folded over clusters. Those of a Secret hold masks: nothing tells which clusters have equal values. */
export function patchesOf(contents: readonly ObjectContent[]): readonly ObjectPatch[] {
  const patches = contents.map(({ before, after, clusters }) => ({
    clusters,
    operations: compareManifests(before, after),
  }));
  return [...Map.groupBy(patches, ({ operations }) => stringifyJson(operations)).values()].map((equal) => ({
    clusters: equal.flatMap(({ clusters }) => clusters).sort(compareText),
    operations: equal[0]?.operations ?? [],
  }));
}

function compareManifests(before: JsonObject, after: JsonObject): readonly JsonObject[] {
  const operations = patch.compare(wrap(before) as object, wrap(after) as object);
  return operations.map((operation) => unwrap(operation as unknown as JsonValue) as JsonObject);
}

/**
 * The library copies values by way of JSON text, which has no bigint. So an integer goes through it as a string that no other string
 * becomes: every string that begins with this mark gets a second one.
 */
const MARK = '\u0000';

function wrap(value: JsonValue): JsonValue {
  if (typeof value === 'bigint') return `${MARK}i${value}`;
  if (typeof value === 'string') return value.startsWith(MARK) ? `${MARK}${value}` : value;
  return mapValues(value, wrap);
}

function unwrap(value: JsonValue): JsonValue {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return mapValues(value, unwrap);
  return value.startsWith(`${MARK}i`) ? BigInt(value.slice(2)) : value.slice(1);
}

function mapValues(value: JsonValue, map: (value: JsonValue) => JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(map);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]));
}
