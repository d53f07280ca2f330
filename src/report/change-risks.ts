import { compareText, isJsonObject, isSecret, type ObjectId, parseFieldPath } from '../core/index.ts';
import type { ContentChange } from './change-collector.ts';
import type { FieldChange, ObjectChange } from './change-set.ts';
import { immutableField } from './immutable-fields.ts';
import { gainsWildcard } from './wildcard-rules.ts';

/** What a reviewer must not overlook. */
export type RiskCode =
  | 'WorkloadLeaves'
  | 'ReplicasToZero'
  | 'ReplicasHalved'
  | 'ImmutableField'
  | 'SecretChanges'
  | 'WildcardRule'
  | 'PlacementEmpty'
  | 'SelectorWidens'
  | 'NamespaceDeleted'
  | 'DefinitionDeleted'
  | 'ClaimDeleted'
  | 'ManyDeletions';

export interface Risk {
  readonly code: RiskCode;
  /** The field that it is about; the message goes on from there. */
  readonly field?: string;
  /** A fixed phrase, but for numbers. The clusters are not named in it. */
  readonly message: string;
  /** The keys of a Secret that change, where they have names. */
  readonly keys?: readonly string[];
  /** Sorted. */
  readonly clusters: readonly string[];
}

/** A risk, and the object it is about. */
export interface NamedRisk extends Risk {
  readonly id?: ObjectId;
}

const WORKLOADS = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'ReplicaSet.apps',
  'Job.batch',
  'CronJob.batch',
  'Pod.',
  'ReplicationController.',
]);

/** What an object takes with it when it goes. */
const TAKES_ALONG: ReadonlyMap<string, Pick<Risk, 'code' | 'message'>> = new Map([
  ['Namespace.', { code: 'NamespaceDeleted', message: 'everything in the namespace goes with it' }],
  [
    'CustomResourceDefinition.apiextensions.k8s.io',
    { code: 'DefinitionDeleted', message: 'every object of the kind that it defines goes with it' },
  ],
  ['PersistentVolumeClaim.', { code: 'ClaimDeleted', message: 'the data in the volume may go with it' }],
]);

/** What becomes of a change of an immutable field, by whether the object may be made anew. */
const REFUSAL: ReadonlyMap<boolean | undefined, string> = new Map([
  [true, 'the object is deleted and made anew'],
  [false, 'the change is refused'],
  [undefined, 'the change is refused, or with gitfed.io/recreate the object is made anew'],
]);

/** What decides about risks, beside the change itself. */
export interface RiskContext {
  /** Absent where nobody knows. */
  readonly mayRecreate: boolean | undefined;
  /** The clusters that keep their own number of replicas. */
  readonly keepers: ReadonlySet<string>;
  readonly contents: readonly (ContentChange & { readonly clusters: readonly string[] })[];
}

/** The risks of one change. Pure. */
export function risksOf(change: Omit<ObjectChange, 'risks'>, context: RiskContext): readonly Risk[] {
  if (change.type === 'deleted') return risksOfDeletion(change);
  // Under a new name every field is new, and nothing of it is immutable.
  const own = change.type === 'created' ? [] : immutableFields(change, context);
  const keepers = change.type === 'created' ? NOBODY : context.keepers;
  return [
    ...replicasToZero(change.fields, keepers),
    ...replicasHalved(change, keepers),
    ...own,
    ...secretChanges(change, context),
    ...wildcardRules(change, context),
  ];
}

const NOBODY: ReadonlySet<string> = new Set();

function risksOfDeletion({ id, clusters }: Omit<ObjectChange, 'risks'>): readonly Risk[] {
  const kind = kindText(id);
  const taken = TAKES_ALONG.get(kind);
  const leaves: readonly Risk[] = WORKLOADS.has(kind)
    ? [{ code: 'WorkloadLeaves', message: 'the workload leaves', clusters }]
    : [];
  return [...leaves, ...(taken === undefined ? [] : [{ ...taken, clusters }])];
}

