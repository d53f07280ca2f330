import type { Configuration, FederatedObject, KubeFedCluster, Placement } from '../api/index.ts';
import { isSameList, Memo, SortedList, Unchanged } from '../core/index.ts';
import type { LastRendering } from './assemble.ts';
import { ObservedWorkloads } from './observed-workloads.ts';
import { type ApplyStep, applyStep, compareSteps } from './order.ts';
import { placeObject } from './place-object.ts';
import { isSameSelection, type Selection, selectClusters } from './placement.ts';
import { ObjectOutcomes, Variants } from './render-object.ts';
import type { Scheduler } from './scheduler.ts';
import { answer, isSameQuestion, type Question, questionFor, type Scheduled, unscheduled } from './scheduling.ts';

/**
 * What is remembered between two renderings of one repository: pass the same one to `render` again, and only the objects are rendered for
 * which something changed. It recognises what did not change by reference, as `buildModel` with a memo leaves it.
 *
 * Each step names all that it may look at. A step whose result is the same as before gives that of before, so that what follows is not done
 * again: a cluster that is relabelled selects anew for every object, and renders those that it gains or loses.
 */
export class RenderMemo {
  readonly clusters = new Unchanged<readonly KubeFedCluster[]>(isSameList);
  readonly ready = new Unchanged<readonly KubeFedCluster[]>(isSameList);

  readonly selections = new Memo(select, isSameSelection);
  readonly observed = new ObservedWorkloads();
  readonly unscheduled = new Memo(unscheduled);
  readonly questions = new Memo(questionFor, isSameQuestion);
  readonly schedules = new Memo(
    (question: Question, object: FederatedObject, scheduler: Scheduler | undefined, schedulerName: string) =>
      answer(question, object, scheduler, schedulerName),
  );
  readonly outcomes = new Memo(
    (scheduled: Scheduled, written: FederatedObject, annotations: Configuration['templateAnnotations']) =>
      new ObjectOutcomes(written, scheduled, annotations, this.#variants.get(written, annotations)),
  );
  readonly objects = new Memo(placeObject);

  /** What the last whole rendering was, for one of the same model. */
  last: LastRendering | undefined;

  readonly #variants = new Memo(
    (_: FederatedObject, _annotations: Configuration['templateAnnotations']) => new Variants(),
  );
  readonly #steps = new Memo(applyStep);
  readonly #order = new SortedList<ApplyStep>(compareSteps);

  readonly #bounds = new Map<string, Unchanged<Selection>>();

  /** Lets go of what was rendered of an object. */
  forget(written: FederatedObject, scheduled: Scheduled): void {
    this.objects.forget(written);
    this.outcomes.forget(scheduled);
    this.#variants.forget(written);
  }

  /** What the placement of a FederatedNamespace selects: the same where it is another one that selects the same. */
  boundOf(namespace: FederatedObject, clusters: readonly KubeFedCluster[]): Selection {
    const known = this.#bounds.get(namespace.id.namespace) ?? new Unchanged<Selection>(isSameSelection);
    this.#bounds.set(namespace.id.namespace, known);
    return known.keep(this.selections.get(namespace, clusters));
  }

  /** The objects in apply order. */
  sortForApply(objects: readonly FederatedObject[]): readonly FederatedObject[] {
    return this.#order.sort(objects.map((object) => this.#steps.get(object))).map(({ object }) => object);
  }
}

function select(object: FederatedObject, clusters: readonly KubeFedCluster[]): Selection {
  const placement: Placement = object.placement.ok ? object.placement.value : {};
  return selectClusters(placement, clusters);
}
