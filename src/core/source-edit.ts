import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from './json.ts';
import type { NodePath } from './source.ts';

/** One change of a document. */
export type SourceEdit =
  /** Gives a field or an item this value. A field that is not there is added, with the mappings that it needs. */
  | { readonly type: 'set'; readonly path: NodePath; readonly value: JsonValue }
  /** Puts an item before the one that the path names, or at the end of its list. */
  | { readonly type: 'insert'; readonly path: NodePath; readonly value: JsonValue }
  | { readonly type: 'remove'; readonly path: NodePath };

/** Why something cannot be edited: continues a sentence that begins with what was to be edited. */
export class EditRefusal extends Error {}

/** What an edit makes of a value. Pure. @throws {EditRefusal} where it does not fit. */
export function editValue(root: JsonValue, edit: SourceEdit): JsonValue {
  const [step, ...rest] = edit.path;
  if (step === undefined) {
    if (edit.type === 'set') return edit.value;
    throw new EditRefusal('is the whole document');
  }
  const below = { ...edit, path: rest };
  if (Array.isArray(root)) return editList(root, step, below);
  if (root === null && edit.type === 'set') return editMapping({}, step, below);
  if (isJsonObject(root)) return editMapping(root, step, below);
  throw new EditRefusal('is below something that is neither a mapping nor a list');
}

function editMapping(mapping: JsonObject, step: string | number, edit: SourceEdit): JsonObject {
  const key = `${step}`;
  const isThere = Object.hasOwn(mapping, key);
  if (edit.path.length > 0) {
    if (!isThere && edit.type !== 'set') throw new EditRefusal('is not there');
    return { ...mapping, ...entry(key, editValue(isThere ? (mapping[key] ?? null) : null, edit)) };
  }
  if (edit.type === 'set') return { ...mapping, ...entry(key, edit.value) };
  if (edit.type === 'insert') throw new EditRefusal('is in a mapping, which has no order');
  if (!isThere) throw new EditRefusal('is not there');
  return Object.fromEntries(Object.entries(mapping).filter(([name]) => name !== key));
}

/** An object with one key, which may be `__proto__`. */
function entry(key: string, value: JsonValue): JsonObject {
  return Object.fromEntries([[key, value]]);
}

function editList(list: JsonArray, step: string | number, edit: SourceEdit): JsonArray {
  const index = typeof step === 'number' ? step : /^\d+$/.test(step) ? Number(step) : -1;
  const isLast = edit.path.length === 0;
  if (isLast && edit.type === 'insert' && index >= 0 && index <= list.length)
    return list.toSpliced(index, 0, edit.value);
  const item = list[index];
  if (item === undefined) throw new EditRefusal('is no item of its list');
  if (!isLast) return list.with(index, editValue(item, edit));
  return edit.type === 'set' ? list.with(index, edit.value) : list.toSpliced(index, 1);
}
