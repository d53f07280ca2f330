import type { IgnoreRule } from '../api/index.ts';
import {
  type ApiClient,
  type Discovery,
  directSource,
  isApiError,
  type LiveObject,
  listObjects,
  type ObjectSource,
  readMetadata,
  type ServedResource,
} from '../cluster/index.ts';
import { compareText, type ObjectId, objectIdKey } from '../core/index.ts';
import { ownsLabel } from '../drift/index.ts';
import type { Desired } from './desired.ts';
import { groupKindText, parseGroupKind } from './inventory.ts';
import type { Limit } from './limit.ts';
import { liveProjection } from './live-projection.ts';
import { PART_OF_LABEL } from './names.ts';

/** An object that is in the member. */
export interface Live {
  readonly id: ObjectId;
  readonly resource: ServedResource;
  readonly object: LiveObject;
}

/** Whether an object is ours: it carries the label of our inventory, and we put it there. */
export function isOwned({ object: { metadata } }: Live, inventoryId: string): boolean {
  return metadata.labels?.[PART_OF_LABEL] === inventoryId && ownsLabel(metadata.managedFields ?? [], PART_OF_LABEL);
}

/** What was read of a member. */
export interface LiveState {
  /** Everything that carries our label, and what stands where something of ours should be; by `objectIdKey`. */
  readonly objects: ReadonlyMap<string, Live>;
  /** Kinds, as `Deployment.apps`, that could not be read: nothing is known of them. */
  readonly failedKinds: ReadonlySet<string>;
}

export interface ReadOptions {
  readonly client: ApiClient;
  /** Where objects with our label are listed; what is looked for otherwise is asked of the member. */
  readonly objects: ObjectSource;
  readonly discovery: Discovery;
  readonly limit: Limit;
  readonly inventoryId: string;
  /** Kinds to look for: the desired ones and those of the inventory. */
  readonly groupKinds: ReadonlySet<string>;
  readonly desired: readonly Desired[];
  /** `scope: Namespaced`: only here, and nothing cluster-wide. */
  readonly onlyNamespace?: string;
  /** Namespaces that we have to do with: where a user may not list everywhere, these are listed one by one. */
  readonly namespaces: ReadonlySet<string>;
  /** Kinds of which more than the metadata is needed. */
  readonly wholeKinds: ReadonlySet<string>;
  /** They say what of such an object is needed. */
  readonly ignoreDifferences: readonly IgnoreRule[];
}

/** More missing objects than this in one namespace are looked up by one list instead of one request each. */
const MOST_SINGLE_READS = 8;

/**
 * Reads what is needed to plan: one list of metadata for each kind, by our label. Then, for desired objects that are not among them,
 * whether something is in their place; in a steady state there are none.
 */
export async function readLive(options: ReadOptions): Promise<LiveState> {
  const failedKinds = new Set<string>();
  const objects = new Map<string, Live>();
  const add = (live: Live): void => {
    objects.set(objectIdKey(live.id), live);
  };
  const kinds = [...options.groupKinds].sort(compareText).map((text) => ({ text, ...parseGroupKind(text) }));
  await Promise.all(
    kinds.map(async ({ text, group, kind }) => {
      const resource = options.discovery.find(group, kind);
      if (resource === undefined) {
        // Complete discovery without the kind: there can be none of it. A group that did not answer: nobody knows.
        if (options.discovery.staleGroups.has(group)) failedKinds.add(text);
        return;
      }
      try {
        for (const live of await listOurs(options, resource)) add(live);
      } catch (error) {
        giveUpOn(error, options.client);
        failedKinds.add(text);
      }
    }),
  );
  await readMissing(options, objects, failedKinds, add);
  return { objects, failedKinds };
}

/** What fails for one kind is that kind's; a server that is gone is not. */
function giveUpOn(error: unknown, client: ApiClient): void {
  if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
}

async function listOurs(options: ReadOptions, resource: ServedResource): Promise<readonly Live[]> {
  return await listLabelled(options, resource, `${PART_OF_LABEL}=${options.inventoryId}`);
}

/**
 * Everything of a kind with these labels: by one list, or where that is forbidden by one for each namespace that we have to do with.
 *
 * @throws {ApiError} when one of them fails.
 */
