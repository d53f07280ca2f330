import { type FederatedObject, federatedObjectName, type Model, supportsPreference } from '../api/index.ts';
import { compareFindings, compareObjectIds, compareText, type Finding, type ObjectId } from '../core/index.ts';
import { isReady, NOTHING_OBSERVED } from './observations.ts';
import { type Decision, decide, type PlacedObject, renderDecision } from './place-object.ts';
import { isBoundByNamespace, type NamespaceBound } from './placement.ts';
import type { PlanObserver } from './planner.ts';
import { RenderMemo } from './render-memo.ts';
import { registerSchedulers, type Schedulers } from './scheduler.ts';
import { answer, preferencesByTarget, type Scheduled } from './scheduling.ts';
import type { ClusterRendering, Observations, RenderedObject, Rendering } from './types.ts';

export interface RenderOptions {
  /** Those that `scheduling.scheduler` of gitfed.yaml can name. Default: KubeFed's alone. */
  readonly schedulers?: Schedulers;
  /** What an earlier rendering left: it makes this one faster, and never another one. */
  readonly memo?: RenderMemo;
}

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
  const lanes = new Map(
    model.clusters.map(({ name }) => [name, { objects: [] as RenderedObject[], held: [] as ObjectId[] }]),
  );
  const everywhere = model.heldTargets.map(({ target }) => target);
  const replicas: [string, ReadonlyMap<string, bigint>][] = [];
  const findings: Finding[] = [];
  const placing = new Placing(model, observations, schedulers, memo);
  for (const object of placing.order()) {
    const result = placing.place(object);
    findings.push(...result.findings);
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
    findings: mergeFindings(model.findings, findings),
  };
}

const KUBEFED_ALONE = registerSchedulers();

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

  /** Where an object goes, and with how many replicas; nothing is rendered. */
  decide(written: FederatedObject): Decision {
    return this.#decide(written, this.#schedule(written));
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
    if (this.#ready.length === 0) return memo.unscheduled.get(written, preference, 'NoReadyCluster');
    const namespace = namespaces.get(written.id.namespace);
    const question = memo.questions.get(written, preference, this.#ready, namespace, this.#observations);
    const { scheduler: name } = configuration.scheduling;
    const scheduler = this.#schedulers.get(name);
    if (observe !== undefined) return answer(question, written, scheduler, name, observe);
    return memo.schedules.get(question, written, scheduler, name);
  }

  #boundOf(object: FederatedObject): NamespaceBound {
    if (!isBoundByNamespace(object)) return 'everywhere';
    const { namespace } = object.id;
    if (this.#heldNamespaces.has(namespace)) return NAMESPACE_IN_ERROR;
    const federatedNamespace = this.#model.namespaces.get(namespace);
    if (federatedNamespace === undefined) {
      return this.#model.kubeFedConfig.scope === 'Namespaced' ? 'everywhere' : 'missing';
    }
    if (!federatedNamespace.placement.ok) return NAMESPACE_IN_ERROR;
    return this.#memo.boundOf(federatedNamespace, this.#clusters);
  }
}

const NAMESPACE_IN_ERROR: NamespaceBound = { ok: false, reason: 'its FederatedNamespace is in error' };

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
