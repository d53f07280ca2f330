import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { jsonText } from './json-text.ts';
import { metadataOf, stringOf, valueAt } from './object-fields.ts';
import type { ListMetadata, Shown } from './representation.ts';
import type { PrinterColumn, SandboxResource } from './served-resource.ts';
import type { StoredObject } from './stored-object.ts';

const AGE: PrinterColumn = { name: 'Age', type: 'string', jsonPath: '.metadata.creationTimestamp' };

/** Objects as `kubectl get` prints them. */
export function tableText(objects: readonly StoredObject[], shown: Shown, metadata: ListMetadata): string {
  const { resource } = shown;
  const columns = columnsOf(resource);
  const definitions = [
    { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
    ...columns.map(({ name, type, priority = 0 }) => ({ name, type, format: '', description: '', priority })),
  ];
  const rows = objects.map((object) => rowText(object, columns, shown));
  const head = `"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${jsonText({ ...metadata })}`;
  return `{${head},"columnDefinitions":${jsonText(definitions)},"rows":[${rows.join(',')}]}`;
}

function columnsOf(resource: SandboxResource): readonly PrinterColumn[] {
  const { columns = [], isCustom } = resource;
  return isCustom && columns.length > 0 ? columns : [...columns, AGE];
}

function rowText(stored: StoredObject, columns: readonly PrinterColumn[], shown: Shown): string {
  const object = stored.read(shown.resource);
  const cells = [stored.name, ...columns.map((column) => cell(object, column, shown.now))];
  return `{"cells":${jsonText(cells)}${rowObject(stored, shown)}}`;
}

function rowObject(stored: StoredObject, { includeObject, resource }: Shown): string {
  if (includeObject === 'None') return '';
  return `,"object":${includeObject === 'Object' ? stored.text(resource) : stored.metadataText()}`;
}

function cell(object: JsonObject, column: PrinterColumn, now: Date): JsonValue {
  const { jsonPath, type } = column;
  const value = lookUp(object, jsonPath);
  if (column === AGE || type === 'date')
    return ageOf(stringOf(value) || stringOf(metadataOf(object).creationTimestamp), now);
  if (jsonPath.includes('/.')) {
    return jsonPath
      .split('/')
      .map((path) => String(lookUp(object, path) ?? 0))
      .join('/');
  }
  if (value === undefined) return type === 'integer' ? 0 : '';
  if (typeof value === 'object' && value !== null) return jsonText(value);
  return type === 'string' ? String(value) : value;
}

/** The simple paths of printer columns: fields, indices, and a filter by equality. */
function lookUp(object: JsonObject, jsonPath: string): JsonValue | undefined {
  const steps = jsonPath.match(/[^.[\]]+|\[\?\(@\.[^)]*\)\]|\[\d+\]/g) ?? [];
  let value: JsonValue | undefined = object;
  for (const step of steps) value = take(value, step);
  return value;
}

function take(value: JsonValue | undefined, step: string): JsonValue | undefined {
  const filter = /^\[\?\(@\.(?<key>[^=]+)==["'](?<text>[^"']*)["']\)\]$/.exec(step)?.groups;
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    if (filter === undefined) return items[Number(step.replaceAll(/[[\]]/g, ''))];
    return items.find((item) => isJsonObject(item) && item[filter.key ?? ''] === filter.text);
  }
  return valueAt(value, [step]);
}

/** `5d`, `3h`, `12s`, as kubectl prints a time that passed. */
function ageOf(time: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1000));
  if (Number.isNaN(seconds)) return '<unknown>';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 180) return minutes < 10 && seconds % 60 > 0 ? `${minutes}m${seconds % 60}s` : `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
