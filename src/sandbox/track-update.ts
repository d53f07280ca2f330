import type { JsonObject, JsonValue } from '../core/index.ts';
import { isJsonObject } from '../core/index.ts';
import type { FieldSet } from '../drift/index.ts';
import { compareObjects } from './compare-values.ts';
import { isEmpty, sortFields, subtract, unite, withAtomicFields } from './field-sets.ts';
import {
  entryKey,
  type ManagedEntry,
  managedFieldsOf,
  ownableFields,
  readEntries,
  withEntries,
} from './managed-entries.ts';
import type { FieldWriter, MergeSchema, UpdateInput } from './types.ts';

/** So many entries of updates an object has at most; the oldest become one. */
const MOST_UPDATE_ENTRIES = 10;
const OLDEST_MANAGER = 'ancient-changes';

/**
 * The object to be stored after it was made, replaced or patched, with who owns which of its fields.
 *
 * What changed becomes the writer's and nobody else's; what went is nobody's. Entries that the request sent count instead of those that
 * were there, if they are valid; sent as `[]` or `[{}]` they are taken away, and nothing is tracked until the next apply. Scaling is tracked
 * where somebody owns the replicas already.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function trackUpdate({ before, after, writer, schema }: UpdateInput): JsonObject {
  const entries = entriesOf(before, after, writer);
  if (before !== undefined && entries.length === 0) return withEntries(after, []);
  return withEntries(after, trackChanges(before, after, { entries, writer, schema }));
}

/** Subresources cannot change the entries; what cannot be read, or is not there, was left out by mistake. */
function entriesOf(
  before: JsonObject | undefined,
  after: JsonObject,
  { subresource }: FieldWriter,
): readonly ManagedEntry[] {
  const sent = managedFieldsOf(after);
  if (subresource === undefined) {
    if (isReset(sent)) return [];
    const entries = readEntries(sent);
    if (entries !== undefined && entries.length > 0) return entries;
  }
  return readEntries(managedFieldsOf(before)) ?? [];
}

function isReset(sent: JsonValue | undefined): boolean {
  if (!Array.isArray(sent)) return false;
  const [first] = sent as readonly JsonValue[];
  return first === undefined || (sent.length === 1 && isJsonObject(first) && Object.keys(first).length === 0);
}

/** Who writes, and what is known so far. */
export interface Tracking {
  readonly entries: readonly ManagedEntry[];
  readonly writer: FieldWriter;
  readonly schema: MergeSchema;
}

/** The entries after a write that is no apply. */
export function trackChanges(
  before: JsonObject | undefined,
  after: JsonObject,
  { entries, writer, schema }: Tracking,
): readonly ManagedEntry[] {
  const { changed, removed } = compareObjects(before ?? {}, after, schema.root);
  const own = ownableFields(changed, writer, schema);
  const left = entries.map((entry) => {
    const fields = subtract(subtract(withAtomicFields(entry.fields, schema.root), changed), removed);
    return fields === entry.fields ? entry : { ...entry, fields };
  });
  const kept = left.filter(({ fields }) => !isEmpty(fields));
  if (isEmpty(own) || (writer.subresource === 'scale' && left.every((entry, index) => entry === entries[index]))) {
    return capped(kept);
  }
  const entry = updateEntry(writer, own);
  const key = entryKey(entry);
  const previous = kept.find((other) => entryKey(other) === key);
  const fields = previous === undefined ? own : sortFields(unite(previous.fields, own));
  return capped([...kept.filter((other) => other !== previous), { ...entry, fields }]);
}

function updateEntry(writer: FieldWriter, fields: FieldSet): ManagedEntry {
  const { manager, apiVersion, subresource = '', time } = writer;
  return {
    manager: manager === '' ? 'unknown' : manager,
    operation: 'Update',
    apiVersion,
    subresource,
    // As API servers do it: a scale has no times.
    time: subresource === 'scale' ? undefined : time,
    fields,
  };
}

/** The oldest updates become one entry for each version, so that the list does not grow with every tool that ever wrote. */
function capped(entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
  const updates = entries.filter(({ operation }) => operation === 'Update');
  let surplus = updates.length - MOST_UPDATE_ENTRIES;
  if (surplus <= 0) return entries;
  const result = new Map(entries.map((entry) => [entryKey(entry), entry]));
  const oldest = new Map<string, ManagedEntry>();
  for (const entry of updates.sort(compareAge)) {
    if (surplus <= 0) break;
    const first = oldest.get(entry.apiVersion);
    if (first === undefined) {
      oldest.set(entry.apiVersion, entry);
      continue;
    }
    const bucket: ManagedEntry = { ...entry, manager: OLDEST_MANAGER, subresource: '' };
    const key = entryKey(bucket);
    const known = result.get(key) ?? first;
    result.delete(entryKey(first));
    result.delete(entryKey(entry));
    result.set(key, { ...bucket, fields: sortFields(unite(known.fields, entry.fields)) });
    surplus -= 1;
  }
  return [...result.values()];
}

function compareAge(a: ManagedEntry, b: ManagedEntry): number {
  return (Date.parse(a.time ?? '') || 0) - (Date.parse(b.time ?? '') || 0) || (entryKey(a) < entryKey(b) ? -1 : 1);
}
