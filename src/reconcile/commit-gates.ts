import type { Repository } from '../git/index.ts';
import type { Allowance } from '../report/allowance.ts';
import { checkGates, failedGates, type GatedChange, type GateReport } from '../report/gates.ts';
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
  const change = { before, after, changes, allowances: given };
  const report = checkGates(change);
  if (failedGates(report).length === 0) return report;
  const allowances = [...given, ...(await readAllowances(repository, base, head))];
  return checkGates({ ...change, allowances });
}
