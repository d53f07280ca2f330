import { PART_OF_LABEL, RECORDED_ANNOTATIONS } from '../apply/names.ts';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import { isJsonObject, type JsonValue } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';

const NOTES: Readonly<Record<string, ReadonlySet<string>>> = {
  labels: new Set([PART_OF_LABEL]),
  annotations: new Set(RECORDED_ANNOTATIONS),
};

/** Results of an inspection without what only says whose an object is: what is left would change its content. */
export function withoutOwnership(clusters: readonly ClusterResult[]): readonly ClusterResult[] {
  return clusters.map((cluster) => ({ ...cluster, objects: cluster.objects.map(withContent) }));
}

function withContent(result: ObjectResult): ObjectResult {
  const { drift } = result;
  return drift === undefined ? result : { ...result, drift: drift.filter((one) => !isOwnership(one)) };
}

function isOwnership({ type, path, desired }: FieldDrift): boolean {
  const [metadata, map, key] = path;
  const notes = metadata === 'metadata' && typeof map === 'string' ? NOTES[map] : undefined;
  if (notes === undefined || (path.length !== 2 && path.length !== 3)) return false;
  if (path.length === 3) return typeof key === 'string' && notes.has(key);
  // There was no such map.
  return type === 'missing' && hasOnly(desired, notes);
}

function hasOnly(value: JsonValue | undefined, notes: ReadonlySet<string>): boolean {
  return isJsonObject(value) && Object.keys(value).every((key) => notes.has(key));
}
