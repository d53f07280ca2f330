import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** Which fields tell the items of a list apart, and what they hold in one item. */
export type ItemKey = readonly (readonly [field: string, value: string | number | bigint])[];

/**
 * The keys that Kubernetes' own lists are merged by, most telling first. A name that only some ports have is no key,
 * so the number comes next.
 */
const CANDIDATES: readonly (readonly string[])[] = [
  ['name'],
  ['containerPort', 'protocol'],
  ['containerPort'],
  ['port', 'protocol'],
  ['port'],
  ['mountPath'],
  ['devicePath'],
  ['topologyKey', 'whenUnsatisfiable'],
  ['uid'],
  ['ip'],
  ['host'],
  ['path'],
  ['key'],
  ['type'],
];

/**
 * The fields by which the items of two lists are told apart: present in every item of both, and unique in each list.
 * `undefined` where the items have no such fields, and for empty lists.
 */
export function listKey(before: readonly JsonValue[], after: readonly JsonValue[]): readonly string[] | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  return CANDIDATES.find((fields) => isKeyOf(fields, before) && isKeyOf(fields, after));
}

function isKeyOf(fields: readonly string[], items: readonly JsonValue[]): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const key = isJsonObject(item) ? itemKey(item, fields) : undefined;
    if (key === undefined) return false;
    seen.add(keyText(key));
  }
  return seen.size === items.length;
}

/** The key of an item, `undefined` where a field is missing or is no text or number. */
export function itemKey(item: JsonObject, fields: readonly string[]): ItemKey | undefined {
  const key: [string, string | number | bigint][] = [];
  for (const field of fields) {
    const value = Object.hasOwn(item, field) ? item[field] : undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
    key.push([field, value]);
  }
  return key;
}

/** For maps: equal exactly for equal keys. */
export function keyText(key: ItemKey): string {
  return key.map(([field, value]) => `${field}\n${typeof value}\n${value}`).join('\n\n');
}
