import type { Model } from '../api/index.ts';
import type { LiveObject, ServedResource } from '../cluster/index.ts';
import { type JsonObject, type JsonValue, type ObjectId, objectIdKey } from '../core/index.ts';
import { healthOf, isHealthInMetadata, type ObjectHealth } from '../drift/index.ts';
import type { Desired } from './desired.ts';
import { groupKindText } from './inventory.ts';
import type { Live, LiveState } from './live.ts';
import type { PlanMemo } from './plan-memo.ts';
import type { ObjectResult } from './types.ts';

/** What is seen of an object beside what was done to it. */
export type Observed = Pick<ObjectResult, 'health' | 'remoteStatus'>;

/** What of the members is to be told on the status branch. */
export interface Watchlist {
  /** Kinds, as `Deployment.apps`, of which whole objects are read. */
  readonly kinds: ReadonlySet<string>;
  /** Kinds whose status is collected. */
  readonly collected: ReadonlySet<string>;
}

export const NOTHING_TO_OBSERVE: Watchlist = { kinds: new Set(), collected: new Set() };

/** The kinds among the desired objects that have to be read as a whole, so that their health or their status is known. */
export function watchlistOf(
  desired: readonly Desired[],
  { kubeFedConfig, objects }: Pick<Model, 'kubeFedConfig' | 'objects'>,
): Watchlist {
  const isCollecting = kubeFedConfig.featureGates.RawResourceStatusCollection;
  const types = isCollecting ? new Set(objects.map(({ type }) => type)) : [];
  const collected = [...types].filter(({ statusCollection }) => statusCollection).map(({ target }) => target);
  const names = new Set(collected.map(groupKindText));
  const kinds = desired.flatMap(({ liveId }) => {
    const kind = groupKindText(liveId);
    return isHealthInMetadata(liveId) && !names.has(kind) ? [] : [kind];
  });
  // A Secret has no status, and whatever is in its place is not told.
  names.delete('Secret');
  return { kinds: new Set(kinds), collected: names };
}

/** How an object is. @param object whole, or its metadata where that tells all. */
export function observe(object: LiveObject, resource: ServedResource, { collected }: Watchlist): Observed {
  const { group, kind, version } = resource;
  const whole = {
    ...object,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
  } as unknown as JsonObject;
  const health = healthOf(whole);
  const status = collected.has(groupKindText(resource)) ? whole.status : undefined;
  return { health, ...(isTold(status) ? { remoteStatus: status } : {}) };
}

/** As in KubeFed, an empty mapping is a status. */
function isTold(status: JsonValue | undefined): status is JsonValue {
  return status !== undefined && status !== null;
}

/**
 * How all objects are, by `objectIdKey`, and what is left to plan with: of kinds that were read as a whole for this alone, the metadata.
 *
 * @param about kinds that planning needs as a whole, and what it remembers objects by.
 */
export function observeAll(
  live: LiveState,
  watchlist: Watchlist,
  about: { readonly planned: ReadonlySet<string>; readonly memo: PlanMemo },
): { readonly live: LiveState; readonly observed: ReadonlyMap<string, Observed> } {
  const observed = new Map<string, Observed>();
  const objects = new Map<string, Live>();
  for (const [key, one] of live.objects) {
    const kind = groupKindText(one.resource);
    const isWhole = watchlist.kinds.has(kind);
    if (isWhole || isHealthInMetadata(one.resource)) observed.set(key, observe(one.object, one.resource, watchlist));
    const isSlim = isWhole && !about.planned.has(kind);
    objects.set(key, isSlim ? { ...one, object: about.memo.slim(one.object) } : one);
  }
  return { live: { ...live, objects }, observed };
}

const REMOVED: ObjectHealth = {
  status: 'Terminating',
  message: 'It is being deleted.',
  summary: 'It is being deleted.',
};

/** A result with what was seen of its object, unless it tells that already. */
export function withObserved(
  result: ObjectResult,
  liveId: ObjectId,
  observed: ReadonlyMap<string, Observed>,
): ObjectResult {
  if (result.health !== undefined || (result.action === 'deleted' && result.status === '')) return result;
  const seen = observed.get(objectIdKey(liveId));
  if (seen === undefined) return result;
  // It was seen before it was deleted.
  return { ...result, ...seen, ...(result.status === 'WaitingForRemoval' ? { health: REMOVED } : {}) };
}
