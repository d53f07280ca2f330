import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { label } from './federate-cluster.ts';
import type { V1Object } from './federation-v1-types.ts';

/** A mapping below an object; what is none is an empty one. */
export function mappingAt(object: JsonObject, ...path: readonly string[]): JsonObject {
  const value = fieldAt(object, ...path);
  return isJsonObject(value) ? value : {};
}

/** A list below an object; what is none is an empty one. */
export function listAt(object: JsonObject, ...path: readonly string[]): readonly JsonValue[] {
  const value = fieldAt(object, ...path);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** A text below an object; what is none is `''`. */
export function textAt(object: JsonObject, ...path: readonly string[]): string {
  const value = fieldAt(object, ...path);
  return typeof value === 'string' ? value : '';
}

/** A field below an object; null counts as absent. */
export function fieldAt(object: JsonObject, ...path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const step of path) {
    value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value ?? undefined;
}

/** A whole number below an object. */
export function integerAt(object: JsonObject, ...path: readonly string[]): number | undefined {
  const value = fieldAt(object, ...path);
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** Texts of a map, such as labels; others are left out. */
export function textsAt(object: JsonObject, ...path: readonly string[]): Readonly<Record<string, string>> {
  const entries = Object.entries(mappingAt(object, ...path));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** An annotation; `undefined` where there is none. */
export function annotationOf({ object }: Pick<V1Object, 'object'>, key: string): string | undefined {
  const annotations = textsAt(object, 'metadata', 'annotations');
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined;
}

/** The same object with another value at a path; mappings on the way are made. */
export function withField(object: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [step, ...rest] = path;
  if (step === undefined) return isJsonObject(value) ? value : object;
  const inner = rest.length === 0 ? value : withField(mappingAt(object, step), rest, value);
  return { ...object, [step]: inner };
}

/** `Deployment.extensions/shop/web`. */
export function nameOfObject({ group, kind, namespace, name }: Omit<V1Object, 'object' | 'where' | 'version'>): string {
  return label({ group, kind }, namespace, name);
}
