import path from 'node:path';
import type { Finding } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { checkCommits } from '../reconcile/commit-gates.ts';
import { readComparison } from '../reconcile/comparison.ts';
import type { RepositoryMemo } from '../reconcile/repository-memo.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { type ChangeNote, notesOf } from '../report/change-note.ts';
import { type ChangeSet, compareRenderings, newerModel } from '../report/change-set.ts';
import { hasErrors } from '../report/findings.ts';
import type { GateReport } from '../report/gates.ts';
import { liveChanges } from '../report/live-changes.ts';
import { selectClustersOfBoth } from '../report/select-clusters.ts';
import type { Io } from './io.ts';
import { memberAccess } from './options.ts';
import { createPhaseProgress } from './phase-progress.ts';
import { createSyncProgress } from './sync-progress.ts';

/** What `gitfed diff` found: a value, to be printed in one form or another. */
export interface DiffReport {
  readonly from: string;
  readonly to: string;
  readonly changes: ChangeSet;
  readonly findings: readonly Finding[];
  /** Of the older side. */
  readonly baseFindings: readonly Finding[];
  readonly notes: readonly ChangeNote[];
  /** Of all clusters, also where some are chosen. Absent with `--live`: a gate compares commits. */
  readonly gates?: GateReport;
  /** With `--live`: members that were not compared, and why. */
  readonly unknown?: readonly UnknownCluster[];
  /** Nothing is in error, and every member was reached. */
  readonly ok: boolean;
}

export interface UnknownCluster {
  readonly cluster: string;
  readonly message: string;
}

export type DiffRequest = Parameters<typeof memberAccess>[0] & {
  /** Default: the current folder. */
  readonly path: string | undefined;
  readonly ref: string | undefined;
  readonly against: string | undefined;
  readonly live: boolean;
};

/**
 * Compares two states of a repository, or one with the members.
 *
 * @param memo of the repository, where it is looked at again and again.
 * @throws {GitfedError} where there is nothing to compare.
 */
export async function gatherDiff(request: DiffRequest, io: Io, memo?: RepositoryMemo): Promise<DiffReport> {
  if (!request.live) return await compareStates(request, io, memo);
  if (request.against === undefined) return await compareMembers(request, io);
  throw new GitfedError('USAGE', '--live compares with the members and --against with a commit: use one of them');
}

async function compareStates(
  { path: name, ref, against, cluster: clusters }: DiffRequest,
  io: Io,
  memo: RepositoryMemo | undefined,
): Promise<DiffReport> {
  const progress = createPhaseProgress(io.stderr);
  try {
    const folder = path.resolve(io.cwd, name ?? '.');
    const comparison = await readComparison({ folder, ref, against, onPhase: progress.begin, memo });
    progress.begin('comparing');
    const { from, to, before, after } = comparison;
    const { findings } = after.rendering;
    const [old, fresh] =
      clusters === undefined
        ? [before.rendering, after.rendering]
        : selectClustersOfBoth(before.rendering, after.rendering, clusters);
    const model = newerModel(before.model, after.model);
    const changes = compareRenderings(old, fresh, model, comparison);
    const whole =
      clusters === undefined ? changes : compareRenderings(before.rendering, after.rendering, model, comparison);
    const gates = await checkCommits({ ...comparison, changes: whole });
    return {
      from,
      to,
      changes,
      findings,
      baseFindings: before.rendering.findings,
      notes: notesOf(comparison),
      gates,
      ok: !hasErrors(findings),
    };
  } finally {
    progress.clear();
  }
}

async function compareMembers({ path: name, ref, ...request }: DiffRequest, io: Io): Promise<DiffReport> {
  // Loaded here: it brings the Kubernetes client, which a difference of two commits does without.
  const { sync } = await import('../reconcile/index.ts');
  const progress = createSyncProgress(io.stderr);
  try {
    const result = await sync({
      ...memberAccess(request),
      source: path.resolve(io.cwd, name ?? '.'),
      mode: 'inspect',
      signal: io.interruption(),
      onEvent: progress.show,
      ...(ref === undefined ? { workingTree: true } : { ref }),
    });
    const unknown = unknownClusters(result);
    return {
      from: 'live',
      to: ref === undefined ? 'the working tree' : `${ref} (${result.commit.slice(0, 12)})`,
      changes: liveChanges(result),
      findings: result.findings,
      // The members have the findings of no commit: none is new.
      baseFindings: result.findings,
      notes: unknown.map(({ cluster, message }) => ({ subject: cluster, text: 'is not compared:', detail: message })),
      unknown,
      ok: result.ok,
    };
  } finally {
    progress.clear();
  }
}

function unknownClusters({ clusters }: SyncResult): readonly UnknownCluster[] {
  return clusters.flatMap(({ cluster, message }) => (message === undefined ? [] : [{ cluster, message }]));
}
