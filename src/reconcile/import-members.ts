import pLimit from 'p-limit';
import { type CredentialSecret, isKeptLive, type KubeFedCluster } from '../api/index.ts';
import { type Desired, MANAGED_LABEL, whyRefused, withoutServerDefaults } from '../apply/index.ts';
import {
  ApiClient,
  ConfigMalformedError,
  type Discovery,
  discover,
  findEndpoint,
  isApiError,
  listWhole,
  RequestShares,
  readHealth,
  readWhole,
  type ServedResource,
} from '../cluster/index.ts';
import { type JsonObject, objectIdKey } from '../core/index.ts';
import type { ClusterRendering } from '../render/index.ts';
import { list } from '../report/wording.ts';
import {
  type CheckContext,
  type ClusterCheck,
  type Comparison,
  compareObject,
  judge,
  liveKey,
  type ObjectCheck,
  sortChecks,
  surplusIn,
  wantedIn,
} from './import-check.ts';
import { kindText } from './left-out.ts';
import { clientOptions } from './open-client.ts';

export interface MemberOptions {
  /** The Secrets of the host. */
  readonly credentials: readonly CredentialSecret[];
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const MOST_AT_ONCE = 10;

/** Compares with the members as they are, each on its own: what goes wrong in one is its result. Nothing is written to them. */
export async function checkMembers(context: CheckContext, options: MemberOptions): Promise<readonly ClusterCheck[]> {
  const shares = new RequestShares();
  // Whole objects of a member are in memory while it is compared.
  const limit = pLimit(MOST_AT_ONCE);
  const work = context.model.clusters.map((cluster) =>
    limit(async (): Promise<ClusterCheck> => {
      const rendering = context.rendering.clusters.find((one) => one.cluster === cluster.name);
      if (rendering === undefined) return notCompared(cluster, 'It was not rendered.');
      try {
        return await checkMember(cluster, rendering, { context, options, shares });
      } catch (error) {
        if (error instanceof ConfigMalformedError) return notCompared(cluster, `${error.message}.`);
        if (!isApiError(error) || error.failure === 'Aborted') throw error;
        return notCompared(cluster, sentence(error.message, error.status));
      }
    }),
  );
  return await Promise.all(work);
}

function notCompared({ name }: KubeFedCluster, message: string): ClusterCheck {
  return { cluster: name, isCompared: false, message, identical: 0, objects: [] };
}

function sentence(message: string, status: number): string {
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`;
  if (status !== 401) return text;
  return `${text} The token in KubeFed's Secret is not valid, or not any more: make another one, and compare again with --check.`;
}

interface CheckRun {
  readonly context: CheckContext;
  readonly options: MemberOptions;
  readonly shares: RequestShares;
}

async function checkMember(
  cluster: KubeFedCluster,
  rendering: ClusterRendering,
  { context, options, shares }: CheckRun,
): Promise<ClusterCheck> {
  const { credentials } = options;
  const endpoint = await findEndpoint(cluster, {
    repositorySecrets: credentials,
    systemNamespace: cluster.namespace,
  });
  const client = new ApiClient(endpoint, { shares, ...clientOptions(options) });
  try {
    const health = await readHealth(client);
    if (health.state !== 'Ready') {
      const status = /\b401\b/.test(health.message) ? 401 : 0;
      return notCompared(cluster, sentence(health.message, status));
    }
    return await new MemberCheck(client, await discover(client), rendering, context).run();
  } finally {
    client.close();
  }
}

class MemberCheck {
  readonly #client: ApiClient;
  readonly #discovery: Discovery;
  readonly #rendering: ClusterRendering;
  readonly #context: CheckContext;
  readonly #live = new Map<string, JsonObject>();
  /** Kinds that could not be listed, and why. */
  readonly #failed = new Map<string, string>();

  constructor(client: ApiClient, discovery: Discovery, rendering: ClusterRendering, context: CheckContext) {
    this.#client = client;
    this.#discovery = discovery;
    this.#rendering = rendering;
    this.#context = context;
  }

