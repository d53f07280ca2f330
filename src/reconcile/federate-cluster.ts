import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findType, type Model, typeConfigName } from '../api/index.ts';
import {
  type ApiClient,
  type Discovery,
  discover,
  isApiError,
  listWhole,
  readWhole,
  type ServedResource,
} from '../cluster/index.ts';
import { compareText, isJsonObject, type JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { list } from '../report/wording.ts';
import { askCluster } from './ask-cluster.ts';
import type { FederateOptions, Found, FoundObject, LeftOut } from './federate-options.ts';
import { kindText, whyKindLeftOut, whyLeftOut } from './left-out.ts';
import { openClient } from './open-client.ts';
import { endpointOf, type LiveSource, toTarget } from './type-discovery.ts';

/** A cluster that objects are read from. */
export interface SourceCluster {
  /** For people. */
  readonly name: string;
  readonly client: ApiClient;
  readonly discovery: Discovery;
  /** Of the context, else `default`. */
  readonly namespace: string;
}

/** @throws {GitfedError} `USAGE` for a cluster that there is not, `CLUSTER` where it does not answer. */
export async function openCluster(
  source: LiveSource,
  model: Model,
  options: Pick<FederateOptions, 'requestTimeoutMs' | 'signal'>,
): Promise<SourceCluster> {
  const name = source.kind === 'member' ? source.cluster : (source.context ?? 'the current context');
  const client = await askCluster(`${name}: it cannot be reached`, async () => {
    return openClient(await endpointOf(source, model, options), options);
  });
  try {
    const discovery = await askCluster(`${name}: what it serves cannot be read`, () => discover(client));
    return { name, client, discovery, namespace: await namespaceOf(source) };
  } catch (error) {
    client.close();
    throw error;
  }
}

async function namespaceOf(source: LiveSource): Promise<string> {
  if (source.kind === 'member') return 'default';
  const { readKubeconfig } = await import('../cluster/kubeconfig.ts');
  for (const file of source.kubeconfigs) {
    const { config } = readKubeconfig(await readFile(file, 'utf8'), path.dirname(file));
    const context = config.getContextObject(source.context ?? config.getCurrentContext());
    if (context !== null) return context.namespace ?? 'default';
  }
  return 'default';
}

/** Finds the kind that a text means among what a cluster serves. @throws {GitfedError} `USAGE` where there is none, or more than one. */
function findResource({ name, discovery }: SourceCluster, text: string): ServedResource {
  const found = findType(text, discovery.resources.map(toTarget));
  if (found.type === 'several') {
    throw new GitfedError('USAGE', `${text} may be ${list(found.names, 20)}. Name one of them.`);
  }
  const stale = [...discovery.staleGroups];
  const unknown = stale.length === 0 ? '' : ` What these groups have is not known: ${list(stale)}.`;
  if (found.type === 'none') {
    throw new GitfedError('USAGE', `There is no kind ${JSON.stringify(text)} in ${name}.${unknown}`);
  }
  const { group, kind } = found.target;
  const resource = discovery.find(group, kind, found.version);
  if (resource !== undefined) return resource;
  throw new GitfedError('USAGE', `${name} does not serve ${kind} in version ${plainText(found.version ?? '')}.`);
}

/** As it is read: in the version that the repository federates. @throws {GitfedError} `USAGE` where that is not served. */
function inFederatedVersion(
  { name, discovery }: SourceCluster,
  resource: ServedResource,
  model: Model,
): ServedResource {
  const { group, kind } = resource;
  const type = model.types.find(({ target }) => target.group === group && target.kind === kind);
  if (type === undefined) return resource;
  const found = discovery.find(group, kind, type.target.version);
  if (found !== undefined) return found;
  throw new GitfedError(
    'USAGE',
    `${name} does not serve ${type.name} in version ${type.target.version}, which its FederatedTypeConfig names. Set another with: gitfed enable ${type.name} --version ${resource.version}`,
  );
}

/** One object. @throws {GitfedError} `USAGE` where there is none, or it is not one to federate; `CLUSTER`. */
export async function readObject(
  cluster: SourceCluster,
  model: Model,
  { type, name, namespace }: { readonly type: string; readonly name: string; readonly namespace: string },
): Promise<FoundObject> {
  const resource = inFederatedVersion(cluster, findResource(cluster, type), model);
  const byKind = whyKindLeftOut(resource);
  if (byKind !== undefined) throw new GitfedError('USAGE', `${kindText(resource)} ${byKind}: it is not federated.`);
  const place = resource.scope === 'Namespaced' ? namespace : '';
  const text = label(resource, place, name);
  const object = await askCluster(`${cluster.name}: ${text} cannot be read`, () => {
    return readWhole(cluster.client, resource, { namespace: place, name });
  });
  if (object === undefined) throw new GitfedError('USAGE', `There is no ${text} in ${cluster.name}.`);
  const reason = whyLeftOut(object, resource);
  if (reason !== undefined) throw new GitfedError('USAGE', `${text} ${reason}: it is not federated.`);
  return { resource, namespace: place, name, object };
}

/**
 * A namespace and everything in it, but what each cluster makes for itself and what is to be skipped.
 *
 * @throws {GitfedError} `CLUSTER` where a kind cannot be listed: nothing is ever missing without a word.
 */
export async function readContents(
  cluster: SourceCluster,
  model: Model,
  { name, skip }: { readonly name: string; readonly skip: readonly string[] },
): Promise<Found> {
  const namespace = await readObject(cluster, model, { type: 'v1/Namespace', name, namespace: '' });
  const skipped = skippedOf(cluster, skip);
  refuseStale(cluster, skip);
  const kinds = cluster.discovery.resources.filter(
    (resource) =>
      resource.scope === 'Namespaced' &&
      // What cannot be made is only shown there, such as measurements of pods.
      resource.verbs.has('list') &&
      resource.verbs.has('create') &&
      // Twins of kinds that have moved to other groups.
      resource.group !== 'extensions' &&
      whyKindLeftOut(resource) === undefined &&
      !isFederated(model, resource) &&
      !skipped(resource),
  );
  const lists = await Promise.all(
    kinds.map((kind) => listKind(cluster, inFederatedVersion(cluster, kind, model), name)),
  );
  const failed = lists.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (failed.length > 0) {
    throw new GitfedError(
      'CLUSTER',
      `${cluster.name}: not everything in the namespace ${name} can be read: ${list(failed, 20)}. Nothing was written. Leave these kinds out with --skip-api-resources, or ask for the right to list them.`,
    );
  }
  const found = lists.flatMap((one) => ('objects' in one ? one.objects : []));
  return partition([namespace, ...found]);
}

type ListedKind = { readonly objects: readonly FoundObject[] } | { readonly problem: string };

async function listKind({ client }: SourceCluster, resource: ServedResource, namespace: string): Promise<ListedKind> {
  try {
    const items = await listWhole(client, resource, namespace);
    return { objects: items.map((object) => ({ resource, namespace, name: nameOf(object), object })) };
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    return { problem: `${typeConfigName(resource)} (${error.message.replace(/\.$/, '')})` };
  }
}

function nameOf({ metadata }: JsonObject): string {
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}

/** Federated objects, in whatever group: what they stand for is what is federated. */
function isFederated({ types }: Model, { group, kind }: ServedResource): boolean {
  return types.some(({ federated }) => federated.group === group && federated.kind === kind);
}

/** Sorts out what is not federated. */
export function partition(objects: readonly FoundObject[]): Found {
  const kept: FoundObject[] = [];
  const leftOut: LeftOut[] = [];
  for (const found of objects) {
    const reason = whyLeftOut(found.object, found.resource);
    if (reason === undefined) kept.push(found);
    else leftOut.push({ object: label(found.resource, found.namespace, found.name), reason });
  }
  return { objects: kept, leftOut: leftOut.toSorted((a, b) => compareText(a.object, b.object)) };
}

/** `Deployment.apps/shop/web`. */
export function label(resource: Pick<ServedResource, 'group' | 'kind'>, namespace: string, name: string): string {
  return [kindText(resource), namespace, name].filter((part) => part !== '').join('/');
}

/** @throws {GitfedError} `USAGE` for what is neither a group nor a kind of the cluster: a misspelt one would not be skipped. */
function skippedOf({ discovery, name }: SourceCluster, skip: readonly string[]): (resource: ServedResource) => boolean {
  const groups = new Set([...discovery.resources.map(({ group }) => group), ...discovery.staleGroups]);
  const kinds = new Set<string>();
  for (const text of skip) {
    if (groups.has(text) && text !== '') continue;
    const found = findType(text, discovery.resources.map(toTarget));
    if (found.type === 'several') {
      throw new GitfedError('USAGE', `--skip-api-resources ${text} may be ${list(found.names, 20)}. Name one of them.`);
    }
    if (found.type === 'none') {
      throw new GitfedError(
        'USAGE',
        `--skip-api-resources ${plainText(text)} is neither a group nor a kind of ${name}. Look at: kubectl api-resources`,
      );
    }
    kinds.add(typeConfigName(found.target));
  }
  return (resource) => skip.includes(resource.group) || kinds.has(typeConfigName(resource));
}

function refuseStale({ discovery, name }: SourceCluster, skip: readonly string[]): void {
  const stale = [...discovery.staleGroups].filter((group) => !skip.includes(group));
  if (stale.length === 0) return;
  throw new GitfedError(
    'CLUSTER',
    `${name}: the servers of these API groups do not answer, so that it is not known what they have: ${list(stale)}. Nothing was written. Leave them out with --skip-api-resources ${stale.join(',')}`,
  );
}
