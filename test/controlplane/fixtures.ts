import type { TestContext } from 'vitest';
import { test as base, describe as describeTests } from 'vitest';
import { unavailable } from './binary.ts';
import type { Cluster } from './cluster.ts';
import type { ControlPlane, ControlPlaneOptions, Tuple } from './control-plane.ts';
import { neededComponents, startControlPlane } from './control-plane.ts';

export type { AuditEvent } from './audit.ts';
export { auditEvents } from './audit.ts';
export { ensureControlPlaneBinary } from './binary.ts';
export type { ClusterResponse, ClusterUser, RequestOptions } from './cluster.ts';
export { Cluster } from './cluster.ts';
export type { ControlPlane, ControlPlaneOptions, Tuple } from './control-plane.ts';
export { freshNamespace, startControlPlane } from './control-plane.ts';
export type { NodeOptions } from './nodes.ts';
export { addNode, resizeNode } from './nodes.ts';
export type { PollOptions } from './poll.ts';
export { poll } from './poll.ts';
export type { NodePod, PodStage, SimulatedKubelet } from './simulated-kubelet.ts';
export { simulateKubelet } from './simulated-kubelet.ts';

/** What a file can change about its shared clusters; there are always three. */
export type SharedClusterOptions = Omit<ControlPlaneOptions, 'clusters'>;

/** Starts clusters of a test's own, for tests that would disturb others on the shared ones. */
export type FreshClusters = <const N extends number>(
  count: N,
  options?: SharedClusterOptions,
) => Promise<Tuple<Cluster, N>>;

/** The global setup has built it, so that this is a look into the cache. */
const noControlPlane = await unavailable([]);

/** Vitest's describe, skipped as a whole (hooks too) where no control plane can be had. */
export const describe = describeTests.skipIf(noControlPlane !== undefined);

/**
 * Vitest's test with clusters.
 *
 * - `clusters` are three clusters with audit logs which the tests of a file share, and which start when the first test
 *   asks for them. They are available in `test.beforeAll` as well.
 * - `freshClusters(n, options)` starts clusters for one test and ends them after it.
 * - `test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true })` at the top of a file says
 *   what the shared clusters come with.
 */
export const test = base
  .extend('sharedClusterOptions', { scope: 'file' }, (): SharedClusterOptions => ({}))
  .extend('skipWhenUnavailable', { auto: true }, async ({ skip, sharedClusterOptions }) => {
    skipFor(await unavailable(neededComponents(sharedClusterOptions)), skip);
  })
  .extend('clusters', { scope: 'file' }, async ({ sharedClusterOptions }, { onCleanup }) => {
    const controlPlane = await startControlPlane({ audit: true, ...sharedClusterOptions, clusters: 3 });
    onCleanup(() => controlPlane.stop());
    return controlPlane.clusters;
  })
  .extend('freshClusters', async ({ skip }, { onCleanup }): Promise<FreshClusters> => {
    const started: Pick<ControlPlane, 'stop'>[] = [];
    onCleanup(async () => {
      await Promise.all(started.map((controlPlane) => controlPlane.stop()));
    });
    return async (count, options = {}) => {
      skipFor(await unavailable(neededComponents(options)), skip);
      const controlPlane = await startControlPlane({ audit: true, ...options, clusters: count });
      started.push(controlPlane);
      return controlPlane.clusters;
    };
  });

function skipFor(reason: string | undefined, skip: TestContext['skip']): void {
  if (reason !== undefined) {
    skip(reason);
  }
}
