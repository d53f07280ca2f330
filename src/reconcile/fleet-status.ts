import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import {
  commitsAhead,
  ObjectReader,
  type Repository,
  readCommitDetails,
  readFilesAt,
  readTips,
  resolveCommit,
  withoutCredentials,
} from '../git/index.ts';
import { problemsOf } from '../report/cluster-view.ts';
import { type HeldRevision, readHeldRevision } from '../report/held-revision.ts';
import { type DriftRecord, isUncorrected, readDriftRecords } from '../report/recorded-drift.ts';
import { type ObjectState, readObjects } from '../report/status-objects.ts';
import { objectsStatusPath } from '../report/status-path.ts';

import { openSource } from './source.ts';
import { readStatusPlace } from './status-configuration.ts';
import { truthCluster } from './status-files.ts';
import { findStatusBranch, refreshStatusBranch } from './status-place.ts';
import { sourceCommitOf } from './status-states.ts';
import { missingStatus, tipToShow } from './status-tip.ts';

/** A cluster as the status branch has it. */
export interface ClusterStatus {
  readonly name: string;
  /** `Synced`, `Failed`, `NotReady`, `Suspended`. */
  readonly state: string;
  readonly kubernetesVersion?: string;
  readonly objects: number;
  readonly problems: readonly ObjectState[];
  readonly drift: readonly DriftRecord[];
}

/** What the status branch says, and how old it is. */
export interface FleetStatus {
  readonly branch: string;
  /** The repository that it is in, if it is another one. Without credentials. */
  readonly repository?: string;
  /** The commit of the branch, and when it was made; seconds since 1970. */
  readonly statusCommit: string;
  readonly writtenAt: number;
  /** How many of its commits wait to be sent; absent where they are not sent. */
  readonly waiting?: number;
  /** The source commit that it tells of; absent where the branch does not say. */
  readonly commit?: string;
  readonly inventory?: string;
  /** A newer commit that a gate holds back. */
  readonly held?: HeldRevision;
  /** Clusters that seem lost, and so many at once that their replicas do not move. */
  readonly suspect?: readonly string[];
  readonly head?: {
    readonly commit: string;
    /** How many commits HEAD has that the status does not tell of; absent where they are of different histories. */
    readonly ahead?: number;
  };
  readonly clusters: readonly ClusterStatus[];
  /** Why what is shown may be old: the repository of the branch could not be asked. */
  readonly fetchProblem?: string;
}

export interface FleetStatusRequest {
  /** A path in a repository, or a URL. */
  readonly source: string;
  /** The commit whose configuration says where the status is. Default: HEAD. */
  readonly configuredAt?: string;
  /** Asks the remote first. */
  readonly fetch?: boolean;
  /** Only these clusters. */
  readonly clusters?: readonly string[];
}

/**
 * Reads the status branch of a repository: the one here, or the remote's as far as it was fetched, whichever is later.
 *
 * @throws {GitfedError} `USAGE` where there is none, or no such cluster.
 */
export async function readFleetStatus(request: FleetStatusRequest): Promise<FleetStatus> {
  const { repository, objects, close } = await openSource({ source: request.source });
  try {
    return await read(repository, objects, request);
  } finally {
    await close();
  }
}

async function read(
  repository: Repository,
  objects: ObjectReader,
  { configuredAt, fetch = false, clusters: wanted }: FleetStatusRequest,
): Promise<FleetStatus> {
  const head = await resolveCommit(repository, 'HEAD', objects).catch(() => undefined);
  const place = await readStatusPlace(repository, configuredAt ?? head, objects);
  const branch = await findStatusBranch(repository, place);
  const fetchProblem = fetch ? await refreshStatusBranch(branch) : undefined;
  const tips = await readTips(branch);
  const tip = await tipToShow(branch, tips);
  if (tip === undefined) throw missingStatus(branch, place.elsewhere, fetchProblem);
  // Another one: the process of the first may have looked before the fetch.
  await using reader = new ObjectReader(repository.gitDir);
  const { committedAt, message } = await readCommitDetails(reader, tip);
  const commit = sourceCommitOf(message);
  const summary = await readSummary(reader, tip);
  const held = readHeldRevision(summary.held);
  const suspect = namesIn(summary.suspect);
  const known = tips.base ?? tips.seen;
  const clusters = chosen(await readClusters(repository, reader, tip, summary), wanted);
  return {
    branch: place.name,
    ...(place.elsewhere === undefined ? {} : { repository: withoutCredentials(place.elsewhere) }),
    statusCommit: tip,
    writtenAt: committedAt,
    ...(known === undefined ? {} : { waiting: (await commitsAhead(repository, known, tip)) ?? 0 }),
    ...(commit === undefined ? {} : { commit }),
    ...(typeof summary.inventory === 'string' ? { inventory: summary.inventory } : {}),
    ...(held === undefined ? {} : { held }),
    ...(suspect.length === 0 ? {} : { suspect }),
    ...(head === undefined ? {} : { head: await describeHead(repository, head, commit) }),
    clusters,
    ...(fetchProblem === undefined ? {} : { fetchProblem }),
  };
}

