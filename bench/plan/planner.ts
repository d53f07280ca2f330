import type { Model } from '../../src/api/index.ts';
import {
  NOTHING_OBSERVED,
  NOTHING_WAITED_FOR,
  nextObservations,
  ObservationMemo,
  type Observations,
  type Rendering,
  RenderMemo,
  render,
  type SeenCluster,
} from '../../src/render/index.ts';

/** A daemon's planner: observations, the plan of them, and what both keep for the next time. */
export class Planner {
  readonly #model: Model;
  readonly #renderMemo = new RenderMemo();
  readonly #observationMemo = new ObservationMemo();
  observations: Observations = NOTHING_OBSERVED;
  rendering: Rendering;

  constructor(model: Model) {
    this.#model = model;
    this.rendering = render(model, this.observations, { memo: this.#renderMemo });
  }

  get planned(): number {
    return this.#renderMemo.schedules.made;
  }

  look(seen: ReadonlyMap<string, SeenCluster>): void {
    const { observations } = nextObservations(
      {
        published: this.observations,
        seen,
        rendering: this.rendering,
        model: this.#model,
        waiting: NOTHING_WAITED_FOR,
        nowMs: 0,
      },
      this.#observationMemo,
    );
    if (observations === this.observations) return;
    this.observations = observations;
    this.rendering = render(this.#model, observations, { memo: this.#renderMemo });
  }
}
