import { type ObjectId, objectIdKey } from '../core/index.ts';
import { localityVersion } from './status-cluster.ts';
import { type ObjectState, readDocument, readObjects } from './status-objects.ts';
import { clusterOfPath, clusterStatusPath, objectsStatusPath } from './status-path.ts';

/** The version of Kubernetes with which the location of a cluster was last read; `undefined` where nobody has read it. */
export function recordedLocalityVersion(previous: ReadonlyMap<string, string>, cluster: string): string | undefined {
  const text = previous.get(clusterStatusPath(cluster));
  return text === undefined ? undefined : localityVersion(readDocument(cluster, text));
}

/** What was tried and is not known to be there. */
const NEVER_THERE = new Set(['CreationFailed', 'CreationTimedOut', 'ClusterNotReady', 'ClusterLocked']);

/** Where objects are, as the last passes found them. */
export interface RecordedObjects {
  /** Whether it is there, and is to stay. */
  isHere(cluster: string, id: ObjectId): boolean;
  isElsewhere(cluster: string, id: ObjectId): boolean;
}

/** What the files of the branch say of it, which are read when first asked. */
export function recordedObjects(previous: ReadonlyMap<string, string>): RecordedObjects {
  const files = new Map<string, ReadonlyMap<string, ObjectState>>();
  const objectsOf = (path: string): ReadonlyMap<string, ObjectState> => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const states = readObjects(path, previous.get(path)).filter(({ status }) => !NEVER_THERE.has(status));
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
      const isLeaving = state?.status === 'WaitingForRemoval' && state.federated === undefined;
      return state !== undefined && !isLeaving;
    },
    isElsewhere: (cluster, id) =>
      [...previous.keys()].some((path) => {
        const other = path.startsWith('objects/') ? clusterOfPath(path) : undefined;
        return other !== undefined && other !== cluster && objectsOf(path).has(objectIdKey(id));
      }),
  };
}
