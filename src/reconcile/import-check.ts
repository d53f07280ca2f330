import { isKeptLive, type Model } from '../api/index.ts';
import {
  adoptionDrift,
  type Desired,
  inventoryId,
  MANAGED_LABEL,
  PART_OF_LABEL,
  type PreparedManifests,
  wantedObject,
  withoutPossibleDefaults,
} from '../apply/index.ts';
import { compareObjectIds, compareText, type JsonObject, type ObjectId, objectIdKey } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import type { ClusterRendering, Rendering } from '../render/index.ts';
import { list } from '../report/wording.ts';
import { groupOf, mappingIn, metadataOf, textIn } from './import-objects.ts';
import type { PropagatedVersions } from './import-types.ts';
import { whatKubeFedNoted } from './import-versions.ts';

/**
 * What was found of one object in one member. `different`: fields would change. `missing`: it would be created. `refused`: the server would not take it.
 * `kept`: it is left as it is on purpose. `leftover`: KubeFed's label is on it, and the repository does not have it.
 */
export interface ObjectCheck {
  readonly id: ObjectId;
  /** `FederatedDeployment/shop/web`. */
  readonly federated?: string;
  readonly state: 'different' | 'missing' | 'refused' | 'kept' | 'leftover';
  readonly fields: readonly FieldDrift[];
  /** Sentences. */
  readonly message?: string;
}

/** What was found in one member; where it was not compared, `message` says why. */
export interface ClusterCheck {
  readonly cluster: string;
  readonly isCompared: boolean;
  readonly message?: string;
  readonly identical: number;
  /** All that is not identical, sorted by id. */
  readonly objects: readonly ObjectCheck[];
}

/** The repository, rendered, beside the members. */
export interface ImportCheck {
  /** Sorted by name. */
  readonly clusters: readonly ClusterCheck[];
}

/** One object as it should be, and as it is. */
export interface Comparison {
  readonly desired: Desired;
  readonly live: JsonObject | undefined;
  readonly drift: readonly FieldDrift[];
}

/** What is compared with. */
export interface CheckContext {
  readonly model: Model;
  readonly rendering: Rendering;
  readonly propagated: PropagatedVersions;
  /** Clusters that KubeFed's scheduler planned without. */
  readonly unready: readonly string[];
  /** Manifests that are equal in many clusters are prepared once. */
  readonly prepared: PreparedManifests;
}

export function liveKey(object: JsonObject): string {
  return objectIdKey(idOf(object));
}

function idOf(object: JsonObject): ObjectId {
  const metadata = metadataOf(object);
  return {
    group: groupOf(object),
    kind: textIn(object, 'kind'),
    namespace: textIn(metadata, 'namespace'),
    name: textIn(metadata, 'name'),
  };
}

/** What is wanted in a cluster. */
export function wantedIn({ cluster, objects }: ClusterRendering, prepared: PreparedManifests): readonly Desired[] {
  return objects.map((rendered) => wantedObject(rendered, cluster, prepared));
}

/** Compares one object. Pure. */
export function compareObject(desired: Desired, live: JsonObject | undefined, { model }: CheckContext): Comparison {
  const managers = model.configuration.fieldManagers;
  return { desired, live, drift: live === undefined ? [] : adoptionDrift(desired, live, managers) };
}

/** What a comparison comes to; nothing where all is the same. Pure. */
export function judge(
  { desired, live, drift }: Comparison,
  cluster: string,
  { propagated, unready, model }: CheckContext,
): ObjectCheck | undefined {
  const about = { id: desired.liveId, federated: desired.federated };
  if (live === undefined) {
    return { ...about, state: 'missing', fields: [], message: 'It would be created.' };
  }
  const obstacle = whyNotTaken(live, model);
  if (obstacle !== undefined) return { ...about, state: 'refused', fields: drift, message: obstacle };
  if (drift.length === 0) return undefined;
  const namespace = federatedNamespace(desired);
  const messages = [
    ...(unready.length > 0 && isReplanned(desired, drift)
      ? [
          `KubeFed planned without ${list(unready)}, which it did not count as ready; gitfed counts every cluster as ready.`,
        ]
      : []),
    ...[whatKubeFedNoted(propagated, desired.id, { cluster, namespace, live })].filter((text) => text !== undefined),
  ];
  return {
    ...about,
    state: 'different',
    fields: drift,
    ...(messages.length === 0 ? {} : { message: messages.join(' ') }),
  };
}

