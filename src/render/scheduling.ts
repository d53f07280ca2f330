import {
  type FederatedObject,
  federatedObjectName,
  type KubeFedCluster,
  type Model,
  type ReplicaSchedulingPreference,
  supportsPreference,
} from '../api/index.ts';
import { compareText } from '../core/index.ts';
import type { Remark } from './finding.ts';
import { currentReplicas, isReady, workloadKey } from './observations.ts';
import { isBoundByNamespace, type Selection, selectClusters, selectWithinNamespace } from './placement.ts';
import { withSchedule } from './planned-object.ts';
import type { Scheduler, Schedulers, SchedulingInput } from './scheduler.ts';
import type { Observations } from './types.ts';

/** A federated object as it is to be rendered. */
export interface Scheduled {
  readonly object: FederatedObject;
  /** What a preference scheduled, by cluster in order of their names; absent where none changed anything. */
  readonly replicas?: ReadonlyMap<string, bigint>;
  /** The preference behind `replicas`. */
  readonly preference?: ReplicaSchedulingPreference;
  readonly remarks: readonly Remark[];
}

/** Applies ReplicaSchedulingPreferences to their targets, in memory, as KubeFed writes them into the federated objects. */
export class Scheduling {
  readonly #model: Model;
  readonly #observations: Observations;
  readonly #scheduler: Scheduler | undefined;
  readonly #ready: readonly KubeFedCluster[];
  readonly #preferences: ReadonlyMap<string, ReplicaSchedulingPreference>;

  constructor(model: Model, observations: Observations, schedulers: Schedulers) {
    this.#model = model;
    this.#observations = observations;
    this.#scheduler = schedulers.get(model.configuration.scheduling.scheduler);
    this.#ready = model.clusters.filter(({ name }) => isReady(observations, name));
    const active = model.kubeFedConfig.featureGates.SchedulerPreferences ? model.preferences : [];
    this.#preferences = new Map(
      active.map((preference) => {
        const { targetKind, namespace, name } = preference;
        return [federatedObjectName({ id: { group: '', kind: targetKind, namespace, name } }), preference];
      }),
    );
  }

  /** The object with what its preference schedules, or as it is written. */
  schedule(object: FederatedObject): Scheduled {
    const preference = this.#preferenceFor(object);
    // KubeFed parses the overrides before it writes, and writes nothing where they are in error.
    const isUsable = object.placement.ok && object.overrides.ok;
    if (preference === undefined || !isUsable || this.#ready.length === 0) return { object, remarks: [] };

    const candidates = this.#candidates(object, preference);
    if (!candidates.ok) return { object, remarks: [failed(preference, candidates.reason)] };
    // As KubeFed: an empty intersection leaves everything as it is.
    if (candidates.clusters.length === 0) return { object, remarks: [] };
    if (this.#scheduler === undefined) {
      const { scheduler } = this.#model.configuration.scheduling;
      const reason = `there is no scheduler named ${JSON.stringify(scheduler)}: correct scheduling.scheduler in gitfed.yaml`;
      return { object, remarks: [failed(preference, reason)] };
    }

    const schedule = this.#scheduler.schedule(this.#input(object, preference, candidates.clusters));
    if (!schedule.ok) return { object, remarks: [failed(preference, schedule.reason)] };
    const replicas = new Map([...schedule.replicas].sort(([a], [b]) => compareText(a, b)));
    const overrides = object.overrides.ok ? object.overrides.value : [];
    const planned = withSchedule(object, overrides, replicas);
    return { object: planned, replicas, preference, remarks: lost(preference, replicas) };
  }

  #preferenceFor(object: FederatedObject): ReplicaSchedulingPreference | undefined {
    const preference = this.#preferences.get(federatedObjectName(object));
    return preference !== undefined && supportsPreference(object, this.#model.configuration) ? preference : undefined;
  }

  /** Ready clusters; with `intersectWithClusterSelector` those that the selectors of object and namespace both select. */
  #candidates(object: FederatedObject, { intersectWithClusterSelector }: ReplicaSchedulingPreference): Selection {
    if (!intersectWithClusterSelector) return { ok: true, clusters: this.#ready.map(({ name }) => name) };
    const own = this.#selectBySelector(object);
    if (!isBoundByNamespace(object)) return own;
    const { namespace } = object.id;
    const federatedNamespace = this.#model.namespaces.get(namespace);
    if (federatedNamespace === undefined) {
      return { ok: false, reason: `it intersects with the clusters of namespace ${namespace}, which is not federated` };
    }
    return selectWithinNamespace(own, this.#selectBySelector(federatedNamespace));
  }

  #selectBySelector(object: FederatedObject): Selection {
    const name = federatedObjectName(object);
    if (!object.placement.ok) return { ok: false, reason: `the placement of ${name} is in error` };
    const selection = selectClusters(object.placement.value, this.#ready, { selectorOnly: true });
    return selection.ok ? selection : { ok: false, reason: `${name}: ${selection.reason}` };
  }

  #input(
    object: FederatedObject,
    preference: ReplicaSchedulingPreference,
    clusters: readonly string[],
  ): SchedulingInput {
    const key = workloadKey(object.target.kind, object.target.namespace, object.target.name);
    const current = new Map<string, bigint>();
    const capacities = new Map<string, bigint>();
    for (const cluster of clusters) {
      const workload = this.#observations.clusters.get(cluster)?.workloads.get(key);
      if (workload === undefined) continue;
      const { current: count, capacity } = currentReplicas(workload);
      current.set(cluster, count);
      if (capacity !== undefined) capacities.set(cluster, capacity);
    }
    return { preference, clusters, current, capacity: capacities };
  }
}

