import {
  type FieldStep,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type NodePath,
  resolveFieldPath,
} from '../core/index.ts';
import { valueAt } from './explain-place.ts';

/** A field, and what it is to be. */
export interface WantedField {
  readonly path: readonly FieldStep[];
  /** It is not there yet: an item with such an index is another one. */
  readonly isNew: boolean;
  /** Absent: the field is to go. */
  readonly value?: JsonValue;
  /** Of a new item: where it is to stand in its list. Absent, or behind the end: at the end. */
  readonly index?: number;
}

/** What has to be done to a value for a field to be as wanted, as JSON patch has it. */
export type FieldChange =
  | { readonly op: 'replace' | 'add'; readonly path: NodePath; readonly value: JsonValue }
  /** Before the item at this path, or at the end of its list. */
  | { readonly op: 'insert'; readonly path: NodePath; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: NodePath };

/** Finds the place of a wanted field in a value; `undefined` where it has none. Pure. */
export function changeFor(root: JsonValue, { path, isNew, value, index }: WantedField): FieldChange | undefined {
  const last = path.at(-1);
  const isNewItem = isNew && typeof last === 'number';
  const resolved = resolveFieldPath(root, isNewItem ? path.slice(0, -1) : path);
  if (resolved.value !== undefined && !isNewItem) {
    if (value === undefined) return { op: 'remove', path: resolved.path };
    return { op: 'replace', path: resolved.path, value };
  }
  return value === undefined
    ? undefined
    : addition(root, resolved.path, path.slice(resolved.path.length), { value, index });
}

/** Adds what is missing on the way, too: mappings only, since of a list nobody knows what else is in it. */
function addition(
  root: JsonValue,
  at: NodePath,
  rest: readonly FieldStep[],
  { value, index }: { readonly value: JsonValue; readonly index: number | undefined },
): FieldChange | undefined {
  const container = valueAt(root, at);
  const [first, ...deeper] = rest;
  if (first === undefined) return undefined;
  if (Array.isArray(container)) {
    if (deeper.length > 0 || typeof first === 'string') return undefined;
    return { op: 'insert', path: [...at, Math.min(index ?? container.length, container.length)], value };
  }
  if (isJsonObject(container) && typeof first === 'string') {
    const nested = nest(deeper, value);
    return nested === undefined ? undefined : { op: 'add', path: [...at, first], value: nested };
  }
  if (container !== null) return undefined;
  // Nothing can be added to null.
  const nested = nest(rest, value);
  return nested === undefined ? undefined : { op: 'replace', path: at, value: nested };
}

function nest(steps: readonly FieldStep[], value: JsonValue): JsonValue | undefined {
  let nested = value;
  for (const step of steps.toReversed()) {
    if (typeof step === 'string') nested = Object.fromEntries([[step, nested]]);
    else if (step === steps.at(-1)) nested = [nested];
    else return undefined;
  }
  return nested;
}

/** What a change makes of a value. */
export function applyChange(root: JsonObject, change: FieldChange): JsonObject {
  return changeAt(root, change.path, change) as JsonObject;
}

function changeAt(value: JsonValue | undefined, [step, ...rest]: NodePath, change: FieldChange): JsonValue {
  if (step === undefined) return change.op === 'remove' ? null : change.value;
  if (Array.isArray(value)) {
    const index = Number(step);
    if (rest.length === 0 && change.op === 'remove') return value.toSpliced(index, 1);
    if (rest.length === 0 && change.op === 'insert') return value.toSpliced(index, 0, change.value);
    return value.with(index, changeAt(value[index] as JsonValue, rest, change));
  }
  const mapping = isJsonObject(value) ? value : {};
  const key = `${step}`;
  if (rest.length === 0 && change.op === 'remove') {
    return Object.fromEntries(Object.entries(mapping).filter(([name]) => name !== key));
  }
  const own = Object.hasOwn(mapping, key) ? mapping[key] : undefined;
  return { ...mapping, ...Object.fromEntries([[key, changeAt(own, rest, change)]]) };
}
