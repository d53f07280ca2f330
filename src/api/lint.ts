import { objectIdKey } from '../core/index.ts';
import { federatedObjectName } from './federated-object.ts';
import type { FindingCollector } from './finding-collector.ts';
import { type LintInput, preferenceTarget } from './lint-input.ts';
import { isPlannable } from './lint-preference.ts';
import { namespaceWaves } from './lint-wave.ts';
import type { FederatedObject } from './model.ts';
import type { ModelMemo } from './model-memo.ts';

/** Warnings about what is valid and does something else than its author may think. */
export function lintModel(input: LintInput, memo: ModelMemo, collector: FindingCollector): void {
  const { configuration, federation, read, objects, preferences } = input;
  const preferred = new Set(preferences.map(preferenceTarget));
  const waves = namespaceWaves(objects);
  const knownClusters = memo.mentionedClusters.keep(federation.mentionedClusters);
  for (const object of withBoundingNamespaces(input)) {
    const { namespace } = object.target;
    const needsNamespace = namespace !== '' && federation.kubeFedConfig.scope === 'Cluster';
    const hasNamespace = !needsNamespace || read.mentionedNamespaces.has(namespace);
    const isPreferred = preferred.has(federatedObjectName(object));
    collector.take(memo.objectLints.get(object, hasNamespace, isPreferred, knownClusters, waves.get(namespace)));
  }
  const byName = new Map(objects.map((object) => [federatedObjectName(object), object]));
  const clusterNames = memo.clusterNames.keep(federation.clusters.map(({ name }) => name));
  const { anyReplicasKind } = configuration.scheduling;
  for (const preference of preferences) {
    const target = preferenceTarget(preference);
    const isKind = isPlannable(preference.targetKind, federation.types, anyReplicasKind);
    const isThere = read.mentionedObjects.has(target);
    const judged = memo.preferenceLints.get(
      preference,
      byName.get(target),
      isKind,
      isThere,
      anyReplicasKind,
      knownClusters,
      clusterNames,
    );
    collector.take(judged);
  }
}

/** FederatedNamespaces that are not rendered themselves bound the placement of others all the same. */
function withBoundingNamespaces({ objects, read }: LintInput): readonly FederatedObject[] {
  const known = new Set(objects.map(({ id }) => objectIdKey(id)));
  return [...objects, ...[...read.namespaces.values()].filter(({ id }) => !known.has(objectIdKey(id)))];
}
