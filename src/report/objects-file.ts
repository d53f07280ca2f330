import { formatYaml } from '../core/index.ts';
import type { ObjectStates } from './status-memo.ts';
import {
  type ObjectState,
  type ObjectsFile,
  objectsDocument,
  readDocument,
  readObjectsFile,
  readState,
} from './status-objects.ts';

/** The text of a file `objects/NAME.yaml`. @param states remembers the text of each object. */
export function formatObjectsFile(cluster: string, file: ObjectsFile, states?: ObjectStates): string {
  return formatYaml(objectsDocument(cluster, file, states && ((state) => states.itemOf(state))));
}

const OBJECTS = '\nobjects:\n- ';

/**
 * Reads a file `objects/NAME.yaml`, as `readObjectsFile` does. One that was written by gitfed is read object by object, of which most are
 * the same in all clusters and are then read once.
 */
export function parseObjectsFile(path: string, text: string, states: ObjectStates): ObjectsFile {
  const start = text.indexOf(OBJECTS);
  if (start < 0) return readObjectsFile(path, text);
  // What begins in the first column after the list is the next key.
  const body = text.slice(start + OBJECTS.length);
  const end = body.search(/\n(?=[A-Za-z"?])/);
  const [list, tail] = end < 0 ? [body, ''] : [body.slice(0, end), body.slice(end + 1)];
  const objects: ObjectState[] = [];
  for (const lines of list.split('\n- ')) {
    const state = states.read(path, lines);
    if (state === undefined) return readObjectsFile(path, text);
    objects.push(state);
  }
  return { ...readState(readDocument(path, tail) ?? {}), objects };
}
