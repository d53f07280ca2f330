import type { ClusterResult } from '../../src/apply/index.ts';
import { EMPTY_TREE, openRepository, type TrackedBranch, trackBranch } from '../../src/git/index.ts';
import { observedAs } from '../../src/reconcile/fleet-observations.ts';
import type { StatusSource } from '../../src/reconcile/status-source.ts';
import { type StatusEvent, StatusWriter, type StatusWriterOptions } from '../../src/reconcile/status-writer.ts';
import type { ClusterObservation } from '../../src/render/index.ts';
import { TestRepository } from './git-repository.ts';
import { ManualClock } from './manual-clock.ts';

/** The result of a cluster, told from others by a number. */
export function resultOf(cluster: string, number: number): ClusterResult {
  return { cluster, state: 'Synced', kubernetesVersion: `v${number}`, objects: [] };
}

/** A small model of the status: a file for each cluster, and one that is computed of all of them. */
export function syntheticSource(commit: string, order: Partial<StatusSource> = {}): StatusSource {
  return {
    commit,
    clusters: 2,
    compute: (previous, results) => {
      const truth = new Map([...previous].filter(([path]) => path.startsWith('objects/')));
      for (const { cluster, kubernetesVersion = '' } of results) {
        truth.set(`objects/${cluster}.yaml`, `version: ${kubernetesVersion}\n`);
      }
      return new Map([...truth, ['status.json', computedOf(commit, truth)]]);
    },
    ...order,
  };
}

/** The same of somebody who plans from what was observed: whether clusters are ready. */
export function observedSource(commit: string, ready: Readonly<Record<string, boolean>>): StatusSource {
  const clusters = Object.entries(ready).map(([name, isReady]): [string, ClusterObservation] => {
    return [name, { ready: isReady, workloads: new Map() }];
  });
  const nothing = { observations: { clusters: new Map() }, files: new Map(), tree: EMPTY_TREE };
  const observed = observedAs({ clusters: new Map(clusters) }, nothing);
  const base = syntheticSource(commit, { observed });
  return { ...base, compute: (...given) => new Map([...base.compute(...given), ...observed.files]) };
}

/** The computed file that belongs to some files of clusters. */
export function computedOf(commit: string, truth: ReadonlyMap<string, string>): string {
  return `${JSON.stringify({ commit, clusters: Object.fromEntries([...truth].sort()) })}\n`;
}

/** The files of a branch, by path. */
export function filesOn(repository: TestRepository, ref: string): ReadonlyMap<string, string> {
  const names = repository.git('ls-tree', '-r', '--name-only', ref).split('\n');
  return new Map(names.map((name) => [name, `${repository.git('show', `${ref}:${name}`)}\n`]));
}

/** A repository with one commit, and where its status goes: a bare one. */
export async function statusSetup(
  home?: TestRepository,
): Promise<{ readonly source: TestRepository; readonly commit: string; readonly branch: TrackedBranch }> {
  const source = new TestRepository();
  const commit = source.commit('first');
  const repository = await openRepository(source.folder);
  const branch = trackBranch(repository, 'gitfed/status', home && { url: `file://${home.folder}` });
  return { source, commit, branch };
}

/** A writer whose time stands still, and what it tells. */
export function writerOn(
  branch: TrackedBranch,
  options: Partial<StatusWriterOptions> = {},
): { readonly writer: StatusWriter; readonly clock: ManualClock; readonly events: StatusEvent[] } {
  const clock = new ManualClock();
  const events: StatusEvent[] = [];
  const push = branch.remote !== undefined;
  const writer = new StatusWriter({
    branch,
    clock,
    push,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { writer, clock, events };
}
