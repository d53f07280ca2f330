import type { RepositorySnapshot } from '../api/index.ts';
import { type JsonObject, jsonEquals, type ObjectId, objectIdKey } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';
import { compareRenderings } from '../report/change-set.ts';
import type { RenderedState } from './repository-memo.ts';

/** A snapshot with another text in one of its files. */
export function withFile(snapshot: RepositorySnapshot, file: string, text: string): RepositorySnapshot {
  const content = new TextEncoder().encode(text);
  const entries = snapshot.entries.map((entry) =>
    entry.kind === 'file' && entry.path === file ? { ...entry, content } : entry,
  );
  return { ...snapshot, entries };
}

/** The manifest of an object in each cluster that gets it. */
export function manifestsOf(rendering: Rendering, target: ObjectId): ReadonlyMap<string, JsonObject> {
  const key = objectIdKey(target);
  return new Map(
    rendering.clusters.flatMap(({ cluster, objects }) =>
      objects.filter(({ id }) => objectIdKey(id) === key).map(({ manifest }) => [cluster, manifest] as const),
    ),
  );
}

/** Whether clusters get the same of an object. */
export function isSameInClusters(a: ReadonlyMap<string, JsonObject>, b: ReadonlyMap<string, JsonObject>): boolean {
  return a.size === b.size && [...a].every(([cluster, manifest]) => jsonEquals(manifest, b.get(cluster)));
}

/**
 * Why an edit of the repository is not the one that is wanted: the object as it is to be in each cluster, and nothing else. `undefined`: it is.
 * A sentence.
 */
export function disproof(
  before: RenderedState,
  after: RenderedState,
  { target, manifests }: { readonly target: ObjectId; readonly manifests: ReadonlyMap<string, JsonObject> },
): string | undefined {
  const { objects, clusters } = compareRenderings(before.rendering, after.rendering, after.model);
  const other = objects.find(({ id, type }) => type !== 'changed' || objectIdKey(id) !== objectIdKey(target));
  if (other !== undefined) {
    return `The edit would also change ${other.federated} in ${other.clusters.join(', ')}. Edit the file by hand.`;
  }
  if (clusters.added.length + clusters.removed.length > 0)
    return 'The edit would change which clusters are registered.';
  const errors = ({ rendering }: RenderedState): number =>
    rendering.findings.filter(({ severity }) => severity === 'error').length;
  if (errors(after) > errors(before)) return 'The edit would be an error in the repository. Edit the file by hand.';
  if (isSameInClusters(manifestsOf(after.rendering, target), manifests)) return undefined;
  return 'The edited file would not render to what is in the members. Edit it by hand.';
}
