import { planReplicas } from '../render/index.ts';
import {
  annotationField,
  DEPLOYMENT_PREFERENCES,
  JOB_PREFERENCES,
  REPLICA_SET_PREFERENCES,
} from './federation-v1-annotations.ts';
import type { V1Context } from './federation-v1-context.ts';
import { annotationOf } from './federation-v1-fields.ts';
import { DEFAULT_PREFERENCES, readPreferences, type V1Preferences } from './federation-v1-preferences.ts';
import type { V1Object } from './federation-v1-types.ts';

/** What the annotation says. Clusters that are not in the federation had no say in it. */
export function preferencesOf(object: V1Object, context: V1Context): V1Preferences {
  const key = PREFERENCES.get(object.kind) ?? '';
  const text = annotationOf(object, key);
  if (text === undefined) return DEFAULT_PREFERENCES;
  const read = readPreferences(text);
  if (read === undefined) {
    context.losses.add(object, {
      field: preferencesField(object),
      reason:
        'It is not what Federation v1 could read, which then shared evenly: {"*":{"weight":1}}. So does the import.',
      action: 'Write down the weights that were meant.',
    });
    return DEFAULT_PREFERENCES;
  }
  const names = new Set(context.clusters.map(({ name }) => name));
  const clusters = new Map([...read.clusters].filter(([name]) => name === '*' || names.has(name)));
  for (const name of read.clusters.keys()) {
    if (clusters.has(name)) continue;
    context.losses.add(object, {
      field: preferencesField(object),
      reason: `It names the cluster "${name}", which is not in the federation. The entry is left out; it had no effect.`,
      action: 'Add it when the cluster joins.',
    });
  }
  return { ...read, clusters };
}

/** The annotation that a kind has its preferences in. */
const PREFERENCES: ReadonlyMap<string, string> = new Map([
  ['Deployment', DEPLOYMENT_PREFERENCES],
  ['ReplicaSet', REPLICA_SET_PREFERENCES],
  ['Job', JOB_PREFERENCES],
]);

/** The annotation, as a report names it. */
export function preferencesField({ kind }: Pick<V1Object, 'kind'>): string {
  return annotationField(PREFERENCES.get(kind) ?? '');
}

/** What v1 would plan for these clusters if nothing of it ran anywhere yet. */
export function planReplicasNow(
  object: V1Object,
  {
    total,
    preferences,
    clusters,
  }: { readonly total: number; readonly preferences: V1Preferences; readonly clusters: readonly string[] },
  { losses }: Pick<V1Context, 'losses'>,
): ReadonlyMap<string, number> {
  try {
    const { replicas } = planReplicas({
      totalReplicas: BigInt(total),
      rebalance: preferences.rebalance,
      preferences: preferences.clusters,
      clusters,
      current: new Map(),
      capacity: new Map(),
      key: `${object.namespace}/${object.name}`,
    });
    return new Map([...replicas].map(([name, count]) => [name, Number(count)]));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    losses.add(object, {
      field: preferencesField(object),
      reason: 'Its numbers are too far apart to be planned: every cluster gets none.',
      action: 'Write down the numbers that were meant.',
    });
    return new Map();
  }
}
