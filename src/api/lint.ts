import { objectIdKey, type SourceRef } from '../core/index.ts';
import { federatedObjectName } from './federated-object.ts';
import type { FindingCollector } from './finding-collector.ts';
import { type LintInput, preferenceTarget, type Warn } from './lint-input.ts';
import { lintPlacement } from './lint-placement.ts';
import { lintPreference } from './lint-preference.ts';
import { lintScalars } from './lint-scalars.ts';
import { appliedNamespaces, lintWave } from './lint-wave.ts';
import type { FederatedObject } from './model.ts';
import { isPlaintextSecret } from './secrets.ts';

/** Warnings about what is valid and does something else than its author may think. */
export function lintModel(input: LintInput, collector: FindingCollector): void {
  const preferred = new Set(input.preferences.map(preferenceTarget));
  const namespaces = appliedNamespaces(input.objects);
  for (const object of withBoundingNamespaces(input)) {
    const label = federatedObjectName(object);
    const warn = warner(object.source, label, collector);
    lintPlacement(object, input, preferred.has(label), warn);
    lintScalars(object, warn);
    lintWave(object, namespaces, warn);
    if (isPlaintextSecret(object)) {
      const text = 'lies in the repository in plain text: everyone who can read the repository can read it';
      warn('PlaintextSecret', [], text);
    }
  }
  const byName = new Map(input.objects.map((object) => [federatedObjectName(object), object]));
  for (const preference of input.preferences) {
    const label = `ReplicaSchedulingPreference/${preference.namespace}/${preference.name}`;
    const warn = warner(preference.source, label, collector);
    lintPreference(preference, byName.get(preferenceTarget(preference)), input, warn);
  }
}

/** FederatedNamespaces that are not rendered themselves bound the placement of others all the same. */
function withBoundingNamespaces({ objects, read }: LintInput): readonly FederatedObject[] {
  const known = new Set(objects.map(({ id }) => objectIdKey(id)));
  return [...objects, ...[...read.namespaces.values()].filter(({ id }) => !known.has(objectIdKey(id)))];
}

function warner(source: SourceRef, label: string, collector: FindingCollector): Warn {
  return (code, path, text, cluster) => {
    const details = { object: label, ...(cluster === undefined ? {} : { cluster }) };
    collector.add(code, source, path, `${label}: ${text}`, details);
  };
}
