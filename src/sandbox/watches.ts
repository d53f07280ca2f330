import { jsonText } from './json-text.ts';
import type { ObjectStore, StoreEvent } from './object-store.ts';
import { objectText, type Shown } from './representation.ts';
import type { Matcher } from './selection.ts';
import { apiVersionOf, storageKey } from './served-resource.ts';
import { expired } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';

/** Where the events of a watch go. */
export interface WatchSink {
  write(line: string): void;
  end(): void;
}

export interface WatchOptions extends Shown {
  /** `''` for all. */
  readonly namespace: string;
  readonly matcher: Matcher | undefined;
  /** Events after this one; `undefined` to begin with what is there. */
  readonly since: number | undefined;
  readonly withBookmarks: boolean;
  /** A bookmark ends what was there at the beginning. */
  readonly marksInitial: boolean;
  readonly timeoutMs: number;
}

/** The running watches of one cluster. */
export class Watches {
  readonly #store: ObjectStore;
  readonly #running = new Set<{ readonly bookmark: () => void; readonly end: () => void }>();
  readonly #bookmarkMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: ObjectStore, bookmarkMs: number) {
    this.#store = store;
    this.#bookmarkMs = bookmarkMs;
  }

  get size(): number {
    return this.#running.size;
  }

  /** @returns ends it from the side of the client. */
  start(options: WatchOptions, sink: WatchSink): () => void {
    const storage = storageKey(options.resource);
    const past =
      options.since === undefined ? this.#initial(options, storage) : this.#store.eventsSince(storage, options.since);
    if (past === undefined) {
      const message = `too old resource version: ${options.since} (${this.#store.resourceVersion})`;
      sink.write(`{"type":"ERROR","object":${jsonText(expired(message).status)}}\n`);
      sink.end();
      return () => undefined;
    }
    const tell = (event: StoreEvent): void => {
      const line = eventLine(event, options);
      if (line !== undefined) sink.write(line);
    };
    for (const event of past) tell(event);
    if (options.marksInitial) sink.write(this.#bookmark(options, true));
    const forget = this.#store.watch(storage, tell);
    const timer = setTimeout(() => end(), options.timeoutMs).unref();
    const watch = {
      bookmark: () => {
        if (options.withBookmarks) sink.write(this.#bookmark(options, false));
      },
      end: () => end(),
    };
    const stop = (): void => {
      clearTimeout(timer);
      forget();
      this.#running.delete(watch);
      if (this.#running.size === 0) this.#stopTimer();
    };
    const end = (): void => {
      // What was not told of may be skipped when the client comes back.
      watch.bookmark();
      stop();
      sink.end();
    };
    this.#running.add(watch);
    this.#timer ??= setInterval(() => this.bookmarkAll(), this.#bookmarkMs).unref();
    return stop;
  }

  /** Tells every watch which version it has seen. */
  bookmarkAll(): void {
    for (const { bookmark } of this.#running) bookmark();
  }

  endAll(): void {
    for (const { end } of [...this.#running]) end();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #initial({ namespace }: WatchOptions, storage: string): readonly StoreEvent[] {
    return this.#store.list(storage, namespace).map((object) => ({ type: 'ADDED', object }));
  }

  #bookmark({ resource, representation }: WatchOptions, isInitialEnd: boolean): string {
    const isMetadata = representation === 'metadata';
    const metadata = {
      resourceVersion: `${this.#store.resourceVersion}`,
      creationTimestamp: null,
      ...(isInitialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    const kind = isMetadata ? 'PartialObjectMetadata' : resource.kind;
    const apiVersion = isMetadata ? 'meta.k8s.io/v1' : apiVersionOf(resource);
    return `{"type":"BOOKMARK","object":${jsonText({ kind, apiVersion, metadata })}}\n`;
  }
}

function eventLine({ type, object, previous }: StoreEvent, options: WatchOptions): string | undefined {
  const { namespace, matcher } = options;
  if (namespace !== '' && object.namespace !== namespace) return undefined;
  const seen = matcher === undefined ? type : seenType(type, { object, previous, matcher });
  return seen === undefined ? undefined : `{"type":"${seen}","object":${objectText(object, options)}}\n`;
}

interface Change {
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
  readonly matcher: Matcher;
}

/** Through a selector, a change can be a coming or a going. */
function seenType(type: StoreEvent['type'], { object, previous, matcher }: Change): StoreEvent['type'] | undefined {
  const was = previous !== undefined && matcher(previous);
  if (type === 'DELETED') return was ? 'DELETED' : undefined;
  const is = matcher(object);
  if (is) return was ? 'MODIFIED' : 'ADDED';
  return was ? 'DELETED' : undefined;
}
