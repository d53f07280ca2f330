import type { ClusterResult } from '../apply/index.ts';
import { formatObjectId } from '../core/index.ts';
import { plainText } from '../report/plain-text.ts';
import { isReadyDocument } from '../report/status-cluster.ts';
import { readDocument } from '../report/status-objects.ts';
import { clusterStatusPath } from '../report/status-path.ts';
import { hasFailed } from '../report/sync-counts.ts';
import { count } from '../report/wording.ts';
import type { StatusFiles } from './status-files.ts';
import type { StatusSource } from './status-source.ts';

const MOST_PARTS = 3;
const MOST_NAMES = 3;

/** What happened, for people who read the log of the branch: what is most urgent first. No value of any object, no text of a server. */
export function statusSubject({
  source,
  results,
  news: told = [],
  previous,
  handed = [],
}: {
  readonly source: StatusSource;
  readonly results: readonly ClusterResult[];
  /** What happened beside them, in words. */
  readonly news?: readonly string[];
  readonly previous: StatusFiles;
  /** Of clusters that other processes have. */
  readonly handed?: readonly { readonly result: ClusterSummary; readonly news: readonly string[] }[];
}): string {
  const news = [...told, ...statusNews(results, previous), ...handed.flatMap((one) => one.news)];
  const all = [...results, ...handed.map(({ result }) => result)];
  if (news.length === 0) return `${calm(all, source.clusters)} at ${source.commit.slice(0, 8)}`;
  const more = news.length - MOST_PARTS;
  return [...news.slice(0, MOST_PARTS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** What of results needs words, the most urgent first. */
export function statusNews(results: readonly ClusterResult[], previous: StatusFiles): readonly string[] {
  return [...lostClusters(results, previous), ...recovered(results, previous), ...broken(results), ...drifted(results)];
}

/** What is told of a cluster in which nothing happened. */
type ClusterSummary = Pick<ClusterResult, 'cluster' | 'state'>;

const LOST = { Offline: 'offline', NotReady: 'not ready', ConfigMalformed: 'misconfigured' } as const;

function lostClusters(results: readonly ClusterResult[], previous: StatusFiles): readonly string[] {
  return Object.entries(LOST).flatMap(([health, words]) => {
    const lost = results.filter((result) => result.health === health && wasReady(result.cluster, previous) !== false);
    return lost.length === 0 ? [] : [`${names(lost)} ${words}`];
  });
}

function recovered(results: readonly ClusterResult[], previous: StatusFiles): readonly string[] {
  const back = results
    .filter(isReached)
    .filter(({ cluster, health }) => health === undefined && wasReady(cluster, previous) === false);
  return back.length === 0 ? [] : [`${names(back)} back`];
}

/** `undefined` for a cluster of which nothing was known. */
function wasReady(cluster: string, previous: StatusFiles): boolean | undefined {
  const path = clusterStatusPath(cluster);
  const text = previous.get(path);
  const document = text === undefined ? undefined : readDocument(path, text);
  return document?.status === undefined ? undefined : isReadyDocument(document);
}

function isReached({ state }: ClusterResult): boolean {
  return state === 'Synced' || state === 'Failed';
}

function broken(results: readonly ClusterResult[]): readonly string[] {
  const reached = results.filter(isReached);
  const pairs = reached.flatMap(({ cluster, objects }) =>
    objects.filter(hasFailed).map(({ id }) => ({ cluster, name: formatObjectId(id) })),
  );
  const objects = new Set(pairs.map(({ name }) => name));
  const clusters = [...new Set(pairs.map(({ cluster }) => cluster))];
  const held = reached.filter(({ prune }) => prune !== undefined);
  const others = reached.filter(
    ({ cluster, state, prune }) => state === 'Failed' && prune === undefined && !clusters.includes(cluster),
  );
  const [only = ''] = objects;
  const what = objects.size === 1 ? plainText(only) : count(objects.size, 'object');
  return [
    ...(objects.size === 0 ? [] : [`${what} out of order in ${places(clusters)}`]),
    ...(held.length === 0 ? [] : [`deletions held back in ${names(held)}`]),
    ...(others.length === 0 ? [] : [`${names(others)} with problems`]),
  ];
}

function drifted(results: readonly ClusterResult[]): readonly string[] {
  const has = (isPutBack: boolean) => (result: ClusterResult) =>
    result.objects.some(({ drift = [], action }) => drift.length > 0 && (action === 'configured') === isPutBack);
  const [corrected, reported] = [results.filter(has(true)), results.filter(has(false))];
  return [
    ...(corrected.length === 0 ? [] : [`drift corrected in ${names(corrected)}`]),
    ...(reported.length === 0 ? [] : [`drift in ${names(reported)}`]),
  ];
}

/** Nothing happened that needs words. */
function calm(results: readonly ClusterSummary[], registered: number): string {
  const synced = results.filter(({ state }) => state === 'Synced');
  const suspended = results.filter(({ state }) => state === 'Suspended');
  const away = results.filter(({ state }) => state === 'NotReady');
  if (results.length === 0) return 'computed anew';
  if (synced.length === registered) return `${registered === 1 ? '1 cluster' : `all ${registered} clusters`} in order`;
  return [
    ...(synced.length === 0 ? [] : [`${names(synced)} in order`]),
    ...(suspended.length === 0 ? [] : [`${names(suspended)} suspended`]),
    ...(away.length === 0 ? [] : [`${names(away)} still away`]),
  ].join(', ');
}

function names(results: readonly ClusterSummary[]): string {
  return places(results.map(({ cluster }) => cluster));
}

function places(clusters: readonly string[]): string {
  return clusters.length > MOST_NAMES ? `${clusters.length} clusters` : clusters.map(plainText).join(', ');
}
