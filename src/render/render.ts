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

/** Gathers for each object what counts for it. */
export class Placing {
  readonly #model: Model;
  readonly #observations: Observations;
  readonly #schedulers: Schedulers;
  readonly #memo: RenderMemo;
  /** Whether another rendering will come back to what this one made. */
  readonly #isKept: boolean;
  readonly #clusters: Model['clusters'];
  readonly #ready: Model['clusters'];
  readonly #preferences: ReturnType<typeof preferencesByTarget>;
  /** Namespaces whose FederatedNamespace is in error: where their objects go is not known. */
  readonly #heldNamespaces: ReadonlySet<string>;

  constructor(model: Model, observations: Observations, schedulers: Schedulers, kept: RenderMemo | undefined) {
    const memo = kept ?? new RenderMemo();
    this.#model = model;
    this.#observations = observations;
    this.#schedulers = schedulers;
    this.#memo = memo;
    this.#isKept = kept !== undefined;
    this.#clusters = memo.clusters.keep(model.clusters);
    this.#ready = memo.ready.keep(model.clusters.filter(({ name }) => isReady(observations, name)));
    this.#preferences = preferencesByTarget(model);
    const namespaces = model.heldTargets.filter(({ target }) => target.group === '' && target.kind === 'Namespace');
    this.#heldNamespaces = new Set(namespaces.map(({ target }) => target.name));
  }

  order(): readonly FederatedObject[] {
    return this.#memo.sortForApply(this.#model.objects);
  }

  place(written: FederatedObject): PlacedObject {
    const memo = this.#memo;
    const scheduled = this.#schedule(written);
    const own = memo.selections.get(scheduled.object, this.#clusters);
    const outcomes = memo.outcomes.get(scheduled, written, this.#model.configuration.templateAnnotations);
    const placed = memo.objects.get(written, this.#boundOf(written), own, scheduled, outcomes);
    // 100,000 manifests are no small thing to remember.
    if (!this.#isKept) memo.forget(written, scheduled);
    return placed;
  }

  /** As {@link place}, with how it came to that. @param observe is told the steps of planning replicas. */
  trace(
    written: FederatedObject,
    observe: PlanObserver,
  ): { readonly decision: Decision; readonly placed: PlacedObject } {
    const scheduled = this.#schedule(written, observe);
    const outcomes = this.#memo.outcomes.get(scheduled, written, this.#model.configuration.templateAnnotations);
    const decision = this.#decide(written, scheduled);
    return { decision, placed: renderDecision(written, decision, outcomes) };
  }

  /** Where an object goes, and with how many replicas; nothing is rendered. @param observe is told the steps of planning replicas. */
  decide(written: FederatedObject, observe?: PlanObserver): Decision {
    return this.#decide(written, this.#schedule(written, observe));
  }

  #decide(written: FederatedObject, scheduled: Scheduled): Decision {
    const own = this.#memo.selections.get(scheduled.object, this.#clusters);
    return decide(written, this.#boundOf(written), own, scheduled);
  }

  #schedule(written: FederatedObject, observe?: PlanObserver): Scheduled {
    const memo = this.#memo;
    const { configuration, namespaces } = this.#model;
    const preference = this.#preferences.get(federatedObjectName(written));
    if (preference === undefined || !supportsPreference(written, configuration)) return memo.unscheduled.get(written);
    // KubeFed parses the overrides before it writes, and writes nothing where they are in error.
    if (!written.placement.ok || !written.overrides.ok) {
      return memo.unscheduled.get(written, preference, 'ObjectInError');
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
