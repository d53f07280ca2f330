import { isNamespaceType } from './federated-object.ts';
import type { Warn } from './lint-input.ts';
import type { FederatedObject } from './model.ts';
import { WAVE_ANNOTATION, waveOf } from './wave.ts';

/** Waves of the FederatedNamespaces that make their namespace in the members, by the name of the namespace. */
export function namespaceWaves(objects: readonly FederatedObject[]): ReadonlyMap<string, number | undefined> {
  const namespaces = objects.filter(({ type }) => isNamespaceType(type) && type.propagation !== 'Disabled');
  return new Map(namespaces.map((object) => [object.target.name, waveOf(object)]));
}

/** @param first the wave of its namespace, see {@link namespaceWaves}. */
export function lintWave(object: FederatedObject, first: number | undefined, warn: Warn): void {
  if (first === undefined || object.type.propagation === 'Disabled') return;
  const own = waveOf(object);
  if (own === undefined || own >= first) return;
  const text = `is in wave ${own} and its FederatedNamespace in wave ${first}: it is applied before its namespace, and fails where that is not there yet. Give it a ${WAVE_ANNOTATION} of ${first} or more, or the FederatedNamespace a lower one.`;
  warn('WaveBeforeNamespace', ['metadata', 'annotations', WAVE_ANNOTATION], text);
}
