import type { JsonObject, JsonValue } from './json.ts';
import type { ObjectId } from './object-id.ts';
import { compareSecrets, isSecret, MASK } from './secret-changes.ts';
import type { NodePath } from './source.ts';

/** A value of an object as it may be shown. */
export interface ShownValue {
  readonly value: JsonValue;
  readonly masked: boolean;
}

/** What may be shown of the value at a path of an object: {@link MASK} for what a Secret holds. Pure. */
export function shownValue(id: ObjectId, manifest: JsonObject, path: NodePath, value: JsonValue): ShownValue {
  if (!isSecret(id, manifest)) return { value, masked: false };
  // The same rule as for changes: every entry of a Secret, with its value where that is harmless.
  const entries = compareSecrets({}, manifest).filter((entry) => isWithin(entry.path, path));
  const isHarmless = entries.length > 0 && entries.every(({ after }) => after !== MASK);
  return isHarmless ? { value, masked: false } : { value: MASK, masked: true };
}

/** Whether an entry lies at a path, or below it. */
function isWithin(entry: readonly unknown[], path: NodePath): boolean {
  return path.length <= entry.length && path.every((step, index) => String(step) === String(entry[index]));
}
