import { type JsonObject, type JsonValue, parseJson, stringifyJson } from '../core/index.ts';

/** Reads JSON; the slow way, which keeps every digit, only where there are that many. */
export function readJsonText(text: string): JsonValue {
  return /\d{16}/.test(text) ? parseJson(text) : (JSON.parse(text) as JsonValue);
}

export function jsonText(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch {
    // There is a bigint in it.
    return stringifyJson(value);
  }
}

/** The text of the mapping without its braces, after a comma; `''` of an empty one. */
export function jsonMembers(value: JsonObject): string {
  const text = jsonText(value);
  return text === '{}' ? '' : `,${text.slice(1, -1)}`;
}
