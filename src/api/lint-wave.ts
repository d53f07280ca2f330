import { isNamespaceType } from './federated-object.ts';
import type { Warn } from './lint-input.ts';
import type { FederatedObject } from './model.ts';
import { WAVE_ANNOTATION, waveOf } from './wave.ts';

/** FederatedNamespaces that make their namespace in the members, by the name of the namespace. */
export function appliedNamespaces(objects: readonly FederatedObject[]): ReadonlyMap<string, FederatedObject> {
  const namespaces = objects.filter(({ type }) => isNamespaceType(type) && type.propagation !== 'Disabled');
  return new Map(namespaces.map((object) => [object.target.name, object]));
}

/** @param namespaces see {@link appliedNamespaces}. */
export function lintWave(object: FederatedObject, namespaces: ReadonlyMap<string, FederatedObject>, warn: Warn): void {
  const namespace = namespaces.get(object.target.namespace);
  if (namespace === undefined || object.type.propagation === 'Disabled') return;
  const own = waveOf(object);
  const first = waveOf(namespace);
  if (own === undefined || first === undefined || own >= first) return;
  const text = `is in wave ${own} and its FederatedNamespace in wave ${first}: it is applied before its namespace, and fails where that is not there yet. Give it a ${WAVE_ANNOTATION} of ${first} or more, or the FederatedNamespace a lower one.`;
  warn('WaveBeforeNamespace', ['metadata', 'annotations', WAVE_ANNOTATION], text);
}
