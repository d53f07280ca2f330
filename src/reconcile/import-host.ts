import { buildModel } from '../api/index.ts';
import {
  type ApiError,
  ConfigMalformedError,
  isApiError,
  listWhole,
  readWhole,
  type ServedResource,
} from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { list } from '../report/wording.ts';
import { openCluster, type SourceCluster } from './federate-cluster.ts';
import { currentGroup, modernized } from './import-legacy.ts';
import { chooseNamespace } from './import-namespace.ts';
import { mappingIn, metadataOf, textIn } from './import-objects.ts';
import { readTypeSpec, type TypeSpec } from './import-type-configs.ts';
import type { NotImportable, SourceObject } from './import-types.ts';
import type { LiveSource } from './type-discovery.ts';

/** What was read of a host, be it alive or a dump. */
export interface HostReading {
  /** For people. */
  readonly name: string;
  readonly systemNamespace: string;
  readonly objects: readonly SourceObject[];
  readonly notImportable: readonly NotImportable[];
}

export interface HostOptions {
  readonly source: LiveSource;
  readonly kubefedNamespace?: string | undefined;
  /** Whether the credentials of the members are wanted too, which takes the right to read Secrets. Default true. */
  readonly readsCredentials?: boolean;
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads everything that KubeFed's host cluster has of it. All of it, or an error.
 *
 * @throws {GitfedError} `USAGE` for a context that there is not, `CLUSTER` where the host cannot be reached or read, or has no KubeFed.
 */
export async function readHost(options: HostOptions): Promise<HostReading> {
  const nothing = buildModel({ entries: [], complete: true });
  const cluster = await openCluster(options.source, nothing, options).catch((error: unknown) => {
    throw withAdvice(error);
  });
  try {
    return await new HostReader(cluster).read(options);
  } finally {
    cluster.client.close();
  }
}

const EXPIRED =
  'Its credential is not valid, or not any more: log in again, or renew it in the kubeconfig, and see that kubectl get namespaces works with this context.';
const UNREACHED = 'See that kubectl get namespaces works with this context, or import a dump with --from-dump.';

function withAdvice(error: unknown): unknown {
  if (!(error instanceof GitfedError) || error.code !== 'CLUSTER') return error;
  const { cause } = error;
  const advice = isApiError(cause) && cause.status === 401 ? EXPIRED : UNREACHED;
  return new GitfedError('CLUSTER', `${error.message} ${advice}`, { cause });
}

type Listed = { readonly objects: readonly SourceObject[] } | { readonly problem: string };

class HostReader {
  readonly #cluster: SourceCluster;

  constructor(cluster: SourceCluster) {
    this.#cluster = cluster;
  }

