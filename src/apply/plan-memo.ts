import type { LiveObject } from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import type { RenderedObject } from '../render/index.ts';
import type { Desired } from './desired.ts';
import type { PlannedObject } from './plan.ts';
import { Removals } from './removals.ts';

interface KnownDesired {
  readonly rendered: RenderedObject;
  readonly context: string;
  readonly desired: Desired;
}

interface KnownPlan {
  readonly object: LiveObject;
  readonly rules: string;
  readonly planned: PlannedObject;
}

/**
 * What was found out about the objects of one member in earlier passes, for as long as the same values come again: a rendering that did not
 * change, and objects that are held in memory. But for {@link removals}, it holds nothing that is not held elsewhere.
 */
export class PlanMemo {
  readonly removals = new Removals();
  readonly #desired = new WeakMap<JsonObject, KnownDesired>();
  readonly #slim = new WeakMap<LiveObject, LiveObject>();
  readonly #plans = new WeakMap<Desired, KnownPlan>();

  /** An object without all but its metadata: the same value for the same object. */
  slim(object: LiveObject): LiveObject {
    const known = this.#slim.get(object);
    if (known !== undefined) return known;
    const slim = { metadata: object.metadata };
    this.#slim.set(object, slim);
    return slim;
  }

  /** @param context everything else that it depends on. */
  desired(rendered: RenderedObject, context: string, make: () => Desired): Desired {
    const known = this.#desired.get(rendered.manifest);
    const isSame =
      known?.context === context &&
      known.rendered.federated === rendered.federated &&
      known.rendered.scheduledReplicas === rendered.scheduledReplicas;
    if (isSame) return known.desired;
    const desired = make();
    this.#desired.set(rendered.manifest, { rendered, context, desired });
    return desired;
  }

  /** @param rules everything else that it depends on. */
  planned(desired: Desired, object: LiveObject, rules: string, plan: () => PlannedObject): PlannedObject {
    const known = this.#plans.get(desired);
    if (known?.object === object && known.rules === rules) return known.planned;
    const planned = plan();
    // What is written next is not the same afterwards.
    if (planned.type === 'result') this.#plans.set(desired, { object, rules, planned });
    return planned;
  }
}
