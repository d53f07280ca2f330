import { isApiError, listWhole, readWhole, type ServedResource } from '../cluster/index.ts';
import { objectPath } from '../cluster/paths.ts';
import { type JsonObject, type JsonValue, type ObjectId, stringifyJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { askCluster } from './ask-cluster.ts';
import type { SourceCluster } from './federate-cluster.ts';
import { listIn, metadataOf, textIn } from './import-objects.ts';
import { readTypeSpec, type TypeSpec } from './import-type-configs.ts';

/** An object of KubeFed on its host. */
export interface HostObject {
  readonly resource: ServedResource;
  readonly object: JsonObject;
  readonly namespace: string;
  readonly name: string;
  /** `FederatedDeployment/shop/web`. */
  readonly label: string;
  /** Somebody has deleted it, and a finalizer keeps it. */
  readonly isDeleting: boolean;
  /** KubeFed's own, of those that it has. */
  readonly finalizers: readonly string[];
}

/** A federated object, and what it is in the members. */
export interface HostFederated extends HostObject {
  readonly target: ObjectId;
  /** Whether KubeFed sees to objects of its type. */
  readonly isPropagated: boolean;
}

/** What KubeFed has on its host. */
export interface HostState {
  readonly typeConfigs: readonly HostObject[];
  /** Of every type that has a definition. */
  readonly federated: readonly HostFederated[];
  /** FederatedTypeConfigs whose federated kind the host does not serve. */
  readonly undefinedTypes: readonly string[];
}

const CORE_GROUP = 'core.kubefed.io';
/** Held by the sync controller: it lets an object go when it has deleted everything of it in the members. */
const SYNC_FINALIZER = 'kubefed.io/sync-controller';
const TYPE_FINALIZER = 'core.kubefed.io/federated-type-config';

/**
 * Reads KubeFed's objects. Nothing is written.
 *
 * @param namespace the system namespace; with `isNamespaced` everything of it is in there.
 * @throws {GitfedError} `USAGE` where there is no KubeFed, `CLUSTER` for what cannot be read.
 */
export async function readHost(
  host: SourceCluster,
  { namespace, isNamespaced }: { readonly namespace: string; readonly isNamespaced: boolean },
): Promise<HostState> {
  const resource = host.discovery.find(CORE_GROUP, 'FederatedTypeConfig', undefined);
  if (resource === undefined) {
    throw new GitfedError(
      'USAGE',
      `${host.name} is no host of KubeFed: it does not serve FederatedTypeConfigs of ${CORE_GROUP}. Name the context of the host with --host-context.`,
    );
  }
  const typeConfigs = await listOf(host, resource, namespace);
  if (typeConfigs.length === 0) {
    throw new GitfedError(
      'USAGE',
      `There is no FederatedTypeConfig in the namespace ${namespace} of ${host.name}. Where KubeFed was installed into another namespace, name it with --kubefed-namespace.`,
    );
  }
  const types = typeConfigs.map(({ name, object }) => ({ name, ...typeOf(host, object) }));
  const federated = await Promise.all(
    types.map(({ spec, served }) => federatedOf(host, { spec, served, namespace: isNamespaced ? namespace : '' })),
  );
  return {
    typeConfigs,
    federated: federated.flat(),
    undefinedTypes: types.filter(({ served }) => served === undefined).map(({ name }) => name),
  };
}

interface HostType {
  readonly spec: TypeSpec | undefined;
  /** The federated kind; absent where the host does not serve it. */
  readonly served: ServedResource | undefined;
}

function typeOf({ discovery }: SourceCluster, config: JsonObject): HostType {
  const [spec] = readTypeSpec(config);
  if (spec === undefined) return { spec, served: undefined };
  const { group, kind, version } = spec;
  return { spec, served: discovery.find(group, kind, version) ?? discovery.find(group, kind) };
}

async function federatedOf(
  host: SourceCluster,
  { spec, served, namespace }: HostType & { readonly namespace: string },
): Promise<readonly HostFederated[]> {
  if (spec === undefined || served === undefined) return [];
  const objects = await listOf(host, served, namespace);
  return objects.map((object) => ({ ...object, target: targetOf(spec, object), isPropagated: spec.isEnabled }));
}

/** A FederatedNamespace lies in the namespace that it stands for. */
function targetOf({ target, isNamespace }: TypeSpec, { namespace, name }: HostObject): ObjectId {
  return { group: target.group, kind: target.kind, namespace: isNamespace ? '' : namespace, name };
}

async function listOf(
  host: SourceCluster,
  resource: ServedResource,
  namespace: string,
): Promise<readonly HostObject[]> {
  const place = resource.scope === 'Namespaced' ? namespace : '';
  const objects = await askCluster(`${host.name}: ${resource.kind} cannot be listed`, () =>
    listWhole(host.client, resource, place),
  );
  return objects.flatMap((object) => {
    const found = hostObject(resource, object);
    return found === undefined ? [] : [found];
  });
}

function hostObject(resource: ServedResource, object: JsonObject): HostObject | undefined {
  const metadata = metadataOf(object);
  const [name, namespace] = [textIn(metadata, 'name'), textIn(metadata, 'namespace')];
  if (name === '') return undefined;
  const label = [resource.kind, namespace, name].filter((part) => part !== '').join('/');
  const finalizers = listIn(metadata, 'finalizers').filter(isOurs);
  const isDeleting = metadata['deletionTimestamp'] !== undefined;
  return { resource, object, namespace, name, label, isDeleting, finalizers };
}

/** Of KubeFed: a finalizer of somebody else is not ours to take away. */
function isOurs(finalizer: JsonValue): finalizer is string {
  return finalizer === SYNC_FINALIZER || finalizer === TYPE_FINALIZER;
}

/** The finalizer that KubeFed gives an object, whether it has it now or not. */
function finalizerOf({ resource }: HostObject): string {
  return resource.group === CORE_GROUP ? TYPE_FINALIZER : SYNC_FINALIZER;
}

/**
 * Takes KubeFed's finalizers from an object, or gives it the one that KubeFed would. Nothing else of it changes.
 *
 * @returns whether something was to be done.
 * @throws {GitfedError} `CLUSTER`
 */
export async function setFinalizer(host: SourceCluster, given: HostObject, isHeld: boolean): Promise<boolean> {
  const { client, name } = host;
  for (let attempt = 1; ; attempt += 1) {
    const object =
      attempt === 1
        ? given.object
        : await askCluster(`${name}: ${given.label} cannot be read`, () => readWhole(client, given.resource, given));
    const current = object === undefined ? undefined : hostObject(given.resource, object);
    if (object === undefined || current === undefined) return false;
    if (isHeld ? current.finalizers.includes(finalizerOf(current)) : current.finalizers.length === 0) return false;
    const { resourceVersion } = metadataOf(object);
    const others = listIn(metadataOf(object), 'finalizers').filter((one) => !isOurs(one));
    const wanted = isHeld ? [...others, finalizerOf(current)] : others;
    // A conflict is an answer: somebody has changed it meanwhile, and it is read again.
    const isDone = await patchObject(host, current, {
      metadata: { finalizers: wanted, resourceVersion: resourceVersion ?? null },
    });
    if (isDone) return true;
    if (attempt === ATTEMPTS)
      throw new GitfedError('CLUSTER', `${name}: somebody changes ${given.label} all the time.`);
  }
}

const ATTEMPTS = 5;

/**
 * A merge patch. A `resourceVersion` in it has to be the object's still.
 *
 * @returns false where it is not, or the object is gone.
 * @throws {GitfedError} `CLUSTER`
 */
export async function patchObject(
  { client, name }: SourceCluster,
  { resource, namespace, name: object, label }: Pick<HostObject, 'resource' | 'namespace' | 'name' | 'label'>,
  patch: JsonObject,
): Promise<boolean> {
  const path = `${objectPath(resource, namespace, object)}?fieldManager=gitfed-migrate`;
  const request = {
    method: 'PATCH',
    path,
    body: stringifyJson(patch),
    contentType: 'application/merge-patch+json',
  } as const;
  return await askCluster(
    `${name}: ${label} cannot be changed`,
    async () => {
      try {
        await client.request(request);
        return true;
      } catch (error) {
        if (isApiError(error) && (error.isConflict || error.isNotFound)) return false;
        throw error;
      }
    },
    'What was done before stays done: run it again, or go back with gitfed migrate rollback.',
  );
}
