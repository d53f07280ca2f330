import { type FederatedObject, federatedObjectName, type Model, supportsPreference } from '../api/index.ts';
import { Memo } from '../core/index.ts';
import type { RenderSubject } from './assemble.ts';
import { isReady, workloadKey } from './observations.ts';
import { type Decision, decide, type PlacedObject, renderDecision } from './place-object.ts';
import { isBoundByNamespace, type NamespaceBound } from './placement.ts';
import type { PlanObserver } from './planner.ts';
import { RenderMemo } from './render-memo.ts';
import type { Schedulers } from './scheduler.ts';
import { answer, preferencesByTarget, type Scheduled } from './scheduling.ts';
import type { Observations } from './types.ts';

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
    this.#preferences = preferencesOf.get(model);
    const namespaces = model.heldTargets.filter(({ target }) => target.group === '' && target.kind === 'Namespace');
    this.#heldNamespaces = new Set(namespaces.map(({ target }) => target.name));
  }

  /** What it places by. */
  get subject(): RenderSubject {
    return {
      model: this.#model,
      schedulers: this.#schedulers,
      ready: this.#ready,
      observations: this.#observations,
    };
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
    if (this.#ready.length === 0) return memo.unscheduled.get(written, preference, 'NoReadyCluster');
    const namespace = namespaces.get(written.id.namespace);
    const { kind, namespace: ofTarget, name: targetName } = written.target;
    const observed = memo.observed.get(this.#observations, workloadKey(kind, ofTarget, targetName));
    const question = memo.questions.get(written, preference, this.#ready, namespace, observed);
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

const preferencesOf = new Memo((model: Model) => preferencesByTarget(model));
