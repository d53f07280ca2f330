import type { ApiClient } from './client.ts';
import type { ServedResource } from './discovery.ts';
import { isApiError, requestError, statusError } from './errors.ts';
import { LineSplitter } from './line-splitter.ts';
import { type ListOptions, type LiveObject, METADATA } from './lists.ts';
import { collectionPath } from './paths.ts';

/** What a watch tells. `gone`: deleted, or not among what the selectors mean any more. */
export type WatchEvent =
  | { readonly type: 'there' | 'gone'; readonly object: LiveObject }
  /** Nothing that was asked for has changed until here. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

export interface WatchOptions extends ListOptions {
  /** What comes after it is told. */
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  /** The server has begun to answer. */
  readonly onOpen?: () => void;
  readonly onEvent: (event: WatchEvent) => void;
  /** A number from 0 to 1: not all watches end at once. */
  readonly random?: () => number;
  /** The longest time in which nothing may come, default 150 s: a bookmark comes about every minute. */
  readonly idleMs?: number;
  /** The longest time until the server has begun to answer, default 30 s. */
  readonly startMs?: number;
}

/** How a watch ended. `closed`: go on from the last resourceVersion. `expired`: it is too old, list again. */
export type WatchEnd = 'closed' | 'expired';

const SHORTEST_SECONDS = 300;
const IDLE_MS = 150_000;
/** An object has 1.5 MB at most where it is stored, and its managed fields are part of it. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * Tells every change of objects of a kind, by metadata alone unless `whole`, until the server ends it after 5 to 10 minutes.
 *
 * @throws {ApiError} without a word of what the server said: an event may hold a Secret.
 */
export async function watchObjects(
  client: ApiClient,
  resource: ServedResource,
  options: WatchOptions,
): Promise<WatchEnd> {
  const { signal, onOpen, onEvent, idleMs = IDLE_MS, startMs } = options;
  const accept = options.whole === true ? 'application/json' : METADATA;
  let chunks: AsyncIterable<Buffer>;
  try {
    chunks = await client.open({
      path: watchPath(resource, options),
      accept,
      signal,
      idleMs,
      ...(startMs === undefined ? {} : { startMs }),
    });
  } catch (error) {
    if (isExpired(error)) return 'expired';
    throw error;
  }
  onOpen?.();
  const splitter = new LineSplitter(MAX_LINE);
  for await (const chunk of chunks) {
    for (const line of splitter.add(chunk)) {
      const event = parseEvent(line);
      if (event === 'expired') return 'expired';
      if (event !== undefined) onEvent(event);
    }
  }
  // What is left of a line was cut off: it comes again from the last resourceVersion.
  return 'closed';
}

function watchPath(resource: ServedResource, options: WatchOptions): string {
  const { namespace, labelSelector, fieldSelector, resourceVersion, random = Math.random } = options;
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(Math.floor(SHORTEST_SECONDS * (1 + random()))),
  });
  if (labelSelector !== undefined) query.set('labelSelector', labelSelector);
  if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
  return `${collectionPath(resource, namespace)}?${query}`;
}

interface RawEvent {
  readonly type?: unknown;
  readonly object?: Partial<LiveObject> & { readonly code?: unknown };
}

/** @returns `undefined` for an event of a kind that does not exist yet. @throws {ApiError} for a line that is none, and for an error. */
function parseEvent(line: string): WatchEvent | 'expired' | undefined {
  const { type, object } = parse(line);
  if (typeof object !== 'object' || object === null) throw requestError('Response', { detail: 'it is no event' });
  const metadata = object.metadata ?? {};
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'there', object: { ...object, metadata } };
    case 'DELETED':
      return { type: 'gone', object: { ...object, metadata } };
    case 'BOOKMARK':
      return metadata.resourceVersion === undefined
        ? undefined
        : { type: 'bookmark', resourceVersion: metadata.resourceVersion };
    case 'ERROR': {
      const code = typeof object.code === 'number' ? object.code : 500;
      if (code === 410) return 'expired';
      throw statusError(code, JSON.stringify(object), undefined);
    }
    default:
      return undefined;
  }
}

function parse(line: string): RawEvent {
  try {
    return (JSON.parse(line) ?? {}) as RawEvent;
  } catch {
    throw requestError('Response', { detail: 'it is not JSON', status: 200 });
  }
}

function isExpired(error: unknown): boolean {
  return isApiError(error) && error.failure === 'Status' && error.status === 410;
}
