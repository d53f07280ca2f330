import type { FederatedObject } from './model.ts';

/** Sets the wave of a federated object. */
export const WAVE_ANNOTATION = 'gitfed.io/wave';

/**
 * The wave of an object: the whole number in its annotation, 0 without one, `undefined` where it is none.
 * Lower waves are applied first and pruned last.
 */
export function waveOf({ annotations }: Pick<FederatedObject, 'annotations'>): number | undefined {
  const text = Object.hasOwn(annotations, WAVE_ANNOTATION) ? annotations[WAVE_ANNOTATION] : '0';
  return text !== undefined && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
