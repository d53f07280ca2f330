import { compareText } from '../core/index.ts';
import { nameOfObject } from './federation-v1-fields.ts';
import type { Loss, V1Object } from './federation-v1-types.ts';

/** Gathers what is lost on the way. */
export class LossList {
  readonly #losses: Loss[] = [];

  /** @param object `federation` where it is about all of it. */
  add(object: V1Object | 'federation', loss: Omit<Loss, 'object'>): void {
    this.#losses.push({ object: object === 'federation' ? object : nameOfObject(object), ...loss });
  }

  /** In order of objects; those of one object in the order in which they were found. */
  get all(): readonly Loss[] {
    return this.#losses.toSorted((a, b) => compareText(a.object, b.object));
  }
}
