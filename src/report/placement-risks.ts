import { type FederatedObject, federatedObjectName, type Model } from '../api/index.ts';
import { compareObjectIds, compareText, type ObjectId, objectIdKey } from '../core/index.ts';
import { selectClusters } from '../render/placement.ts';
import type { Rendering } from '../render/types.ts';
import type { NamedRisk } from './change-risks.ts';
import type { ObjectChange } from './change-set.ts';

/** What one side of a comparison says of placements. */
export type PlacementModel = Pick<Model, 'clusters' | 'objects'>;

export interface PlacementSide {
  readonly rendering: Rendering;
  readonly model: PlacementModel;
}

/**
 * Objects that are in no cluster any more although they are still federated, and selectors that match clusters which they did not match
 * before. A cluster that joins is told as such: it is nothing that a selector does.
 */
export function placementRisks(
  before: PlacementSide,
  after: PlacementSide,
  changes: readonly ObjectChange[],
): readonly NamedRisk[] {
  return [...emptied(before, after, changes), ...widened(before, after, changes)].sort(compareRisks);
}

function compareRisks(a: NamedRisk, b: NamedRisk): number {
  if (a.id === undefined || b.id === undefined) return 0;
  return compareText(a.code, b.code) || compareObjectIds(a.id, b.id);
}

function emptied(
  before: PlacementSide,
  { rendering, model }: PlacementSide,
  changes: readonly ObjectChange[],
): readonly NamedRisk[] {
  const left = new Set(rendering.clusters.map(({ cluster }) => cluster));
  const isClusterGone = before.rendering.clusters.some(({ cluster }) => !left.has(cluster));
  const deleted = new Set(changes.filter(({ type }) => type === 'deleted').map(({ id }) => objectIdKey(id)));
  const mayBe = model.objects.filter(({ target }) => isClusterGone || deleted.has(objectIdKey(target)));
  if (mayBe.length === 0) return [];
  const homes = clustersByObject(mayBe, before.rendering);
  const kept = clustersByObject(mayBe, rendering, true);
  return mayBe.flatMap(({ target }): readonly NamedRisk[] => {
    const clusters = homes.get(objectIdKey(target));
    if (clusters === undefined || kept.has(objectIdKey(target))) return [];
    return [{ code: 'PlacementEmpty', message: 'it is placed nowhere any more, and leaves', id: target, clusters }];
  });
}

/** Where the objects are. @param held with where they are in error, and stay. */
function clustersByObject(
  objects: readonly FederatedObject[],
  { clusters }: Rendering,
  held = false,
): ReadonlyMap<string, readonly string[]> {
  const keys = new Set(objects.map(({ target }) => objectIdKey(target)));
  const known = new Map<ObjectId, string>();
  const keyOf = (id: ObjectId): string => {
    const key = known.get(id) ?? objectIdKey(id);
    known.set(id, key);
    return key;
  };
  const found = new Map<string, string[]>();
  for (const { cluster, objects: rendered, held: stays } of clusters) {
    for (const id of [...rendered.map((object) => object.id), ...(held ? stays : [])]) {
      const key = keyOf(id);
      if (!keys.has(key)) continue;
      const names = found.get(key) ?? [];
      found.set(key, names);
      names.push(cluster);
    }
  }
  return found;
}

function widened(before: PlacementSide, after: PlacementSide, changes: readonly ObjectChange[]): readonly NamedRisk[] {
  const created = new Map(changes.filter(({ type }) => type === 'created').map((one) => [one.federated, one]));
  if (created.size === 0) return [];
  const registered = new Set(before.model.clusters.map(({ name }) => name));
  const known = new Set(created.keys());
  const old = new Map(
    before.model.objects
      .filter((object) => known.has(federatedObjectName(object)))
      .map((o) => [federatedObjectName(o), o]),
  );
  return after.model.objects.flatMap((object): readonly NamedRisk[] => {
    const name = federatedObjectName(object);
    const change = created.get(name);
    const was = old.get(name);
    if (change === undefined || was === undefined) return [];
    const matched = new Set(matchedClusters(was, before.model));
    const fresh = new Set(
      matchedClusters(object, after.model).filter((one) => registered.has(one) && !matched.has(one)),
    );
    const clusters = change.clusters.filter((cluster) => fresh.has(cluster));
    if (clusters.length === 0) return [];
    return [{ code: 'SelectorWidens', message: 'the selector matches more clusters', id: object.target, clusters }];
  });
}

/** What a selector of an object matches; nothing where it has a list of clusters instead. */
function matchedClusters({ placement }: FederatedObject, { clusters }: PlacementModel): readonly string[] {
  if (!placement.ok || placement.value.clusters !== undefined) return [];
  const selection = selectClusters(placement.value, clusters);
  return selection.ok ? selection.clusters : [];
}
