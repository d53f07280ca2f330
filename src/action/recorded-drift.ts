import { GitfedError } from '../errors.ts';
import { fetchTip, ObjectReader, type Repository } from '../git/index.ts';
import { type FleetStatus, readFleetStatus } from '../reconcile/fleet-status.ts';
import { readStatusPlace } from '../reconcile/status-configuration.ts';
import { findStatusBranch } from '../reconcile/status-place.ts';

/** What the status branch says of the members, or why nobody knows. */
export type RecordedDrift = { readonly status: FleetStatus } | { readonly reason: string };

/**
 * Fetches the last commit of the status branch, and reads it. Where it is, the older side says: a pull request must not name a server that
 * is asked.
 */
export async function readRecordedDrift(repository: Repository, folder: string, base: string): Promise<RecordedDrift> {
  try {
    await using objects = new ObjectReader(repository.gitDir);
    const place = await readStatusPlace(repository, base, objects);
    const branch = await findStatusBranch(repository, place);
    await fetchTip(branch);
    return { status: await readFleetStatus({ source: folder, configuredAt: base }) };
  } catch (error) {
    if (error instanceof GitfedError) return { reason: error.message };
    throw error;
  }
}
