import { isApiError, listWhole, readWhole, type ServedResource } from '../cluster/index.ts';
import { objectPath } from '../cluster/paths.ts';
import { isJsonObject, type JsonObject, type JsonValue, type ObjectId, stringifyJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { askCluster } from './ask-cluster.ts';
import type { SourceCluster } from './federate-cluster.ts';

/** An object of KubeFed on its host. */
export interface HostObject {
  readonly resource: ServedResource;
  readonly object: JsonObject;
  readonly namespace: string;
  readonly name: string;
  /** `FederatedDeployment/shop/web`. */
  readonly label: string;
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
  /** What somebody has deleted, and a finalizer keeps. */
  readonly deleting: readonly string[];
}

export const CORE_GROUP = 'core.kubefed.io';
/** Held by the sync controller: it lets an object go when it has deleted everything of it in the members. */
export const SYNC_FINALIZER = 'kubefed.io/sync-controller';
export const TYPE_FINALIZER = 'core.kubefed.io/federated-type-config';

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
  const federated: HostFederated[] = [];
  const undefinedTypes: string[] = [];
  for (const config of typeConfigs) {
    const { target, served } = typeOf(host, config.object);
    if (served === undefined) undefinedTypes.push(config.name);
    const objects = served === undefined ? [] : await listOf(host, served, isNamespaced ? namespace : '');
    const isPropagated = isEnabled(config.object);
    federated.push(...objects.map((object) => ({ ...object, target: targetOf(target, object), isPropagated })));
  }
  const deleting = [...typeConfigs, ...federated]
    .filter(({ object }) => metadataOf(object)['deletionTimestamp'] !== undefined)
    .map(({ label }) => label);
  return { typeConfigs, federated, undefinedTypes, deleting };
}

function isEnabled({ spec }: JsonObject): boolean {
  return textIn(spec, 'propagation') !== 'Disabled';
}

interface HostType {
  readonly target: Pick<ObjectId, 'group' | 'kind'>;
  /** The federated kind; absent where the host does not serve it. */
  readonly served: ServedResource | undefined;
}

function typeOf({ discovery }: SourceCluster, { spec }: JsonObject): HostType {
  const { federatedType, targetType } = isJsonObject(spec) ? spec : {};
  const target = { group: textIn(targetType, 'group') ?? '', kind: textIn(targetType, 'kind') ?? '' };
  const [group, kind] = [textIn(federatedType, 'group'), textIn(federatedType, 'kind')];
  if (group === undefined || kind === undefined) return { target, served: undefined };
  return {
    target,
    served: discovery.find(group, kind, textIn(federatedType, 'version')) ?? discovery.find(group, kind),
  };
}

function textIn(value: JsonValue | undefined, name: string): string | undefined {
  const text = isJsonObject(value) ? value[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** A FederatedNamespace lies in the namespace that it stands for. */
function targetOf(target: HostType['target'], { namespace, name }: HostObject): ObjectId {
  const isNamespace = target.group === '' && target.kind === 'Namespace';
  return { ...target, namespace: isNamespace ? '' : namespace, name };
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
  const { name, namespace, finalizers } = metadataOf(object);
  if (typeof name !== 'string') return undefined;
  const place = typeof namespace === 'string' ? namespace : '';
  const own = Array.isArray(finalizers) ? finalizers.filter(isOurs) : [];
  const label = [resource.kind, place, name].filter((part) => part !== '').join('/');
  return { resource, object, namespace: place, name, label, finalizers: own };
}

/** Of KubeFed: a finalizer of somebody else is not ours to take away. */
function isOurs(finalizer: JsonValue): finalizer is string {
  return finalizer === SYNC_FINALIZER || finalizer === TYPE_FINALIZER;
}

export function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object['metadata']) ? object['metadata'] : {};
}

/** The finalizer that KubeFed gives an object, whether it has it now or not. */
export function finalizerOf({ resource }: HostObject): string {
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
    const { finalizers, resourceVersion } = metadataOf(object);
    const others = Array.isArray(finalizers) ? finalizers.filter((one) => !isOurs(one)) : [];
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