/** Replicas that were planned for clusters in which the object does not land, because its namespace does not. */
export function unplaced(
  { preference, replicas = new Map() }: Scheduled,
  placed: readonly string[],
): readonly Remark[] {
  const landing = new Set(placed);
  const missing = [...replicas].filter(([cluster, count]) => count > 0n && !landing.has(cluster));
  if (preference === undefined || missing.length === 0) return [];
  const count = missing.reduce((sum, [, number]) => sum + number, 0n);
  const names = missing.map(([cluster, number]) => `${cluster} (${number})`).join(', ');
  const text = `${replicasText(count)} planned where namespace ${preference.namespace} is not placed and go nowhere: ${names}. Place the namespace there too, or use intersectWithClusterSelector.`;
  return [remark(preference, 'ReplicasUnplaced', ['spec', 'clusters'], text)];
}

function lost(preference: ReplicaSchedulingPreference, replicas: ReadonlyMap<string, bigint>): readonly Remark[] {
  let missing = BigInt(preference.totalReplicas);
  for (const count of replicas.values()) missing -= count;
  if (missing <= 0n || preference.totalReplicas <= 0) return [];
  const text = `${replicasText(missing)} planned nowhere, of ${preference.totalReplicas} in all: no ready cluster takes more. Raise a maxReplicas, give another cluster a weight, or lower totalReplicas.`;
  return [remark(preference, 'ReplicasLost', ['spec', 'totalReplicas'], text)];
}

function replicasText(count: bigint): string {
  return count === 1n ? '1 replica is' : `${count} replicas are`;
}

function failed(preference: ReplicaSchedulingPreference, reason: string): Remark {
  const text = `the preference cannot be worked out: ${reason}. Its target is rendered as it is written.`;
  const path = preference.intersectWithClusterSelector ? ['spec', 'intersectWithClusterSelector'] : ['spec'];
  return remark(preference, 'PreferenceFailed', path, text);
}

function remark(
  { namespace, name, source }: ReplicaSchedulingPreference,
  code: Remark['code'],
  path: Remark['path'],
  text: string,
): Remark {
  return { code, source, path, text, object: `ReplicaSchedulingPreference/${namespace}/${name}` };
}
