import type { Configuration } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { keepCommit, keptCommit, type Repository } from '../git/index.ts';
import { type Allowance, allowanceFor, type GateName } from '../report/allowance.ts';
import { compareRenderings, newerModel } from '../report/change-set.ts';
import { failedGates, type GateReport } from '../report/gates.ts';
import type { HeldRevision } from '../report/held-revision.ts';
import { readAllowances } from './allowances.ts';
import { checkCommits } from './commit-gates.ts';
import type { Pass } from './read-pass.ts';
import { configurationAt } from './status-configuration.ts';
import { statusBranchName } from './status-place.ts';

/** What the gates say of a pass over another commit than the one that was applied last. */
export interface PassGates {
  /** The commit that was applied last. */
  readonly before: Pass;
  readonly report: GateReport;
}

/** Gates of the whole fleet. `maxDeletions` is not among them: each cluster is guarded by itself, and only its deletions wait. */
const FLEET_GATES = [
  'maxClusters',
  'maxReplicasLost',
  'protected.kinds',
  'protected.namespaces',
  'protected.clusters',
] as const satisfies readonly GateName[];

/** The gates of the whole fleet that a configuration sets. */
function gatesSetBy({ gates }: Configuration): readonly GateName[] {
  const { maxClusters, maxReplicasLost, protected: lists } = gates;
  const isSet = {
    maxClusters: maxClusters !== undefined,
    maxReplicasLost: maxReplicasLost !== undefined,
    'protected.kinds': lists.kinds.length > 0,
    'protected.namespaces': lists.namespaces.length > 0,
    'protected.clusters': lists.clusters.length > 0,
  };
  return FLEET_GATES.filter((gate) => isSet[gate]);
}

/** The commit that was applied last, as the status branch says, or as a clone remembers that has none. */
export async function lastApplied({
  repository,
  branch,
}: Pick<Pass, 'repository' | 'branch'>): Promise<string | undefined> {
  return branch.source ?? (await keptCommit(repository, appliedRef(repository)));
}

/** Remembers a commit as applied, where a gate will ask for it: a status branch may be off, or another one tomorrow. */
export async function rememberApplied({
  repository,
  commit,
  model,
}: Pick<Pass, 'repository' | 'commit' | 'model'>): Promise<void> {
  if (gatesSetBy(model.configuration).length === 0) return;
  // Where nothing can be written, the status branch says so.
  await keepCommit(repository, appliedRef(repository), commit).catch(() => undefined);
}

function appliedRef({ prefix }: Repository): string {
  return `refs/gitfed/applied/${statusBranchName(prefix, undefined)}`;
}

export interface PassGatesRequest {
  readonly pass: Pass;
  /** The commit that was applied last. */
  readonly last: string | undefined;
  /** That commit, where it is at hand. */
  readonly current?: Pass | undefined;
  /** Reads it where it is not. It is asked for only where a gate is set. */
  readonly readLast: (commit: string) => Promise<Pass>;
  /** Gates that are allowed without a commit that says so. */
  readonly allow?: readonly string[];
}

/**
 * Holds what a pass would do against the gates: what the last applied commit renders against what this one does. A first pass has no
 * last one, and goes through.
 *
 * @returns `undefined` where there is nothing to compare, or no gate.
 * @throws {GitfedError} `CONFIG` where a gate is set, and the last applied commit is not there to compare with.
 */
export async function checkPassGates({
  pass,
  last,
  current,
  readLast,
  allow = [],
}: PassGatesRequest): Promise<PassGates | undefined> {
  if (last === undefined || last === pass.commit) return undefined;
  const given = allow.map((gate): Allowance => ({ gate, reason: '' }));
  const former = current?.model.configuration ?? (await configurationAt(pass.repository, last));
  if (former === undefined) return await refuseWithout(last, pass, given);
  if ([former, pass.model.configuration].every((configuration) => gatesSetBy(configuration).length === 0))
    return undefined;
  const before = current ?? (await readLast(last));
  return { before, report: await comparePasses(before, pass, given) };
}

/** The gates that hold a revision back. */
export function holdingGates(report: GateReport): GateReport['results'] {
  const names: readonly GateName[] = FLEET_GATES;
  return failedGates(report).filter(({ gate }) => names.includes(gate));
}

/** What the status branch says of a revision that is held back. */
export function heldRevision({ commit, subject }: Pick<Pass, 'commit' | 'subject'>, report: GateReport): HeldRevision {
  return { commit, subject, gates: holdingGates(report).map(({ gate, message }) => ({ gate, message })) };
}

async function comparePasses(before: Pass, pass: Pass, given: readonly Allowance[]): Promise<GateReport> {
  const changes = compareRenderings(before.rendering, pass.rendering, newerModel(before.model, pass.model));
  const commits = { repository: pass.repository, base: before.commit, head: pass.commit };
  const report = await checkCommits({ ...commits, before, after: pass, changes }, given);
  return { ...report, results: report.results.filter(({ gate }) => gate !== 'maxDeletions') };
}

/** Without the last applied commit, a gate passes only on somebody's word. */
async function refuseWithout(last: string, pass: Pass, given: readonly Allowance[]): Promise<undefined> {
  const set = gatesSetBy(pass.model.configuration);
  if (set.length === 0) return undefined;
  const allowances = [...given, ...(await readAllowances(pass.repository, undefined, pass.commit))];
  const closed = set.filter((gate) => allowanceFor(gate, allowances) === undefined);
  if (closed.length === 0) return undefined;
  throw new GitfedError(
    'CONFIG',
    `The commit that was applied last, ${last.slice(0, 12)}, is not in this repository, so that nobody can say whether ${pass.commit.slice(0, 12)} passes the gates ${closed.join(', ')} of gitfed.yaml. Nothing was applied. Fetch the whole history (git fetch --unshallow), or allow them: end the message of that commit with a paragraph "Gitfed-Allow: ${closed.join(', ')} REASON".`,
  );
}
