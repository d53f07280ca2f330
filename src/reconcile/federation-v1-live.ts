import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildModel, type KubeFedCluster } from '../api/index.ts';
import {
  type ApiClient,
  ConfigMalformedError,
  discover,
  type Endpoint,
  findEndpoint,
  isApiError,
  listWhole,
  type ServedResource,
} from '../cluster/index.ts';
import { isJsonObject, type JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { list } from '../report/wording.ts';
import { openCluster, type SourceCluster } from './federate-cluster.ts';
import { rangeOf } from './federation-v1-autoscalers.ts';
import { textAt } from './federation-v1-fields.ts';
import { V1_KINDS } from './federation-v1-kinds.ts';
import type { AutoscalerRange, MemberAutoscalers } from './federation-v1-types.ts';
import type { SourceObject } from './import-types.ts';
import { kindText } from './left-out.ts';
import { clientOptions, openClient, type RequestSettings } from './open-client.ts';
import type { LiveSource } from './type-discovery.ts';

/**
 * Reads what is imported from the API server of Federation v1.
 *
 * @throws {GitfedError} `USAGE` where it is none, `CLUSTER` where it does not give everything.
 */
export async function readFederationServer(
  source: Extract<LiveSource, { kind: 'context' }>,
  settings: RequestSettings,
): Promise<readonly SourceObject[]> {
  const server = await openCluster(source, buildModel({ entries: [], complete: true }), settings);
  try {
    const { discovery, name } = server;
    const clusters = discovery.find('federation', 'Cluster');
    if (clusters === undefined) {
      throw new GitfedError(
        'USAGE',
        `${name} serves no Clusters of the group federation: it is not the API server of Federation v1. Name the context of that one with --host-context. Nothing was written.`,
      );
    }
    const kinds = [...V1_KINDS].flatMap(([kind, { versions }]) => {
      const served = versions.flatMap(({ group, version }) => discovery.find(group, kind, version) ?? []);
      return served.slice(0, 1);
    });
    return await readKinds(server, [clusters, ...kinds]);
  } finally {
    server.client.close();
  }
}

async function readKinds(server: SourceCluster, kinds: readonly ServedResource[]): Promise<readonly SourceObject[]> {
  const lists = await Promise.all(kinds.map((kind) => readKind(server, kind)));
  const problems = lists.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length === 0) return lists.flatMap((one) => ('objects' in one ? one.objects : []));
  throw new GitfedError(
    'CLUSTER',
    `${server.name}: not everything can be read: ${list(problems, 20)}. Nothing was written. Ask for the right to list these kinds.`,
  );
}

type ReadKind = { readonly objects: readonly SourceObject[] } | { readonly problem: string };

async function readKind({ client, name }: SourceCluster, resource: ServedResource): Promise<ReadKind> {
  const { group, version, kind } = resource;
  const identity = { apiVersion: group === '' ? version : `${group}/${version}`, kind };
  try {
    const items = await listWhole(client, resource, '');
    // Items of a list do not say what they are.
    return { objects: items.map((item) => ({ object: { ...item, ...identity }, where: name })) };
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    return { problem: `${kindText(resource)} (${error.message.replace(/\.$/, '')})` };
  }
}

/** Asks members what their HorizontalPodAutoscalers are. One that does not answer is told of, and nothing more. */
export async function readMembers(
  clusters: readonly KubeFedCluster[],
  kubeconfigs: readonly string[],
  settings: RequestSettings,
): Promise<ReadonlyMap<string, MemberAutoscalers>> {
  const files = await readable(kubeconfigs);
  const read = clusters.map(async (cluster): Promise<[string, MemberAutoscalers]> => {
    return [cluster.name, await readMember(cluster, files, settings)];
  });
  return new Map(await Promise.all(read));
}

async function readable(files: readonly string[]): Promise<readonly string[]> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) throw new GitfedError('USAGE', `The kubeconfig ${file} cannot be read.`);
    const { readKubeconfig } = await import('../cluster/kubeconfig.ts');
    readKubeconfig(text, path.dirname(file));
  }
  return files;
}

async function readMember(
  cluster: KubeFedCluster,
  kubeconfigs: readonly string[],
  settings: RequestSettings,
): Promise<MemberAutoscalers> {
  let client: ApiClient | undefined;
  try {
    client = openClient(await endpointIn(cluster, kubeconfigs, settings), settings);
    const resource = (await discover(client)).find('autoscaling', 'HorizontalPodAutoscaler');
    if (resource === undefined) return { ok: false, reason: 'it serves no HorizontalPodAutoscalers' };
    return { ok: true, ranges: rangesIn(await listWhole(client, resource, '')) };
  } catch (error) {
    if (isApiError(error) && error.failure === 'Aborted') throw error;
    if (!isApiError(error) && !(error instanceof ConfigMalformedError)) throw error;
    return { ok: false, reason: error.message.replace(/\.$/, '') };
  } finally {
    client?.close();
  }
}

async function endpointIn(
  cluster: KubeFedCluster,
  kubeconfigs: readonly string[],
  settings: RequestSettings,
): Promise<Endpoint> {
  let last: unknown;
  for (const kubeconfig of kubeconfigs) {
    try {
      return await findEndpoint(cluster, { kubeconfig }, clientOptions(settings));
    } catch (error) {
      if (!(error instanceof ConfigMalformedError)) throw error;
      last = error;
    }
  }
  throw last;
}

/** By `namespace/name`. */
export function rangesIn(objects: readonly JsonObject[]): ReadonlyMap<string, AutoscalerRange> {
  return new Map(
    objects.filter(isJsonObject).flatMap((object): [string, AutoscalerRange][] => {
      const range = rangeOf(object);
      const key = `${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`;
      return range === undefined ? [] : [[key, range]];
    }),
  );
}