export async function listLabelled(
  options: Omit<ReadOptions, 'groupKinds' | 'desired'>,
  resource: ServedResource,
  labelSelector: string,
): Promise<readonly Live[]> {
  const { objects, onlyNamespace, wholeKinds } = options;
  if (onlyNamespace !== undefined && resource.scope === 'Cluster') return [];
  const isWhole = wholeKinds.has(groupKindText(resource));
  const projection = liveProjection(resource, { isWhole, rules: options.ignoreDifferences });
  const list = (namespace: string | undefined): Promise<readonly LiveObject[]> =>
    options.limit(() =>
      objects.list(resource, { labelSelector, projection, ...(namespace === undefined ? {} : { namespace }) }),
    );
  try {
    return (await list(onlyNamespace)).flatMap((object) => toLive(object, resource));
  } catch (error) {
    const isRefused = isApiError(error) && error.status === 403 && resource.scope === 'Namespaced';
    if (!isRefused || onlyNamespace !== undefined || options.namespaces.size === 0) throw error;
    const lists = await Promise.all([...options.namespaces].sort(compareText).map(list));
    return lists.flat().flatMap((object) => toLive(object, resource));
  }
}

function toLive(object: LiveObject, resource: ServedResource): readonly Live[] {
  const { name, namespace = '' } = object.metadata;
  if (name === undefined) return [];
  return [{ id: { group: resource.group, kind: resource.kind, namespace, name }, resource, object }];
}

async function readMissing(
  options: ReadOptions,
  known: ReadonlyMap<string, Live>,
  failedKinds: Set<string>,
  add: (live: Live) => void,
): Promise<void> {
  const missing = options.desired.filter(
    ({ liveId }) => !known.has(objectIdKey(liveId)) && !failedKinds.has(groupKindText(liveId)),
  );
  const places = Map.groupBy(missing, ({ liveId }) => `${groupKindText(liveId)}\n${liveId.namespace}`);
  await Promise.all(
    [...places.values()].map(async (group) => {
      const first = group[0]?.liveId;
      const resource = first === undefined ? undefined : options.discovery.find(first.group, first.kind);
      if (first === undefined || resource === undefined) return;
      try {
        for (const live of await readPlace(options, resource, group)) add(live);
      } catch (error) {
        giveUpOn(error, options.client);
        failedKinds.add(groupKindText(first));
      }
    }),
  );
}

async function readPlace(
  options: ReadOptions,
  resource: ServedResource,
  group: readonly Desired[],
): Promise<readonly Live[]> {
  const whole = options.wholeKinds.has(groupKindText(resource));
  const namespace = group[0]?.liveId.namespace ?? '';
  if (group.length > MOST_SINGLE_READS) {
    const items = await options.limit(() =>
      listObjects(options.client, resource, { whole, ...(namespace === '' ? {} : { namespace }) }),
    );
    const wanted = new Set(group.map(({ liveId }) => liveId.name));
    return items.filter(({ metadata }) => wanted.has(metadata.name ?? '')).flatMap((item) => toLive(item, resource));
  }
  const found = await Promise.all(
    group.map(({ liveId }) => options.limit(() => readMetadata(options.client, resource, { ...liveId, whole }))),
  );
  return found.flatMap((object) => (object === undefined ? [] : toLive(object, resource)));
}

const NOTHING_ELSE = {
  groupKinds: new Set<string>(),
  desired: [],
  wholeKinds: new Set<string>(),
  ignoreDifferences: [],
  namespaces: new Set<string>(),
};

/**
 * Looks for our label at every kind that can be listed: for a member whose inventory is lost. What may not be listed is left out.
 *
 * @throws {ApiError} when the server is gone.
 */
export async function findAllOurs(
  options: Omit<ReadOptions, 'groupKinds' | 'desired' | 'wholeKinds' | 'objects'>,
): Promise<readonly Live[]> {
  const lists = options.discovery.resources
    .filter(({ verbs }) => verbs.has('list') && verbs.has('delete'))
    .map(async (resource) => {
      try {
        // Where it may not list everywhere, it is not asked for every namespace of every kind: those are too many.
        return await listOurs({ ...options, ...NOTHING_ELSE, objects: directSource(options.client) }, resource);
      } catch (error) {
        giveUpOn(error, options.client);
        return [];
      }
    });
  return (await Promise.all(lists)).flat().filter((live) => isOwned(live, options.inventoryId));
}
