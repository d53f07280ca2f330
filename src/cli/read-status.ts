import path from 'node:path';
import { isRepositoryUrl } from '../git/index.ts';
import { type FleetStatus, readFleetStatus } from '../reconcile/fleet-status.ts';
import { plainText } from '../report/plain-text.ts';
import type { Io } from './io.ts';

/** A repository as a command line names it. */
export function sourceOf(named: string | undefined, io: Pick<Io, 'cwd'>): string {
  if (named !== undefined && isRepositoryUrl(named)) return named;
  return path.resolve(io.cwd, named ?? '.');
}

/** Reads the status branch of what a command line names. What may make it old is told. @throws {GitfedError} where there is none. */
export async function readStatusOf(
  named: string | undefined,
  { fetch, clusters }: { readonly fetch: boolean; readonly clusters?: readonly string[] | undefined },
  io: Pick<Io, 'cwd' | 'stderr'>,
): Promise<FleetStatus> {
  const source = sourceOf(named, io);
  const fleet = await readFleetStatus({
    source,
    // A clone of a URL has just been made, and another repository that it names was not in it.
    fetch: fetch || isRepositoryUrl(source),
    ...(clusters === undefined ? {} : { clusters }),
  });
  if (fleet.fetchProblem !== undefined) {
    await io.stderr.write(`This may be old: ${plainText(fleet.fetchProblem)}\n`);
  }
  return fleet;
}
