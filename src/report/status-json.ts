import type { Configuration } from '../api/index.ts';
import { type JsonObject, stringifyJson } from '../core/index.ts';
import { HEALTH_STATUSES } from '../drift/index.ts';
import type { ClusterState, ClusterView } from './cluster-view.ts';
import type { HeldRevision } from './held-revision.ts';
import { plainJson } from './plain-text.ts';

export interface FleetSummary {
  /** The source commit. */
  readonly commit: string;
  /** Of its message, the first line. */
  readonly subject?: string;
  readonly inventory: string;
  readonly held?: HeldRevision;
  /** Clusters that seem lost, and so many at once that their replicas do not move. */
  readonly suspect?: readonly string[];
  readonly suspend: Configuration['suspend'];
  readonly clusters: readonly ClusterView[];
}

export const CLUSTER_STATES: readonly ClusterState[] = ['Synced', 'Failed', 'NotReady', 'Suspended'];

/** `status.json`: the fleet for programs; see `docs/status-branch.md`. */
export function statusJson({ commit, subject, inventory, held, suspect, suspend, clusters }: FleetSummary): string {
  const document: JsonObject = {
    commit,
    ...(subject === undefined ? {} : { subject }),
    inventory,
    ...(held === undefined ? {} : { held: { ...held, gates: held.gates.map((gate) => ({ ...gate })) } }),
    ...(suspect === undefined ? {} : { suspect: [...suspect] }),
    states: Object.fromEntries(CLUSTER_STATES.map((state) => [state, countState(clusters, state)])),
    ...totals(clusters),
    clusters: Object.fromEntries(clusters.map((view): [string, JsonObject] => [view.name, clusterJson(view)])),
    // Read again when gitfed.yaml is broken: what was suspended stays so.
    suspend: { ...suspend },
  };
  return `${plainJson(stringifyJson(document, 2))}\n`;
}

export function countState(clusters: readonly ClusterView[], wanted: ClusterState): number {
  return clusters.filter(({ state }) => state === wanted).length;
}

export function sum<T>(items: readonly T[], number: (item: T) => number): number {
  return items.reduce((total, item) => total + number(item), 0);
}

function clusterJson(view: ClusterView): JsonObject {
  const { state, kubernetesVersion, region } = view;
  return {
    state,
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(region === undefined ? {} : { region }),
    ...totals([view]),
  };
}

function totals(views: readonly ClusterView[]): JsonObject {
  const health = HEALTH_STATUSES.map((status) => [status, sum(views, (view) => view.health[status])] as const);
  return {
    objects: sum(views, ({ objects }) => objects.size),
    problems: sum(views, ({ problems }) => problems.length),
    health: Object.fromEntries(health),
    drift: {
      corrected: sum(views, ({ driftCounts }) => driftCounts.corrected),
      reported: sum(views, ({ driftCounts }) => driftCounts.reported),
      fought: sum(views, ({ driftCounts }) => driftCounts.fought),
    },
  };
}
