import type { ObjectId } from '../core/index.ts';
import type { Configuration, KubeFedConfig, Model } from './model.ts';

/** Whether the configuration pauses writes to an object. */
export function isSuspended(id: ObjectId, suspend: Configuration['suspend']): boolean {
  if (suspend.all || suspend.kinds.includes(id.kind) || suspend.kinds.includes(`${id.kind}.${id.group}`)) return true;
  const namespace = id.group === '' && id.kind === 'Namespace' ? id.name : id.namespace;
  return suspend.namespaces.includes(namespace);
}

/** KubeFed without its `PushReconciler` propagated nothing: so does gitfed then, whatever `gitfed.yaml` says. */
export function withFeatureGates(configuration: Configuration, { featureGates }: KubeFedConfig): Configuration {
  if (featureGates.PushReconciler) return configuration;
  return { ...configuration, suspend: { ...configuration.suspend, all: true } };
}

/** What pauses writes to the whole fleet, or to a cluster of it, for people; `undefined`: nothing does. */
export function suspendedBy(
  { configuration: { suspend }, kubeFedConfig: { featureGates } }: Pick<Model, 'configuration' | 'kubeFedConfig'>,
  cluster?: string,
): string | undefined {
  if (!featureGates.PushReconciler) return 'PushReconciler: Disabled in the KubeFedConfig';
  const isNamed = cluster !== undefined && suspend.clusters.includes(cluster);
  return suspend.all || isNamed ? 'gitfed.yaml' : undefined;
}
