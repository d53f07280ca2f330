import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Cluster } from '../controlplane/fixtures.ts';

interface Scalable {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly replicas: number };
}

/** Every number of replicas that a workload was given, one after the other. */
export interface RecordedReplicas {
  readonly of: (cluster: Cluster) => readonly number[];
}

/**
 * Records the replicas of one workload in some clusters until the end of the test, from watches: the API server tells every write, however
 * quick the next one was.
 *
 * @param collection with the group and the namespace, for example `/apis/apps/v1/namespaces/shop/deployments`.
 */
export function recordReplicas(clusters: readonly Cluster[], collection: string, name: string): RecordedReplicas {
  const control = new AbortController();
  const numbers = new Map(clusters.map((cluster): [Cluster, number[]] => [cluster, []]));
  const recording = clusters.map((cluster) => {
    const target = `${collection}?watch=true&fieldSelector=metadata.name%3D${name}`;
    return record(cluster, target, numbers.get(cluster) ?? [], control.signal);
  });
  onTestFinished(async () => {
    control.abort();
    await Promise.all(recording);
  });
  return { of: (cluster) => numbers.get(cluster) ?? [] };
}

async function record(cluster: Cluster, target: string, numbers: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { type, object } of cluster.watch<Scalable>(target, signal)) {
        if (type !== 'ADDED' && type !== 'MODIFIED') continue;
        const { replicas } = object.spec;
        if (numbers.at(-1) !== replicas) numbers.push(replicas);
      }
    } catch {
      // The API server is away: nothing can be written there either.
    }
    await sleep(50, undefined, { signal }).catch(() => undefined);
  }
}
