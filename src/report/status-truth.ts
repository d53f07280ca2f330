import type { KubeFedCluster } from '../api/index.ts';
import type { ClusterResult } from '../apply/types.ts';
import { formatYaml, type JsonObject, objectIdKey } from '../core/index.ts';
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
  const objects = steadyStates(objectStates(result.objects), objectsText, memo);
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

/** Collected statuses stay as they were where nothing but the time of looking has changed. */
function steadyStates(
  states: readonly ObjectState[],
  before: string | undefined,
  memo: StatusMemo,
): readonly ObjectState[] {
  const shared = states.map((state) => memo.objects.share(state));
  if (before === undefined || !states.some(({ remoteStatus }) => remoteStatus !== undefined)) return shared;
  const known = new Map(
    parseObjectsFile('objects', before, memo.objects).objects.map((state) => [
      objectIdKey(state.id),
      state.remoteStatus,
    ]),
  );
  return shared.map((state) => {
    const { remoteStatus } = state;
    if (remoteStatus === undefined) return state;
    return { ...state, remoteStatus: steadyStatus(remoteStatus, known.get(objectIdKey(state.id))) };
  });
}
