import type { ClusterResult } from '../../apply/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonObject, stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { type FleetObservations, observedOn } from '../../reconcile/fleet-observations.ts';
import type { SeenWorkload } from '../../render/index.ts';
import { OBSERVATIONS_FOLDER, observationsStatusPath } from '../../report/status-path.ts';

/** What a daemon sees in a cluster of its own, for the one that decides. */
export interface SeenText {
  readonly isReady?: boolean;
  /** By `workloadKey`. */
  readonly workloads?: ReadonlyMap<string, SeenWorkload>;
}

/** How the last pass over a cluster ended. */
export interface PassText {
  readonly commit: string;
  readonly state: ClusterResult['state'];
}

/** Stable: the same is the same text. */
export function formatSeen({ isReady, workloads }: SeenText): string {
  return stringifyJson({
    ...(isReady === undefined ? {} : { isReady }),
    ...(workloads === undefined ? {} : { workloads: [...workloads].map(([key, seen]) => [key, { ...seen }]) }),
  });
}

/** `undefined` where it makes no sense. */
export function parseSeen(text: string): SeenText | undefined {
  const value = parseJsonObject(text);
  if (value === undefined) return undefined;
  const { isReady, workloads } = value;
  const read = Array.isArray(workloads) ? workloads.flatMap(readWorkload) : undefined;
  return {
    ...(typeof isReady === 'boolean' ? { isReady } : {}),
    ...(read === undefined ? {} : { workloads: new Map(read) }),
  };
}

const NUMBERS = ['specReplicas', 'readyReplicas', 'runningAndReadyPods', 'unschedulablePods'] as const;

function readWorkload(pair: JsonValue): readonly (readonly [string, SeenWorkload])[] {
  if (!Array.isArray(pair)) return [];
  const [key, value] = pair as readonly JsonValue[];
  if (typeof key !== 'string' || !isJsonObject(value)) return [];
  const numbers = NUMBERS.map((name) => [name, integerIn(value, name)] as const);
  if (numbers.some(([, number]) => number === undefined)) return [];
  // Further fields came from a newer version, and are left to it.
  const isSettled = value['isSettled'] === true;
  return [[key, { ...value, ...Object.fromEntries(numbers), isSettled } as unknown as SeenWorkload]];
}

function integerIn(value: JsonObject, name: string): bigint | undefined {
  const number = value[name];
  if (typeof number === 'bigint') return number;
  return typeof number === 'number' && Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

export function formatPass({ commit, state }: PassText): string {
  return stringifyJson({ commit, state });
}

const STATES: readonly ClusterResult['state'][] = ['Synced', 'Failed', 'NotReady', 'Suspended'];

export function parsePass(text: string): PassText | undefined {
  const { commit, state: said } = parseJsonObject(text) ?? {};
  const state = STATES.find((one) => one === said);
  return typeof commit === 'string' && state !== undefined ? { commit, state } : undefined;
}

/** What replicas are planned from, for all daemons. */
export function formatObserved({ files, tree }: FleetObservations): string {
  return stringifyJson({ tree, files: [...files].map(([path, text]) => [path, text]) });
}

/** @param before what is the same there is taken from it. */
export function parseObserved(text: string, before?: FleetObservations): FleetObservations | undefined {
  const { tree, files } = parseJsonObject(text) ?? {};
  if (typeof tree !== 'string' || !Array.isArray(files)) return undefined;
  const pairs = files.flatMap((pair): readonly (readonly [string, string])[] => {
    const [path, content] = Array.isArray(pair) ? (pair as readonly JsonValue[]) : [];
    const isFile = typeof path === 'string' && path.startsWith(OBSERVATIONS_FOLDER) && typeof content === 'string';
    return isFile ? [[path, content]] : [];
  });
  try {
    const all = new Map(pairs);
    const kept = [...(before?.observations.clusters ?? [])].filter(([cluster]) => {
      const path = observationsStatusPath(cluster);
      return all.has(path) && all.get(path) === before?.files.get(path);
    });
    const keptPaths = new Set(kept.map(([cluster]) => observationsStatusPath(cluster)));
    const files = new Map(pairs.filter(([path]) => !keptPaths.has(path)));
    const { observations } = observedOn({ name: 'home', files, observations: tree });
    return { observations: { clusters: new Map([...observations.clusters, ...kept]) }, files: all, tree };
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    return undefined;
  }
}
