import { type ObjectId, objectIdKey } from '../core/index.ts';
import { isKnownHere, mayBeHere } from './object-presence.ts';
import { localityVersion } from './status-cluster.ts';
import { type ObjectState, readDocument, readObjects } from './status-objects.ts';
import { clusterOfPath, clusterStatusPath, objectsStatusPath } from './status-path.ts';

/** The version of Kubernetes with which the location of a cluster was last read; `undefined` where nobody has read it. */
export function recordedLocalityVersion(previous: ReadonlyMap<string, string>, cluster: string): string | undefined {
  const text = previous.get(clusterStatusPath(cluster));
  return text === undefined ? undefined : localityVersion(readDocument(cluster, text));
}

/** Where objects are, as the last passes found them. */
export interface RecordedObjects {
  /** Whether it was made there and is to stay. */
  isHere(cluster: string, id: ObjectId): boolean;
  /** Whether it may be in another cluster. */
  isElsewhere(cluster: string, id: ObjectId): boolean;
}

/** What the files of the branch say of it, which are read when first asked. */
export function recordedObjects(previous: ReadonlyMap<string, string>): RecordedObjects {
  const files = new Map<string, ReadonlyMap<string, ObjectState>>();
  const objectsOf = (path: string): ReadonlyMap<string, ObjectState> => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const states = readObjects(path, previous.get(path));
    const objects = new Map(states.map((state) => [objectIdKey(state.id), state]));
    files.set(path, objects);
    return objects;
  };
  return {
    isHere: (cluster, id) => {
      const path = objectsStatusPath(cluster);
      // Most of what is new there has a name that is in none of its lines.
      if (previous.get(path)?.includes(id.name) !== true) return false;
      const state = objectsOf(path).get(objectIdKey(id));
      return state !== undefined && isKnownHere(state);
    },
    isElsewhere: (cluster, id) =>
      [...previous.keys()].some((path) => {
        const other = path.startsWith('objects/') ? clusterOfPath(path) : undefined;
        if (other === undefined || other === cluster) return false;
        const state = objectsOf(path).get(objectIdKey(id));
        return state !== undefined && mayBeHere(state);
      }),
  };
}
