import { GitfedError } from '../errors.ts';
import { ObjectReader, type Repository } from '../git/index.ts';
import { type Observed, readObserved } from './observed.ts';
import { findStatusTip } from './status-tip.ts';

/** What the status branch says was observed last, or why that cannot be read. */
export type RecordedObservations =
  | { readonly ok: true; readonly observed: Observed & { readonly commit: string } }
  | { readonly ok: false; readonly reason: string };

/** Reads the observations that the status branch has; `undefined` where there is no such branch. Never throws for what somebody wrote there. */
export async function readRecordedObservations(repository: Repository): Promise<RecordedObservations | undefined> {
  await using objects = new ObjectReader(repository.gitDir);
  try {
    const tip = await findStatusTip(repository, objects);
    if (tip === undefined) return undefined;
    const observed = await readObserved({ name: tip, cwd: '', repository, objects });
    return { ok: true, observed: { ...observed, commit: tip } };
  } catch (error) {
    if (!(error instanceof GitfedError) || error.code === 'INTERNAL') throw error;
    return { ok: false, reason: error.message };
  }
}