/** Why gitfed would leave an object alone, whatever it is like. */
function whyNotTaken(live: JsonObject, { configuration, systemNamespace }: Model): string | undefined {
  const metadata = metadataOf(live);
  if (Object.hasOwn(metadata, 'deletionTimestamp')) {
    return 'It is being deleted there: it would be created again when it is gone.';
  }
  const labels = mappingIn(metadata, 'labels');
  const owner = textIn(labels, PART_OF_LABEL);
  const { inventory } = configuration;
  const isOurs = inventory !== undefined && owner === inventoryId({ name: inventory, namespace: systemNamespace });
  if (owner !== '' && !isOurs) return 'It belongs to another ApplySet: gitfed would not take it.';
  if (labels[MANAGED_LABEL] !== 'false') return undefined;
  return `It has the label ${MANAGED_LABEL}: "false" there: gitfed would leave it alone, as KubeFed does.`;
}

function federatedNamespace({ id }: Desired): string {
  return id.kind === 'Namespace' && id.group === '' ? id.name : id.namespace;
}

function isReplanned({ scheduledReplicas }: Desired, drift: readonly FieldDrift[]): boolean {
  return (
    scheduledReplicas !== undefined &&
    drift.some(({ path }) => path.length === 2 && path[0] === 'spec' && path[1] === 'replicas')
  );
}

/** What stands in a member with KubeFed's label and is not wanted. Pure. */
export function surplusIn(
  { held }: ClusterRendering,
  wanted: readonly Desired[],
  objects: Iterable<JsonObject>,
  { model }: Pick<CheckContext, 'model'>,
): readonly ObjectCheck[] {
  const known = new Set([...wanted.flatMap(({ id, liveId }) => [id, liveId]), ...held].map(objectIdKey));
  return [...objects].flatMap((object): readonly ObjectCheck[] => {
    const id = idOf(object);
    if (known.has(objectIdKey(id))) return [];
    if (isKeptLive(id, model.configuration.keepLive)) return [{ id, state: 'kept', fields: [] }];
    const isManaged = mappingIn(metadataOf(object), 'labels')[MANAGED_LABEL] === 'true';
    return isManaged ? [{ id, state: 'leftover', fields: [] }] : [];
  });
}

export function sortChecks(objects: readonly ObjectCheck[]): readonly ObjectCheck[] {
  return objects.toSorted((a, b) => compareObjectIds(a.id, b.id));
}

/** Compares with dumps of members. Pure. */
export function checkDumps(
  context: CheckContext,
  dumps: ReadonlyMap<string, readonly JsonObject[]>,
): readonly ClusterCheck[] {
  const { rendering, prepared, model } = context;
  return rendering.clusters.map((one): ClusterCheck => {
    const { cluster } = one;
    const dump = dumps.get(cluster);
    if (dump === undefined) {
      const message = `There is no dump of it: member-${cluster}.yaml, or a folder members/${cluster}.`;
      return { cluster, isCompared: false, message, identical: 0, objects: [] };
    }
    const live = new Map(dump.map((object) => [liveKey(object), object]));
    const wanted = wantedIn(one, prepared);
    const found = wanted.flatMap((desired) => {
      const compared = compareObject(desired, live.get(objectIdKey(desired.liveId)), context);
      const drift = withoutPossibleDefaults(compared.drift, model.configuration.fieldManagers);
      return judge({ ...compared, drift }, cluster, context) ?? [];
    });
    const surplus = surplusIn(one, wanted, live.values(), context);
    return {
      cluster,
      isCompared: true,
      identical: wanted.length - found.length,
      objects: sortChecks([...found, ...surplus]),
    };
  });
}

/** Whether every member was compared and has everything as it would be. */
export function isProven({ clusters }: ImportCheck): boolean {
  return clusters.every(
    ({ isCompared, objects }) => isCompared && objects.every(({ state }) => state === 'kept' || state === 'leftover'),
  );
}

export function byCluster(a: ClusterCheck, b: ClusterCheck): number {
  return compareText(a.cluster, b.cluster);
}
