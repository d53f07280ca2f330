import type { Model } from '../api/index.ts';
import { type ObjectId, objectIdKey } from '../core/index.ts';
import type { Repository } from '../git/index.ts';
import type { Rendering } from '../render/types.ts';
import type { Allowance } from '../report/allowance.ts';
import { compareRenderings, newerModel } from '../report/change-set.ts';
import {
  checkGates,
  failedGates,
  type GatedChange,
  type GatedState,
  type GateReport,
  isOverLimit,
  withAllowances,
} from '../report/gates.ts';
import { readAllowances } from './allowances.ts';

/** Two commits of a repository, what they render to, and what is different. */
export interface ComparedCommits extends Omit<GatedChange, 'allowances'> {
  readonly repository: Repository;
  readonly after: GatedState & { readonly model: Pick<Model, 'holds'> };
  /** `undefined`, or one that is not known here: only `head` itself may allow anything. */
  readonly base: string | undefined;
  readonly head: string;
}

/**
 * Holds a change against the gates, with the trailers `Gitfed-Allow` of its commits. They are looked for only where a gate stops it.
 *
 * @param given what else is allowed, as by an option.
 */
export async function checkCommits(
  { repository, base, head, ...compared }: ComparedCommits,
  given: readonly Allowance[] = [],
): Promise<GateReport> {
  const report = checkWithHeld(compared, given);
  if (failedGates(report).length === 0) return report;
  return withAllowances(report, await readAllowances(repository, base, head));
}

type Compared = Pick<ComparedCommits, 'before' | 'after' | 'changes'>;

/**
 * What is in error is not deleted, and while something cannot be read nothing is. What is missing counts all the same: the next commit is
 * compared with this one, and would delete it without a gate. Deletions of one cluster are guarded there, by what it really has.
 */
function checkWithHeld({ before, after, changes }: Compared, allowances: readonly Allowance[]): GateReport {
  const report = checkGates({ before, after, changes, allowances });
  if (!report.results.some(({ gate }) => gate !== 'maxDeletions')) return report;
  const rendering = withoutErrors(after);
  if (after.model.holds.length === 0 && rendering === after.rendering) return report;
  const all = compareRenderings(before.rendering, rendering, newerModel(before.model, { ...after.model, holds: [] }));
  const { results } = checkGates({ before, after, changes: all, allowances });
  const strict = new Map(results.filter(isOverLimit).map((result) => [result.gate, result]));
  return {
    ...report,
    results: report.results.map((result) => {
      const over = result.gate === 'maxDeletions' || isOverLimit(result) ? undefined : strict.get(result.gate);
      if (over === undefined) return result;
      return { ...over, message: `${over.message} What is missing because of an error counts as deleted.` };
    }),
  };
}

/** A rendering in which nothing is held back but what nobody wants to be propagated for now. The same one where there is nothing else. */
function withoutErrors({ model, rendering }: GatedState): Rendering {
  if (rendering.clusters.every(({ held }) => held.length === 0)) return rendering;
  const disabled = model.objects.filter(({ type }) => type.propagation === 'Disabled');
  const meant = new Set(disabled.map(({ target }) => objectIdKey(target)));
  const isMeant = (id: ObjectId): boolean => meant.has(objectIdKey(id));
  if (rendering.clusters.every(({ held }) => held.every(isMeant))) return rendering;
  const clusters = rendering.clusters.map((cluster) => ({ ...cluster, held: cluster.held.filter(isMeant) }));
  return { ...rendering, clusters };
}
