import { isJsonObject, type JsonObject, jsonEquals } from '../core/index.ts';
import type { FieldSet } from '../drift/index.ts';
import { compareObjects, type FieldComparison } from './compare-values.ts';
import {
  fieldPaths,
  intersect,
  isEmpty,
  isSameFields,
  isSubset,
  subtract,
  unite,
  withAtomicFields,
  withNamedFields,
} from './field-sets.ts';
import { fieldsOf, findUnmergeable, removeFields } from './field-values.ts';
import {
  entryKey,
  type ManagedEntry,
  managedFieldsOf,
  ownableFields,
  readEntries,
  withEntries,
} from './managed-entries.ts';
import { mergeValues } from './merge-values.ts';
import { storedForm } from './stored-form.ts';
import { trackChanges } from './track-update.ts';
import type { ApplyConflict, ApplyInput, ApplyOutcome, FieldWriter, MergeNode, MergeSchema } from './types.ts';

/** Who owned the fields of an object that nobody had applied before. */
const FIRST_MANAGER = 'before-first-apply';

/**
 * Server-side apply: merges a manifest into an object, and keeps who owns which of its fields.
 *
 * The object of the outcome is `live` itself where nothing changed. It has no defaults, and of what the server itself writes only
 * `managedFields`. `live` is of the version of the request.
 *
 * An API server does more. It refuses fields that a kind does not have, and values of another type. It knows which versions are served no
 * more, and drops their entries. It keeps the annotation of `kubectl apply` up to date where the manager is called `kubectl`. At the status
 * of its own kinds it takes annotations too. And where the last item of a list of a custom resource goes, it puts `null` there, and refuses
 * that.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function applyObject({ live, applied, writer, force, schema }: ApplyInput): ApplyOutcome {
  const manifest = writablePart(applied, writer, schema);
  const invalid = findUnmergeable(manifest, schema.root);
  if (invalid !== undefined) return { ok: false, conflicts: [], invalid };
  const sent = fieldsOf(manifest, schema.root);
  const own = applyEntry(writer, ownableFields(sent, writer, schema));
  const { last, others, isFirst } = entriesBefore(live, own, schema, writer);

  const before = live ?? {};
  const merged = asObject(mergeValues(before, manifest, schema.root));
  const after = prune(merged, last?.fields ?? {}, [sent, ...others.map(({ fields }) => fields)], schema.root);
  const comparison = compareObjects(before, after, schema.root);
  if (!force) {
    const conflicts = findConflicts(others, comparison);
    if (conflicts.length > 0) return { ok: false, conflicts };
  }
  const stored = after === before ? before : storedForm(after, schema);
  const left = others.map((other) => withoutWritten(other, comparison));
  const hasSameOwners = !isFirst && isSameEntry(last, own) && left.every((other, index) => other === others[index]);
  if (live !== undefined && hasSameOwners && jsonEquals(stored, live)) return { ok: true, object: live };
  // The time is of the last change of a value: owning what is there already has none.
  const entry = after === before && live !== undefined ? { ...own, time: last?.time } : own;
  return { ok: true, object: withEntries(stored, [...left, entry]) };
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Of the manifest what can be written here: the status only at its subresource, and there nothing else. */
function writablePart(applied: JsonObject, { subresource }: FieldWriter, { hasStatus }: MergeSchema): JsonObject {
  const { status, ...rest } = applied;
  if (subresource !== 'status') return hasStatus && status !== undefined ? rest : applied;
  const identity = Object.entries(rest).filter(([name]) => name === 'apiVersion' || name === 'kind');
  return { ...Object.fromEntries(identity), ...(status === undefined ? {} : { status }) };
}

function applyEntry({ manager, apiVersion, subresource = '', time }: FieldWriter, fields: FieldSet): ManagedEntry {
  return { manager: manager === '' ? 'unknown' : manager, operation: 'Apply', apiVersion, subresource, time, fields };
}

interface EntriesBefore {
  /** Of the same manager. */
  readonly last: ManagedEntry | undefined;
  readonly others: readonly ManagedEntry[];
  /** Whether nobody was known to own anything of an object that was there. */
  readonly isFirst: boolean;
}

function entriesBefore(
  live: JsonObject | undefined,
  own: ManagedEntry,
  schema: MergeSchema,
  writer: FieldWriter,
): EntriesBefore {
  const known = readEntries(managedFieldsOf(live)) ?? [];
  const isFirst = live !== undefined && known.length === 0;
  const entries = isFirst
    ? trackChanges(undefined, live, { entries: [], writer: { ...writer, manager: FIRST_MANAGER }, schema })
    : known.map((entry) => withReadableFields(entry, schema));
  const key = entryKey(own);
  const last = entries.find((entry) => entryKey(entry) === key);
  return { last, others: entries.filter((entry) => entry !== last), isFirst };
}

function withReadableFields(entry: ManagedEntry, { root }: MergeSchema): ManagedEntry {
  const fields = withAtomicFields(entry.fields, root);
  return fields === entry.fields ? entry : { ...entry, fields };
}

/** Nothing is the same as an entry of no field. */
function isSameEntry(last: ManagedEntry | undefined, own: ManagedEntry): boolean {
  if (last === undefined) return isEmpty(own.fields);
  return last.apiVersion === own.apiVersion && isSameFields(last.fields, own.fields);
}

/**
 * What this manager applied before, does not apply any more, and nobody else owns, goes.
 *
 * @param owned what was sent, names and all, and then what others own.
 */
function prune(merged: JsonObject, last: FieldSet, owned: readonly FieldSet[], root: MergeNode): JsonObject {
  const [sent] = owned;
  if (sent === undefined || isSubset(last, sent)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, root);
  const remaining = (object: JsonObject): FieldSet => named(fieldsOf(object, root));
  const mergedFields = remaining(merged);
  const lastFields = named(last);
  const managed = named(owned.reduce(unite));
  const withoutLast = asObject(removeFields(merged, lastFields, root));
  const unmanaged = subtract(mergedFields, unite(remaining(withoutLast), managed));
  const withOwned = asObject(removeFields(merged, unmanaged, root));
  const gone = intersect(subtract(mergedFields, remaining(withOwned)), lastFields);
  return isEmpty(gone) ? merged : asObject(removeFields(merged, gone, root));
}

function findConflicts(others: readonly ManagedEntry[], { changed }: FieldComparison): readonly ApplyConflict[] {
  return [...others]
    .sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1))
    .flatMap((entry) => {
      const message = `conflict with ${describeManager(entry)}`;
      return fieldPaths(intersect(entry.fields, changed)).map((field) => ({ manager: entry.manager, field, message }));
    });
}

function describeManager({ manager, operation, apiVersion, subresource }: ManagedEntry): string {
  const name = `"${manager}"${subresource === '' ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Apply' ? name : `${name} using ${apiVersion}`;
}

function withoutWritten(entry: ManagedEntry, { changed, removed }: FieldComparison): ManagedEntry {
  const fields = subtract(subtract(entry.fields, changed), removed);
  return fields === entry.fields ? entry : { ...entry, fields };
}
