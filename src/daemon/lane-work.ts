import { createHash } from 'node:crypto';
import type { KubeFedCluster, Model } from '../api/index.ts';
import type { ClusterResult } from '../apply/index.ts';
import { isSameList, jsonEquals, objectIdKey, stringifyJson } from '../core/index.ts';
import type { Pass } from '../reconcile/read-pass.ts';
import type { ClusterRendering, RenderedObject } from '../render/index.ts';

/** All of a revision that a pass over one cluster depends on. What did not change from one revision to the next is the same value in both. */
export interface LaneWork {
  /** Of what all clusters have in common, a hash: credentials are part of it. Made when it is first asked for. */
  readonly common: () => string;
  readonly cluster: KubeFedCluster;
  readonly rendering: ClusterRendering | undefined;
  /** Whether it takes part in planning: while it does not, what runs there is not deleted. */
  readonly isReady: boolean;
}

type WorkSource = Pick<Pass, 'model' | 'rendering' | 'identity' | 'observed'>;

/** @returns the work of one cluster of the revision. */
export function worksOf({ model, rendering, identity, observed }: WorkSource): (cluster: KubeFedCluster) => LaneWork {
  const renderings = new Map(rendering.clusters.map((one) => [one.cluster, one]));
  let hash: string | undefined;
  const common = (): string => {
    hash ??= createHash('sha256')
      .update(JSON.stringify([identity, commonOf(model)]))
      .digest('base64');
    return hash;
  };
  const { clusters } = observed.observations;
  return (cluster) => ({
    common,
    cluster,
    rendering: renderings.get(cluster.name),
    isReady: clusters.get(cluster.name)?.ready ?? true,
  });
}

function commonOf(model: Model): unknown {
  const { configuration, kubeFedConfig, systemNamespace, types, clusters, objects, holds, heldTargets } = model;
  return [
    configuration,
    kubeFedConfig,
    systemNamespace,
    types,
    clusters.map(({ name }) => name),
    objects.map(({ target }) => objectIdKey(target)),
    holds,
    heldTargets,
    (model.credentials ?? []).map(({ namespace, name, object }) => [namespace, name, stringifyJson(object)]),
    // A configuration that is not valid only tells of drift.
    model.findings.some(({ code }) => code === 'InvalidConfiguration'),
  ];
}

/** Whether another pass would want the very same of the member. Objects in error are told with words of each revision's own. */
export function isSameWork(a: LaneWork, b: LaneWork): boolean {
  if (a.isReady !== b.isReady) return false;
  return isSameRendering(a.rendering, b.rendering) && isSameCluster(a.cluster, b.cluster) && a.common() === b.common();
}

function isSameCluster(a: KubeFedCluster, b: KubeFedCluster): boolean {
  return a === b || stringifyJson(a.object) === stringifyJson(b.object);
}

function isSameRendering(a: ClusterRendering | undefined, b: ClusterRendering | undefined): boolean {
  if (a === undefined || b === undefined || a.held.length + b.held.length > 0) return false;
  return isSameList(a.objects, b.objects) || hasSameObjects(a.objects, b.objects);
}

function hasSameObjects(a: readonly RenderedObject[], b: readonly RenderedObject[]): boolean {
  return a.length === b.length && a.every((one, index) => isSameObject(one, b[index]));
}

function isSameObject(a: RenderedObject, b: RenderedObject | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.federated !== b.federated || a.scheduledReplicas !== b.scheduledReplicas) return false;
  // Another plan renders an object anew wherever it is, also where it stays what it was.
  return a.manifest === b.manifest || jsonEquals(a.manifest, b.manifest);
}

/** Whether a pass found everything in order and had nothing to do: with the same work, it would tell the same once more. */
export function isAtRest({ state, objects }: ClusterResult): boolean {
  const isUntouched = objects.every(({ action, status, drift }) => {
    return (action === 'unchanged' || action === 'skipped') && status !== 'WaitingForRemoval' && drift === undefined;
  });
  return state === 'Synced' && isUntouched;
}
