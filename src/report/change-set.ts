import { federatedObjectName, isKeptLive, type KeepRule, type Model } from '../api/index.ts';
import { keepsClusterReplicas } from '../apply/desired.ts';
import { ORPHAN_ANNOTATION, RECREATE_ANNOTATION } from '../apply/names.ts';
import {
  compareText,
  type FieldDifference,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  type ObjectId,
  objectIdKey,
} from '../core/index.ts';
import type { ClusterRendering, RenderedObject, Rendering } from '../render/types.ts';
import { ChangeCollector, type NamedObject, RELEASED } from './change-collector.ts';
import type { NamedRisk, Risk } from './change-risks.ts';
import { DeletionGuard } from './deletion-guard.ts';
import { KeptObjects } from './kept-objects.ts';
import { type PlacementSide, placementRisks } from './placement-risks.ts';
import { countReplicas, type ReplicaTotals, replicaChange, replicasOf } from './replica-totals.ts';
import { type Unshown, UnshownCounter } from './unshown.ts';

/** What changes between two renderings: by object, folded over clusters. A value: printable and without secrets. */
export interface ChangeSet {
  /** Clusters that are registered in one of the two only, sorted. */
  readonly clusters: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** By object (`compareObjectIds`), then created, changed, deleted. */
  readonly objects: readonly ObjectChange[];
  /** About whole clusters and placements; those about a change of an object stand there. */
  readonly risks: readonly NamedRisk[];
  /** By cluster, where something changes; absent where the manifests of the clusters are not known. */
  readonly replicas?: ReadonlyMap<string, ReplicaTotals>;
  /** What is no change although it differs, by the rule that says so. */
  readonly unshown?: readonly Unshown[];
}

/** One object, and the clusters in which the same happens to it. */
export interface ObjectChange {
  readonly type: 'created' | 'changed' | 'deleted';
  readonly id: ObjectId;
  /** The federated object, as `FederatedDeployment/shop/web`. */
  readonly federated: string;
  /** Sorted, never empty. */
  readonly clusters: readonly string[];
  /**
   * Of a changed object. In the order of the manifest's keys; one field may come several times, for different clusters, and
   * those of the fewest clusters come first. Of a created object with `renamedFrom`: what differs from that one.
   */
  readonly fields: readonly FieldChange[];
  readonly risks: readonly Risk[];
  /** Of a created object: the one that is deleted in the same clusters, and has nearly the same content. */
  readonly renamedFrom?: ObjectId;
  /** Of a deleted object: the one that takes its place. */
  readonly renamedTo?: ObjectId;
  /** The manifests that `fields` tells of, where they are known; values of Secrets are masked. */
  readonly contents: readonly ObjectContent[];
}

/** A field that changes in the same way in all of `clusters`. Values of Secrets are masked. */
export interface FieldChange {
  readonly type: FieldDifference['type'];
  /** As `.spec.template.spec.containers[name="web"].image`. */
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  readonly clusters: readonly string[];
}

/** What an object is before and after in these clusters. */
export interface ObjectContent {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly clusters: readonly string[];
}

/** What is known of the newer side beside its manifests. */
export interface NewerModel extends Pick<Model, 'configuration' | 'objects' | 'heldTargets' | 'holds'> {
  /** `keepLive` of the older side. Default: it kept nothing. */
  readonly keptBefore?: readonly KeepRule[];
}

/** What is known of the newer side where both sides are. */
export function newerModel<T extends NewerModel>(before: Pick<Model, 'configuration'>, after: T): T {
  return { ...after, keptBefore: before.configuration.keepLive };
}

/** Both sides with all of their clusters. */
export interface ComparedSides {
  readonly before: PlacementSide;
  readonly after: PlacementSide;
}

/**
 * What has to change in the member clusters for `before` to become `after`. Pure.
 *
 * An object that is held back in `after` (in error) stays as it is: it is no deletion. Neither is what is in a cluster that
 * is registered no longer: nobody goes there any more. While the model holds deletions, nothing is one: what is missing may
 * stand where nothing can be read. What `keepLive` of `after` covers is neither applied nor deleted, and so no change; what only that of
 * `before` covered is applied for the first time, and so created. Manifests that are one and the same object in memory are not looked at.
 *
 * @param model of `after`: with it, objects that are left behind and deletions that the guard would hold are told.
 * @param sides with them, placements are told that select nothing any more, or more than before.
 */
