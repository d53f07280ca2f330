import type { FederatedObject, Model } from '../api/index.ts';
import { Memo } from '../core/index.ts';
import { assemble, type LastRendering, type RenderSubject, reassemble } from './assemble.ts';
import { NOTHING_OBSERVED, workloadKey } from './observations.ts';
import { changedWorkloads } from './observed-workloads.ts';
import type { PlacedObject } from './place-object.ts';
import { Placing } from './placing.ts';
import type { RenderMemo } from './render-memo.ts';
import { registerSchedulers, type Schedulers } from './scheduler.ts';
import type { Observations, Rendering } from './types.ts';

export interface RenderOptions {
  /** Those that `scheduling.scheduler` of gitfed.yaml can name. Default: KubeFed's alone. */
  readonly schedulers?: Schedulers;
  /** What an earlier rendering left: it makes this one faster, and never another one. */
  readonly memo?: RenderMemo;
}

const KUBEFED_ALONE = registerSchedulers();

/**
 * Expands a model into the manifests of every registered cluster. Pure: the same model and observations give the same result, and it
 * shares with the model what overrides leave alone. Never throws on anything `buildModel` returns.
 *
 * An object in error is rendered in no cluster (in one cluster, where only its overrides for that one are) and stands in `held`; so does
 * every object of a kind with `propagation: Disabled`, whose member objects stay as they are.
 */
export function render(
  model: Model,
  observations: Observations = NOTHING_OBSERVED,
  { schedulers = KUBEFED_ALONE, memo }: RenderOptions = {},
): Rendering {
  const placing = new Placing(model, observations, schedulers, memo);
  const { last } = memo ?? {};
  if (memo !== undefined && last !== undefined && isOfTheSame(last.subject, placing.subject)) {
    memo.last = renderAgain(last, placing);
    return memo.last.rendering;
  }
  const order = placing.order();
  const placed = { model, order, placed: order.map((object) => placing.place(object)) };
  const rendering = assemble(placed);
  if (memo !== undefined) memo.last = { subject: placing.subject, placed, rendering };
  return rendering;
}

/** Whether two renderings differ at most in what was observed of workloads. */
function isOfTheSame(a: RenderSubject, b: RenderSubject): boolean {
  return a.model === b.model && a.schedulers === b.schedulers && a.ready === b.ready;
}

/** Renders what was observed anew, and takes the rest from before. */
function renderAgain({ subject: before, placed, rendering }: LastRendering, placing: Placing): LastRendering {
  const { subject } = placing;
  const indexes = indexesOf.get(placed.order);
  const changed = new Map<number, PlacedObject>();
  for (const key of changedWorkloads(before.observations, subject.observations)) {
    for (const index of indexes.get(key) ?? []) {
      const object = placed.order[index];
      if (object === undefined) continue;
      const after = placing.place(object);
      if (after !== placed.placed[index]) changed.set(index, after);
    }
  }
  if (changed.size === 0) return { subject, placed, rendering };
  const after = { ...placed, placed: placed.placed.map((one, index) => changed.get(index) ?? one) };
  return { subject, placed: after, rendering: reassemble(placed, after, rendering, changed) };
}

/** Where the objects stand that observations of a workload (`workloadKey`) are about: kinds of two groups may have one name. */
const indexesOf = new Memo((order: readonly FederatedObject[]) => {
  const indexes = new Map<string, number[]>();
  for (const [index, { target }] of order.entries()) {
    const key = workloadKey(target.kind, target.namespace, target.name);
    const known = indexes.get(key) ?? [];
    indexes.set(key, known);
    known.push(index);
  }
  return indexes;
});