async function readSummary(objects: ObjectReader, tip: string): Promise<JsonObject> {
  const file = await objects.find(`${tip}:status.json`);
  return parseSummary(file === undefined ? '{}' : Buffer.from(file.content).toString('utf8'));
}

/** Clusters that seemed lost, too many at once, when the branch was written. */
export function recordedSuspects(files: ReadonlyMap<string, string>): readonly string[] {
  return namesIn(parseSummary(files.get('status.json') ?? '{}').suspect);
}

function parseSummary(text: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    value = {};
  }
  return isJsonObject(value) ? value : {};
}

/** Of the files of clusters those that have something to tell, which the summary knows: all of a fleet's are a lot to read. */
async function readClusters(
  repository: Repository,
  objects: ObjectReader,
  tip: string,
  { clusters }: JsonObject,
): Promise<readonly ClusterStatus[]> {
  if (!isJsonObject(clusters)) return [];
  const drift = await readAllDrift(repository, objects, tip);
  const entries = Object.entries(clusters).flatMap(([name, value]) => (isJsonObject(value) ? [{ name, value }] : []));
  return await Promise.all(
    entries.map(async ({ name, value }): Promise<ClusterStatus> => {
      const { state, kubernetesVersion } = value;
      return {
        name,
        state: typeof state === 'string' ? state : 'NotReady',
        ...(typeof kubernetesVersion === 'string' ? { kubernetesVersion } : {}),
        objects: numberIn(value, 'objects'),
        problems: numberIn(value, 'problems') === 0 ? [] : await readProblems(objects, tip, name),
        drift: drift.get(name) ?? [],
      };
    }),
  );
}

async function readAllDrift(
  repository: Repository,
  objects: ObjectReader,
  tip: string,
): Promise<ReadonlyMap<string, readonly DriftRecord[]>> {
  const files = await readFilesAt(repository, tip, { folder: 'drift', objects });
  return new Map([...files].map(([path, text]) => [truthCluster(path) ?? '', readDriftRecords(path, text)]));
}

async function readProblems(objects: ObjectReader, tip: string, cluster: string): Promise<readonly ObjectState[]> {
  const path = objectsStatusPath(cluster);
  const file = await objects.find(`${tip}:${path}`);
  if (file === undefined) return [];
  return problemsOf(readObjects(path, Buffer.from(file.content).toString('utf8')));
}

function numberIn(value: JsonObject, key: string): number {
  const item = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof item === 'number' || typeof item === 'bigint' ? Number(item) : 0;
}

function namesIn(value: JsonValue | undefined): readonly string[] {
  const items = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return items.filter((item) => typeof item === 'string');
}

function chosen(clusters: readonly ClusterStatus[], wanted: readonly string[] | undefined): readonly ClusterStatus[] {
  if (wanted === undefined) return clusters;
  const missing = wanted.find((name) => !clusters.some((cluster) => cluster.name === name));
  if (missing === undefined) return clusters.filter(({ name }) => wanted.includes(name));
  const all = clusters.map(({ name }) => name).join(', ') || 'none';
  throw new GitfedError('USAGE', `The status branch has no cluster "${missing}". It has: ${all}`);
}

async function describeHead(
  repository: Repository,
  head: string,
  source: string | undefined,
): Promise<NonNullable<FleetStatus['head']>> {
  const ahead = source === undefined ? undefined : await commitsAhead(repository, source, head);
  return { commit: head, ...(ahead === undefined ? {} : { ahead }) };
}

/** Whether nothing needs anybody: every cluster is in order or suspended, what differed was put back, and no commit waits. */
export function isInOrder({ clusters, held, suspect }: Pick<FleetStatus, 'clusters' | 'held' | 'suspect'>): boolean {
  if (held !== undefined || suspect !== undefined) return false;
  return clusters.every(
    ({ state, problems, drift }) =>
      (state === 'Synced' || state === 'Suspended') && problems.length === 0 && !drift.some(isUncorrected),
  );
}
