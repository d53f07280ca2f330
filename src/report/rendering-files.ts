import type { Model } from '../api/model.ts';
import { manifestYaml, outputPath } from '../render/index.ts';
import type { Rendering } from '../render/types.ts';
import { type OutputSummary, writeOutputDirectory } from './output-directory.ts';

/**
 * Writes a rendering into a directory: one file for each object of each cluster.
 *
 * What may not be deleted in a cluster is not removed from the directory either, because others apply from there: files of
 * objects in error stay, and where an error hides objects all of them do.
 *
 * @param isPart the rendering holds some clusters only: the files of others are not ours to judge.
 * @throws {GitfedError} as {@link writeOutputDirectory}.
 */
export function writeRendering(
  directory: string,
  rendering: Rendering,
  { model, isPart }: { readonly model: Pick<Model, 'holds'>; readonly isPart: boolean },
): OutputSummary {
  const files = rendering.clusters.flatMap(({ cluster, objects }) =>
    objects.map((object) => ({ path: outputPath(cluster, object), content: manifestYaml(object.manifest) })),
  );
  const held = rendering.clusters.flatMap(({ cluster, held }) => held.map((id) => outputPath(cluster, { id })));
  const heldPaths = new Set(held);
  const folders = rendering.clusters.map(({ cluster }) => clusterFolder(cluster));
  const isElsewhere = (path: string): boolean => isPart && !folders.some((folder) => path.startsWith(folder));

  const heldBack = new Set<string>();
  const summary = writeOutputDirectory(directory, files, (path) => {
    if (isElsewhere(path)) return false;
    const isHeld = model.holds.length > 0 || heldPaths.has(path);
    if (isHeld) heldBack.add(path);
    return !isHeld;
  });
  return { ...summary, kept: heldBack.size };
}

const CLUSTER_OBJECT = { group: '', kind: 'Namespace', namespace: '', name: 'x' };

/** What the paths of all objects of a cluster begin with. */
function clusterFolder(cluster: string): string {
  return outputPath(cluster, { id: CLUSTER_OBJECT }).replace(/_cluster\/Namespace-x\.yaml$/, '');
}
