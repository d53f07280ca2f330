import type { ObjectStore } from './object-store.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { type SandboxResource, storageKey } from './served-resource.ts';
import { badRequest, expired } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';

export type Matcher = (object: StoredObject) => boolean;

/** The objects that the selectors of a request ask for; `undefined` where it has none. @throws {StatusError} 400. */
export function matcherOf(query: URLSearchParams, resource: SandboxResource): Matcher | undefined {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  if (labels === '' && fields === '') return undefined;
  const byLabels = parseLabelSelector(labels);
  const byFields = parseFieldSelector(fields, resource);
  return (object) => byLabels(object.labels ?? {}) && byFields(object, () => object.read(resource));
}

interface Snapshot {
  readonly objects: readonly StoredObject[];
  readonly resourceVersion: number;
  readonly time: number;
}

export interface Page {
  readonly objects: readonly StoredObject[];
  readonly resourceVersion: number;
  readonly continue?: string;
  readonly remaining?: number;
}

const KEPT_SNAPSHOTS = 64;
const SNAPSHOT_MS = 5 * 60_000;

/** Lists, in pages of one state where a client asks for pages. */
export class Lists {
  readonly #store: ObjectStore;
  readonly #now: () => Date;
  readonly #snapshots = new Map<string, Snapshot>();
  #count = 0;

  constructor(store: ObjectStore, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /** @throws {StatusError} 410 for a token whose state is forgotten. */
  page(resource: SandboxResource, namespace: string, query: URLSearchParams): Page {
    const limit = Number(query.get('limit') ?? 0);
    const token = query.get('continue') ?? '';
    if (token !== '') return this.#next(token, limit);
    const matcher = matcherOf(query, resource);
    const all = this.#store.list(storageKey(resource), namespace);
    const snapshot = {
      objects: matcher === undefined ? all : all.filter(matcher),
      resourceVersion: this.#store.resourceVersion,
      time: this.#now().getTime(),
    };
    return this.#cut(snapshot, { from: 0, limit, isSelected: matcher !== undefined });
  }

  /** Every token is forgotten. */
  forget(): void {
    this.#snapshots.clear();
  }

  #next(token: string, limit: number): Page {
    const match = /^(?<id>\d+)\.(?<from>\d+)\.(?<selected>[01])$/.exec(
      Buffer.from(token, 'base64url').toString(),
    )?.groups;
    if (match === undefined) throw badRequest('continue key is not valid');
    const snapshot = this.#snapshots.get(match.id ?? '');
    if (snapshot === undefined || this.#now().getTime() - snapshot.time > SNAPSHOT_MS) {
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
      );
    }
    return this.#cut(snapshot, {
      from: Number(match.from),
      limit,
      isSelected: match.selected === '1',
      id: match.id ?? '',
    });
  }

  #cut(
    snapshot: Snapshot,
    { from, limit, isSelected, id }: { from: number; limit: number; isSelected: boolean; id?: string },
  ): Page {
    const { objects, resourceVersion } = snapshot;
    const to = limit > 0 ? from + limit : objects.length;
    if (to >= objects.length) return { objects: from === 0 ? objects : objects.slice(from), resourceVersion };
    const token = Buffer.from(`${id ?? this.#keep(snapshot)}.${to}.${isSelected ? 1 : 0}`).toString('base64url');
    const remaining = isSelected ? {} : { remaining: objects.length - to };
    return { objects: objects.slice(from, to), resourceVersion, continue: token, ...remaining };
  }

  #keep(snapshot: Snapshot): string {
    this.#count += 1;
    const id = `${this.#count}`;
    this.#snapshots.set(id, snapshot);
    const [oldest] = this.#snapshots.keys();
    if (this.#snapshots.size > KEPT_SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest);
    return id;
  }
}
