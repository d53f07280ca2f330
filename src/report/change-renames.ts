import {
  compareObjectIds,
  isJsonObject,
  isSecret,
  type JsonObject,
  type JsonValue,
  type ObjectId,
} from '../core/index.ts';

/** An object that goes or comes, in these clusters. */
export interface RenameCandidate {
  readonly id: ObjectId;
  /** Sorted. */
  readonly clusters: readonly string[];
  readonly manifest: JsonObject;
}

/** The share of the content that two objects have in common, from which on the one is the other under a new name. */
const NEARLY = 0.7;
/** With less to tell by, two objects look alike that have nothing to do with each other. */
const FEWEST_FEATURES = 2;
/** Above this many comparisons of one kind in the same clusters, only those that are equal are found. */
const MOST_PAIRS = 10_000;

/**
 * Which created object is a deleted one under a new name or in another namespace: of the same kind, in the same clusters, with
 * (nearly) the same content. Of Secrets the keys are looked at, and no value.
 *
 * @returns created → deleted; each stands in one pair at most.
 */
export function findRenames<T extends RenameCandidate>(
  deleted: readonly T[],
  created: readonly T[],
): ReadonlyMap<T, T> {
  const gone = Map.groupBy(deleted, groupKey);
  const come = Map.groupBy(created, groupKey);
  return new Map([...gone].flatMap(([key, candidates]) => matchGroup(candidates, come.get(key) ?? [])));
}

function groupKey({ id, clusters }: RenameCandidate): string {
  return [id.group, id.kind, ...clusters].join('\n');
}

interface Described<T> {
  readonly candidate: T;
  readonly features: ReadonlySet<string>;
}

interface Match<T> {
  readonly created: T;
  readonly deleted: T;
  readonly likeness: number;
}

function matchGroup<T extends RenameCandidate>(
  deleted: readonly T[],
  created: readonly T[],
): readonly (readonly [T, T])[] {
  if (created.length === 0) return [];
  const old = deleted.map(describe).filter(({ features }) => features.size >= FEWEST_FEATURES);
  const fresh = created.map(describe);
  const matches = old.length * fresh.length > MOST_PAIRS ? equalPairs(old, fresh) : likelyPairs(old, fresh);
  const taken = new Set<T>();
  return matches.toSorted(compareMatches).flatMap(({ created: one, deleted: other }): readonly (readonly [T, T])[] => {
    if (taken.has(one) || taken.has(other)) return [];
    taken.add(one).add(other);
    return [[one, other]];
  });
}

function compareMatches<T extends RenameCandidate>(a: Match<T>, b: Match<T>): number {
  return (
    b.likeness - a.likeness ||
    compareObjectIds(a.deleted.id, b.deleted.id) ||
    compareObjectIds(a.created.id, b.created.id)
  );
}

function likelyPairs<T>(old: readonly Described<T>[], fresh: readonly Described<T>[]): readonly Match<T>[] {
  return old.flatMap((before) =>
    fresh.flatMap((after) => {
      const likeness = compareFeatures(before.features, after.features);
      return likeness < NEARLY ? [] : [{ created: after.candidate, deleted: before.candidate, likeness }];
    }),
  );
}

function equalPairs<T>(old: readonly Described<T>[], fresh: readonly Described<T>[]): readonly Match<T>[] {
  const byFeatures = Map.groupBy(fresh, featuresKey);
  return old.flatMap((before) => {
    const match = byFeatures.get(featuresKey(before))?.shift();
    return match === undefined ? [] : [{ created: match.candidate, deleted: before.candidate, likeness: 1 }];
  });
}

function featuresKey({ features }: Described<unknown>): string {
  return [...features].sort().join('\n');
}

function compareFeatures(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const feature of a) if (b.has(feature)) common += 1;
  return common / Math.max(a.size, b.size);
}

/** The scalars of a manifest with their places, but not what names the object: a rename changes that everywhere. */
function describe<T extends RenameCandidate>(candidate: T): Described<T> {
  const { id, manifest } = candidate;
  const features = new Set<string>();
  const { metadata, ...content } = manifest;
  const labels = isJsonObject(metadata)
    ? { labels: metadata.labels ?? null, annotations: metadata.annotations ?? null }
    : {};
  const isHidden = isSecret(id, manifest);
  for (const [key, value] of Object.entries({ ...content, ...labels })) {
    if (key !== 'apiVersion' && key !== 'kind') addFeatures(key, value, { name: id.name, isHidden, features });
  }
  return { candidate, features };
}

interface Description {
  readonly name: string;
  readonly isHidden: boolean;
  readonly features: Set<string>;
}

function addFeatures(path: string, value: JsonValue, description: Description): void {
  const { name, isHidden, features } = description;
  if (path === 'labels/kubefed.io/managed') return;
  if (Array.isArray(value)) {
    for (const item of value) addFeatures(`${path}/-`, item, description);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) addFeatures(`${path}/${key}`, item, description);
  } else if (isHidden) {
    features.add(path);
  } else if (typeof value === 'string') {
    for (const line of value.split('\n')) features.add(`${path}=${line === name ? '' : JSON.stringify(line)}`);
  } else if (value !== null) {
    features.add(`${path}=${value}`);
  }
}
