import type { ClusterResult } from '../apply/index.ts';
import { type JsonValue, parseJsonObject } from '../core/index.ts';
import { plainText } from '../report/plain-text.ts';
import { StatusMemo } from '../report/status-memo.ts';
import { statusTruth, truthPaths } from '../report/status-truth.ts';
import type { Pass } from './read-pass.ts';
import { type StatusFiles, withChanges } from './status-files.ts';
import { statusNews } from './status-subject.ts';

/** What one process found out about a cluster, for another one to commit. */
export interface HandedStatus {
  readonly cluster: string;
  readonly state: ClusterResult['state'];
  /** What happened, for the subject of the commit. */
  readonly news: readonly string[];
  /** Its files on the status branch; `null` for one that it has not. */
  readonly files: ReadonlyMap<string, string | null>;
}

const STATES: readonly ClusterResult['state'][] = ['Synced', 'Failed', 'NotReady', 'Suspended'];
const MOST_NEWS = 10;
const LONGEST_NEWS = 300;

/** What is to be told of a result. `undefined` for a cluster that the pass does not know. @param previous the branch as it is known. */
export function handedStatus(
  { model }: Pick<Pass, 'model'>,
  result: ClusterResult,
  {
    previous,
    time,
    memo = new StatusMemo(),
  }: { readonly previous: StatusFiles; readonly time: Date; readonly memo?: StatusMemo },
): HandedStatus | undefined {
  const now = time.toISOString().replace(/\.\d+Z$/, 'Z');
  const truth = statusTruth({ clusters: model.clusters, results: [result], now, previous, memo });
  if (truth.size === 0) return undefined;
  return {
    cluster: result.cluster,
    state: result.state,
    news: statusNews([result], previous),
    files: new Map([...truth].map(([path, text]) => [path, text ?? null])),
  };
}

/** Stable: the same status is the same text. */
export function formatHandedStatus({ state, news, files }: HandedStatus): string {
  return JSON.stringify({ state, news, files: [...files] });
}

/** What somebody handed over for a cluster: nothing but the files of that cluster is taken from it. `undefined` where it makes no sense. */
export function parseHandedStatus(cluster: string, text: string): HandedStatus | undefined {
  const value = parseJsonObject(text);
  if (value === undefined || !Array.isArray(value.files)) return undefined;
  const state = STATES.find((one) => one === value.state);
  const given = new Map(
    (value.files as readonly JsonValue[]).flatMap((pair): [string, string | null][] => {
      const [path, content] = Array.isArray(pair) ? (pair as readonly JsonValue[]) : [];
      if (typeof path !== 'string' || (typeof content !== 'string' && content !== null)) return [];
      return [[path, content]];
    }),
  );
  if (state === undefined) return undefined;
  const files = truthPaths(cluster).flatMap((path): [string, string | null][] => {
    const content = given.get(path);
    return content === undefined ? [] : [[path, content]];
  });
  const news = Array.isArray(value.news) ? (value.news as readonly JsonValue[]) : [];
  return {
    cluster,
    state,
    news: news.flatMap((one) => (typeof one === 'string' ? [oneLine(one)] : [])).slice(0, MOST_NEWS),
    files: new Map(files),
  };
}

/** A line of a commit's message, which goes on with trailers. */
function oneLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').slice(0, LONGEST_NEWS);
}

/** The branch with what was handed over. */
export function withHanded(files: StatusFiles, handed: readonly HandedStatus[]): StatusFiles {
  return withChanges(files, new Map(handed.flatMap((one) => [...one.files])));
}

/** What the subject of a commit needs to know. */
export function summaryOf({ cluster, state, news }: HandedStatus): {
  readonly result: Pick<ClusterResult, 'cluster' | 'state'>;
  readonly news: readonly string[];
} {
  return { result: { cluster, state }, news };
}
