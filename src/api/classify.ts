import type { RawObject } from './documents.ts';
import { CORE_GROUP, DNS_GROUP, GITFED_GROUP, SCHEDULING_GROUP } from './groups.ts';

/** What an object is to gitfed, by group and kind alone. `other` may still be a federated object. */
export type ObjectClass =
  | 'cluster'
  | 'typeConfig'
  | 'kubeFedConfig'
  | 'preference'
  | 'secret'
  | 'accepted'
  | 'notSupported'
  | 'unknown'
  | 'other';

const KINDS: Readonly<Record<string, ObjectClass>> = {
  [`${CORE_GROUP}/KubeFedCluster`]: 'cluster',
  [`${CORE_GROUP}/FederatedTypeConfig`]: 'typeConfig',
  [`${CORE_GROUP}/KubeFedConfig`]: 'kubeFedConfig',
  // What KubeFed's controllers wrote for themselves, as a dump of a host cluster has it.
  [`${CORE_GROUP}/PropagatedVersion`]: 'accepted',
  [`${CORE_GROUP}/ClusterPropagatedVersion`]: 'accepted',
  [`${CORE_GROUP}/FederatedServiceStatus`]: 'accepted',
  [`${SCHEDULING_GROUP}/ReplicaSchedulingPreference`]: 'preference',
  '/Namespace': 'accepted',
  '/Secret': 'secret',
};

export function classify({ group, kind }: RawObject): ObjectClass {
  const key = `${group}/${kind}`;
  if (Object.hasOwn(KINDS, key)) return KINDS[key] ?? 'other';
  if (group === GITFED_GROUP || group === DNS_GROUP) return 'notSupported';
  return group === CORE_GROUP || group === SCHEDULING_GROUP ? 'unknown' : 'other';
}
