import { buildModel, type Configuration, type Model, ModelMemo, type RepositorySnapshot } from '../api/index.ts';
import { KnownRoots, ReadMemo } from '../git/index.ts';
import { type Observations, type Rendering, RenderMemo, render } from '../render/index.ts';

/** One state of a repository, and what it renders to. */
export interface RenderedState {
  readonly model: Model;
  readonly rendering: Rendering;
}

/** What is remembered of one path between two looks at it: the second one reads and renders only what is different. */
export class RepositoryMemo {
  readonly reading = new ReadMemo();
  readonly model = new ModelMemo();
  readonly rendering = new RenderMemo();
  readonly roots = new KnownRoots();
  /** The observations that were read last, and what they were read from. */
  observed: { readonly identity: string; readonly observations: Observations } | undefined;
  /** The settings of the last `gitfed.yaml` that was in order. */
  configuration: Configuration | undefined;
  /** The older side of the last comparison. */
  base: { readonly commit: string; readonly rendered: RenderedState } | undefined;

  render(snapshot: RepositorySnapshot, observations?: Observations): RenderedState {
    const model = buildModel(snapshot, this.model);
    return { model, rendering: render(model, observations, { memo: this.rendering }) };
  }
}
