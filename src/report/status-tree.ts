import { federatedObjectName, type Model } from '../api/index.ts';
import type { ClusterResult } from '../apply/types.ts';
import { compareText, formatYaml, isJsonObject, type JsonObject, type ObjectId, objectIdKey } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';
import { clusterDocument, isReadyDocument, localityVersion } from './status-cluster.ts';
import { type ObjectState, objectStates, objectsDocument, readDocument, readObjects } from './status-objects.ts';
import { clusterOfPath, clusterStatusPath, objectsStatusPath, resourceStatusPath } from './status-path.ts';
import {
  type ClusterStatus,
  type ResourceStatus,
  resourceDocument,
  resourceDocumentAt,
  timesInText,
} from './status-resource.ts';
import { type ClusterSummary, problemsOf, summaryJson, summaryMarkdown } from './status-summary.ts';

export interface StatusInput {
  readonly model: Model;
  readonly rendering: Rendering;
  /** The source commit. */
  readonly commit: string;
  readonly inventory: string;
  /** Of this pass; clusters that it left out keep their files. */
  readonly results: readonly ClusterResult[];
  /** RFC 3339, in seconds, UTC. */
  readonly now: string;
  /** The files of the branch as they are. */
  readonly previous: ReadonlyMap<string, string>;
}

/** Folders and files of the branch that belong to {@link statusTree}; others are left as they are. */
export function isStatusPath(path: string): boolean {
  return /^(?:clusters|objects|resources)\//.test(path) || path === 'README.md' || path === 'status.json';
}

/**
 * The files of the status branch after a pass, by path. Pure: `previous` and the results decide, and a pass that changed nothing gives the
 * same files again.
 *
 * A cluster that was not reached keeps its objects file. While something hides objects or clusters, files of what is not seen now are kept.
 */
export function statusTree(input: StatusInput): ReadonlyMap<string, string> {
  const clusters = clusterFiles(input);
  const files = [...keptFiles(input), ...clusters.flatMap(filesOf), ...resourceFiles(input, clusters)];
  const known = new Map(files);
  const summary = {
    commit: input.commit,
    inventory: input.inventory,
    suspend: input.model.configuration.suspend,
    clusters: clusters.map((one) => summarise(one, input)),
  };
  known.set('README.md', summaryMarkdown(summary)).set('status.json', summaryJson(summary));
  return new Map([...known].sort(([a], [b]) => compareText(a, b)));
}

interface ClusterFiles {
  readonly name: string;
  readonly document: JsonObject;
  readonly objects: readonly ObjectState[];
  readonly hasObjects: boolean;
}

function clusterFiles({ model, results, previous, now }: StatusInput): readonly ClusterFiles[] {
  const byName = new Map(results.map((result) => [result.cluster, result]));
  return model.clusters.map((cluster): ClusterFiles => {
    const { name } = cluster;
    const result = byName.get(name);
    const before = previous.get(clusterStatusPath(name));
    const wasReached = result?.state === 'Synced' || result?.state === 'Failed';
    const path = objectsStatusPath(name);
    return {
      name,
      document: clusterDocument(cluster, result, before === undefined ? undefined : readDocument(name, before), now),
      objects: wasReached ? objectStates(result.objects) : readObjects(path, previous.get(path)),
      hasObjects: wasReached || previous.has(path),
    };
  });
}

function filesOf({ name, document, objects, hasObjects }: ClusterFiles): readonly (readonly [string, string])[] {
  const cluster = [clusterStatusPath(name), formatYaml(document)] as const;
  if (!hasObjects) return [cluster];
  return [cluster, [objectsStatusPath(name), formatYaml(objectsDocument(name, objects))]];
}

/** Without a hold, what the repository no longer has goes. */
function keptFiles({ model, previous }: StatusInput): readonly (readonly [string, string])[] {
  if (model.holds.length === 0) return [];
  return [...previous].filter(([path]) => clusterOfPath(path) !== undefined || path.startsWith('resources/'));
}