export function compareRenderings(
  before: Rendering,
  after: Rendering,
  model?: NewerModel,
  sides?: ComparedSides,
): ChangeSet {
  const old = new Map(before.clusters.map((cluster) => [cluster.cluster, cluster]));
  const fresh = new Set(after.clusters.map(({ cluster }) => cluster));
  const collector = new ChangeCollector();
  const kept = new KeptObjects(model?.keptBefore, model?.configuration.keepLive);
  const guard = new DeletionGuard(model, kept);
  const unshown = new UnshownCounter();
  const replicas = new Map<string, ReplicaTotals>();
  const comparison: Comparison = {
    collector,
    unshown,
    kept,
    isFederated: federatedObjects(model),
    isAbsenceProven: (model?.holds.length ?? 0) === 0,
  };
  for (const cluster of after.clusters) {
    const was = old.get(cluster.cluster);
    if (was !== undefined && was.objects === cluster.objects && !kept.mayLift) continue;
    const known = kept.withoutLifted(was?.objects ?? [], cluster.objects);
    const { leaving, isChanged, replicas: more } = compareCluster(known, cluster, comparison);
    guard.add(cluster.cluster, was, leaving);
    if (!isChanged) continue;
    const count = countReplicas(known);
    replicas.set(cluster.cluster, { before: count, after: count + more });
  }
  for (const { cluster, objects } of before.clusters) {
    if (!fresh.has(cluster)) unshown.add('ClusterLeft', cluster, objects.length);
  }
  const objects = collector.changes();
  return {
    clusters: {
      added: [...fresh].filter((name) => !old.has(name)).sort(compareText),
      removed: [...old.keys()].filter((name) => !fresh.has(name)).sort(compareText),
    },
    objects,
    risks: [...guard.risks(), ...risksOfPlacement(sides, objects, model)],
    replicas,
    unshown: unshown.all(),
  };
}

function risksOfPlacement(
  sides: ComparedSides | undefined,
  objects: readonly ObjectChange[],
  model: NewerModel | undefined,
): readonly NamedRisk[] {
  if (sides === undefined) return [];
  const rules = model?.configuration.keepLive ?? [];
  return placementRisks(sides.before, sides.after, objects).filter(({ id }) => {
    return id === undefined || !isKeptLive(id, rules);
  });
}

/** Whether there is no difference at all. */
export function isEmptyChangeSet({ clusters, objects }: ChangeSet): boolean {
  return objects.length === 0 && clusters.added.length === 0 && clusters.removed.length === 0;
}

interface Comparison {
  readonly collector: ChangeCollector;
  readonly unshown: UnshownCounter;
  readonly kept: KeptObjects;
  readonly isFederated: (id: ObjectId) => boolean;
  readonly isAbsenceProven: boolean;
}

interface ClusterComparison {
  /** What leaves the cluster, or is left behind there. */
  readonly leaving: readonly RenderedObject[];
  readonly isChanged: boolean;
  /** How many replicas more. */
  readonly replicas: number;
}

