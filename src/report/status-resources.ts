import type { FederatedObject, Model } from '../api/index.ts';
import { formatYaml, objectIdKey } from '../core/index.ts';
import type { ClusterRendering, Rendering } from '../render/index.ts';
import type { ClusterView } from './cluster-view.ts';
import type { KnownResource, Listed, StatusMemo } from './status-memo.ts';
import { readDocument } from './status-objects.ts';
import { resourceStatusPath } from './status-path.ts';
import {
  type ClusterStatus,
  type ResourceStatus,
  resourceDocument,
  resourceDocumentAt,
  timesInText,
} from './status-resource.ts';

export interface ResourcesInput {
  readonly model: Model;
  readonly rendering: Rendering;
  readonly views: readonly ClusterView[];
  readonly previous: ReadonlyMap<string, string>;
  /** RFC 3339, in seconds, UTC. */
  readonly now: string;
  readonly memo: StatusMemo;
}

/** The files `resources/…` of all federated objects, by path. Only those are made anew for which a cluster says something else now. */
export function resourceFiles(input: ResourcesInput): ReadonlyMap<string, string> {
  const { model, memo, previous } = input;
  const before = memo.listings.byCluster;
  const byCluster = listings(input);
  const changed = changedKeys(before, byCluster);
  const known = memo.resources;
  const resources = new Map<string, KnownResource>();
  const clusters = [...byCluster];
  for (const object of model.objects) {
    const { key, path } = placeOf(object);
    const last = known.get(path);
    const isFederated = model.namespaces.has(object.id.namespace);
    const config = model.kubeFedConfig;
    const isSame = last?.object === object && last.config === config && last.isFederated === isFederated;
    if (last !== undefined && isSame && !changed.has(key) && previous.get(path) === last.text) {
      resources.set(path, last);
      continue;
    }
    const status: ResourceStatus = {
      object,
      clusters: clusterStatuses(object, input, clusters, key),
      model,
      now: input.now,
    };
    resources.set(path, { object, config, isFederated, text: resourceText(status, path, previous.get(path)) });
  }
  memo.listings = { rendering: input.rendering, byCluster };
  memo.resources = resources;
  return new Map([...resources].map(([path, { text }]) => [path, text]));
}

const places = new WeakMap<FederatedObject, { readonly key: string; readonly path: string }>();

function placeOf(object: FederatedObject): { readonly key: string; readonly path: string } {
  const known = places.get(object);
  if (known !== undefined) return known;
  const place = { key: objectIdKey(object.target), path: resourceStatusPath(object.target) };
  places.set(object, place);
  return place;
}

type Listing = ReadonlyMap<string, Listed>;

const NOT_READY: Listed = { status: 'ClusterNotReady' };
const NOTHING: Listing = new Map();

/** As in KubeFed: a cluster that is ready has what is there, one that is not has what is placed there. */
function listings({ rendering, views, memo }: ResourcesInput): ReadonlyMap<string, Listing> {
  const renderings = new Map(rendering.clusters.map((one) => [one.cluster, one]));
  const isSameRendering = memo.listings.rendering === rendering;
  return new Map(
    views.map((view) => {
      if (view.isReady) return [view.name, view.objects] as const;
      const known = memo.listings.byCluster.get(view.name);
      const isKnown = isSameRendering && known !== undefined && isPlacement(known);
      return [view.name, isKnown ? known : placed(renderings.get(view.name))] as const;
    }),
  );
}

function isPlacement(listing: Listing): boolean {
  const [first] = listing.values();
  return first === NOT_READY;
}

function placed(rendering: ClusterRendering | undefined): Listing {
  return new Map((rendering?.objects ?? []).map(({ id }) => [objectIdKey(id), NOT_READY]));
}

/** Objects of which some cluster says something else than before. */
function changedKeys(before: ReadonlyMap<string, Listing>, after: ReadonlyMap<string, Listing>): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(name) ?? NOTHING, after.get(name) ?? NOTHING];
    if (old === now) continue;
    for (const [key, listed] of now) if (old.get(key) !== listed) changed.add(key);
    for (const key of old.keys()) if (!now.has(key)) changed.add(key);
  }
  return changed;
}

function clusterStatuses(
  { type }: FederatedObject,
  { model: { kubeFedConfig }, memo }: ResourcesInput,
  clusters: readonly (readonly [string, Listing])[],
  key: string,
): readonly ClusterStatus[] {
  const isCollected = type.statusCollection && kubeFedConfig.featureGates.RawResourceStatusCollection;
  return clusters.flatMap(([name, listing]) => {
    const listed = listing.get(key);
    if (listed === undefined) return [];
    const { status, remoteStatus } = listed;
    return [
      isCollected && remoteStatus !== undefined ? { name, status, remoteStatus } : memo.clusterStatus(name, status),
    ];
  });
}

/** The condition as gitfed writes it, with which every file ends. */
const CONDITION =
  /^\n {2}conditions:\n {2}- lastTransitionTime: "[^"\n]+"\n {4}lastUpdateTime: "[^"\n]+"\n(?: {4}reason: \w+\n)? {4}status: "\w+"\n {4}type: Propagation\n$/;

/** Texts tell what has changed: only files that somebody else wrote are parsed. */
function resourceText(status: ResourceStatus, path: string, before: string | undefined): string {
  if (before === undefined) return formatYaml(resourceDocument(status, undefined));
  const times = timesInText(before);
  if (times === undefined || !CONDITION.test(splitCondition(before)[1])) {
    return formatYaml(resourceDocument(status, readDocument(path, before)));
  }
  const text = formatYaml(resourceDocumentAt(status, times));
  if (text === before) return before;
  const [head, condition] = splitCondition(text);
  const isSame = condition === splitCondition(before)[1];
  const updated = condition.replace(/(?<=lastUpdateTime: ")[^"]+/, status.now);
  return head + (isSame ? updated : updated.replace(/(?<=lastTransitionTime: ")[^"]+/, status.now));
}

function splitCondition(text: string): readonly [string, string] {
  const start = text.lastIndexOf('\n  conditions:');
  return start < 0 ? [text, ''] : [text.slice(0, start), text.slice(start)];
}
