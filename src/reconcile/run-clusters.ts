import { type CountAndPercent, type KubeFedCluster, suspendedBy } from '../api/index.ts';
import type { ClusterResult, SyncEvent } from '../apply/index.ts';
import { groupKindText } from '../apply/inventory.ts';
import { type ClusterHealth, checkCredentialSources, FleetMemory } from '../cluster/index.ts';
import { isReady, workloadKey } from '../render/index.ts';
import { recordedLocalityVersion, recordedObjects } from '../report/status-tree.ts';
import { isAllowedByOption, isAllowedSince } from './allowances.ts';
import { type ConnectionSource, Connections } from './connections.ts';
import { heldObjects } from './held-objects.ts';
import { clientOptions } from './open-client.ts';
import { plannedWorkloads } from './planned-workloads.ts';
import { chooseClusters, credentialSources, type Pass } from './read-pass.ts';
import { type ClusterRun, memoryKey, runCluster } from './run-cluster.ts';
import { configurationAt } from './status-configuration.ts';
import type { StatusFiles } from './status-files.ts';
import type { SyncOptions } from './types.ts';

/** None is begun. */
export function createConnections(options: SyncOptions): Connections {
  return new Connections(clientOptions(options));
}

/** What runs of one pass have in common. */
export interface FleetRun {
  readonly memory: FleetMemory;
  readonly onEvent: (event: SyncEvent) => void;
  /** The files of the status branch as they are now. Default: as they were read. */
  readonly statusFiles?: () => StatusFiles;
  /** What is said of a cluster after it was asked how it is. Default: KubeFed's thresholds, over what `memory` holds. */
  readonly judge?: (probed: ClusterHealth) => ClusterHealth;
  readonly signal?: AbortSignal;
}

/** In the order of their names. */
export async function runClusters(pass: Pass, connections: Connections): Promise<readonly ClusterResult[]> {
  const { options, model } = pass;
  const chosen = chooseClusters(model.clusters, options.clusters);
  await checkCredentialSources(credentialSources(pass));
  const createRun = clusterRuns(pass, {
    memory: options.memory ?? new FleetMemory(),
    onEvent: options.onEvent ?? (() => undefined),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  // Every lane ends before the first failure is told: none is left running behind it.
  const settled = await Promise.allSettled(
    chosen.map((cluster) => runCluster(createRun(cluster, { time: pass.time, connections }))),
  );
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** What the run of one cluster has for itself. */
export interface OwnRun {
  readonly time: Date;
  readonly connections: ConnectionSource;
}

/** What a pass does to each cluster that it knows: what they have in common is made once. */
export function clusterRuns(pass: Pass, fleet: FleetRun): (cluster: KubeFedCluster, own: OwnRun) => ClusterRun {
  const { model, rendering } = pass;
  const { signal, onEvent } = fleet;
  const sources = credentialSources(pass);
  const renderings = new Map(rendering.clusters.map((one) => [one.cluster, one]));
  const statusFiles = fleet.statusFiles ?? (() => pass.branch.files);
  const recorded = rememberedFor(statusFiles, recordedObjects);
  const registered = model.clusters.map((one) => one.name);
  const workloads = plannedWorkloads(model);
  const planned = new Set(workloads.map(({ key }) => key));
  const observedKinds = new Set(workloads.map(groupKindText));
  const prepared = new WeakMap();
  return (cluster, { time, connections }) => {
    const { name } = cluster;
    // It is reached, and the plan was made without it.
    const isOut = !isReady(pass.observed.observations, name);
    return {
      cluster,
      rendering: renderings.get(name) ?? { cluster: name, objects: [], held: [] },
      suspendedBy: suspendedBy(model, name),
      isLocalityWanted: (version) => isLocalityWanted(pass, statusFiles(), { name, version }),
      sources,
      memory: fleet.memory,
      judge: fleet.judge ?? ((probed) => judge(pass, fleet, { cluster, probed, time })),
      connections,
      onEvent,
      lane: {
        ...laneOptions(pass),
        identity: { ...pass.identity, member: { name, others: registered.filter((other) => other !== name) } },
        lease: leaseOptions(pass, name, onEvent),
        now: Math.floor(time.getTime() / 1000),
        prepared,
        observedKinds,
        isReturning: ({ kind, namespace, name: own }) => isOut && planned.has(workloadKey(kind, namespace, own)),
        isRecordedElsewhere: (id) => recorded().isElsewhere(name, id),
        isRecordedHere: (id) => recorded().isHere(name, id),
        held: heldObjects(model, rendering, name),
        ...(signal === undefined ? {} : { signal }),
      },
    };
  };
}

/** What is made of the files, made anew when they are other ones. */
function rememberedFor<T>(files: () => StatusFiles, make: (files: StatusFiles) => T): () => T {
  let last: { readonly files: StatusFiles; readonly made: T } | undefined;
  return () => {
    const now = files();
    if (last?.files !== now) last = { files: now, made: make(now) };
    return last.made;
  };
}

interface Probe {
  readonly cluster: KubeFedCluster;
  readonly probed: ClusterHealth;
  readonly time: Date;
}

function judge({ model }: Pass, { memory }: FleetRun, { cluster, probed, time }: Probe): ClusterHealth {
  const { clusterHealthCheck } = model.kubeFedConfig;
  return memory.judge(memoryKey(cluster), probed, time.toISOString(), clusterHealthCheck);
}

/** A list of all nodes is too much for every pass; where they are changes seldom. */
function isLocalityWanted(
  { options, model }: Pass,
  files: StatusFiles,
  { name, version }: { readonly name: string; readonly version: string },
): boolean {
  if ((options.mode ?? 'apply') !== 'apply' || model.configuration.status.mode === 'off') return false;
  return recordedLocalityVersion(files, name) !== version;
}

function laneOptions(
  pass: Pass,
): Pick<
  ClusterRun['lane'],
  'model' | 'commit' | 'mode' | 'prune' | 'waitMs' | 'allowDeletions' | 'isAllowedSince' | 'guardBefore'
> {
  const { options, model, commit, repository } = pass;
  const { waitMs, allowDeletions } = options;
  return {
    model,
    commit,
    mode: options.mode ?? 'apply',
    prune: options.prune ?? true,
    isAllowedSince: async (since) =>
      isAllowedByOption(options, 'maxDeletions') || (await isAllowedSince(repository, since, commit)),
    guardBefore: guardsBefore(pass),
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(allowDeletions === undefined ? {} : { allowDeletions }),
  };
}

/**
 * The guard before this commit: that of the commit which the status branch tells of. Where it tells of this one already, the inventory of the
 * member knows an earlier one.
 */
function guardsBefore({ repository, commit, branch }: Pass): ClusterRun['lane']['guardBefore'] {
  const known = new Map<string, Promise<CountAndPercent | undefined>>();
  return async (since) => {
    const last = branch.source === undefined || branch.source === commit ? since : branch.source;
    if (last === undefined || last === commit || !/^[0-9a-f]{40,64}$/.test(last)) return undefined;
    // Most clusters are at the same one: it is read once.
    const reading = known.get(last) ?? configurationAt(repository, last).then((one) => one?.prune.maxDeletions);
    known.set(last, reading);
    return await reading;
  };
}

function leaseOptions({ options }: Pass, cluster: string, onEvent: FleetRun['onEvent']): ClusterRun['lane']['lease'] {
  const { leaseWaitMs: waitMs } = options;
  return {
    onWaiting: (holder) => onEvent({ type: 'waiting', cluster, holder }),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}
