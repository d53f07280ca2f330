import type { FederatedObject, KubeFedCluster, KubeFedConfig } from '../api/index.ts';
import type { ClusterResult } from '../apply/types.ts';
import { type JsonObject, keepYaml, stringifyJson } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';
import type { ClusterView } from './cluster-view.ts';
import { type ObjectState, type ObjectsFile, objectItem, readDocument, readObject } from './status-objects.ts';
import type { ClusterStatus } from './status-resource.ts';

/**
 * What is remembered between two trees of one status branch: pass the same one to `statusTree` again, and only what changed is read, compared
 * and written. It recognises results and objects of the model by reference, files by their text.
 */
export class StatusMemo {
  readonly documents = new TextMemo<JsonObject | undefined>();
  readonly objectsFiles = new TextMemo<ObjectsFile>();
  readonly views = new Map<string, KnownView>();
  readonly truth = new WeakMap<ClusterResult, KnownTruth>();
  readonly objects = new ObjectStates();
  listings: Listings = { rendering: undefined, byCluster: new Map() };
  resources: ReadonlyMap<string, KnownResource> = new Map();
  readonly #clusterStatuses = new Map<string, ClusterStatus>();

  /** A cluster in the status of a federated object: the same one for all objects of which it says the same. */
  clusterStatus(name: string, status: string): ClusterStatus {
    const key = `${name}\n${status}`;
    const known = this.#clusterStatuses.get(key);
    if (known !== undefined) return known;
    const made: ClusterStatus = { name, status };
    this.#clusterStatuses.set(key, made);
    return made;
  }
}

/** By cluster: what it is listed with in the status of a federated object, by `objectIdKey` of the target. */
export interface Listings {
  readonly rendering: Rendering | undefined;
  readonly byCluster: ReadonlyMap<string, ReadonlyMap<string, Listed>>;
}

/** A cluster in the status of a federated object. */
export type Listed = Pick<ObjectState, 'status' | 'remoteStatus'>;

/** What a result made of the files of its cluster. */
export interface KnownTruth {
  readonly cluster: KubeFedCluster;
  readonly before: readonly (string | undefined)[];
  readonly after: readonly (string | undefined)[];
}

export interface KnownView {
  readonly inputs: readonly unknown[];
  readonly view: ClusterView;
}

export interface KnownResource {
  readonly object: FederatedObject;
  readonly config: KubeFedConfig;
  readonly isFederated: boolean;
  readonly text: string;
}

/** Remembers what a file was read as, as long as its text is the same. */
export class TextMemo<V> {
  readonly #known = new Map<string, { readonly text: string; readonly value: V }>();

  get(path: string, text: string, read: (path: string, text: string) => V): V {
    const known = this.#known.get(path);
    if (known?.text === text) return known.value;
    const value = read(path, text);
    this.set(path, text, value);
    return value;
  }

  set(path: string, text: string, value: V): void {
    this.#known.set(path, { text, value });
  }
}

const MOST_STATES = 500_000;

/** States of objects, of which clusters share most: each is kept once, with the text of its place in a file. */
export class ObjectStates {
  readonly #states = new Map<string, ObjectState>();
  readonly #items = new WeakMap<ObjectState, JsonObject>();
  readonly #texts = new Map<string, ObjectState>();

  /** The state that stands for all that are equal to it. */
  share(state: ObjectState): ObjectState {
    // Collected statuses are each object's own.
    if (state.remoteStatus !== undefined) return state;
    const { id, federated, status, message, present, scheduledReplicas, health, healthMessage } = state;
    const parts = [id.group, id.kind, id.namespace, id.name, federated ?? '', status, message ?? ''];
    const key = [...parts, `${scheduledReplicas ?? ''}`, health ?? '', healthMessage ?? '', `${present ?? ''}`].join(
      '\n',
    );
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= MOST_STATES) this.#states.clear();
    this.#states.set(key, state);
    return state;
  }

  /** As `objectItem`, with a text that is written once. */
  itemOf(state: ObjectState): JsonObject {
    const known = this.#items.get(state);
    if (known !== undefined) return known;
    const item = objectItem(state);
    if (state.remoteStatus === undefined) keepYaml(item);
    this.#items.set(state, item);
    return item;
  }

  /** Reads one object of a file from its lines, the first of which has lost its dash. `undefined` where they are not such. */
  read(path: string, lines: string): ObjectState | undefined {
    const known = this.#texts.get(lines);
    if (known !== undefined) return known;
    const document = readDocument(path, `  ${lines}\n`);
    const [state] = document === undefined ? [] : readObject(document);
    if (state === undefined) return undefined;
    const shared = this.share(state);
    if (this.#texts.size >= MOST_STATES) this.#texts.clear();
    // A part of a text would keep the whole of it in memory.
    if (shared.remoteStatus === undefined) this.#texts.set(JSON.parse(stringifyJson(lines)) as string, shared);
    return shared;
  }
}
