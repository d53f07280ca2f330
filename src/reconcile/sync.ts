import type { ClusterResult } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import { statusTree } from '../report/status-tree.ts';
import type { Connections } from './connections.ts';
import { begin, credentialSources, type Pass, readPass } from './read-pass.ts';
import type { runClusters } from './run-clusters.ts';
import { openSource, type Source } from './source.ts';
import { writeStatusBranch } from './status-branch.ts';
import type { SyncOptions, SyncResult } from './types.ts';

/**
 * One pass over one commit: reads it, renders it, brings every member to it, and commits what happened to the status branch.
 *
 * Each member is a lane of its own; what goes wrong in one is its result.
 *
 * @throws {GitfedError} `USAGE`, `GIT` or `CONFIG` when there is nothing to run on.
 */
export async function sync(options: SyncOptions): Promise<SyncResult> {
  const source = await openSource(options);
  try {
    return await syncSource(source, options);
  } finally {
    await source.close();
  }
}

/** What talks to members. */
interface Members {
  readonly connections: Connections;
  readonly runClusters: typeof runClusters;
}

/** Loaded while git reads the files: it takes as long. */
async function loadMembers(options: SyncOptions): Promise<Members> {
  const { createConnections, runClusters } = await import('./run-clusters.ts');
  return { connections: createConnections(options), runClusters };
}

async function syncSource(source: Source, options: SyncOptions): Promise<SyncResult> {
  let loading: Promise<Members> | undefined;
  const members = (): Promise<Members> => {
    loading ??= begin(() => loadMembers(options));
    return loading;
  };
  const withConnections = (use: (connections: Connections) => void): Promise<void> =>
    members().then(
      ({ connections }) => use(connections),
      () => undefined,
    );
  try {
    const pass = await readPass(source, options, {
      onReading: members,
      onModel: (model) => {
        const sources = credentialSources({ options, model });
        void withConnections((connections) => connections.begin(model, sources, options.clusters));
      },
    });
    // All is read: its process ends while the members work.
    void source.objects.close();
    const { connections, runClusters } = await members();
    return await report(pass, await runClusters(pass, connections));
  } finally {
    void withConnections((connections) => connections.close());
  }
}

async function report(pass: Pass, clusters: readonly ClusterResult[]): Promise<SyncResult> {
  const { options, commit, identity, branch } = pass;
  const mode = options.mode ?? 'apply';
  const status = mode === 'apply' ? await commitStatus(pass, clusters) : { branch: branch.name };
  const hasErrors = pass.rendering.findings.some(({ severity }) => severity === 'error');
  const areInOrder = clusters.every(({ state }) => state === 'Synced' || state === 'Suspended');
  return {
    mode,
    commit,
    inventory: identity.name,
    clusters,
    findings: pass.rendering.findings,
    status,
    ok: !hasErrors && areInOrder && status.problem === undefined,
  };
}

async function commitStatus(pass: Pass, results: readonly ClusterResult[]): Promise<SyncResult['status']> {
  const { repository, options, commit, model, rendering, identity, branch, time } = pass;
  const { mode, repository: elsewhere } = model.configuration.status;
  if (mode === 'off') return { branch: branch.name };
  if (elsewhere !== undefined) {
    return {
      branch: branch.name,
      problem: 'status.repository in gitfed.yaml is not supported yet: no status was written.',
    };
  }
  const now = time.toISOString().replace(/\.\d+Z$/, 'Z');
  try {
    return await writeStatusBranch({
      repository,
      branch,
      compute: (previous) => statusTree({ model, rendering, commit, inventory: identity.name, results, now, previous }),
      subject: subjectOf(commit, results),
      commit,
      time,
      author: options.author,
      push: mode === 'push' && (repository.remote !== undefined || options.push === true),
    });
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    return { branch: branch.name, problem: error.message };
  }
}

/** For people who read the log of the branch. */
function subjectOf(commit: string, results: readonly ClusterResult[]): string {
  const counts = Map.groupBy(results, ({ state }) => state);
  const words = { Synced: 'in order', Failed: 'with problems', NotReady: 'not ready', Suspended: 'suspended' } as const;
  const parts = (Object.keys(words) as (keyof typeof words)[]).flatMap((state) => {
    const number = counts.get(state)?.length ?? 0;
    return number === 0 ? [] : [`${number} ${words[state]}`];
  });
  return `${commit.slice(0, 10)}: ${results.length === 0 ? 'no cluster' : `${results.length === 1 ? 'cluster' : 'clusters'} ${parts.join(', ')}`}`;
}
