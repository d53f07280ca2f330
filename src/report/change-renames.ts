import {
  compareObjectIds,
  compareText,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ObjectId,
  stringifyJson,
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
 * (nearly) the same content, and with the same images where it runs containers. Values of Secrets are compared, and not shown.
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
  /** The content as it stands. */
  readonly features: ReadonlySet<string>;
  /** The content where the object's own name is the same for all: a label or a container may have been renamed with it. */
  readonly nameless: ReadonlySet<string>;
  /** The images of its containers, without tags and digests. Two programs are two objects, however alike their settings are. */
  readonly images: string;
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
      if (before.images !== after.images) return [];
      const likeness = Math.max(
        compareFeatures(before.features, after.features),
        compareFeatures(before.nameless, after.nameless),
      );
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

function featuresKey({ images, nameless }: Described<unknown>): string {
  return [images, ...[...nameless].sort()].join('\n');
}

function compareFeatures(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const feature of a) if (b.has(feature)) common += 1;
  return common / Math.max(a.size, b.size);
}

/** The scalars of a manifest with their places, but not its name and namespace. */
function describe<T extends RenameCandidate>(candidate: T): Described<T> {
  const { id, manifest } = candidate;
  const { metadata, ...content } = manifest;
  const { labels = null, annotations = null } = isJsonObject(metadata) ? metadata : {};
  const scalars = Object.entries({ ...content, labels, annotations })
    .filter(([key]) => key !== 'apiVersion' && key !== 'kind')
    .flatMap(([key, value]) => scalarsOf(key, value))
    .filter(({ path }) => path !== 'labels/kubefed.io/managed');
  const text = ({ path, value }: Scalar): string => `${path}=${stringifyJson(value)}`;
  return {
    candidate,
    features: new Set(scalars.map(text)),
    nameless: new Set(scalars.map((scalar) => (scalar.value === id.name ? scalar.path : text(scalar)))),
    images: scalars.flatMap(imageOf).sort(compareText).join('\n'),
  };
}

function imageOf({ path, value }: Scalar): readonly string[] {
  if (typeof value !== 'string' || !/\/(?:initC|c)ontainers\/-\/image$/.test(path)) return [];
  return [value.replace(/@.*$/, '').replace(/:[^/]*$/, '')];
}

interface Scalar {
  readonly path: string;
  readonly value: JsonValue;
}

/** Items of a list have one place; each line of a text is a scalar. */
function scalarsOf(path: string, value: JsonValue): readonly Scalar[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => scalarsOf(`${path}/-`, item));
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, item]) => scalarsOf(`${path}/${key}`, item));
  if (typeof value === 'string') return value.split('\n').map((line) => ({ path, value: line }));
  return [{ path, value }];
}
