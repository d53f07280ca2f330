import type { Repository } from '../git/index.ts';
import type { Allowance } from '../report/allowance.ts';
import { checkGates, failedGates, type GatedChange, type GateReport, withAllowances } from '../report/gates.ts';
import { readAllowances } from './allowances.ts';

/** Two commits of a repository, what they render to, and what is different. */
export interface ComparedCommits extends Omit<GatedChange, 'allowances'> {
  readonly repository: Repository;
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
  { repository, base, head, before, after, changes }: ComparedCommits,
  given: readonly Allowance[] = [],
): Promise<GateReport> {
  const report = checkGates({ before, after, changes, allowances: given });
  if (failedGates(report).length === 0) return report;
  return withAllowances(report, await readAllowances(repository, base, head));
}
