import type { KubeFedCluster } from '../api/index.ts';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import { formatYaml, type JsonObject, objectIdKey } from '../core/index.ts';
import { isKnownHere, needsPresence } from './object-presence.ts';
import { formatObjectsFile, parseObjectsFile } from './objects-file.ts';
import { steadyStatus } from './remote-status.ts';
import { clusterDocument } from './status-cluster.ts';
import { driftDocument, driftEntries, readDrift } from './status-drift.ts';
import { StatusMemo } from './status-memo.ts';
import { type ObjectState, objectStates, readDocument } from './status-objects.ts';
import { clusterStatusPath, driftStatusPath, objectsStatusPath } from './status-path.ts';

export interface TruthInput {
  /** The registered clusters. */
  readonly clusters: readonly KubeFedCluster[];
  /** Of a pass, of some of them. */
  readonly results: readonly ClusterResult[];
  /** RFC 3339, in seconds, UTC. */
  readonly now: string;
  /** The files of the branch as they are. */
  readonly previous: ReadonlyMap<string, string>;
  readonly memo?: StatusMemo;
}

/**
 * What is said of each cluster of which there is a result, and of no other: `clusters/NAME.yaml`, `objects/NAME.yaml` and `drift/NAME.yaml`;
 * `undefined` for a file that it has not, or no more. Pure: the same results again change nothing.
 *
 * A cluster that was not reached, or is suspended, keeps its objects and its drift.
 */
export function statusTruth({
  clusters,
  results,
  now,
  previous,
  memo = new StatusMemo(),
}: TruthInput): ReadonlyMap<string, string | undefined> {
  const registered = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  return new Map(
    results.flatMap((result) => {
      const cluster = registered.get(result.cluster);
      if (cluster === undefined) return [];
      const paths = truthPaths(cluster.name);
      const before = paths.map((path) => previous.get(path));
      const texts = rememberedTexts({ cluster, result, before, now, memo });
      return paths.map((path, index) => [path, texts[index]] as const);
    }),
  );
}

/** The files of one cluster. */
export function truthPaths(cluster: string): readonly string[] {
  return [clusterStatusPath(cluster), objectsStatusPath(cluster), driftStatusPath(cluster)];
}

interface ClusterTruth {
  readonly cluster: KubeFedCluster;
  readonly result: ClusterResult;
  readonly before: readonly (string | undefined)[];
  readonly now: string;
  readonly memo: StatusMemo;
}

function rememberedTexts(truth: ClusterTruth): readonly (string | undefined)[] {
  const { cluster, result, before, memo } = truth;
  const known = memo.truth.get(result);
  // On top of what it made itself, a result makes the same.
  if (known?.cluster === cluster && (isSame(known.before, before) || isSame(known.after, before))) return known.after;
  const after = clusterTexts(truth);
  memo.truth.set(result, { cluster, before, after });
  return after;
}

function isSame(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): boolean {
  return a.every((text, index) => text === b[index]);
}

function clusterTexts({ cluster, result, before, now, memo }: ClusterTruth): readonly (string | undefined)[] {
  const { name } = cluster;
  const [clusterText, objectsText, driftText] = before;
  const known = clusterText === undefined ? undefined : readKnown(memo, clusterStatusPath(name), clusterText);
  const document = formatYaml(clusterDocument(cluster, result, known, now));
  const { state } = result;
  if (state !== 'Synced' && state !== 'Failed') return [document, objectsText, driftText];
  const objects = steadyStates(result.objects, objectsText, memo);
  const drift = driftEntries(result.objects, readDrift(driftStatusPath(name), driftText));
  const file = { state, objects };
  const text = formatObjectsFile(name, file, memo.objects);
  // What was just written need not be read.
  memo.objectsFiles.set(objectsStatusPath(name), text, file);
  return [document, text, drift.length === 0 ? undefined : formatYaml(driftDocument(name, drift))];
}

function readKnown(memo: StatusMemo, path: string, text: string): JsonObject | undefined {
  return memo.documents.get(path, text, readDocument);
}

/**
 * Collected statuses stay as they were where nothing but the time of looking has changed, and what was known to be there stays known where
 * nobody could look. What we removed ourselves does not.
 */
function steadyStates(
  results: readonly ObjectResult[],
  before: string | undefined,
  memo: StatusMemo,
): readonly ObjectState[] {
  const shared = objectStates(results).map((state) => memo.objects.share(state));
  if (before === undefined || !shared.some((state) => state.remoteStatus !== undefined || needsPresence(state))) {
    return shared;
  }
  const { objects } = parseObjectsFile('objects', before, memo.objects);
  const known = new Map(objects.map((state) => [objectIdKey(state.id), state]));
  const removed = new Set(results.filter(({ wasRemoved }) => wasRemoved).map(({ id }) => objectIdKey(id)));
  return shared.map((state) => {
    const key = objectIdKey(state.id);
    const last = known.get(key);
    if (last === undefined) return state;
    const { remoteStatus } = state;
    const steady =
      remoteStatus === undefined ? state : { ...state, remoteStatus: steadyStatus(remoteStatus, last.remoteStatus) };
    const isPresent = needsPresence(state) && !removed.has(key) && isKnownHere(last);
    return isPresent ? memo.objects.share({ ...steady, present: true }) : steady;
  });
}