function resourceFiles(
  { model, rendering, previous, now }: StatusInput,
  clusters: readonly ClusterFiles[],
): readonly (readonly [string, string])[] {
  const placed = new Map(
    rendering.clusters.map(({ cluster, objects }) => [cluster, new Set(objects.map(({ id }) => objectIdKey(id)))]),
  );
  const states = new Map(
    clusters.map(({ name, objects }) => [name, Map.groupBy(objects, ({ federated = '' }) => federated)]),
  );
  return model.objects.map((object) => {
    const path = resourceStatusPath(object.target);
    const name = federatedObjectName(object);
    const listed = clusters.flatMap((cluster): readonly ClusterStatus[] => {
      const isPlaced = placed.get(cluster.name)?.has(objectIdKey(object.target)) === true;
      if (!isReadyDocument(cluster.document))
        return isPlaced ? [{ name: cluster.name, status: 'ClusterNotReady' }] : [];
      const known = states.get(cluster.name);
      const state = known?.get(name)?.[0] ?? known?.get('')?.find(({ id }) => isSame(id, object.target));
      return state === undefined ? [] : [{ name: cluster.name, status: state.status }];
    });
    return [path, resourceText({ object, clusters: listed, model, now }, path, previous.get(path))] as const;
  });
}

/** Most files stay as they are, which their text tells: only the others are parsed for their times. */
function resourceText(status: ResourceStatus, path: string, before: string | undefined): string {
  if (before === undefined) return formatYaml(resourceDocument(status, undefined));
  const times = timesInText(before);
  if (times !== undefined && formatYaml(resourceDocumentAt(status, times)) === before) return before;
  return formatYaml(resourceDocument(status, readDocument(path, before)));
}

function isSame(a: ObjectId, b: ObjectId): boolean {
  return objectIdKey(a) === objectIdKey(b);
}

function summarise({ name, document, objects }: ClusterFiles, { model }: StatusInput): ClusterSummary {
  const { all, clusters } = model.configuration.suspend;
  const { status } = document;
  const version = isJsonObject(status) ? status.kubernetesVersion : undefined;
  const isReady = isReadyDocument(document);
  const failed = problemsOf(objects).some(
    ({ status: word }) => word !== 'WaitingForRemoval' && word !== 'NamespaceShared' && word !== 'Drifted',
  );
  const state = all || clusters.includes(name) ? 'Suspended' : !isReady ? 'NotReady' : failed ? 'Failed' : 'Synced';
  return { name, state, objects, ...(typeof version === 'string' ? { kubernetesVersion: version } : {}) };
}

/** The version of Kubernetes with which the location of a cluster was last read; `undefined` where nobody has read it. */
export function recordedLocalityVersion(previous: ReadonlyMap<string, string>, cluster: string): string | undefined {
  const text = previous.get(clusterStatusPath(cluster));
  return text === undefined ? undefined : localityVersion(readDocument(cluster, text));
}

/** What was tried and is not known to be there. */
const NEVER_THERE = new Set(['CreationFailed', 'CreationTimedOut', 'ClusterNotReady']);

/** Where objects are, as the last passes found them. */
export interface RecordedObjects {
  isHere(cluster: string, id: ObjectId): boolean;
  isElsewhere(cluster: string, id: ObjectId): boolean;
}

/** What the files of the branch say of it, which are read when first asked. */
export function recordedObjects(previous: ReadonlyMap<string, string>): RecordedObjects {
  let recorded: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  const clustersOf = (id: ObjectId): ReadonlySet<string> => {
    recorded ??= recordedClusters(previous);
    return recorded.get(objectIdKey(id)) ?? new Set();
  };
  return {
    isHere: (cluster, id) => clustersOf(id).has(cluster),
    isElsewhere: (cluster, id) => [...clustersOf(id)].some((other) => other !== cluster),
  };
}

/** Where objects are, by `objectIdKey`. */
function recordedClusters(previous: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlySet<string>> {
  const clusters = new Map<string, Set<string>>();
  for (const [path, text] of previous) {
    const cluster = path.startsWith('objects/') ? clusterOfPath(path) : undefined;
    if (cluster === undefined) continue;
    for (const { id, status } of readObjects(path, text)) {
      if (NEVER_THERE.has(status)) continue;
      const known = clusters.get(objectIdKey(id)) ?? new Set();
      clusters.set(objectIdKey(id), known.add(cluster));
    }
  }
  return clusters;
}
