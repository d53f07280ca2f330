import type { Configuration } from '../api/index.ts';
import { keepsClusterReplicas } from '../apply/desired.ts';
import { compareText, isJsonObject, type JsonObject, type ObjectId, objectIdKey } from '../core/index.ts';
import type { ClusterRendering, RenderedObject, Rendering } from '../render/types.ts';
import type { ObjectChange } from './change-set.ts';
import type { GatedChange, GateFinding, MeasuredChange } from './gates.ts';
import { count } from './wording.ts';

/** `gates.maxReplicasLost`: replicas that workloads have fewer in the whole fleet. What moves from one cluster to another is not lost. */
export function judgeReplicas(change: MeasuredChange, { gates }: Configuration): GateFinding | undefined {
  const limit = gates.maxReplicasLost;
  if (limit === undefined) return undefined;
  const losses = change.lost();
  const lost = losses.reduce((sum, one) => sum + one.before - one.after, 0);
  const all = lost > limit.count ? countReplicas(change.before.rendering) : 0;
  const isOver = lost > limit.count && lost * 100 > all * limit.percent;
  const of = all === 0 ? '' : ` of ${all}`;
  const limitText = `${limit.count} and ${limit.percent} %`;
  const who = losses.length === 0 ? '' : ` (${count(losses.length, 'workload')})`;
  return {
    isOver,
    limit: limitText,
    actual: lost,
    message: `The fleet loses ${lost}${of} ${lost === 1 && all === 0 ? 'replica' : 'replicas'}${who}; gates.maxReplicasLost is ${limitText}.`,
    clusters: isOver ? [...new Set(losses.flatMap(({ clusters }) => clusters))].sort(compareText) : [],
    objects: isOver ? losses.map(({ id }) => id) : [],
  };
}

/** A workload that has fewer replicas in the whole fleet. */
export interface LostReplicas {
  readonly id: ObjectId;
  /** In the clusters in which it changes. */
  readonly before: number;
  readonly after: number;
  /** Where it has fewer. */
  readonly clusters: readonly string[];
}

/** Kinds that have one replica where nothing is said. */
const HAVE_ONE = new Set(['Deployment.apps', 'StatefulSet.apps', 'ReplicaSet.apps', 'ReplicationController.']);

/** Workloads with fewer replicas than before. One that was renamed goes on under its new name. */
export function lostReplicas({ changes, before, after }: Omit<GatedChange, 'allowances'>): readonly LostReplicas[] {
  const workloads = changes.objects.filter(mayCountReplicas);
  if (workloads.length === 0) return [];
  const keys = new Keys();
  const wanted = new Set(workloads.map(({ id }) => keys.of(id)));
  const sides = { old: findObjects(before.rendering, wanted, keys), fresh: findObjects(after.rendering, wanted, keys) };
  const totals = new Map<string, { id: ObjectId; before: number; after: number; clusters: Set<string> }>();
  for (const change of workloads) {
    const id = change.renamedFrom ?? change.id;
    const total = totals.get(keys.of(id)) ?? { id, before: 0, after: 0, clusters: new Set() };
    totals.set(keys.of(id), total);
    const key = keys.of(change.id);
    for (const cluster of change.clusters) {
      const [was, is] = replicasIn(
        change,
        sides.old.get(cluster)?.get(key),
        sides.fresh.get(cluster)?.get(key),
        cluster,
      );
      total.before += was;
      total.after += is;
      if (is < was) total.clusters.add(cluster);
    }
  }
  return [...totals.values()]
    .filter((total) => total.after < total.before)
    .map((total) => ({ ...total, clusters: [...total.clusters].sort(compareText) }));
}

/** Of what comes or goes, the manifests tell whether there are any. */
function mayCountReplicas({ type, fields }: ObjectChange): boolean {
  return type !== 'changed' || fields.some(({ path }) => path === '.spec.replicas' || path === '.spec');
}

/** Clusters share the identity of an object: its key is made once. */
class Keys {
  readonly #known = new Map<ObjectId, string>();

  of(id: ObjectId): string {
    const key = this.#known.get(id) ?? objectIdKey(id);
    this.#known.set(id, key);
    return key;
  }
}

function replicasIn(
  { type }: ObjectChange,
  was: RenderedObject | undefined,
  is: RenderedObject | undefined,
  cluster: string,
): readonly [number, number] {
  const before = was === undefined ? 0 : replicasOf(was);
  if (is === undefined) return [before, type === 'deleted' ? 0 : before];
  // What is not said any more, and what the cluster keeps, stays as it is.
  const isKept = was !== undefined && (!saysReplicas(is.manifest) || keepsClusterReplicas(is, cluster));
  return [before, isKept ? before : replicasOf(is)];
}

type ObjectsByCluster = ReadonlyMap<string, ReadonlyMap<string, RenderedObject>>;

/** The objects that are looked for, by cluster. */
function findObjects({ clusters }: Rendering, wanted: ReadonlySet<string>, keys: Keys): ObjectsByCluster {
  return new Map(
    clusters.map(({ cluster, objects }: ClusterRendering) => {
      const found = new Map<string, RenderedObject>();
      for (const object of objects) {
        const key = keys.of(object.id);
        if (wanted.has(key)) found.set(key, object);
      }
      return [cluster, found];
    }),
  );
}

function countReplicas({ clusters }: Rendering): number {
  let sum = 0;
  for (const { objects } of clusters) for (const object of objects) sum += replicasOf(object);
  return sum;
}

function saysReplicas({ spec }: JsonObject): boolean {
  return isJsonObject(spec) && Object.hasOwn(spec, 'replicas');
}

function replicasOf({ id, manifest: { spec } }: RenderedObject): number {
  const said = isJsonObject(spec) ? spec.replicas : undefined;
  if (typeof said === 'number' || typeof said === 'bigint') return Math.max(0, Number(said));
  return HAVE_ONE.has(`${id.kind}.${id.group}`) ? 1 : 0;
}
