import { type FederatedObject, federatedObjectName } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, type ObjectId } from '../core/index.ts';
import type { ManagedPath } from '../drift/index.ts';
import { applyRank, liveIdOf, type RenderedObject, waveOf } from '../render/index.ts';
import { PART_OF_LABEL, PATH_ANNOTATION, RECORDED_ANNOTATIONS, RECREATE_ANNOTATION } from './names.ts';

/** What one object in one member should be. */
export interface Desired {
  /** As the rendering names it. */
  readonly id: ObjectId;
  /** Of the object that is really written: a template may name another group of the kind. */
  readonly liveId: ObjectId;
  readonly version: string;
  readonly apiVersion: string;
  /**
   * What is kept applied, without the annotations that gitfed computes. The same object for equal renderings, so that its hash is
   * computed once for all clusters.
   */
  readonly manifest: JsonObject;
  /** Where the object does not exist yet; differs from `manifest` where the cluster keeps its replicas. */
  readonly creation: JsonObject;
  readonly file: string;
  readonly federated: string;
  readonly scheduledReplicas?: bigint;
  readonly wave: number;
  readonly rank: number;
  /** It may be deleted and made anew where a field cannot be changed. */
  readonly mayRecreate: boolean;
  /** Nothing else goes with it. */
  readonly isRecreatable: boolean;
  /** Fields that the manifest leaves to the cluster: they must not be ours when it is applied. */
  readonly handedOver: readonly ManagedPath[];
}

interface Prepared {
  readonly manifest: JsonObject;
  readonly withoutReplicas: JsonObject;
}

/** Remembers per manifest of a rendering, which equal clusters share. */
export type PreparedManifests = WeakMap<JsonObject, Prepared>;

/** Makes of a rendered object what is applied in one cluster. Pure but for what it remembers in `known`. */
export function desiredObject(
  rendered: RenderedObject,
  cluster: string,
  inventoryId: string,
  known: PreparedManifests,
): Desired {
  const { federated, id, scheduledReplicas } = rendered;
  let prepared = known.get(rendered.manifest);
  if (prepared === undefined) {
    const manifest = prepare(rendered.manifest, federated, inventoryId);
    prepared = { manifest, withoutReplicas: dropReplicas(manifest) };
    known.set(rendered.manifest, prepared);
  }
  const retains = keepsClusterReplicas(rendered, cluster);
  const manifest = retains ? prepared.withoutReplicas : prepared.manifest;
  const apiVersion = String(prepared.manifest.apiVersion);
  const { scope } = federated.type.target;
  return {
    id,
    liveId: liveIdOf(id, prepared.manifest),
    version: apiVersion.slice(apiVersion.indexOf('/') + 1),
    apiVersion,
    manifest,
    creation: prepared.manifest,
    file: federated.source.document.file,
    federated: federatedObjectName(federated),
    ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }),
    wave: waveOf(federated) ?? 0,
    rank: applyRank(id, scope),
    mayRecreate: isRecreatable(id) && hasRecreateAnnotation(federated),
    isRecreatable: isRecreatable(id),
    handedOver: handedOverFields(manifest),
  };
}

const NEVER_RECREATED = new Set(['Namespace', 'CustomResourceDefinition', 'PersistentVolumeClaim']);

/** With a Namespace or a definition everything in it would go, with a claim what is stored. */
function isRecreatable({ kind }: ObjectId): boolean {
  return !NEVER_RECREATED.has(kind);
}

function hasRecreateAnnotation({ annotations }: FederatedObject): boolean {
  return Object.hasOwn(annotations, RECREATE_ANNOTATION) && annotations[RECREATE_ANNOTATION] === 'true';
}

/** `spec.retainReplicas`: the number is the cluster's, unless an override or a preference says one. KubeFed ignores it for these two kinds. */
export function keepsClusterReplicas({ federated, id, scheduledReplicas }: RenderedObject, cluster: string): boolean {
  if (!federated.retainReplicas || scheduledReplicas !== undefined) return false;
  if (id.kind === 'Service' || id.kind === 'ServiceAccount') return false;
  const overrides = federated.overrides.ok ? federated.overrides.value : [];
  const own = overrides.filter(({ clusterName }) => clusterName === cluster).flatMap(({ operations }) => operations);
  return !own.some(({ path }) => path === '/spec/replicas' || path === '/spec' || path === '');
}

/** A desired object with another number of replicas; `undefined` leaves it out. */
export function withReplicas(desired: Desired, replicas: number | undefined): Desired {
  const bare = dropReplicas(desired.manifest);
  if (replicas === undefined) return { ...desired, manifest: bare, handedOver: handedOverFields(bare) };
  const spec = isJsonObject(bare.spec) ? bare.spec : {};
  const manifest = { ...bare, spec: { ...spec, replicas } };
  return { ...desired, manifest, handedOver: handedOverFields(manifest) };
}