function replicasToZero(fields: readonly FieldChange[], keepers: ReadonlySet<string>): readonly Risk[] {
  const found = fields.filter(({ path, before, after }) => path === '.spec.replicas' && after === 0 && before !== 0);
  const clusters = clustersOf(found).filter((cluster) => !keepers.has(cluster));
  return clusters.length === 0 ? [] : [{ code: 'ReplicasToZero', message: 'replicas go to zero', clusters }];
}

function replicasHalved({ id, fields }: Omit<ObjectChange, 'risks'>, keepers: ReadonlySet<string>): readonly Risk[] {
  // An API server makes one replica of none that is said.
  const unsaid = WORKLOADS.has(kindText(id)) ? 1 : undefined;
  const found = fields.filter(({ path, before, after = unsaid }) => {
    if (path !== '.spec.replicas' || !isNumber(before) || !isNumber(after)) return false;
    return after > 0 && Number(after) * 2 < Number(before);
  });
  const clusters = clustersOf(found).filter((cluster) => !keepers.has(cluster));
  return clusters.length === 0
    ? []
    : [{ code: 'ReplicasHalved', message: 'replicas drop by more than half', clusters }];
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** The values are masked, so which keys change is all that anybody sees of it. */
function secretChanges({ id, fields }: Omit<ObjectChange, 'risks'>, { contents }: RiskContext): readonly Risk[] {
  const manifests = contents.flatMap(({ before, after }) => [before, after].filter((one) => one !== undefined));
  if (!isSecret(id, ...manifests)) return [];
  const found = fields.filter(({ path }) => SECRET_FIELD.test(path));
  if (found.length === 0) return [];
  const keys = [...new Set(found.flatMap(({ path }) => secretKey(path)))].sort(compareText);
  return [{ code: 'SecretChanges', message: 'the Secret changes', keys, clusters: clustersOf(found) }];
}

/** What is no label or annotation, and immutable by itself. */
const SECRET_FIELD = /^\.(?!(?:metadata|type|immutable)(?![\w-]))/;

function secretKey(path: string): readonly string[] {
  const parsed = parseFieldPath(path);
  const [field, key] = parsed.ok ? parsed.steps : [];
  return typeof key === 'string' && typeof field === 'string' && SECRET_MAPS.has(field) ? [key] : [];
}

const SECRET_MAPS: ReadonlySet<string> = new Set(['data', 'stringData', 'binaryData']);

function wildcardRules({ id }: Omit<ObjectChange, 'risks'>, { contents }: RiskContext): readonly Risk[] {
  const found = contents.filter(({ before, after }) => isJsonObject(after) && gainsWildcard(id, before, after));
  if (found.length === 0) return [];
  return [{ code: 'WildcardRule', message: 'the role gains a wildcard', clusters: clustersOf(found) }];
}

function immutableFields(
  { id, fields }: Omit<ObjectChange, 'risks'>,
  { mayRecreate, contents }: RiskContext,
): readonly Risk[] {
  const manifests = new Map(contents.flatMap(({ before, clusters }) => clusters.map((name) => [name, before])));
  const found = fields.flatMap((field) =>
    // The same field may change in the same way where the object is immutable and where it is not.
    [...Map.groupBy(field.clusters, (cluster) => manifests.get(cluster))].flatMap(([before, clusters]) => {
      const path = immutableField(field, id, before);
      return path === undefined ? [] : [{ path, clusters }];
    }),
  );
  return [...Map.groupBy(found, ({ path }) => path)].map(([path, changes]) => ({
    code: 'ImmutableField',
    field: path,
    message: `is immutable, and ${REFUSAL.get(mayRecreate)}`,
    clusters: clustersOf(changes),
  }));
}

function clustersOf(changes: readonly Pick<Risk, 'clusters'>[]): readonly string[] {
  return [...new Set(changes.flatMap(({ clusters }) => clusters))].sort(compareText);
}

function kindText({ group, kind }: ObjectId): string {
  return `${kind}.${group}`;
}
