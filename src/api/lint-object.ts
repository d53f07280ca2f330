import { federatedObjectName } from './federated-object.ts';
import { type Judged, judge } from './finding-collector.ts';
import { warner } from './lint-input.ts';
import { lintPlacement } from './lint-placement.ts';
import { lintScalars } from './lint-scalars.ts';
import { lintWave } from './lint-wave.ts';
import type { FederatedObject } from './model.ts';
import { isPlaintextSecret } from './secrets.ts';

/**
 * Warnings about one object. Pure: nothing else of the repository counts.
 *
 * @param hasNamespace whether its namespace is federated, or need not be.
 * @param isPreferred whether a ReplicaSchedulingPreference decides its placement.
 * @param knownClusters names of clusters that are in the repository.
 * @param namespaceWave the wave of the FederatedNamespace that makes its namespace, if one does.
 */
export function lintObject(
  object: FederatedObject,
  hasNamespace: boolean,
  isPreferred: boolean,
  knownClusters: ReadonlySet<string>,
  namespaceWave: number | undefined,
): Judged<void> {
  return judge((collector) => {
    const warn = warner(object.source, federatedObjectName(object), collector);
    lintPlacement(object, { hasNamespace, isPreferred, knownClusters }, warn);
    lintScalars(object, warn);
    lintWave(object, namespaceWave, warn);
    if (isPlaintextSecret(object)) {
      const text = 'lies in the repository in plain text: everyone who can read the repository can read it';
      warn('PlaintextSecret', [], text);
    }
  });
}