function compareCluster(
  before: readonly RenderedObject[],
  { cluster, objects: after, held }: ClusterRendering,
  { collector, unshown, kept, isFederated, isAbsenceProven }: Comparison,
): ClusterComparison {
  const pairs = pairObjects(before, after);
  const [come, keptAway] = partition(pairs.come, (object) => !kept.isKept(object));
  const [stayed, keptStill] = partition(pairs.stayed, ([, object]) => !kept.isKept(object));
  const keptChanged = keptStill.filter(([old, object]) => !jsonEquals(old.manifest, object.manifest));
  const [gone, keptThere] = partition(pairs.gone, (object) => !kept.isKept(object));
  unshown.add('KeptLive', cluster, keptAway.length + keptChanged.length + keptThere.length);
  let replicas = 0;
  let isChanged = come.length > 0;
  for (const [old, object] of stayed) {
    const fields = collector.compare(object.id, old.manifest, object.manifest);
    if (fields.length === 0) continue;
    const keepsReplicas = keepsClusterReplicas(object, cluster);
    const content = { before: old.manifest, after: object.manifest, fields };
    collector.add('changed', cluster, { ...named(object), keepsReplicas }, content);
    replicas += replicaChange(old, object);
    isChanged = true;
  }
  for (const object of come) {
    collector.add('created', cluster, named(object), { after: object.manifest, fields: [] });
    replicas += replicasOf(object);
  }
  const keys = new Set(gone.length === 0 ? [] : held.map(objectIdKey));
  const [stays, goes] = partition(gone, ({ id }) => keys.has(objectIdKey(id)));
  unshown.add('Held', cluster, stays.length);
  if (!isAbsenceProven) {
    unshown.add('DeletionHeld', cluster, goes.length);
    return { leaving: [], isChanged, replicas };
  }
  const [released, deleted] = partition(goes, (object) => isOrphan(object) && !isFederated(object.id));
  for (const object of released) collector.add('changed', cluster, named(object), { fields: RELEASED });
  for (const object of deleted) {
    collector.add('deleted', cluster, named(object), { before: object.manifest, fields: [] });
  }
  // What is released goes on running.
  return { leaving: goes, isChanged: isChanged || goes.length > 0, replicas: replicas - countReplicas(deleted) };
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

interface ObjectPairs {
  readonly gone: readonly RenderedObject[];
  readonly come: readonly RenderedObject[];
  /** Under one identity, with manifests that may differ. */
  readonly stayed: readonly (readonly [RenderedObject, RenderedObject])[];
}

/** Two renderings of one repository are nearly the same list: what stands at the same place is paired without an index. */
function pairObjects(before: readonly RenderedObject[], after: readonly RenderedObject[]): ObjectPairs {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && isSame(before[start], after[start])) start += 1;
  let end = 0;
  while (end < most - start && isSame(before.at(-1 - end), after.at(-1 - end))) end += 1;

  const stayed: [RenderedObject, RenderedObject][] = [];
  const pair = (old: RenderedObject | undefined, object: RenderedObject | undefined): void => {
    if (old !== undefined && object !== undefined && old.manifest !== object.manifest) stayed.push([old, object]);
  };
  for (let index = 0; index < start; index += 1) pair(before[index], after[index]);
  const middle = before.slice(start, before.length - end);
  const rest = new Map(middle.map((object) => [objectIdKey(object.id), object]));
  const come: RenderedObject[] = [];
  for (const object of after.slice(start, after.length - end)) {
    const key = objectIdKey(object.id);
    const old = rest.get(key);
    rest.delete(key);
    if (old === undefined) come.push(object);
    else pair(old, object);
  }
  for (let index = end; index > 0; index -= 1) pair(before.at(-index), after.at(-index));
  return { gone: [...rest.values()], come, stayed };
}

function isSame(a: RenderedObject | undefined, b: RenderedObject | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a === b || a.id === b.id) return true;
  const { group, kind, namespace, name } = a.id;
  return name === b.id.name && namespace === b.id.namespace && kind === b.id.kind && group === b.id.group;
}

/** Whether the newer side still has a federated object for it. Without a model nobody knows, and nothing is taken for left behind. */
function federatedObjects(model: NewerModel | undefined): (id: ObjectId) => boolean {
  if (model === undefined) return () => true;
  const targets = [...model.objects, ...model.heldTargets].map(({ target }) => objectIdKey(target));
  const keys = new Set(targets);
  return (id) => keys.has(objectIdKey(id));
}

function isOrphan({ federated: { annotations } }: RenderedObject): boolean {
  return Object.hasOwn(annotations, ORPHAN_ANNOTATION) && annotations[ORPHAN_ANNOTATION] === 'true';
}

function named({ id, federated }: RenderedObject): NamedObject {
  const { annotations } = federated;
  const mayRecreate = Object.hasOwn(annotations, RECREATE_ANNOTATION) && annotations[RECREATE_ANNOTATION] === 'true';
  return { id, federated: federatedObjectName(federated), mayRecreate };
}
