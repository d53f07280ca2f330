import { foldedField } from '../api/fields.ts';
import { isJsonObject, type JsonValue, locate, type NodePath, type SourceRef } from '../core/index.ts';
import type { Place } from './explain-types.ts';

/** Where a field of an object stands, whatever case its name is written in, or the nearest field above it. */
export function placeOf(source: SourceRef, path: NodePath): Place {
  const { file, line, column } = locate(source, writtenPath(source, path));
  return { file, line, column };
}

/** The path of a field as the file has it: placement and overrides are found in any case of letters. */
function writtenPath(source: SourceRef, path: NodePath): NodePath {
  let value = valueAt(source.document.value, source.path);
  const written: (string | number)[] = [];
  for (const step of path) {
    const isExact = typeof step === 'number' || !isJsonObject(value) || Object.hasOwn(value, step);
    const name = isExact ? step : foldedField(value as Parameters<typeof foldedField>[0], step)[0];
    written.push(name);
    value = valueAt(value, [name]);
  }
  return written;
}

/** What stands at a path, `undefined` where nothing does. */
export function valueAt(root: JsonValue | undefined, path: NodePath): JsonValue | undefined {
  let value = root;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isJsonObject(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}
