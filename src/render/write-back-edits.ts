import { foldedField } from '../api/fields.ts';
import {
  formatJsonPointer,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type NodePath,
  type SourceEdit,
} from '../core/index.ts';
import { type ManifestHistory, originOf } from './explain-origin.ts';
import { valueAt } from './explain-place.ts';
import { changeFor, type FieldChange, type WantedField } from './field-change.ts';
import type { WriteBackDraft } from './write-back-draft.ts';

/** A way to write a field, and where it would stand below the object. */
export interface WriteBackWay {
  readonly edits: readonly SourceEdit[];
  /** What is there to look at afterwards. */
  readonly place: NodePath;
}

/** The ways to write a field into the template. */
export function templateWays(history: ManifestHistory, field: WantedField): readonly WriteBackWay[] {
  const [base = {}] = history.states;
  const inManifest = changeFor(history.rendered.manifest, field);
  const change =
    inManifest?.op === 'replace' || inManifest?.op === 'remove'
      ? { ...inManifest, path: originOf(history, inManifest.path).path }
      : changeFor(base, field);
  if (change === undefined) return [];
  const path = ['spec', 'template', ...change.path];
  return [toWay(editFor(change, path))];
}

function editFor(change: FieldChange, path: NodePath): SourceEdit {
  if (change.op === 'remove') return { type: 'remove', path };
  return { type: change.op === 'insert' ? 'insert' : 'set', path, value: change.value };
}

function toWay(...edits: readonly SourceEdit[]): WriteBackWay {
  const last = edits.at(-1);
  const path = last?.path ?? [];
  return { edits, place: last?.type === 'remove' ? path.slice(0, -1) : path };
}

function lengthOf(value: JsonValue | undefined): number {
  return Array.isArray(value) ? value.length : 0;
}

/** The ways to write a field into the overrides of one cluster, the least change first. */
export function overrideWays(
  draft: WriteBackDraft,
  history: ManifestHistory,
  field: WantedField,
): readonly WriteBackWay[] {
  const { cluster, states } = history;
  const state = states.at(-1) ?? null;
  const change = changeFor(state, field);
  if (change === undefined) return [];
  const entry = draft.entryOf(cluster);
  const pointers = pointersFor(state, change);
  if (entry === undefined)
    return pointers.flatMap((pointer) => newEntry(draft, cluster, operationFor(change, pointer)));
  const setter = editSetter(draft, history, change);
  return [...setter, ...pointers.flatMap((pointer) => operationWays(entry, change, pointer))];
}

/** The end of a list is `-`: an index would not fit any more where the template loses an item. It may be used once for a cluster. */
function pointersFor(state: JsonValue, { op, path }: FieldChange): readonly string[] {
  const pointer = formatJsonPointer(path);
  const list = path.slice(0, -1);
  const isAtEnd = op === 'insert' && path.at(-1) === lengthOf(valueAt(state, list));
  return isAtEnd ? [formatJsonPointer([...list, '-']), pointer] : [pointer];
}

function operationWays(
  { operations, list }: NonNullable<ReturnType<WriteBackDraft['entryOf']>>,
  change: FieldChange,
  pointer: string,
): readonly WriteBackWay[] {
  const same = operations.findIndex((item) => isJsonObject(item) && foldedField(item, 'path')[1] === pointer);
  if (same >= 0) return [changeOperation(operations[same] ?? null, [...list, same], change)];
  const operation = operationFor(change, pointer);
  return [
    operations.length === 0
      ? { edits: [{ type: 'set', path: list, value: [operation] }], place: [...list, 0] }
      : toWay({ type: 'insert', path: [...list, operations.length], value: operation }),
  ];
}

/** As KubeFed writes it: `replace` is what no op means. */
function operationFor(change: FieldChange, pointer: string): JsonObject {
  const op = change.op === 'insert' ? 'add' : change.op;
  return {
    path: pointer,
    ...(op === 'replace' ? {} : { op }),
    ...(change.op === 'remove' ? {} : { value: change.value }),
  };
}

function newEntry(draft: WriteBackDraft, cluster: string, operation: JsonObject): readonly WriteBackWay[] {
  const path = draft.overridesPath;
  const item = { clusterName: cluster, clusterOverrides: [operation] };
  const length = lengthOf(draft.valueAt(path));
  const edit: SourceEdit =
    length === 0 ? { type: 'set', path, value: [item] } : { type: 'insert', path: [...path, length], value: item };
  return [{ edits: [edit], place: [...path, length, 'clusterOverrides', 0] }];
}

/** Edits the operation that set the field, or the list or mapping that it is to be added to. */
function editSetter(draft: WriteBackDraft, history: ManifestHistory, change: FieldChange): readonly WriteBackWay[] {
  const isNew = change.op === 'add' || change.op === 'insert';
  const above = isNew ? change.path.slice(0, -1) : change.path;
  const { setBy } = originOf(history, above, history.states.length - 1);
  const at = setBy === undefined ? undefined : writtenIndex(draft, history, setBy.operation);
  if (setBy === undefined || at === undefined) return [];
  const entry = draft.entryOf(history.cluster);
  const written = entry?.operations[at];
  if (entry === undefined || !isJsonObject(written)) return [];
  const [name] = foldedField(written, 'value');
  const value = [...entry.list, at, name];
  const below = [...value, ...setBy.below, ...(isNew ? change.path.slice(-1) : [])];
  if (change.op === 'remove' && setBy.below.length === 0) return [withoutOperation(draft, entry, at)];
  return [toWay(editFor(change, below))];
}

/** The index of an operation in the file; what a preference made is in none. */
function writtenIndex(draft: WriteBackDraft, history: ManifestHistory, index: number): number | undefined {
  const operation = history.operations[index];
  const entries = history.object.overrides.ok ? history.object.overrides.value : [];
  const own = entries.find(({ clusterName }) => clusterName === history.cluster)?.operations ?? [];
  const found = operation === undefined ? -1 : own.indexOf(operation);
  return found < 0 || draft.entryOf(history.cluster) === undefined ? undefined : found;
}

function changeOperation(written: JsonValue, at: NodePath, change: FieldChange): WriteBackWay {
  const fields = isJsonObject(written) ? written : {};
  const [opName, op] = foldedField(fields, 'op');
  const [valueName, value] = foldedField(fields, 'value');
  const edits: SourceEdit[] = [];
  const wanted = change.op === 'insert' ? 'add' : change.op;
  const isReplace = op === undefined || op === '' || op === 'replace';
  if (wanted !== op && !(wanted === 'replace' && isReplace)) {
    edits.push({ type: 'set', path: [...at, opName], value: wanted });
  }
  if (change.op !== 'remove') edits.push({ type: 'set', path: [...at, valueName], value: change.value });
  else if (value !== undefined) edits.push({ type: 'remove', path: [...at, valueName] });
  return { edits, place: at };
}

/** An entry without operations, and a list without entries, go too. */
function withoutOperation(
  draft: WriteBackDraft,
  { path, list, operations }: NonNullable<ReturnType<WriteBackDraft['entryOf']>>,
  at: number,
): WriteBackWay {
  if (operations.length > 1) return toWay({ type: 'remove', path: [...list, at] });
  const isOnly = lengthOf(draft.valueAt(draft.overridesPath)) === 1;
  return toWay({ type: 'remove', path: isOnly ? draft.overridesPath : path });
}
