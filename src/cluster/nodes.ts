import { compareText } from '../core/index.ts';
import type { ApiClient } from './client.ts';
import type { ServedResource } from './discovery.ts';
import { isApiError } from './errors.ts';
import { type LiveObject, listObjects } from './lists.ts';

/** Where a member runs, as the status of a KubeFedCluster has it. */
export interface ClusterLocality {
  /** Absent where no node has one. */
  readonly region?: string;
  /** Each once, sorted. */
  readonly zones: readonly string[];
}

/** Every API server has them, in this version only. */
const NODES: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  scope: 'Cluster',
  verbs: new Set(['list']),
};

/** The labels of today first, then those of before Kubernetes 1.17. */
const REGION_LABELS = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'];
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];

/**
 * Reads where a member runs from the labels of its nodes, by their metadata alone.
 *
 * @returns `undefined` where that is not known: nodes may not be listed, or could not be. Nobody's cluster fails for that.
 * @throws {ApiError} only when the pass was stopped.
 */
export async function readLocality(client: ApiClient): Promise<ClusterLocality | undefined> {
  try {
    return localityOf(await listObjects(client, NODES));
  } catch (error) {
    if (isApiError(error) && error.failure === 'Aborted') throw error;
    return undefined;
  }
}

/** The region of the first node that has one, by name, and the zones of all of them. */
export function localityOf(nodes: readonly LiveObject[]): ClusterLocality {
  const byName = nodes.toSorted((a, b) => compareText(a.metadata.name ?? '', b.metadata.name ?? ''));
  const region = byName.flatMap((node) => labelOf(node, REGION_LABELS) ?? [])[0];
  const zones = new Set(byName.flatMap((node) => labelOf(node, ZONE_LABELS) ?? []));
  return { ...(region === undefined ? {} : { region }), zones: [...zones].sort(compareText) };
}

/** The value of the first of these labels that a node has. What is no label value, no API server has accepted: it is not passed on. */
function labelOf({ metadata: { labels = {} } }: LiveObject, names: readonly string[]): string | undefined {
  return names
    .map((name): unknown => (Object.hasOwn(labels, name) ? labels[name] : undefined))
    .find((value): value is string => typeof value === 'string' && /^[A-Za-z0-9][\w.-]{0,62}$/.test(value));
}