  async run(): Promise<ClusterCheck> {
    const { cluster } = this.#rendering;
    const wanted = wantedIn(this.#rendering, this.#context.prepared);
    await this.#readKinds(wanted);
    const known = wanted.filter(({ liveId }) => !this.#failed.has(kindText(liveId)));
    const found = (await Promise.all(known.map((desired) => this.#check(desired)))).flatMap((one) => one ?? []);
    const surplus = surplusIn(this.#rendering, wanted, this.#live.values(), this.#context);
    const objects = sortChecks([...found, ...surplus]);
    const identical = known.length - found.length;
    if (this.#failed.size === 0) return { cluster, isCompared: true, identical, objects };
    const kinds = list([...this.#failed].map(([kind, reason]) => `${kind} (${reason})`));
    const message = `Objects of these kinds could not be listed there: ${kinds}.`;
    return { cluster, isCompared: false, message, identical, objects };
  }

  /** One list of each kind with KubeFed's label, in the version that is wanted. */
  async #readKinds(wanted: readonly Desired[]): Promise<void> {
    const { model } = this.#context;
    const kinds = new Map<string, ServedResource>();
    const add = (group: string, kind: string, version: string | undefined): void => {
      const resource = this.#discovery.find(group, kind, version);
      const key = `${group}/${kind}/${version ?? ''}`;
      if (resource?.verbs.has('list') === true) kinds.set(key, resource);
    };
    for (const { liveId, version } of wanted) {
      add(liveId.group, liveId.kind, version);
      // Whether it has the kind is known only by a server that does not answer.
      const isStale = this.#discovery.staleGroups.has(liveId.group);
      if (isStale) this.#failed.set(kindText(liveId), 'the server of its API group does not answer');
    }
    const versions = new Set([...kinds.values()].map(({ group, kind }) => `${group}/${kind}`));
    for (const { target } of model.types) {
      // Only for what is left over: which version it is read in does not count.
      if (!versions.has(`${target.group}/${target.kind}`)) add(target.group, target.kind, undefined);
    }
    for (const { group, kind } of model.configuration.keepLive) {
      if (group !== undefined && kind !== undefined && !versions.has(`${group}/${kind}`)) add(group, kind, undefined);
    }
    await Promise.all([...kinds.values()].map((resource) => this.#list(resource)));
  }

  async #list(resource: ServedResource): Promise<void> {
    const { kubeFedConfig, systemNamespace } = this.#context.model;
    const { group, version, kind, scope } = resource;
    const isNamespaced = kubeFedConfig.scope === 'Namespaced';
    if (isNamespaced && scope === 'Cluster') return;
    const namespace = isNamespaced ? systemNamespace : '';
    try {
      for (const item of await listWhole(this.#client, resource, namespace, `${MANAGED_LABEL}=true`)) {
        const object = { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...item };
        this.#live.set(liveKey(object), object);
      }
    } catch (error) {
      if (!isApiError(error) || error.failure === 'Aborted' || this.#client.isDead) throw error;
      this.#failed.set(kindText(resource), error.message);
    }
  }

  async #check(desired: Desired): Promise<ObjectCheck | undefined> {
    const { liveId, apiVersion, version, federated } = desired;
    const resource = this.#discovery.find(liveId.group, liveId.kind, version);
    if (isKeptLive(liveId, this.#context.model.configuration.keepLive)) {
      return { id: liveId, federated, state: 'kept', fields: [] };
    }
    if (resource === undefined) {
      const message = `The cluster does not serve ${apiVersion} ${liveId.kind}: its CustomResourceDefinition is missing there, or the version is another one.`;
      return { id: liveId, federated, state: 'refused', fields: [], message };
    }
    // Its label may have been taken off.
    const live = this.#live.get(objectIdKey(liveId)) ?? (await readWhole(this.#client, resource, liveId));
    const compared = await this.#settle(compareObject(desired, live, this.#context), resource);
    const found = judge(compared, this.#rendering.cluster, this.#context);
    // What is equal was taken before; what lacks a field may lack it because the schema does.
    const isDoubtful = live === undefined || compared.drift.some(({ type }) => type === 'missing');
    const refusal =
      found !== undefined && found.state !== 'refused' && isDoubtful
        ? await whyRefused(this.#client, resource, desired)
        : undefined;
    return found === undefined || refusal === undefined ? found : { ...found, state: 'refused', message: refusal };
  }

  async #settle(compared: Comparison, resource: ServedResource): Promise<Comparison> {
    const { desired, live, drift } = compared;
    if (live === undefined || drift.length === 0) return compared;
    return { ...compared, drift: await withoutServerDefaults(this.#client, resource, { desired, live, drift }) };
  }
}
