import { type Configuration, readConfiguration } from '../api/index.ts';
import { ObjectReader, type Repository } from '../git/index.ts';
import { type StatusPlace, statusBranchName } from './status-place.ts';

/** What `gitfed.yaml` of a commit says. Nothing else of the repository is read. */
async function readConfigurationAt(
  { prefix }: Repository,
  commit: string | undefined,
  objects: ObjectReader,
): Promise<Configuration> {
  const paths = prefix === '' ? ['gitfed.yaml'] : [`${prefix}/gitfed.yaml`, 'gitfed.yaml'];
  const found = commit === undefined ? [] : await Promise.all(paths.map((path) => objects.find(`${commit}:${path}`)));
  const at = found.findIndex((object) => object?.type === 'blob');
  const file = found[at];
  return readConfiguration(
    file === undefined ? undefined : { kind: 'file', path: paths[at] ?? '', content: file.content },
  ).configuration;
}

/** What `gitfed.yaml` of a commit says; `undefined` for a commit that is not there. */
export async function configurationAt(repository: Repository, commit: string): Promise<Configuration | undefined> {
  await using objects = new ObjectReader(repository.gitDir);
  const found = await objects.find(`${commit}^{tree}`);
  return found === undefined ? undefined : await readConfigurationAt(repository, commit, objects);
}

/** Where a commit says that its status is. */
export async function readStatusPlace(
  repository: Repository,
  commit: string | undefined,
  objects: ObjectReader,
): Promise<StatusPlace> {
  const { status } = await readConfigurationAt(repository, commit, objects);
  return { name: statusBranchName(repository.prefix, status.branch), elsewhere: status.repository };
}