  async read({
    kubefedNamespace: wantedNamespace,
    readsCredentials = true,
  }: Pick<HostOptions, 'kubefedNamespace' | 'readsCredentials'>): Promise<HostReading> {
    const { name } = this.#cluster;
    const core = this.#coreKinds();
    const settings = await this.#listAll(core, wantedNamespace ?? '');
    const namespace = chooseNamespace(settings, { where: name, wanted: wantedNamespace });
    const here = settings.filter(({ object }) => textIn(metadataOf(object), 'namespace') === namespace);
    const specs = here.flatMap(({ object }) => readTypeSpec(modernized(object)));
    const notImportable: NotImportable[] = [];
    const kinds = await Promise.all(specs.map((spec) => this.#federatedKind(spec, namespace, notImportable)));
    const notes = this.#kindsOf((group, kind) => group === 'core.kubefed.io' && kind.endsWith('PropagatedVersion'));
    const preferences = this.#kindsOf((group) => group === 'scheduling.kubefed.io');
    const others = this.#kindsOf((group) => group === 'multiclusterdns.kubefed.io');
    const all = [...kinds.flat(), ...notes, ...preferences, ...others];
    const isNamespaced = isScopeNamespaced(here);
    const federated = await this.#listAll(unique(all), isNamespaced ? namespace : '');
    const secrets = readsCredentials ? await this.#secrets(here, namespace) : [];
    return { name, systemNamespace: namespace, objects: [...here, ...federated, ...secrets], notImportable };
  }

  /** @throws {GitfedError} `CLUSTER` where there is no KubeFed, or only half of it. */
  #coreKinds(): readonly ServedResource[] {
    const { name, discovery } = this.#cluster;
    const isCore = ({ group }: ServedResource): boolean => currentGroup(group) === 'core.kubefed.io';
    const core = ofToday(discovery.resources.filter(isCore));
    const stale = [...discovery.staleGroups].filter((group) => currentGroup(group).endsWith('kubefed.io'));
    if (stale.length > 0) {
      throw new GitfedError(
        'CLUSTER',
        `${name}: the servers of these API groups do not answer: ${list(stale)}. Nothing was written. Try again when they do.`,
      );
    }
    if (core.length === 0) {
      throw new GitfedError(
        'CLUSTER',
        `${name} has no KubeFed: it serves no kinds of core.kubefed.io. Nothing was written. Name the context of KubeFed's host cluster with --host-context, or import a dump of it with --from-dump.`,
      );
    }
    const missing = ['KubeFedCluster', 'FederatedTypeConfig'].filter(
      (wanted) => !core.some(({ kind }) => kind.toLowerCase() === wanted.toLowerCase()),
    );
    if (missing.length === 0)
      return core.filter(({ kind }) => /^(?:kubefedcluster|kubefedconfig|federatedtypeconfig)$/i.test(kind));
    throw new GitfedError(
      'CLUSTER',
      `${name} has only half of KubeFed: it does not serve ${list(missing)} of core.kubefed.io, whose CustomResourceDefinition is gone. Nothing was written. Import a dump from before with --from-dump.`,
    );
  }

  #kindsOf(isWanted: (group: string, kind: string) => boolean): readonly ServedResource[] {
    return ofToday(
      this.#cluster.discovery.resources.filter(
        ({ group, kind, verbs }) => verbs.has('list') && isWanted(currentGroup(group), kind),
      ),
    );
  }

