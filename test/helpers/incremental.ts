import { expect } from 'vitest';
import { buildModel, type Model, ModelMemo, type RepositoryEntry } from '../../src/api/index.ts';
import { compareText } from '../../src/core/index.ts';
import { type Observations, type Rendering, RenderMemo, render } from '../../src/render/index.ts';
import { fileEntry } from './model-of.ts';

/** What was done again, because something that it depends on changed. */
export interface Done {
  readonly files: number;
  readonly objects: number;
  readonly linted: number;
  readonly planned: number;
  readonly placed: number;
}

/** A repository in memory that is rendered again and again, and held against rendering all of it each time. */
export class IncrementalRepository {
  readonly #files = new Map<string, Extract<RepositoryEntry, { kind: 'file' }>>();
  readonly #model = new ModelMemo();
  readonly #rendering = new RenderMemo();

  /** Changes files (`null` removes one), and says what had to be done again. */
  edit(files: Readonly<Record<string, string | null>>, observations?: Observations): Done {
    for (const [path, text] of Object.entries(files)) {
      if (text === null) this.#files.delete(path);
      else this.#files.set(path, fileEntry(path, text));
    }
    const before = this.#counts();
    const { model, rendering } = this.#look(observations, this.#model, this.#rendering);
    const after = this.#counts();
    const whole = this.#look(observations, new ModelMemo(), new RenderMemo());
    expect(model).toEqual(whole.model);
    expect(rendering).toEqual(whole.rendering);
    return {
      files: after.files - before.files,
      objects: after.objects - before.objects,
      linted: after.linted - before.linted,
      planned: after.planned - before.planned,
      placed: after.placed - before.placed,
    };
  }

  #counts(): Done {
    return {
      files: this.#model.files.made,
      objects: this.#model.objects.made,
      linted: this.#model.objectLints.made + this.#model.preferenceLints.made,
      planned: this.#rendering.schedules.made,
      placed: this.#rendering.objects.made,
    };
  }

  #look(
    observations: Observations | undefined,
    modelMemo: ModelMemo,
    memo: RenderMemo,
  ): { readonly model: Model; readonly rendering: Rendering } {
    const entries = [...this.#files.values()].sort((a, b) => compareText(a.path, b.path));
    const configuration = entries.find(({ path }) => path === 'gitfed.yaml');
    const snapshot = {
      entries: entries.filter((entry) => entry !== configuration),
      ...(configuration === undefined ? {} : { configuration }),
      complete: true,
    };
    const model = buildModel(snapshot, modelMemo);
    return { model, rendering: render(model, observations, { memo }) };
  }
}
