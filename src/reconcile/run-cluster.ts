import { federatedObjectName, type KubeFedCluster } from '../api/index.ts';
import {
  type ClusterResult,
  type LaneInput,
  type ObjectResult,
  type PropagationStatus,
  runLane,
  type SyncEvent,
} from '../apply/index.ts';
import {
  type ClusterHealth,
  ConfigMalformedError,
  type CredentialSources,
  type Discovery,
  type FleetMemory,
  isApiError,
  readLocality,
} from '../cluster/index.ts';
import type { ClusterRendering } from '../render/index.ts';
import type { Connection, ConnectionSource } from './connections.ts';
import { begin } from './read-pass.ts';

export interface ClusterRun {
  readonly cluster: KubeFedCluster;
  readonly rendering: ClusterRendering;
  /** What suspends the whole cluster, for people; `undefined`: nothing does. */
  readonly suspendedBy: string | undefined;
  /** Whether the report needs to know where the cluster runs, which is of this version of Kubernetes. */
  readonly isLocalityWanted: (kubernetesVersion: string) => boolean;
  readonly sources: CredentialSources;
  readonly connections: ConnectionSource;
  readonly lane: Omit<LaneInput, 'client' | 'discovery' | 'onObject' | 'rendering'>;
  readonly memory: FleetMemory;
  /** What is said of the cluster after it was asked how it is. */
  readonly judge: (probed: ClusterHealth) => ClusterHealth;
  readonly onEvent: (event: SyncEvent) => void;
}

/**
 * One cluster from end to end. Whatever happens is its result: only a usage error (a kubeconfig that cannot be read) and a pass that was
 * stopped end the others.
 */
export async function runCluster(run: ClusterRun): Promise<ClusterResult> {
  const { cluster, rendering, onEvent } = run;
  onEvent({ type: 'clusterStarted', cluster: cluster.name, objects: rendering.objects.length });
  const result = await connectAndRun(run);
  onEvent({ type: 'clusterFinished', cluster: cluster.name, result });
  return result;
}

async function connectAndRun(run: ClusterRun): Promise<ClusterResult> {
  const { cluster, rendering } = run;
  const name = cluster.name;
  if (run.suspendedBy !== undefined) {
    return {
      cluster: name,
      state: 'Suspended',
      objects: allObjects(rendering, 'Suspended', `${run.suspendedBy} suspends its cluster.`),
    };
  }
  let connection: Connection;
  try {
    connection = await run.connections.get(cluster, run.sources);
  } catch (error) {
    if (error instanceof ConfigMalformedError) return notReady(run, 'ConfigMalformed', error.message);
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    return notReady(run, 'Offline', error.message);
  }
  const { client, probed, release } = connection;
  try {
    const health = run.judge(probed);
    if (run.lane.signal?.aborted === true) throw run.lane.signal.reason;
    if (health.state !== 'Ready') return notReady(run, health.state, health.message);
    const { kubernetesVersion } = health;
    const reading = run.isLocalityWanted(kubernetesVersion) ? begin(() => readLocality(client)) : undefined;
    const reached = await runReached(run, connection, kubernetesVersion);
    const locality = reached.health === undefined ? await reading : undefined;
    return { cluster: name, kubernetesVersion, ...(locality === undefined ? {} : { locality }), ...reached };
  } finally {
    release();
  }
}

async function runReached(
  run: ClusterRun,
  { client, objects, memo }: Connection,
  version: string,
): Promise<Omit<ClusterResult, 'cluster'>> {
  const { cluster, rendering, lane, onEvent, memory } = run;
  const { discoveries } = memory;
  const key = memoryKey(cluster);
  const isRemembered = discoveries.has(key, version);
  // Asked for while the lane reads its inventory; whoever waits for it sees its failure.
  let early: Promise<Discovery> | undefined = discoveries.get(client, key, version);
  early.catch(() => undefined);
  const discovery = {
    isRemembered,
    get: () => {
      const first = early;
      early = undefined;
      return first ?? discoveries.get(client, key, version);
    },
    refresh: () => discoveries.refresh(client, key, version),
  };
  const onObject = (result: ObjectResult): void => onEvent({ type: 'object', cluster: cluster.name, result });
  try {
    return await runLane({
      ...lane,
      client,
      discovery,
      rendering,
      onObject,
      ...(objects === undefined ? {} : { objects }),
      ...(memo === undefined ? {} : { memo }),
    });
  } catch (error) {
    if (run.lane.signal?.aborted === true) throw error;
    if (isApiError(error) && (error.failure === 'Timeout' || error.failure === 'Connection')) {
      return notReady(run, 'Offline', error.message);
    }
    // What a hostile or broken server makes of us is its lane's failure, not that of the others.
    const reason = isApiError(error)
      ? error.message
      : `its answers could not be understood (${error instanceof Error ? error.name : 'unknown'})`;
    const objects = allObjects(rendering, 'RetrievalFailed', 'Its cluster could not be read.');
    return { state: 'Failed', message: `Nothing more was done here: ${reason}.`, objects };
  }
}

/** What is remembered of a cluster, is remembered by this. Another endpoint under the same name is another cluster. */
export function memoryKey({ name, apiEndpoint }: KubeFedCluster): string {
  return `${name} ${apiEndpoint}`;
}

export function notReady(
  { cluster, rendering }: Pick<ClusterRun, 'cluster' | 'rendering'>,
  health: NonNullable<ClusterResult['health']>,
  message: string,
): ClusterResult {
  const objects = allObjects(rendering, 'ClusterNotReady', 'Its cluster is not ready.');
  return { cluster: cluster.name, state: 'NotReady', health, message, objects };
}

/** A result for each object that nothing was done to. */
export function allObjects(
  { objects }: ClusterRendering,
  status: PropagationStatus,
  message: string,
): readonly ObjectResult[] {
  return objects.map(({ id, federated, scheduledReplicas }) => ({
    id,
    federated: federatedObjectName(federated),
    action: 'skipped',
    status,
    message,
    ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }),
  }));
}
