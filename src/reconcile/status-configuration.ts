import { readConfiguration } from '../api/index.ts';
import type { ObjectReader, Repository } from '../git/index.ts';
import { type StatusPlace, statusBranchName } from './status-place.ts';

/** Where a commit says that its status is. Nothing else of the repository is read. */
export async function readStatusPlace(
  { prefix }: Repository,
  commit: string | undefined,
  objects: ObjectReader,
): Promise<StatusPlace> {
  const paths = prefix === '' ? ['gitfed.yaml'] : [`${prefix}/gitfed.yaml`, 'gitfed.yaml'];
  const found = commit === undefined ? [] : await Promise.all(paths.map((path) => objects.find(`${commit}:${path}`)));
  const at = found.findIndex((object) => object?.type === 'blob');
  const file = found[at];
  const { status } = readConfiguration(
    file === undefined ? undefined : { kind: 'file', path: paths[at] ?? '', content: file.content },
  ).configuration;
  return { name: statusBranchName(prefix, status.branch), elsewhere: status.repository };
}
