import { compareText, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import type { FieldSet } from '../drift/index.ts';
import { isEmpty, LEAF, type OpenFieldSet, sortFields, subtract } from './field-sets.ts';
import type { FieldWriter, MergeSchema } from './types.ts';

/** One manager's fields of an object. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

export function managedFieldsOf(object: JsonObject | undefined): JsonValue | undefined {
  const metadata = object?.['metadata'];
  return isJsonObject(metadata) && Object.hasOwn(metadata, 'managedFields') ? metadata['managedFields'] : undefined;
}

/** What tells entries apart. Who applies has one entry, whatever the version. */
export function entryKey({
  manager,
  operation,
  apiVersion,
  subresource,
}: Omit<ManagedEntry, 'time' | 'fields'>): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** @returns `undefined` where one of the entries is not valid, and so none of them counts. */
export function readEntries(managedFields: JsonValue | undefined): readonly ManagedEntry[] | undefined {
  if (managedFields === undefined || managedFields === null) return [];
  if (!Array.isArray(managedFields)) return undefined;
  const entries = new Map<string, ManagedEntry>();
  for (const item of managedFields as readonly JsonValue[]) {
    const entry = readEntry(item);
    if (entry === undefined) return undefined;
    entries.set(entryKey(entry), entry);
  }
  return [...entries.values()];
}

function readEntry(item: JsonValue): ManagedEntry | undefined {
  if (!isJsonObject(item)) return undefined;
  const { operation, fieldsType, fieldsV1 } = item;
  const apiVersion = textOf(item['apiVersion']);
  if ((operation !== 'Apply' && operation !== 'Update') || apiVersion === '' || fieldsType !== 'FieldsV1')
    return undefined;
  const fields = fieldsV1 === undefined || fieldsV1 === null ? {} : readFields(fieldsV1);
  if (fields === undefined) return undefined;
  const time = textOf(item['time']);
  return {
    manager: textOf(item['manager']),
    operation,
    apiVersion,
    subresource: textOf(item['subresource']),
    time: time === '' ? undefined : time,
    fields,
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Fields as a client sent them. What is no field at all makes the whole set invalid; what later versions may know is left out. */
function readFields(value: JsonValue): FieldSet | undefined {
  if (!isJsonObject(value)) return undefined;
  const set: OpenFieldSet = {};
  for (const [element, below] of Object.entries(value)) {
    if (element === '.') {
      set[element] = LEAF;
      continue;
    }
    if (element.length < 2 || element[1] !== ':') return undefined;
    if (!'fkvi'.includes(element[0] ?? '')) continue;
    const name = readElement(element);
    const fields = readFields(below);
    if (name === undefined || fields === undefined) return undefined;
    set[name] = fields;
  }
  return set;
}

function readElement(element: string): string | undefined {
  if (element.startsWith('f:')) return element;
  if (element.startsWith('i:')) return /^i:-?\d+$/.test(element) ? element : undefined;
  try {
    const value = parseJson(element.slice(2));
    if (element.startsWith('v:')) return element;
    if (!isJsonObject(value)) return undefined;
    const names = Object.keys(value);
    if (names.every((name, index) => index === 0 || compareText(names[index - 1] ?? '', name) < 0)) return element;
    return `k:${JSON.stringify(Object.fromEntries(names.sort().map((name) => [name, value[name]])))}`;
  } catch {
    return undefined;
  }
}

/** As an object has them, sorted as the API server does: who applies first, then the oldest. */
export function writeEntries(entries: readonly ManagedEntry[]): readonly JsonObject[] {
  return [...entries].sort(compareEntries).map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
    ...(manager === '' ? {} : { manager }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields as unknown as JsonObject,
    ...(subresource === '' ? {} : { subresource }),
  }));
}

function compareEntries(a: ManagedEntry, b: ManagedEntry): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function secondsOf({ time }: ManagedEntry): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

const WITHOUT_OWNER: FieldSet = {
  'f:apiVersion': LEAF,
  'f:kind': LEAF,
  'f:metadata': {
    '.': LEAF,
    'f:name': LEAF,
    'f:namespace': LEAF,
    'f:creationTimestamp': LEAF,
    'f:selfLink': LEAF,
    'f:uid': LEAF,
    'f:clusterName': LEAF,
    'f:generation': LEAF,
    'f:managedFields': LEAF,
    'f:resourceVersion': LEAF,
  },
};

/** Without what nobody owns, and what cannot be written at this subresource; sorted. */
export function ownableFields(fields: FieldSet, { subresource }: FieldWriter, schema: MergeSchema): FieldSet {
  return sortFields(subtract(writableFields(fields, subresource, schema), WITHOUT_OWNER));
}

function writableFields(fields: FieldSet, subresource: string | undefined, { hasStatus }: MergeSchema): FieldSet {
  const { 'f:status': status, ...rest } = fields;
  if (subresource === 'status') return status === undefined ? {} : { 'f:status': status };
  return hasStatus ? rest : fields;
}

/** The object with these entries, or with none. */
export function withEntries(object: JsonObject, entries: readonly ManagedEntry[]): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const { managedFields: _managedFields, ...rest } = metadata;
  const owned = entries.filter(({ fields }) => !isEmpty(fields));
  return {
    ...object,
    metadata: owned.length === 0 ? rest : { ...rest, managedFields: writeEntries(owned) },
  };
}