  /** What serves the federated objects of a type. Where that is gone, or about to be, it is told. */
  async #federatedKind(
    spec: TypeSpec,
    namespace: string,
    notImportable: NotImportable[],
  ): Promise<readonly ServedResource[]> {
    const { discovery, name } = this.#cluster;
    const config = { object: `FederatedTypeConfig/${namespace}/${spec.name}`, where: name };
    const [resource] = ofToday(
      discovery.resources.filter(({ group, kind }) => currentGroup(group) === spec.group && kind === spec.kind),
    );
    const kind = `${spec.kind}.${spec.group}`;
    if (resource === undefined) {
      const reason = `names ${kind}, which the host does not serve: its CustomResourceDefinition is gone, and its objects with it. Those in the members stay as they are.`;
      notImportable.push({ ...config, reason });
      return [];
    }
    if (await this.#isTerminating(resource)) {
      const reason = `names ${kind}, whose CustomResourceDefinition is being deleted, and its objects with it. What is left of them was read. Let that finish, or restore it, and import again.`;
      notImportable.push({ ...config, reason });
    }
    const version = discovery.find(resource.group, resource.kind, spec.version);
    return [version ?? resource];
  }

  async #isTerminating({ group, plural }: ServedResource): Promise<boolean> {
    const { client } = this.#cluster;
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${encodeURIComponent(`${plural}.${group}`)}`;
    try {
      const { metadata } = (await client.json({ method: 'GET', path })) as {
        metadata?: { deletionTimestamp?: unknown };
      };
      return metadata?.deletionTimestamp !== undefined;
    } catch (error) {
      // Who may not look at definitions may still read the objects.
      if (!isApiError(error) || error.failure !== 'Status') throw unread(this.#cluster.name, error);
      return false;
    }
  }

  async #listAll(kinds: readonly ServedResource[], namespace: string): Promise<readonly SourceObject[]> {
    const lists = await Promise.all(kinds.map((kind) => this.#list(kind, namespace)));
    const failed = lists.flatMap((one) => ('problem' in one ? [one.problem] : []));
    if (failed.length > 0) {
      throw new GitfedError(
        'CLUSTER',
        `${this.#cluster.name}: not everything of KubeFed can be read: ${list(failed, 20)}. Nothing was written. Ask for the right to get and list these kinds${namespace === '' ? ' in all namespaces' : ` in the namespace ${namespace}`}.`,
      );
    }
    return lists.flatMap((one) => ('objects' in one ? one.objects : []));
  }

  async #list(resource: ServedResource, namespace: string): Promise<Listed> {
    const { client, name } = this.#cluster;
    try {
      const items = await listWhole(client, resource, resource.scope === 'Namespaced' ? namespace : '');
      const { group, version, kind } = resource;
      const type = { apiVersion: group === '' ? version : `${group}/${version}`, kind };
      return { objects: items.map((object) => ({ object: { ...type, ...object }, where: name })) };
    } catch (error) {
      return { problem: `${resource.plural}.${resource.group} (${reasonOf(error)})` };
    }
  }

  /** The credentials of the members. */
  async #secrets(settings: readonly SourceObject[], namespace: string): Promise<readonly SourceObject[]> {
    const names = new Set(
      settings
        .map(({ object }) => textIn(mappingIn(mappingIn(object, 'spec'), 'secretRef'), 'name'))
        .filter((name) => name !== ''),
    );
    const { client, name: host } = this.#cluster;
    const found = await Promise.all(
      [...names].map(async (name): Promise<Listed> => {
        try {
          const object = await readWhole(client, SECRETS, { namespace, name });
          return { objects: object === undefined ? [] : [{ object, where: host }] };
        } catch (error) {
          return { problem: `Secret ${name} (${reasonOf(error)})` };
        }
      }),
    );
    const failed = found.flatMap((one) => ('problem' in one ? [one.problem] : []));
    if (failed.length === 0) return found.flatMap((one) => ('objects' in one ? one.objects : []));
    throw new GitfedError(
      'CLUSTER',
      `${host}: the credentials of the members cannot be read: ${list(failed, 20)}. Nothing was written. Ask for the right to get Secrets in the namespace ${namespace}.`,
    );
  }
}

const SECRETS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  verbs: new Set(['get']),
};

/** An upgraded host may still have the kinds of the groups that were: those of today count. */
function ofToday(kinds: readonly ServedResource[]): readonly ServedResource[] {
  const current = new Set(kinds.filter(isOfToday).map(({ kind }) => kind.toLowerCase()));
  return kinds.filter((one) => isOfToday(one) || !current.has(one.kind.toLowerCase()));
}

function isOfToday({ group }: ServedResource): boolean {
  return currentGroup(group) === group;
}

function isScopeNamespaced(settings: readonly SourceObject[]): boolean {
  return settings.some(({ object }) => textIn(mappingIn(object, 'spec'), 'scope') === 'Namespaced' && isConfig(object));
}

function isConfig(object: JsonObject): boolean {
  return textIn(modernized(object), 'kind') === 'KubeFedConfig';
}

function unique(kinds: readonly ServedResource[]): readonly ServedResource[] {
  return [...new Map(kinds.map((kind) => [`${kind.group}/${kind.plural}`, kind])).values()];
}

/** @throws what stops everything. */
function reasonOf(error: unknown): string {
  if (!isApiError(error) && !(error instanceof ConfigMalformedError)) throw error;
  if (isApiError(error) && error.failure === 'Aborted') throw error;
  return error.message.replace(/\.$/, '');
}

function unread(name: string, error: unknown): unknown {
  if (!isApiError(error) || error.failure === 'Aborted') return error;
  return new GitfedError('CLUSTER', `${name}: ${(error as ApiError).message}. Nothing was written. ${UNREACHED}`, {
    cause: error,
  });
}
