import {
  type ApiClient,
  type ApiError,
  collectionPath,
  isApiError,
  objectPath,
  type ServedResource,
} from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import { isJsonObject } from '../core/index.ts';

const RBAC = 'rbac.authorization.k8s.io';

function resource(kind: string, plural: string, scope: ServedResource['scope'], group = ''): ServedResource {
  return { group, version: 'v1', kind, plural, scope, verbs: new Set() };
}

export const NAMESPACE: ServedResource = resource('Namespace', 'namespaces', 'Cluster');
export const SECRET: ServedResource = resource('Secret', 'secrets', 'Namespaced');
export const SERVICE_ACCOUNT: ServedResource = resource('ServiceAccount', 'serviceaccounts', 'Namespaced');
export const LEASE: ServedResource = resource('Lease', 'leases', 'Namespaced', 'coordination.k8s.io');

const RESOURCES: ReadonlyMap<string, ServedResource> = new Map(
  [
    NAMESPACE,
    SECRET,
    SERVICE_ACCOUNT,
    LEASE,
    resource('ClusterRole', 'clusterroles', 'Cluster', RBAC),
    resource('ClusterRoleBinding', 'clusterrolebindings', 'Cluster', RBAC),
    resource('Role', 'roles', 'Namespaced', RBAC),
    resource('RoleBinding', 'rolebindings', 'Namespaced', RBAC),
  ].map((one) => [one.kind, one]),
);

/** Of the few kinds that a join is about. */
export function resourceOf({ kind }: JsonObject): ServedResource {
  const found = RESOURCES.get(String(kind));
  if (found === undefined) throw new TypeError('this kind is no part of a join');
  return found;
}

/** What is read of an object. */
export interface LiveManifest extends JsonObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
}

interface Place {
  readonly name: string;
  readonly namespace: string;
}

export function placeOf({ metadata }: JsonObject): Place {
  const { name, namespace } = isJsonObject(metadata) ? metadata : {};
  return { name: String(name), namespace: namespace === undefined ? '' : String(namespace) };
}

/** `ClusterRole gitfed:eu-1-shop`, `ServiceAccount kube-federation-system/eu-1-shop`. */
export function labelOf(manifest: JsonObject): string {
  const { name, namespace } = placeOf(manifest);
  return `${String(manifest['kind'])} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

export function pathOf(manifest: JsonObject): string {
  const { name, namespace } = placeOf(manifest);
  return objectPath(resourceOf(manifest), namespace, name);
}

/** `undefined` where there is none. @throws {ApiError} */
export async function readLive(client: ApiClient, manifest: JsonObject): Promise<LiveManifest | undefined> {
  try {
    return (await client.json({ method: 'GET', path: pathOf(manifest) })) as LiveManifest;
  } catch (error) {
    if (isApiError(error) && error.isNotFound) return undefined;
    throw error;
  }
}

interface WriteOptions {
  /** The server is asked whether it would, and does nothing. */
  readonly dryRun?: boolean;
}

const MANAGER = 'fieldManager=gitfed-join';

/** @throws {ApiError} */
export async function createLive(
  client: ApiClient,
  manifest: JsonObject,
  { dryRun = false }: WriteOptions = {},
): Promise<LiveManifest> {
  const { namespace } = placeOf(manifest);
  const path = `${collectionPath(resourceOf(manifest), namespace)}?${MANAGER}${dryRun ? '&dryRun=All' : ''}`;
  return (await client.json({ method: 'POST', path, body: JSON.stringify(manifest) })) as LiveManifest;
}

/** Gives an object what a manifest says, as long as it is what was read. @throws {ApiError} */
export async function updateLive(
  client: ApiClient,
  manifest: JsonObject,
  live: LiveManifest,
  { dryRun = false }: WriteOptions = {},
): Promise<void> {
  const { uid, resourceVersion } = live.metadata;
  // What a binding refers to cannot be changed, and is not among what differs.
  const { apiVersion: _, kind: __, roleRef: ___, type: ____, ...rest } = manifest;
  const metadata = { ...(manifest['metadata'] as JsonObject), uid, resourceVersion };
  await client.request({
    method: 'PATCH',
    path: `${pathOf(manifest)}?${MANAGER}${dryRun ? '&dryRun=All' : ''}`,
    body: JSON.stringify({ ...rest, metadata }),
    contentType: 'application/merge-patch+json',
    idempotent: false,
  });
}

/** Deletes exactly what was read; what is gone already is as good. @throws {ApiError} */
export async function deleteLive(
  client: ApiClient,
  manifest: JsonObject,
  live: Pick<LiveManifest, 'metadata'>,
  { dryRun = false }: WriteOptions = {},
): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    preconditions: { uid: live.metadata.uid },
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  try {
    await client.request({ method: 'DELETE', path: pathOf(manifest), body: JSON.stringify(body) });
  } catch (error) {
    if (!isApiError(error) || !error.isNotFound) throw error;
  }
}

export function isForbidden(error: unknown): error is ApiError {
  return isApiError(error) && error.status === 403;
}

/** What a server answers, too, that is asked to try something with a webhook which cannot only try. */
export function isBadRequest(error: unknown): error is ApiError {
  return isApiError(error) && error.status === 400;
}

export function isMissing(error: unknown): error is ApiError {
  return isApiError(error) && error.isNotFound;
}

/** Something that one has not the right to do. */
export interface MissingRight {
  readonly verb: string;
  /** With its group: `clusterroles.rbac.authorization.k8s.io`. */
  readonly resource: string;
  readonly namespace: string;
  /** The verb is allowed, and yet it was refused. */
  readonly isBeyondVerb: boolean;
}

/** Finds out what is missing after a 403. */
export async function missingRight(client: ApiClient, manifest: JsonObject, verb: string): Promise<MissingRight> {
  const { group, plural } = resourceOf(manifest);
  const { name, namespace } = placeOf(manifest);
  const spec = {
    resourceAttributes: { verb, group, resource: plural, namespace, ...(verb === 'create' ? {} : { name }) },
  };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const about = { verb, resource: group === '' ? plural : `${plural}.${group}`, namespace };
  try {
    const answer = await client.json({ method: 'POST', path, body: JSON.stringify(body) });
    const { status } = answer as { readonly status?: { readonly allowed?: boolean } };
    return { ...about, isBeyondVerb: status?.allowed === true };
  } catch (error) {
    if (!isApiError(error) || error.failure !== 'Status') throw error;
    return { ...about, isBeyondVerb: false };
  }
}

export function rightText({ verb, resource, namespace, isBeyondVerb }: MissingRight): string {
  const what = `${verb} ${resource}${namespace === '' ? '' : ` in ${namespace}`}`;
  if (!isBeyondVerb) return what;
  const isRole = /^(?:cluster)?roles\./.test(resource);
  const isBinding = /^(?:cluster)?rolebindings\./.test(resource);
  if (isRole) return `${what} with rights that one has not oneself (the verb escalate on roles allows it)`;
  if (isBinding) return `${what} to a role with rights that one has not oneself (the verb bind on roles allows it)`;
  return `${what} (its right is there, and an admission policy or webhook says no)`;
}
