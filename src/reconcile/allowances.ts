import { commitsBetween, type Repository, resolveCommit } from '../git/index.ts';
import {
  ALLOW_TRAILER,
  type Allowance,
  allowanceFor,
  confirmsFailover,
  type GateName,
  gatesNamed,
  parseAllowTrailer,
} from '../report/allowance.ts';

/**
 * What commits say with `Gitfed-Allow: GATE reason`, of those that `head` has and `base` has not; the newest commit first.
 *
 * @param base `undefined`, or a commit that is not known here: nothing follows of it, so that only `head` itself counts.
 */
export async function readAllowances(
  repository: Repository,
  base: string | undefined,
  head: string,
): Promise<readonly Allowance[]> {
  const known = base === undefined ? undefined : await resolveCommit(repository, base).catch(() => undefined);
  const commits = await commitsBetween(repository, known, head);
  return commits.flatMap(({ id, author, trailers }) =>
    trailers
      .filter(({ key }) => key.toLowerCase() === ALLOW_TRAILER.toLowerCase())
      .flatMap(({ value }) => {
        const { gates, reason } = parseAllowTrailer(value);
        return gates.map((gate) => ({ gate, reason, commit: { id, author } }));
      }),
  );
}

/** Whether a commit after `since`, up to and including `commit`, allows every deletion. */
export async function isAllowedSince(
  repository: Repository,
  since: string | undefined,
  commit: string,
): Promise<boolean> {
  const from = since !== undefined && /^[0-9a-f]{40,64}$/.test(since) ? since : undefined;
  const allowances = await readAllowances(repository, from, commit);
  return allowanceFor('maxDeletions', allowances) !== undefined;
}

/** Whether a commit after `since`, up to and including `commit`, says that clusters which seem lost really are. */
export async function isFailoverConfirmedSince(
  repository: Repository,
  since: string,
  commit: string,
): Promise<boolean> {
  const allowances = await readAllowances(repository, since, commit);
  return allowances.some(({ gate }) => confirmsFailover(gate));
}

/** Whether whoever began the pass allows it. */
export function isAllowedByOption({ allow = [] }: { readonly allow?: readonly string[] }, gate: GateName): boolean {
  return allow.some((name) => gatesNamed(name).includes(gate));
}
