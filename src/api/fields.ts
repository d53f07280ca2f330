import {
  compareText,
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  type NodePath,
} from '../core/index.ts';
import type { Report } from './finding-collector.ts';
import { describeType } from './wording.ts';

/** A field, `undefined` where it is absent or null: Kubernetes makes no difference between the two where a field is optional. */
export function field(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
}

/**
 * A field as Go's JSON decoder finds it: exact name or any other case, null as absent, of several the last one in byte order
 * (KubeFed re-serialises an object with sorted keys before it decodes placement and overrides).
 *
 * @returns the name as it is written, for positions, and the value.
 */
export function foldedField(object: JsonObject, name: string): readonly [string, JsonValue | undefined] {
  const lower = name.toLowerCase();
  let found: string | undefined;
  // Without a list of keys: this is asked for every field of every override.
  for (const key in object) {
    const matches = key === name || (key.length === name.length && key.toLowerCase() === lower);
    if (!matches || field(object, key) === undefined) continue;
    if (found === undefined || compareText(key, found) > 0) found = key;
  }
  return found === undefined ? [name, undefined] : [found, object[found]];
}

export function readString(value: JsonValue | undefined, path: NodePath, report: Report): string | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  report(path, `must be a string, not ${describeType(value)}${typeof value === 'object' ? '' : ': put it in quotes'}`);
  return undefined;
}

/** A string below a mapping, found as {@link foldedField} finds it; reported paths begin at the mapping. */
export function readStringField(object: JsonObject, name: string, report: Report): string | undefined {
  const [key, value] = foldedField(object, name);
  return typeof value === 'string' ? value : readString(value, [key], report);
}

export function readBoolean(value: JsonValue | undefined, path: NodePath, report: Report): boolean | undefined {
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
  report(path, `must be true or false, not ${describeType(value)}`);
  return undefined;
}

export function readMapping(value: JsonValue | undefined, path: NodePath, report: Report): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  report(path, `must be a mapping, not ${describeType(value)}`);
  return undefined;
}

export function readList(value: JsonValue | undefined, path: NodePath, report: Report): JsonArray | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value as JsonArray;
  report(path, `must be a list, not ${describeType(value)}`);
  return undefined;
}

/** A list of strings; items of another type are reported and left out. */
export function readStrings(value: JsonValue | undefined, path: NodePath, report: Report): string[] {
  return (readList(value, path, report) ?? []).flatMap((item, index) => {
    if (typeof item === 'string') return [item];
    report([...path, index], `must be a string, not ${describeType(item)}`);
    return [];
  });
}

/** A map of strings (labels, annotations). Values of another type are reported and left out. */
export function readStringMap(
  value: JsonValue | undefined,
  path: NodePath,
  report: Report,
): Readonly<Record<string, string>> {
  const mapping = readMapping(value, path, report);
  if (mapping === undefined) return {};
  const entries: [string, string][] = [];
  for (const [key, item] of Object.entries(mapping)) {
    if (typeof item === 'string') entries.push([key, item]);
    else readStringEntry(item, [...path, key], report);
  }
  return Object.fromEntries(entries);
}

function readStringEntry(item: JsonValue, path: NodePath, report: Report): void {
  const hint = typeof item === 'object' ? '' : ': put it in quotes';
  report(path, `must be a string, not ${describeType(item)}${hint}`);
}

/** Limits of Go's integer types. */
export const INT32 = { name: 'int32', min: -(2n ** 31n), max: 2n ** 31n - 1n };
export const INT64 = { name: 'int64', min: -(2n ** 63n), max: 2n ** 63n - 1n };

export function readInteger(
  value: JsonValue | undefined,
  path: NodePath,
  type: typeof INT64,
  report: Report,
): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) {
    const found = typeof value === 'number' ? 'a number with a fraction' : describeType(value);
    report(path, `must be a whole number, not ${found}`);
    return undefined;
  }
  const integer = BigInt(value);
  if (integer >= type.min && integer <= type.max) return integer;
  report(path, `is ${integer}, which does not fit in ${type.name} (${type.min} to ${type.max})`);
  return undefined;
}
