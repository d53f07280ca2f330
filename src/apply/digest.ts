import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { compareText, isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** JSON with sorted keys: equal values have equal texts. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonicalJson).join(',')}]`;
  // JSON.stringify knows no bigint.
  if (!isJsonObject(value)) return typeof value === 'bigint' ? `${value}` : JSON.stringify(value);
  const keys = Object.keys(value);
  if (keys.length > 1) keys.sort(compareText);
  let text = '';
  for (const key of keys) {
    const item = value[key];
    if (item !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(item)}`;
  }
  return `{${text}}`;
}

const digests = new WeakMap<JsonObject, Buffer>();

/**
 * A keyed hash of a manifest, which tells whether it is the one that was applied and nothing else: without the key, which lies in the
 * inventory of the cluster, not even guesses at the value of a Secret can be tried.
 */
export function appliedHash(manifest: JsonObject, key: Buffer): string {
  let digest = digests.get(manifest);
  if (digest === undefined) {
    digest = hash('sha256', canonicalJson(manifest), 'buffer');
    digests.set(manifest, digest);
  }
  return createHmac('sha256', keyObject(key)).update(digest).digest('base64url');
}

const keyObjects = new WeakMap<Buffer, KeyObject>();

/** Made once for each key: a hash asks for it for every object. */
function keyObject(key: Buffer): KeyObject {
  const known = keyObjects.get(key) ?? createSecretKey(key);
  keyObjects.set(key, known);
  return known;
}

/** A hash of names, such as a set of fields. Not for values. */
export function namesHash(value: JsonValue): string {
  return hash('sha256', canonicalJson(value), 'base64url');
}
