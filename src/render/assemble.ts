import { type FederatedObject, federatedObjectName, type Model } from '../api/index.ts';
import {
  compareFindings,
  compareObjectIds,
  compareText,
  type Finding,
  isSameList,
  type ObjectId,
} from '../core/index.ts';
import type { PlacedObject } from './place-object.ts';
import type { Schedulers } from './scheduler.ts';
import type { ClusterRendering, Observations, RenderedObject, Rendering } from './types.ts';

/** All that a rendering is made of. */
export interface RenderSubject {
  readonly model: Model;
  readonly schedulers: Schedulers;
  /** The clusters that take part in planning. */
  readonly ready: Model['clusters'];
  readonly observations: Observations;
}

/** A rendering, and what it was made of. */
export interface LastRendering {
  readonly subject: RenderSubject;
  readonly placed: Placed;
  readonly rendering: Rendering;
}

/** Every object of a model, in apply order, with what became of it. */
export interface Placed {
  readonly model: Model;
  readonly order: readonly FederatedObject[];
  /** Of each of `order`. */
  readonly placed: readonly PlacedObject[];
}

/** The rendering that placed objects make. */
export function assemble({ model, order, placed }: Placed): Rendering {
  const lanes = new Map(
    model.clusters.map(({ name }) => [name, { objects: [] as RenderedObject[], held: [] as ObjectId[] }]),
  );
  const everywhere = model.heldTargets.map(({ target }) => target);
  const replicas: [string, ReadonlyMap<string, bigint>][] = [];
  for (const [index, object] of order.entries()) {
    const result = placed[index];
    if (result === undefined) continue;
    if (result.replicas !== undefined) replicas.push([federatedObjectName(object), result.replicas]);
    if (result.heldEverywhere) everywhere.push(object.target);
    for (const { cluster, rendered } of result.objects) lanes.get(cluster)?.objects.push(rendered);
    for (const cluster of result.held) lanes.get(cluster)?.held.push(object.target);
  }
  return {
    clusters: [...lanes].map(
      ([cluster, { objects, held }]): ClusterRendering => ({
        cluster,
        objects,
        held: sortIds([...everywhere, ...held]),
      }),
    ),
    replicas: new Map(replicas.sort(([a], [b]) => compareText(a, b))),
    findings: findingsOf(model, placed),
  };
}

/**
 * The rendering after another outcome of some objects, made of the one before: clusters in which nothing changed keep theirs.
 *
 * @param changed what became of objects, by their index in `order`; `before` has what it was until now, and `placed` all of it.
 */
export function reassemble(
  before: Placed,
  placed: Placed,
  rendering: Rendering,
  changed: ReadonlyMap<number, PlacedObject>,
): Rendering {
  const { model, order } = placed;
  const replicas = new Map(rendering.replicas);
  const edits = new Map<string, RenderedObject[]>();
  let hasOtherFindings = false;
  for (const [index, after] of changed) {
    const [object, was] = [order[index], before.placed[index]];
    if (object === undefined || was === undefined || !hasSameShape(was, after)) return assemble(placed);
    hasOtherFindings ||= was.findings.length + after.findings.length > 0;
    if (after.replicas !== undefined) replicas.set(federatedObjectName(object), after.replicas);
    for (const [at, { cluster, rendered }] of after.objects.entries()) {
      if (was.objects[at]?.rendered === rendered) continue;
      const edited = edits.get(cluster) ?? [];
      edits.set(cluster, edited);
      edited.push(rendered);
    }
  }
  const positions = edits.size === 0 ? new Map<FederatedObject, number>() : positionsOf(order);
  return {
    clusters: rendering.clusters.map((lane) => {
      const edited = edits.get(lane.cluster);
      return edited === undefined ? lane : { ...lane, objects: withObjects(lane.objects, edited, positions) };
    }),
    replicas,
    findings: hasOtherFindings ? findingsOf(model, placed.placed) : rendering.findings,
  };
}

/** Whether an object is in the same clusters in the same way, so that only what it is there is another. */
function hasSameShape(a: PlacedObject, b: PlacedObject): boolean {
  return (
    a.heldEverywhere === b.heldEverywhere &&
    (a.replicas === undefined) === (b.replicas === undefined) &&
    isSameList(a.held, b.held) &&
    a.objects.length === b.objects.length &&
    a.objects.every(({ cluster }, index) => cluster === b.objects[index]?.cluster)
  );
}

function positionsOf(order: readonly FederatedObject[]): ReadonlyMap<FederatedObject, number> {
  return new Map(order.map((object, index) => [object, index]));
}

/** A lane with some of its objects in another content. */
function withObjects(
  objects: readonly RenderedObject[],
  edited: readonly RenderedObject[],
  positions: ReadonlyMap<FederatedObject, number>,
): readonly RenderedObject[] {
  const copy = objects.slice();
  for (const rendered of edited) {
    const position = positions.get(rendered.federated) ?? 0;
    let [low, high] = [0, copy.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = copy[middle];
      if (there !== undefined && (positions.get(there.federated) ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    copy[low] = rendered;
  }
  return copy;
}

function findingsOf(model: Model, placed: readonly PlacedObject[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const one of placed) findings.push(...one.findings);
  return mergeFindings(model.findings, findings);
}

function sortIds(ids: readonly ObjectId[]): readonly ObjectId[] {
  const sorted = ids.toSorted(compareObjectIds);
  return sorted.filter((id, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareObjectIds(previous, id) !== 0;
  });
}

function mergeFindings(known: readonly Finding[], added: readonly Finding[]): readonly Finding[] {
  const sorted = [...known, ...added].sort(compareFindings);
  return sorted.filter((finding, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareFindings(previous, finding) !== 0;
  });
}