/** Numbers of replicas that the manifest does not say, and rules that a controller gathers. */
function handedOverFields(manifest: JsonObject): readonly ManagedPath[] {
  return [
    ...(hasReplicas(manifest) ? [] : [['f:spec', 'f:replicas']]),
    ...(isAggregated(manifest) ? [['f:rules']] : []),
  ];
}

function isAggregated({ apiVersion, kind, aggregationRule }: JsonObject): boolean {
  return (
    kind === 'ClusterRole' &&
    aggregationRule !== undefined &&
    /^rbac\.authorization\.k8s\.io\//.test(String(apiVersion))
  );
}

function dropReplicas(manifest: JsonObject): JsonObject {
  if (!isJsonObject(manifest.spec) || !Object.hasOwn(manifest.spec, 'replicas')) return manifest;
  const { replicas: _replicas, ...spec } = manifest.spec;
  return { ...manifest, spec };
}

export function hasReplicas({ spec }: JsonObject): boolean {
  return isJsonObject(spec) && Object.hasOwn(spec, 'replicas');
}

/** What API servers set themselves: people copy it out of `kubectl get -o yaml`, and applying it is an error or nonsense. */
const SERVER_METADATA = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  // Of an object in another cluster: the garbage collector would take ours for an orphan.
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
]);

function prepare(rendered: JsonObject, federated: FederatedObject, inventoryId: string): JsonObject {
  const { status: _status, ...bare } = withoutNulls(rendered);
  // The rules of an aggregated role are its controller's.
  const { rules: _rules, ...ruleless } = bare;
  const manifest = isAggregated(bare) ? ruleless : bare;
  const metadata = isJsonObject(manifest.metadata) ? manifest.metadata : {};
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_METADATA.has(key)));
  const labels = isJsonObject(kept.labels) ? kept.labels : {};
  const annotations = isJsonObject(kept.annotations) ? kept.annotations : {};
  const recorded = RECORDED_ANNOTATIONS.filter((name) => Object.hasOwn(federated.annotations, name));
  const allAnnotations = {
    ...annotations,
    ...Object.fromEntries(recorded.map((name) => [name, federated.annotations[name] ?? ''])),
  };
  return encodeStringData({
    ...manifest,
    // KubeFed's default for the core group, which API servers read as v1.
    apiVersion: String(manifest.apiVersion).replace(/^\//, ''),
    metadata: {
      ...kept,
      labels: { ...labels, [PART_OF_LABEL]: inventoryId },
      ...(Object.keys(allAnnotations).length === 0 ? {} : { annotations: allAnnotations }),
    },
  });
}

/** Without the entries that are null: in a list a null keeps its place. */
function withoutNulls(value: JsonObject): JsonObject {
  const strip = (item: JsonValue): JsonValue => {
    if (Array.isArray(item)) return (item as readonly JsonValue[]).map(strip);
    return isJsonObject(item) ? withoutNulls(item) : item;
  };
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, strip(item)] as const])),
  );
}

/** `stringData` is a convenience for writing that the server turns into `data`, which alone it keeps. */
function encodeStringData(manifest: JsonObject): JsonObject {
  const { stringData, ...rest } = manifest;
  if (manifest.kind !== 'Secret' || manifest.apiVersion !== 'v1' || !isJsonObject(stringData)) return manifest;
  const texts = Object.entries(stringData);
  if (!texts.every(([, text]) => typeof text === 'string')) return manifest;
  const encoded = texts.map(([key, text]) => [key, Buffer.from(String(text), 'utf8').toString('base64')]);
  return { ...rest, data: { ...(isJsonObject(rest.data) ? rest.data : {}), ...Object.fromEntries(encoded) } };
}

/** The manifest as it is sent, with annotations that are not part of what is compared. */
export function withAnnotations(manifest: JsonObject, added: Readonly<Record<string, string>>): JsonObject {
  const metadata = isJsonObject(manifest.metadata) ? manifest.metadata : {};
  const annotations = isJsonObject(metadata.annotations) ? metadata.annotations : {};
  return withMetadata(manifest, { annotations: { ...annotations, ...added } });
}

/** A manifest with other values of some fields of its metadata. */
export function withMetadata(manifest: JsonObject, changed: JsonObject): JsonObject {
  const metadata = isJsonObject(manifest.metadata) ? manifest.metadata : {};
  return { ...manifest, metadata: { ...metadata, ...changed } };
}

/** Annotations that go with a write, and cause none. */
export function writeAnnotations({ file }: Desired): Readonly<Record<string, string>> {
  return file === '' ? {} : { [PATH_ANNOTATION]: file };
}
