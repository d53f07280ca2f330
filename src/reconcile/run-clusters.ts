import type { ClusterResult } from '../apply/index.ts';
import { type ClientOptions, checkCredentialSources, FleetMemory } from '../cluster/index.ts';
import type { ClusterRendering } from '../render/index.ts';
import { recordedLocalityVersion, recordedObjects } from '../report/status-tree.ts';
import { Connections } from './connections.ts';
import { heldObjects } from './held-objects.ts';
import { chooseClusters, credentialSources, type Pass } from './read-pass.ts';
import { runCluster } from './run-cluster.ts';
import { isAllowedSince } from './source.ts';
import type { SyncOptions } from './types.ts';

/** None is begun. */
export function createConnections({ requestTimeoutMs: timeoutMs, signal }: SyncOptions): Connections {
  const client: ClientOptions = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  return new Connections(client);
}

/** In the order of their names. */
export async function runClusters(pass: Pass, connections: Connections): Promise<readonly ClusterResult[]> {
  const { options, model, rendering } = pass;
  const chosen = chooseClusters(model.clusters, options.clusters);
  const sources = credentialSources(pass);
  await checkCredentialSources(sources);
  const renderings = new Map(rendering.clusters.map((one) => [one.cluster, one]));
  const recorded = recordedObjects(pass.branch.files);
  const registered = model.clusters.map((one) => one.name);
  const prepared = new WeakMap();
  const onEvent = options.onEvent ?? (() => undefined);
  const memory = options.memory ?? new FleetMemory();
  const runs = chosen.map((cluster) => {
    const { name } = cluster;
    const own: ClusterRendering = renderings.get(name) ?? { cluster: name, objects: [], held: [] };
    const { suspend } = model.configuration;
    return runCluster({
      cluster,
      rendering: own,
      isSuspended: suspend.all || suspend.clusters.includes(name),
      // A list of all nodes is too much for every pass; where they are changes seldom.
      isLocalityWanted: (version) =>
        (options.mode ?? 'apply') === 'apply' &&
        model.configuration.status.mode !== 'off' &&
        recordedLocalityVersion(pass.branch.files, name) !== version,
      sources,
      memory,
      now: pass.time.toISOString(),
      connections,
      lane: {
        model,
        identity: { ...pass.identity, member: { name, others: registered.filter((other) => other !== name) } },
        commit: pass.commit,
        mode: options.mode ?? 'apply',
        prune: options.prune ?? true,
        now: Math.floor(pass.time.getTime() / 1000),
        lease: {
          onWaiting: (holder) => onEvent({ type: 'waiting', cluster: name, holder }),
          ...(options.leaseWaitMs === undefined ? {} : { waitMs: options.leaseWaitMs }),
        },
        ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
        prepared,
        isAllowedSince: (since) => isAllowedSince(pass.repository, since, pass.commit),
        isRecordedElsewhere: (id) => recorded.isElsewhere(name, id),
        isRecordedHere: (id) => recorded.isHere(name, id),
        held: heldObjects(model, rendering, name),
        ...(options.allowDeletions === undefined ? {} : { allowDeletions: options.allowDeletions }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      onEvent,
    });
  });
  // Every lane ends before the first failure is told: none is left running behind it.
  const settled = await Promise.allSettled(runs);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
