import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  BUILTIN_TYPES,
  type Model,
  readDefinition,
  type TargetSchema,
  type TargetType,
  typeConfigName,
} from '../api/index.ts';
import {
  type ApiClient,
  checkCredentialSources,
  discover,
  type Endpoint,
  findEndpoint,
  isApiError,
  type ServedResource,
} from '../cluster/index.ts';
import { isJsonObject, type JsonValue } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { askCluster } from './ask-cluster.ts';
import type { EnableOptions, TypeSource } from './enable-options.ts';
import { clientOptions, openClient, type RequestSettings } from './open-client.ts';
import { chooseClusters, credentialSources } from './read-pass.ts';

export type LiveSource = Extract<TypeSource, { kind: 'context' | 'member' }>;

/** What a cluster serves. */
export interface LiveTypes {
  /** Of each kind the version that the server prefers; `served` says which else there are. */
  readonly types: readonly TargetType[];
  readonly served: (target: TargetType, version: string) => boolean;
  /** Groups that are announced and whose server did not answer. */
  readonly staleGroups: ReadonlySet<string>;
  /** Of the kind in that version; asked for only where it is needed. */
  readonly schema: (target: TargetType, version: string) => Promise<TargetSchema>;
  readonly close: () => void;
}

/** @throws {GitfedError} `USAGE` for a cluster that there is not, `CLUSTER` where it does not answer. */
export async function discoverTypes(source: LiveSource, model: Model, options: EnableOptions): Promise<LiveTypes> {
  const name = source.kind === 'member' ? source.cluster : (source.context ?? 'the current context');
  const what = `${name}: what it serves cannot be read`;
  const client = await askCluster(what, async () => {
    return openClient(await endpointOf(source, model, options), options);
  });
  try {
    const discovery = await askCluster(what, () => discover(client));
    return {
      types: discovery.resources.filter(({ verbs }) => verbs.has('patch') && verbs.has('list')).map(toTarget),
      served: ({ group, kind }, version) => discovery.find(group, kind, version) !== undefined,
      staleGroups: discovery.staleGroups,
      schema: (target, version) => askCluster(what, () => readSchema(client, target, version)),
      close: () => client.close(),
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** What discovery says of a kind, as a kind that can be federated. */
export function toTarget({ group, version, kind, plural, scope, singular, shortNames }: ServedResource): TargetType {
  const schemas = new Map<string, TargetSchema>([[version, 'Unknown']]);
  const names = { shortNames: shortNames ?? [], ...(singular === undefined ? {} : { singular }) };
  return { group, version, kind, plural, scope, schemas, ...names };
}

/** @throws {GitfedError} `USAGE` for a cluster or a context that there is not. */
export async function endpointOf(source: LiveSource, model: Model, settings: RequestSettings): Promise<Endpoint> {
  if (source.kind === 'member') {
    const [cluster] = chooseClusters(model.clusters, [source.cluster]);
    if (cluster === undefined) throw new GitfedError('USAGE', `There is no cluster "${source.cluster}".`);
    const sources = credentialSources({ options: source, model });
    await checkCredentialSources(sources);
    return await findEndpoint(cluster, sources, clientOptions(settings));
  }
  // Loaded where it is needed: it brings the Kubernetes client.
  const { endpointOfContext, readKubeconfig } = await import('../cluster/kubeconfig.ts');
  const { context } = source;
  for (const file of source.kubeconfigs) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) throw new GitfedError('USAGE', `The kubeconfig ${file} cannot be read.`);
    const config = readKubeconfig(text, path.dirname(file));
    if (context !== undefined && config.config.getContextObject(context) === null) continue;
    return await endpointOfContext(config, {
      tls: {},
      mayRunPrograms: true,
      wait: clientOptions(settings),
      ...(context === undefined ? {} : { context }),
    });
  }
  throw new GitfedError('USAGE', `There is no context "${context ?? ''}" in ${source.kubeconfigs.join(', ')}.`);
}

/** Built-in kinds are known. A kind without a CustomResourceDefinition is that of a server of its own. */
async function readSchema(client: ApiClient, target: TargetType, version: string): Promise<TargetSchema> {
  const name = typeConfigName(target);
  const builtin = BUILTIN_TYPES.find((type) => typeConfigName(type) === name);
  if (builtin !== undefined) return builtin.schemas.get(builtin.version) ?? 'Object';
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${encodeURIComponent(name)}`;
  let definition: unknown;
  try {
    definition = await client.json({ method: 'GET', path });
  } catch (error) {
    if (isApiError(error) && error.status === 404) return 'Unknown';
    throw error;
  }
  const read = isJsonObject(definition as JsonValue) ? readDefinition(definition as never) : undefined;
  return read?.ok === true ? (read.target.schemas.get(version) ?? 'Unknown') : 'Unknown';
}
