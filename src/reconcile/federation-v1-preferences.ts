import type { ClusterPreference } from '../api/index.ts';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { GoJsonError, goField, goInteger, goStruct, parseGoJson } from './federation-v1-go-json.ts';

/** What an annotation with preferences says. Without clusters nobody gets replicas. */
export interface V1Preferences {
  readonly rebalance: boolean;
  readonly clusters: ReadonlyMap<string, ClusterPreference>;
}

/** What v1 used without an annotation, and where it could not read one. */
export const DEFAULT_PREFERENCES: V1Preferences = {
  rebalance: false,
  clusters: new Map([['*', { minReplicas: 0n, weight: 1n }]]),
};

/** Reads an annotation as v1 did; `undefined` where it could not. */
export function readPreferences(text: string): V1Preferences | undefined {
  try {
    const struct = goStruct(parseGoJson(text));
    return { rebalance: readRebalance(struct), clusters: readClusters(struct) };
  } catch (error) {
    if (error instanceof GoJsonError) return undefined;
    throw error;
  }
}

function readRebalance(struct: JsonObject): boolean {
  let rebalance = false;
  for (const value of goField(struct, 'rebalance')) {
    if (value === null) continue;
    if (typeof value !== 'boolean') throw new GoJsonError('rebalance is neither true nor false');
    rebalance = value;
  }
  return rebalance;
}

function readClusters(struct: JsonObject): ReadonlyMap<string, ClusterPreference> {
  const clusters = new Map<string, ClusterPreference>();
  for (const value of goField(struct, 'clusters')) {
    // A second map is decoded into the first one, and null takes it away.
    if (value === null) clusters.clear();
    for (const [name, item] of Object.entries(goStruct(value))) clusters.set(name, readCluster(item));
  }
  return clusters;
}

function readCluster(item: JsonValue): ClusterPreference {
  const struct = goStruct(item);
  const last = (name: string): bigint | undefined =>
    goField(struct, name).reduce<bigint | undefined>((before, value) => goInteger(value) ?? before, undefined);
  const maxReplicas = goField(struct, 'maxReplicas').map(goInteger).at(-1);
  return {
    minReplicas: last('minReplicas') ?? 0n,
    ...(maxReplicas === undefined ? {} : { maxReplicas }),
    weight: last('weight') ?? 0n,
  };
}

/** The `clusters` of a ReplicaSchedulingPreference that plans the same. */
export function preferencesToJson(clusters: V1Preferences['clusters']): JsonObject {
  // Without an entry v2 shares evenly, where v1 gave nobody anything.
  if (clusters.size === 0) return { '*': { weight: 0 } };
  return Object.fromEntries(
    [...clusters].map(([name, { minReplicas, maxReplicas, weight }]) => [
      name,
      {
        ...(minReplicas === 0n ? {} : { minReplicas: toJson(minReplicas) }),
        ...(maxReplicas === undefined ? {} : { maxReplicas: toJson(maxReplicas) }),
        weight: toJson(weight),
      },
    ]),
  );
}

function toJson(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}
