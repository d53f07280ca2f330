import { createHash, createHmac } from 'node:crypto';
import { compareText, isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../core/index.ts';

/** JSON with sorted keys: equal values have equal texts. */
export function canonicalJson(value: JsonValue): string {
  return stringifyJson(sortKeys(value));
}

function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(sortKeys);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [key, sortKeys(item)]);
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)));
}

const digests = new WeakMap<JsonObject, Buffer>();

/**
 * A keyed hash of a manifest, which tells whether it is the one that was applied and nothing else: without the key, which lies in the
 * inventory of the cluster, not even guesses at the value of a Secret can be tried.
 */
export function appliedHash(manifest: JsonObject, key: Buffer): string {
  let digest = digests.get(manifest);
  if (digest === undefined) {
    digest = createHash('sha256').update(canonicalJson(manifest)).digest();
    digests.set(manifest, digest);
  }
  return createHmac('sha256', key).update(digest).digest('base64url');
}

/** A hash of names, such as a set of fields. Not for values. */
export function namesHash(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}
