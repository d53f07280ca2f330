import type { ClusterResult } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import type { HeldRevision } from '../report/held-revision.ts';
import type { Connections } from './connections.ts';
import {
  checkPassGates,
  heldRevision,
  holdingGates,
  lastApplied,
  type PassGates,
  rememberApplied,
} from './pass-gates.ts';
import { begin, credentialSources, type Pass, readPass } from './read-pass.ts';
import { RepositoryMemo } from './repository-memo.ts';
import type { runClusters } from './run-clusters.ts';
import { openSource, type Source } from './source.ts';
import { writeStatusOnce } from './status-once.ts';
import { findLocalStatusBranch, findStatusBranch } from './status-place.ts';
import { statusSource } from './status-source.ts';
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

/** A commit that was read, and what came of its members. */
export interface FinishedPass {
  readonly pass: Pass;
  /** Sorted by cluster name. */
  readonly clusters: readonly ClusterResult[];
  readonly gates?: PassGates;
  /** A gate held it back: nothing was asked of the members. */
  readonly isHeld: boolean;
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
  return await report(await runPass(source, options));
}

/** One pass without its report. */
export async function runPass(source: Source, options: SyncOptions): Promise<FinishedPass> {
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
  const ended: ClusterResult[] = [];
  // What the last applied commit has in common with this one is read and rendered once.
  const memo = new RepositoryMemo();
  let pass: Pass | undefined;
  try {
    pass = await readPass(source, withEnded(options, ended), {
      memo,
      onReading: members,
      onModel: (model) => {
        const sources = credentialSources({ options, model });
        void withConnections((connections) => connections.begin(model, sources, options.clusters));
      },
    });
    const gates = await checkGatesOf(source, pass, memo);
    // All is read: its process ends while the members work.
    void source.objects.close();
    const finished = { pass, ...(gates === undefined ? {} : { gates }) };
    // A dry run writes nothing that a gate would have to hold.
    const isHeld = gates !== undefined && holdingGates(gates.report).length > 0 && options.mode !== 'dryRun';
    if (isHeld) return { ...finished, clusters: [], isHeld };
    const { connections, runClusters } = await members();
    return { ...finished, clusters: await runClusters(pass, connections), isHeld };
  } catch (error) {
    // What ended before is known, and told.
    if (pass !== undefined && options.signal?.aborted === true) await reportEnded(pass, ended);
    throw error;
  } finally {
    void withConnections((connections) => connections.close());
  }
}

/** Only what writes to members has to pass a gate. */
async function checkGatesOf(source: Source, pass: Pass, memo: RepositoryMemo): Promise<PassGates | undefined> {
  const { verify: _, ...options } = pass.options;
  if ((options.mode ?? 'apply') === 'inspect') return undefined;
  // Whose word it was is not asked again of a commit that is applied.
  const readLast = (commit: string): Promise<Pass> =>
    readPass(source, options, { commit, memo, readStatus: async () => pass.branch });
  const { allow } = options;
  return await checkPassGates({
    pass,
    last: await lastApplied(pass),
    readLast,
    ...(allow === undefined ? {} : { allow }),
  });
}

/** Keeps the results of the clusters that have ended. */
function withEnded(options: SyncOptions, ended: ClusterResult[]): SyncOptions {
  return {
    ...options,
    onEvent: (event) => {
      if (event.type === 'clusterFinished') ended.push(event.result);
      options.onEvent?.(event);
    },
  };
}

async function reportEnded(pass: Pass, ended: readonly ClusterResult[]): Promise<void> {
  if (ended.length > 0 && (pass.options.mode ?? 'apply') === 'apply') await commitStatus(pass, ended);
}

async function report({ pass, clusters, gates, isHeld }: FinishedPass): Promise<SyncResult> {
  const { options, commit, identity, branch } = pass;
  const mode = options.mode ?? 'apply';
  const held = isHeld ? gates : undefined;
  if (mode === 'apply' && !isHeld) await rememberApplied(pass);
  const status =
    mode !== 'apply'
      ? { branch: branch.name }
      : await (held === undefined ? commitStatus(pass, clusters) : commitHeld(pass, held));
  const hasErrors = pass.rendering.findings.some(({ severity }) => severity === 'error');
  const areInOrder = clusters.every(({ state }) => state === 'Synced' || state === 'Suspended');
  const hasPassed = gates === undefined || holdingGates(gates.report).length === 0;
  return {
    mode,
    commit,
    inventory: identity.name,
    clusters,
    findings: pass.rendering.findings,
    ...(gates === undefined ? {} : { gates: gates.report }),
    ...(held === undefined ? {} : { held: { applied: held.before.commit } }),
    status,
    ok: !hasErrors && areInOrder && hasPassed && status.problem === undefined,
  };
}

/** The branch goes on telling of the commit that was applied last, and says which one waits, and why. */
function commitHeld(pass: Pass, { before, report: gates }: PassGates): Promise<SyncResult['status']> {
  const held = heldRevision(pass, gates);
  return commitStatus({ ...before, options: pass.options, branch: pass.branch, time: pass.time }, [], held);
}

/** What became of a status: the branch that it is on, and why it is not where it should be. */
async function commitStatus(
  pass: Pass,
  results: readonly ClusterResult[],
  held?: HeldRevision,
): Promise<SyncResult['status']> {
  const { repository, options, model, branch } = pass;
  const { mode, repository: elsewhere } = model.configuration.status;
  if (mode === 'off') return { branch: branch.name };
  const push = mode === 'push' && (repository.remote !== undefined || elsewhere !== undefined || options.push === true);
  try {
    const place = { name: branch.name, elsewhere };
    const report = await writeStatusOnce({
      branch:
        push || elsewhere !== undefined
          ? await findStatusBranch(repository, place)
          : await findLocalStatusBranch(repository, branch.name),
      known: branch,
      source: statusSource(pass, {
        ...(branch.source === undefined ? {} : { replaces: branch.source }),
        ...(held === undefined ? {} : { held }),
      }),
      results,
      time: pass.time,
      push,
      isStopping: options.signal?.aborted === true,
      ...(options.author === undefined ? {} : { author: options.author }),
    });
    return { branch: branch.name, ...report };
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    return { branch: branch.name, problem: error.message };
  }
}
