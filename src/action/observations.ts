import { GitfedError } from '../errors.ts';
import { commitAtRemote, fetchHistory, missingCommits, type Repository, readFilesAt } from '../git/index.ts';
import { type Observations, readObservations } from '../render/index.ts';
import { remoteName } from './history.ts';

const FOLDER = 'observations';

/**
 * Reads what was observed of the members from the folder `observations` of a branch, tag or commit: one document for each file. Both sides of
 * a comparison are planned with the same.
 *
 * @throws {GitfedError} `USAGE` where there is none: to plan without would show another change than the one that comes.
 */
export async function readObservationsAt(repository: Repository, name: string): Promise<Observations> {
  const remote = await remoteName(repository);
  const isCommit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name);
  const commit = isCommit ? name : await commitAtRemote(repository, remote, name);
  if (commit === undefined)
    throw new GitfedError(
      'USAGE',
      `The input observations is ${JSON.stringify(name)}: the remote has no such branch or tag.`,
    );
  const missing = await missingCommits(repository, [commit]);
  if (missing.length > 0) await fetchHistory(repository, remote, missing, 1);
  const files = await readFilesAt(repository, commit, { folder: FOLDER });
  const read = [...files]
    .filter(([path]) => /\.(?:ya?ml|json)$/.test(path))
    .map(([path, text]) => readObservations(text, path));
  if (read.length === 0) {
    throw new GitfedError(
      'USAGE',
      `The input observations is ${JSON.stringify(name)}, which has no files in a folder ${FOLDER}.`,
    );
  }
  return { clusters: new Map(read.flatMap(({ clusters }) => [...clusters])) };
}
