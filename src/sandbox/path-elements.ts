import { compareText, isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from '../core/index.ts';
import type { MergeNode } from './types.ts';

/**
 * What stands for an item of a list in a set of managed fields: `k:{"name":"web"}` by its keys, `v:"x"` by its value.
 *
 * @returns `undefined` where it has none: a key is missing, or it is no scalar in a set of scalars.
 */
export function itemElement(item: JsonValue, { listKeys = [], keyDefaults }: MergeNode): string | undefined {
  if (listKeys.length === 0) return isScalar(item) ? `v:${scalarText(item)}` : undefined;
  if (!isJsonObject(item)) return undefined;
  let text = '';
  for (const key of listKeys) {
    const value = keyValue(item, key, keyDefaults);
    if (value !== undefined) text += `${text === '' ? '' : ','}${scalarText(key)}:${scalarText(value)}`;
  }
  return text === '' ? undefined : `k:{${text}}`;
}

function keyValue(item: JsonObject, key: string, defaults: JsonObject): JsonValue | undefined {
  if (Object.hasOwn(item, key)) return item[key];
  return Object.hasOwn(defaults, key) ? defaults[key] : undefined;
}

function isScalar(value: JsonValue): boolean {
  return value !== null && typeof value !== 'object';
}

const ESCAPED = /[<>&\u2028\u2029]/g;

/** As Go writes JSON, where some characters are escaped that JSON.stringify leaves. */
function scalarText(value: JsonValue): string {
  const text = stringifyJson(value);
  return ESCAPED.test(text)
    ? text.replace(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text;
}

/** The order in which the API server writes the fields of a set: numbers in keys count as numbers. */
export function compareElements(a: string, b: string): number {
  if (a.startsWith('f:') || b.startsWith('f:') || a[0] !== b[0]) return compareText(a, b);
  const left = parseJson(a.slice(2));
  const right = parseJson(b.slice(2));
  return isJsonObject(left) && isJsonObject(right) ? compareKeys(left, right) : compareScalars(left, right);
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (const [index, [name, value]] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareText(name, other[0]) || compareScalars(value, other[1]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareScalars(a: JsonValue, b: JsonValue): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  return compareText(stringifyJson(a), stringifyJson(b));
}

function isNumber(value: JsonValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** A path of elements as the API server writes it: `.spec.containers[name="web"].image`. */
export function formatElements(elements: readonly string[]): string {
  return elements.map(formatElement).join('');
}

function formatElement(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = Object.entries(parseJson(rest) as JsonObject);
      return `[${keys.map(([name, value]) => `${name}=${stringifyJson(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}
