import type { Model } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { EMPTY_TREE, treeIdOf } from '../git/index.ts';
import { formatObservation, NOTHING_OBSERVED, type Observations, readObservationFiles } from '../render/index.ts';
import { OBSERVATIONS_FOLDER, observationsStatusPath } from '../report/status-path.ts';
import type { Source } from './source.ts';
import { readStatusBranch, type StatusBranch, statusBranchName } from './status-branch.ts';
import { insideObservations, type StatusFiles } from './status-files.ts';

/** What replicas are planned from, in all forms that it has. */
export interface FleetObservations {
  readonly observations: Observations;
  /** The same as files of the status branch, by path. */
  readonly files: StatusFiles;
  /** The tree of the folder with those files: with the source commit it says everything that a plan was made from. */
  readonly tree: string;
}

/**
 * What the status branch says of the members.
 *
 * @throws {GitfedError} `CONFIG` for files that cannot be read: to plan without them would move replicas that nothing happened to.
 */
export function observedOn({
  name,
  files,
  observations,
}: Pick<StatusBranch, 'name' | 'files' | 'observations'>): FleetObservations {
  const own = new Map([...files].filter(([path]) => path.startsWith(OBSERVATIONS_FOLDER)));
  if (own.size === 0) return { observations: NOTHING_OBSERVED, files: own, tree: observations };
  try {
    return { observations: readObservationFiles(insideObservations(own)), files: own, tree: observations };
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    throw new GitfedError(
      'CONFIG',
      `What the branch ${name} says of the members cannot be read, and without it replicas would move: ${error.message} Mend the file there, or remove it.`,
    );
  }
}

/**
 * What a commit is planned from. A branch that is written no more says nothing of the members as they are.
 *
 * @throws {GitfedError} `GIT` where replicas are planned and the branch could not be asked, `CONFIG` as {@link observedOn}.
 */
export function observedFor(
  { configuration, preferences }: Pick<Model, 'configuration' | 'preferences'>,
  branch: StatusBranch,
): FleetObservations {
  const isWritten = configuration.status.mode !== 'off';
  if (isWritten && branch.problem !== undefined && preferences.length > 0) {
    throw new GitfedError(
      'GIT',
      `What the branch ${branch.name} of status.repository says of the members is not known, and without it replicas would move: ${branch.problem}`,
    );
  }
  return observedOn(isWritten ? branch : { ...branch, files: new Map(), observations: EMPTY_TREE });
}

/** What the status branch that a model names says of the members; without preferences nobody asks. @throws {GitfedError} */
export async function readObserved(
  { repository, objects }: Pick<Source, 'repository' | 'objects'>,
  { configuration, preferences }: Pick<Model, 'configuration' | 'preferences'>,
): Promise<Observations | undefined> {
  if (preferences.length === 0) return undefined;
  const { branch, repository: elsewhere, mode } = configuration.status;
  const place = { name: statusBranchName(repository.prefix, branch), elsewhere, isOffline: mode !== 'push' };
  return observedFor({ configuration, preferences }, await readStatusBranch(repository, place, objects)).observations;
}

/**
 * Observations as the status branch will have them.
 *
 * @param before files of clusters of which nothing changed are taken from there.
 */
export function observedAs(observations: Observations, before: FleetObservations): FleetObservations {
  const files = new Map(
    [...observations.clusters].map(([cluster, one]) => {
      const path = observationsStatusPath(cluster);
      const known = before.observations.clusters.get(cluster) === one ? before.files.get(path) : undefined;
      return [path, known ?? formatObservation(cluster, one)];
    }),
  );
  return { observations, files, tree: treeIdOf(insideObservations(files), before.tree) };
}
