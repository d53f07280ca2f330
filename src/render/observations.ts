import { isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import type { ClusterObservation, Observations, WorkloadObservation } from './types.ts';

/** Nothing was observed: every registered cluster counts as ready and runs nothing yet. */
export const NOTHING_OBSERVED: Observations = { clusters: new Map() };

/** Key of a workload in a {@link ClusterObservation}: kind, namespace and name of the target. */
export function workloadKey(kind: string, namespace: string, name: string): string {
  return `${kind}\n${namespace}\n${name}`;
}

/** Whether a cluster takes part in planning: unless it is observed not to be ready. */
export function isReady(observations: Observations, cluster: string): boolean {
  return observations.clusters.get(cluster)?.ready ?? true;
}

/**
 * Replicas that run in a cluster, and how many it can hold if that is known, from what was observed of the workload there.
 * As KubeFed: where all are ready there is no limit to be seen; else running pods count, and unschedulable ones bound the capacity.
 * Where none shows a limit, one that was found before counts (KubeFed forgets it, and finds it again by moving replicas there).
 *
 * @param demand what is asked for now; a capacity that was found for something else does not count.
 */
export function currentReplicas(
  workload: WorkloadObservation,
  demand?: () => string,
): { readonly current: bigint; readonly capacity?: bigint } {
  const { specReplicas, readyReplicas, runningAndReadyPods } = workload;
  const current = specReplicas === readyReplicas ? readyReplicas : runningAndReadyPods;
  const capacity = shownCapacity(workload) ?? foundCapacity(workload, demand);
  return capacity === undefined ? { current } : { current, capacity };
}

/** The capacity that unschedulable pods show. */
export function shownCapacity({
  specReplicas,
  readyReplicas,
  unschedulablePods,
}: WorkloadObservation): bigint | undefined {
  return specReplicas === readyReplicas || unschedulablePods <= 0n ? undefined : specReplicas - unschedulablePods;
}

function foundCapacity(workload: WorkloadObservation, demand: (() => string) | undefined): bigint | undefined {
  if (workload.capacity === undefined || workload.demand === undefined) return workload.capacity;
  return demand?.() === workload.demand ? workload.capacity : undefined;
}

const LIMITS = { documentNodes: 10_000_000, depth: 20 };

/**
 * Reads the text of an Observations file, YAML or JSON.
 *
 * @throws {GitfedError} `CONFIG` when it is not one document, or as {@link parseObservations}.
 */
export function readObservations(text: string, file: string): Observations {
  const results = readYaml(file, text, LIMITS);
  const [first] = results;
  if (first === undefined || results.length > 1) {
    throw new GitfedError('CONFIG', `${file}: must hold one document of kind Observations, not ${results.length}`);
  }
  if (!first.ok) {
    const { position, reason } = first.error;
    throw new GitfedError('CONFIG', `${file}:${position.line}:${position.column}: ${reason}`);
  }
  return parseObservations(first.document.value, file);
}

/**
 * Reads an object of kind Observations (design: one entry for each observed cluster, `ready: true` and no workloads by default,
 * numbers 0 by default). Unknown fields are ignored, so that a file of a newer version can be read.
 *
 * @param source names the value in errors, for example the file.
 * @throws {GitfedError} `CONFIG` with every problem on a line of its own.
 */
export function parseObservations(value: JsonValue, source = 'observations'): Observations {
  const reader = new Reader();
  const clusters = reader.read(value);
  if (reader.problems.length > 0) {
    throw new GitfedError('CONFIG', reader.problems.map((problem) => `${source}: ${problem}`).join('\n'));
  }
  return { clusters };
}

const INT64_MAX = 2n ** 63n - 1n;

class Reader {
  readonly problems: string[] = [];

  read(value: JsonValue): ReadonlyMap<string, ClusterObservation> {
    if (!isJsonObject(value)) {
      this.problems.push('must be an object of kind Observations');
      return new Map();
    }
    this.#expect(value, 'apiVersion', 'gitfed.io/v1alpha1');
    this.#expect(value, 'kind', 'Observations');
    const clusters = this.#mapping(value, 'clusters', 'clusters');
    return new Map(Object.entries(clusters).map(([name, item]) => [name, this.#cluster(item, `clusters.${name}`)]));
  }

  #expect(object: JsonObject, field: string, text: string): void {
    if (get(object, field) !== text) this.problems.push(`${field} must be ${text}`);
  }

  #cluster(value: JsonValue, path: string): ClusterObservation {
    const object = this.#object(value, path);
    const ready = get(object, 'ready') ?? true;
    if (typeof ready !== 'boolean') this.problems.push(`${path}.ready must be true or false`);
    const list = get(object, 'workloads') ?? [];
    if (!Array.isArray(list)) this.problems.push(`${path}.workloads must be a list`);
    const workloads = new Map<string, WorkloadObservation>();
    for (const [index, item] of (Array.isArray(list) ? list : []).entries()) {
      this.#workload(item, `${path}.workloads[${index}]`, workloads);
    }
    return { ready: ready === true, workloads };
  }

  #workload(value: JsonValue, path: string, workloads: Map<string, WorkloadObservation>): void {
    const object = this.#object(value, path);
    const kind = this.#text(object, 'kind', path);
    const namespace = this.#text(object, 'namespace', path);
    const name = this.#text(object, 'name', path);
    const key = workloadKey(kind, namespace, name);
    if (workloads.has(key)) this.problems.push(`${path} is there twice: ${kind}/${namespace}/${name}`);
    workloads.set(key, {
      specReplicas: this.#integer(object, 'specReplicas', path),
      readyReplicas: this.#integer(object, 'readyReplicas', path),
      runningAndReadyPods: this.#integer(object, 'runningAndReadyPods', path),
      unschedulablePods: this.#integer(object, 'unschedulablePods', path),
      ...(get(object, 'capacity') === undefined ? {} : { capacity: this.#integer(object, 'capacity', path) }),
      ...(get(object, 'demand') === undefined ? {} : { demand: this.#text(object, 'demand', path) }),
    });
  }

  #mapping(object: JsonObject, field: string, path: string): JsonObject {
    return this.#object(get(object, field) ?? {}, path);
  }

  #object(value: JsonValue, path: string): JsonObject {
    if (isJsonObject(value)) return value;
    // `eu-1:` without anything below it.
    if (value !== null) this.problems.push(`${path} must be a mapping`);
    return {};
  }

  #text(object: JsonObject, field: string, path: string): string {
    const value = get(object, field);
    if (typeof value === 'string' && value !== '') return value;
    this.problems.push(`${path}.${field} must be a text that is not empty`);
    return '';
  }

  #integer(object: JsonObject, field: string, path: string): bigint {
    const value = get(object, field) ?? 0;
    const integer = typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
    if (typeof integer === 'bigint' && integer <= INT64_MAX && integer >= -INT64_MAX - 1n) return integer;
    this.problems.push(`${path}.${field} must be an integer`);
    return 0n;
  }
}

function get(object: JsonObject, field: string): JsonValue | undefined {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}
